// A filter over a picture, in float64: the same arithmetic as explorer/filters, run where the pointer is.
// Pure functions with no state, so that a worker can be made of their sources.
//
// A `layer` is {kernels, planes, height, width, divisor, bias, stride, dilation, padding, mode, colour, border, magnitude}:
// kernels are flat arrays (one, or two whose magnitude is taken), `planes` planes of `height` × `width` weights each.

/** Positions of the window along one axis; 0 or less where it does not fit. */
function windowPositions(size, kernelSize, layer) {
  return Math.floor((size + 2 * layer.padding - layer.dilation * (kernelSize - 1) - 1) / layer.stride) + 1;
}

/** Why torch would refuse this layer for a picture of this size, with a way out; or null. */
function layerRefusal(layer, height, width) {
  for (const [axis, size, kernelSize] of [["height", height, layer.height], ["width", width, layer.width]]) {
    const { padding, mode } = layer;
    if (mode === "reflect" && padding >= size) return `Reflect padding of ${padding} needs a ${axis} of more than ${padding} pixels, not ${size}. Take at most ${size - 1}.`;
    if (mode === "circular" && padding > size) return `Circular padding of ${padding} would wrap round a ${axis} of ${size} pixels more than once. Take at most ${size}.`;
    const reach = layer.dilation * (kernelSize - 1) + 1;
    if (reach > size + 2 * padding) return `The window is ${reach} pixels long and the padded ${axis} only ${size + 2 * padding}. Take a padding of at least ${Math.ceil((reach - size) / 2)}, a smaller kernel or less dilation.`;
  }
  return null;
}

/** The row or column of the picture that stands at a padded position, or -1 where a fixed border does. */
function sourceIndex(position, size, mode) {
  if (position >= 0 && position < size) return position;
  if (mode === "replicate") return position < 0 ? 0 : size - 1;
  if (mode === "circular") return ((position % size) + size) % size;
  if (mode === "reflect") return size - 1 - Math.abs(size - 1 - Math.abs(position));
  return -1;
}

/** What the kernels run over, as planes of numbers: one for grey or a sum of colours, three for colours by themselves. */
function picturePlanes(rgba, count, colour, kernelPlanes) {
  const separate = colour === "rgb" || kernelPlanes === 3;
  const planes = Array.from({ length: separate ? 3 : 1 }, () => new Float64Array(count));
  for (let at = 0, from = 0; at < count; at += 1, from += 4) {
    if (separate) for (let plane = 0; plane < 3; plane += 1) planes[plane][at] = rgba[from + plane];
    else if (colour === "grey") planes[0][at] = (299 * rgba[from] + 587 * rgba[from + 1] + 114 * rgba[from + 2]) / 1000;
    else planes[0][at] = rgba[from] + rgba[from + 1] + rgba[from + 2];
  }
  return planes;
}

/** One plane with its border. */
function paddedPlane(plane, height, width, layer, border) {
  const p = layer.padding;
  if (!p) return plane;
  const wide = width + 2 * p;
  const padded = new Float64Array((height + 2 * p) * wide);
  const columns = Array.from({ length: wide }, (_, x) => sourceIndex(x - p, width, layer.mode));
  for (let y = 0; y < height + 2 * p; y += 1) {
    const row = sourceIndex(y - p, height, layer.mode);
    for (let x = 0; x < wide; x += 1) padded[y * wide + x] = row < 0 || columns[x] < 0 ? border : plane[row * width + columns[x]];
  }
  return padded;
}

/** Add a kernel's products over one padded plane to `out`, (rows, columns) in one array. */
function addProducts(out, rows, columns, padded, wide, kernel, layer) {
  const { stride, dilation } = layer;
  for (let i = 0; i < layer.height; i += 1) {
    const taps = [];
    for (let j = 0; j < layer.width; j += 1) if (kernel[i * layer.width + j]) taps.push([j * dilation, kernel[i * layer.width + j]]);
    while (taps.length) {
      const [[ja, wa], [jb, wb] = [0, 0], [jc, wc] = [0, 0]] = taps.splice(0, 3);
      for (let y = 0; y < rows; y += 1) {
        let from = (y * stride + i * dilation) * wide;
        for (let to = y * columns, end = to + columns; to < end; to += 1, from += stride) {
          out[to] += wa * padded[from + ja] + wb * padded[from + jb] + wc * padded[from + jc];
        }
      }
    }
  }
}

/** The filtered picture: {values, height, width, channels}, values channel by channel in float64. */
function filterPicture(planes, height, width, layer) {
  const [rows, columns] = [windowPositions(height, layer.height, layer), windowPositions(width, layer.width, layer)];
  const wide = width + 2 * layer.padding;
  const padded = planes.map((plane, at) => paddedPlane(plane, height, width, layer, layer.border[at]));
  const channels = layer.colour === "rgb" ? 3 : 1;
  const values = new Float64Array(rows * columns * channels);
  const cells = layer.height * layer.width;
  for (let channel = 0; channel < channels; channel += 1) {
    const out = values.subarray(channel * rows * columns, (channel + 1) * rows * columns);
    const sums = layer.kernels.map((kernel, at) => {
      const sum = at === 0 ? out : new Float64Array(rows * columns);
      const read = channels === 3 ? [padded[channel]] : padded;
      read.forEach((plane, k) => addProducts(sum, rows, columns, plane, wide, layer.planes === 3 ? kernel.subarray(k * cells, (k + 1) * cells) : kernel, layer));
      return sum;
    });
    finishSums(out, sums, layer);
  }
  return { values, height: rows, width: columns, channels };
}

/** From the sums of products to the answers: divided, their magnitude if asked for, plus the bias. */
function finishSums(out, sums, { divisor, magnitude, bias }) {
  const [first, second] = sums;
  for (let at = 0; at < out.length; at += 1) {
    const a = first[at] / divisor;
    const b = second ? second[at] / divisor : 0;
    out[at] = (magnitude ? Math.sqrt(a * a + b * b) : a) + bias;
  }
}

/**
 * One pixel of the answer opened: {blocks, value}. A block is one kernel over one plane: {kernel, plane, terms, sum};
 * a term {row, column, y, x, value, weight, padding} in reading order, y and x in the picture, padding for its border.
 */
function openPixel(planes, height, width, layer, y, x, channel) {
  const cells = layer.height * layer.width;
  const read = layer.colour === "rgb" ? [channel] : planes.map((_, plane) => plane);
  const blocks = [];
  const sums = layer.kernels.map((kernel, kernelAt) => {
    let total = 0;
    read.forEach((plane, at) => {
      const terms = [];
      for (let cell = 0; cell < cells; cell += 1) {
        const [row, column] = [Math.floor(cell / layer.width), cell % layer.width];
        const [py, px] = [y * layer.stride + row * layer.dilation - layer.padding, x * layer.stride + column * layer.dilation - layer.padding];
        const [sy, sx] = [sourceIndex(py, height, layer.mode), sourceIndex(px, width, layer.mode)];
        const value = sy < 0 || sx < 0 ? layer.border[plane] : planes[plane][sy * width + sx];
        terms.push({ row, column, y: py, x: px, value, weight: kernel[(layer.planes === 3 ? at * cells : 0) + cell], padding: py < 0 || px < 0 || py >= height || px >= width });
      }
      const sum = terms.reduce((all, term) => all + term.value * term.weight, 0);
      blocks.push({ kernel: kernelAt, plane, terms, sum });
      total += sum;
    });
    return total;
  });
  const value = [0];
  finishSums(value, sums.map((sum) => [sum]), layer);
  return { blocks, sums, value: value[0] };
}
