// A filter over a picture, in float64: the same arithmetic as explorer/filters, run where the pointer is.
// Pure functions; the worker filters whole pictures with them, the page opens single pixels.

/**
 * What is computed, as `stateLayer` in ./state.js makes it.
 * @typedef {object} Layer
 * @property {Float64Array[]} kernels one, or two whose magnitude is taken, each plane after plane, row after row
 * @property {number} planes of a kernel: 1, or 3 for a plane of weights a colour
 * @property {number} height of a kernel
 * @property {number} width of a kernel
 * @property {number} divisor of the sums
 * @property {boolean} magnitude
 * @property {number} bias
 * @property {number} stride
 * @property {number} dilation
 * @property {number} padding on each side
 * @property {"zeros" | "reflect" | "replicate" | "circular"} mode of the padding
 * @property {"grey" | "rgb" | "sum"} colour
 * @property {number[]} border what "zeros" puts there, a number a plane
 */

const NO_TAP = [0, 0];

/** Positions of the window along one axis; 0 or less where it does not fit. */
export function windowPositions(size, kernelSize, layer) {
  return Math.floor((size + 2 * layer.padding - layer.dilation * (kernelSize - 1) - 1) / layer.stride) + 1;
}

/** Why torch would refuse this layer for a picture of this size, with a way out; or null. */
export function layerRefusal(layer, height, width) {
  return axisRefusal(layer, "height", height, layer.height) || axisRefusal(layer, "width", width, layer.width);
}

function axisRefusal({ padding, mode, dilation }, axis, size, kernelSize) {
  if (mode === "reflect" && padding >= size) {
    return `Reflect padding of ${padding} needs a ${axis} of more than ${padding} pixels, not ${size}. ` +
      `Take at most ${size - 1}.`;
  }
  if (mode === "circular" && padding > size) {
    return `Circular padding of ${padding} would wrap round a ${axis} of ${size} pixels more than once. ` +
      `Take at most ${size}.`;
  }
  const [reach, padded] = [dilation * (kernelSize - 1) + 1, size + 2 * padding];
  if (reach <= padded) return null;
  return `The window is ${reach} pixels long and the padded ${axis} only ${padded}. ` +
    `Take a padding of at least ${Math.ceil((reach - size) / 2)}, a smaller kernel or less dilation.`;
}

/** The row or column of the picture that stands at a padded position, or -1 where a fixed border does. */
export function sourceIndex(position, size, mode) {
  if (position >= 0 && position < size) return position;
  if (mode === "replicate") return position < 0 ? 0 : size - 1;
  if (mode === "circular") return ((position % size) + size) % size;
  if (mode === "reflect") return size - 1 - Math.abs(size - 1 - Math.abs(position));
  return -1;
}

/** What the kernels run over, as planes of numbers: one for grey or a sum of colours, three for colours each. */
export function picturePlanes(rgba, count, colour, kernelPlanes) {
  const separate = colour === "rgb" || kernelPlanes === 3;
  const planes = Array.from({ length: separate ? 3 : 1 }, () => new Float64Array(count));
  for (let at = 0, from = 0; at < count; at += 1, from += 4) {
    const [red, green, blue] = [rgba[from], rgba[from + 1], rgba[from + 2]];
    if (separate) [planes[0][at], planes[1][at], planes[2][at]] = [red, green, blue];
    else planes[0][at] = colour === "grey" ? (299 * red + 587 * green + 114 * blue) / 1000 : red + green + blue;
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
    for (let x = 0; x < wide; x += 1) {
      padded[y * wide + x] = row < 0 || columns[x] < 0 ? border : plane[row * width + columns[x]];
    }
  }
  return padded;
}

/** Add a kernel's products over one padded plane to `out`, (rows, columns) in one array. */
function addProducts(out, rows, columns, padded, wide, kernel, layer) {
  const { stride, dilation } = layer;
  for (let i = 0; i < layer.height; i += 1) {
    const taps = [];
    for (let j = 0; j < layer.width; j += 1) {
      const weight = kernel[i * layer.width + j];
      if (weight) taps.push([j * dilation, weight]);
    }
    // Three products a pass: to read and write `out` takes longer than to multiply.
    for (let tap = 0; tap < taps.length; tap += 3) {
      const [[ja, wa], [jb, wb] = NO_TAP, [jc, wc] = NO_TAP] = taps.slice(tap, tap + 3);
      for (let y = 0; y < rows; y += 1) {
        let from = (y * stride + i * dilation) * wide;
        for (let to = y * columns, end = to + columns; to < end; to += 1, from += stride) {
          out[to] += wa * padded[from + ja] + wb * padded[from + jb] + wc * padded[from + jc];
        }
      }
    }
  }
}

/**
 * The filtered picture: {values, height, width, channels}, values channel by channel in float64.
 * @param {Float64Array[]} planes as of picturePlanes
 * @param {number} height of the picture
 * @param {number} width of the picture
 * @param {Layer} layer
 */
export function filterPicture(planes, height, width, layer) {
  const rows = windowPositions(height, layer.height, layer);
  const columns = windowPositions(width, layer.width, layer);
  const padded = planes.map((plane, at) => paddedPlane(plane, height, width, layer, layer.border[at]));
  const channels = layer.colour === "rgb" ? 3 : 1;
  const values = new Float64Array(rows * columns * channels);
  for (let channel = 0; channel < channels; channel += 1) {
    const out = values.subarray(channel * rows * columns, (channel + 1) * rows * columns);
    const read = channels === 3 ? [padded[channel]] : padded;
    const sums = layer.kernels.map((kernel) => {
      const sum = new Float64Array(rows * columns);
      read.forEach((plane, at) => {
        addProducts(sum, rows, columns, plane, width + 2 * layer.padding, kernelPlane(layer, kernel, at), layer);
      });
      return sum;
    });
    finishSums(out, sums, layer);
  }
  return { values, height: rows, width: columns, channels };
}

/** A kernel's weights for one of the planes that it reads. */
export function kernelPlane({ planes, height, width }, kernel, plane) {
  return planes === 3 ? kernel.subarray(plane * height * width, (plane + 1) * height * width) : kernel;
}

/** From the sums of products to the answers: divided, their magnitude if asked for, plus the bias. */
export function finishSums(out, sums, { divisor, magnitude, bias }) {
  const [first, second] = sums;
  for (let at = 0; at < out.length; at += 1) {
    const a = first[at] / divisor;
    const b = second ? second[at] / divisor : 0;
    out[at] = (magnitude ? Math.sqrt(a * a + b * b) : a) + bias;
  }
}

/**
 * One pixel of the answer opened: {blocks, sums, value}. A block is one kernel over one plane:
 * {kernel, plane, terms, sum}; its terms as of windowTerms. `sums` has one a kernel.
 * @param {Float64Array[]} planes as of picturePlanes
 * @param {number} height of the picture
 * @param {number} width of the picture
 * @param {Layer} layer
 * @param {number} y of the answer
 * @param {number} x of the answer
 * @param {number} channel of the answer, where colours are filtered each
 */
export function openPixel(planes, height, width, layer, y, x, channel) {
  const read = layer.colour === "rgb" ? [channel] : planes.map((_, plane) => plane);
  const blocks = layer.kernels.flatMap((kernel, kernelAt) => read.map((plane, at) => {
    const picture = { values: planes[plane], height, width, border: layer.border[plane] };
    const terms = windowTerms(picture, layer, kernelPlane(layer, kernel, at), y, x);
    return { kernel: kernelAt, plane, terms, sum: terms.reduce((all, term) => all + term.value * term.weight, 0) };
  }));
  const sums = layer.kernels.map((_, kernel) => {
    return blocks.filter((block) => block.kernel === kernel).reduce((all, block) => all + block.sum, 0);
  });
  const value = [0];
  finishSums(value, sums.map((sum) => [sum]), layer);
  return { blocks, sums, value: value[0] };
}

/** {row, column, y, x, value, weight, padding} in reading order: y and x in the picture, padding for its border. */
function windowTerms({ values, height, width, border }, layer, weights, y, x) {
  return Array.from({ length: layer.height * layer.width }, (_, cell) => {
    const [row, column] = [Math.floor(cell / layer.width), cell % layer.width];
    const py = y * layer.stride + row * layer.dilation - layer.padding;
    const px = x * layer.stride + column * layer.dilation - layer.padding;
    const [sy, sx] = [sourceIndex(py, height, layer.mode), sourceIndex(px, width, layer.mode)];
    const value = sy < 0 || sx < 0 ? border : values[sy * width + sx];
    const padding = py < 0 || px < 0 || py >= height || px >= width;
    return { row, column, y: py, x: px, value, weight: weights[cell], padding };
  });
}
