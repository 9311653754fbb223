// The small whole numbers in the cells, and what a layer makes of them: every number can be redone by hand.
// A layer is {kind, rows, columns (axis maps), channels, filters, groups}; a place is {slice, y, x}.

/** A repeatable whole number from 0 to `count` - 1 that looks scattered. */
function scattered(a, b, c, count) {
  let mixed = Math.imul(a + 11, 374761393) ^ Math.imul(b + 7, 668265263) ^ Math.imul(c + 3, 2147483629);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 1274126177);
  return ((mixed ^ (mixed >>> 16)) >>> 0) % count;
}

/** The number in an input cell: 0 to 4, and 0 in the padding. */
export function inputNumber(layer, { slice, y, x }) {
  return insideInput(layer, { y, x }) ? scattered(y, x, slice, 5) : 0;
}

/** The weight of filter `filter` for the input channel `channel`: -1, 0, 1 or 2, and not all the same. */
export function weightNumber(filter, channel, y, x) {
  return [-1, 0, 1, -1, 2, 0, 1][scattered(y + 5 * filter, x + 3, channel + 9, 7)];
}

/** Whether the layer has weights: convolutions have, poolings have not. */
export function hasWeights(layer) {
  return layer.kind === "conv" || layer.kind === "transposed";
}

/** The input channels that output slice `slice` is made of, as [first, one past the last]. */
export function channelsOf(layer, slice) {
  if (!hasWeights(layer)) return [slice, slice + 1];
  const size = layer.channels / layer.groups;
  const group = Math.floor(slice / (layer.filters / layer.groups));
  return [group * size, (group + 1) * size];
}

/** The output slices that input channel `slice` goes into, as [first, one past the last]. */
export function filtersOf(layer, slice) {
  if (!hasWeights(layer)) return [slice, slice + 1];
  const size = layer.filters / layer.groups;
  const group = Math.floor(slice / (layer.channels / layer.groups));
  return [group * size, (group + 1) * size];
}

/** The links {output, input, weight} of both axes that meet in an output cell: [{y, x, ky, kx}] of its window. */
function windowOf(layer, { y, x }) {
  const cells = [];
  for (const row of layer.rows.byOutput(y)) {
    for (const column of layer.columns.byOutput(x)) {
      cells.push({ y: row.input, x: column.input, ky: row.weight, kx: column.weight });
    }
  }
  return cells;
}

/** Whether an input cell is one of the input itself, and not of the padding. */
export function insideInput(layer, { y, x }) {
  return y >= 0 && x >= 0 && y < layer.rows.axis.size && x < layer.columns.axis.size;
}

/** Whether a cell of a transposed convolution's stamps lies outside the output that is kept. */
export function cutOff(layer, { y, x }) {
  return y < 0 || x < 0 || y >= layer.rows.outputs || x >= layer.columns.outputs;
}

/** The terms that an output cell is made of: {channel, y, x, ky, kx, value, weight, amount, padding}. */
export function termsOf(layer, place) {
  const terms = [];
  const [first, last] = channelsOf(layer, place.slice);
  const window = windowOf(layer, place);
  for (let channel = first; channel < last; channel += 1) {
    for (const cell of window) {
      const value = inputNumber(layer, { slice: channel, y: cell.y, x: cell.x });
      const weight = hasWeights(layer) ? weightNumber(place.slice, channel, cell.ky, cell.kx) : 1;
      terms.push({ channel, ...cell, value, weight, amount: value * weight, padding: !insideInput(layer, cell) });
    }
  }
  return terms;
}

/** How many cells an average is divided by: all of the window within the padded input, as torch counts by default. */
export function averageDivisor(layer, place) {
  if (layer.kind === "adaptive") return windowOf(layer, place).length;
  const within = (axis, link) => link.input < axis.size + axis.padding;
  const count = (map, at) => map.byOutput(at).filter((link) => within(map.axis, link)).length;
  return count(layer.rows, place.y) * count(layer.columns, place.x);
}

/** How many terms an output cell is made of, at most. */
export function termCount(layer) {
  const [first, last] = channelsOf(layer, 0);
  return layer.rows.window * layer.columns.window * (last - first);
}

/** The number of an output cell: a sum, the largest of the window, or its mean. */
export function outputNumber(layer, place) {
  const weights = hasWeights(layer);
  const [first, last] = channelsOf(layer, place.slice);
  const [rows, columns] = [layer.rows.byOutput(place.y), layer.columns.byOutput(place.x)];
  let [sum, largest] = [0, -Infinity];
  for (let slice = first; slice < last; slice += 1) {
    for (const row of rows) {
      for (const column of columns) {
        const value = inputNumber(layer, { slice, y: row.input, x: column.input });
        sum += weights ? value * weightNumber(place.slice, slice, row.weight, column.weight) : value;
        if (value > largest && insideInput(layer, { y: row.input, x: column.input })) largest = value;
      }
    }
  }
  if (layer.kind === "max") return largest;
  return weights ? sum : sum / averageDivisor(layer, place);
}

/** A number as it stands in a cell: a true minus, at most two decimals; what a max of padding alone gives is −∞. */
export function cellText(value) {
  if (!Number.isFinite(value)) return "−∞";
  const text = Number.isInteger(value) ? String(Math.abs(value)) : Math.abs(value).toFixed(2).replace(/0$/, "");
  return (value < 0 ? "−" : "") + text;
}
