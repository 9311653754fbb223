// Which part of both pictures is shown, which window belongs to which answer, and in which order a sweep visits them.

import { sourceIndex } from "./convolve.js";

const CLOSE_CELLS = { close: 14, numbers: 6 }; // answers across in each zoom
const LEAP = 10; // answers, of a key that goes further than an arrow

/** The pixels under the window of answer (y, x): {y, x, height, width} in the picture's own rows and columns. */
export function windowOf(layer, y, x) {
  return {
    y: y * layer.stride - layer.padding,
    x: x * layer.stride - layer.padding,
    height: layer.dilation * (layer.height - 1) + 1,
    width: layer.dilation * (layer.width - 1) + 1,
  };
}

/** The answer whose window has its centre nearest to a point of the picture. */
export function answerAt(layer, output, y, x) {
  const nearest = (position, kernelSize, positions) => {
    const middle = (layer.dilation * (kernelSize - 1) + 1) / 2;
    return within(Math.round((position + layer.padding - middle) / layer.stride), positions);
  };
  return { y: nearest(y, layer.height, output.height), x: nearest(x, layer.width, output.width) };
}

const within = (place, count) => Math.min(count - 1, Math.max(0, place));

/** The answer of a part that is nearest to an answer. */
export function nearestIn(part, { y, x }) {
  return { y: part.y + within(y - part.y, part.height), x: part.x + within(x - part.x, part.width) };
}

/** What both pictures show: {input, output} as {y, x, height, width}; close views keep `centre` in the middle. */
export function shownParts(layer, size, output, zoom, centre) {
  const p = layer.padding;
  const most = CLOSE_CELLS[zoom];
  if (!most || (output.height <= most && output.width <= most)) {
    return {
      input: { y: -p, x: -p, height: size.height + 2 * p, width: size.width + 2 * p },
      output: { y: 0, x: 0, height: output.height, width: output.width },
    };
  }
  const [rows, columns] = [Math.min(most, output.height), Math.min(most, output.width)];
  const y = Math.min(output.height - rows, Math.max(0, centre.y - Math.floor(rows / 2)));
  const x = Math.min(output.width - columns, Math.max(0, centre.x - Math.floor(columns / 2)));
  const first = windowOf(layer, y, x);
  const [height, width] = [first.height + (rows - 1) * layer.stride, first.width + (columns - 1) * layer.stride];
  return { input: { y: first.y, x: first.x, height, width }, output: { y, x, height: rows, width: columns } };
}

/** Whether a part is small enough to be read cell by cell, so that it is given the whole width of a phone. */
export const isReadable = (part) => part.width <= CLOSE_CELLS.close && part.height <= CLOSE_CELLS.close;

/** Where a part lies on a canvas of this size: the size of a cell and the offset that centres it. */
export function fitted(part, width, height) {
  const cell = Math.min((width - 2) / part.width, (height - 2) / part.height);
  const whole = cell >= 8 ? Math.floor(cell) : cell;
  return {
    cell: whole,
    left: Math.round((width - whole * part.width) / 2),
    top: Math.round((height - whole * part.height) / 2),
  };
}

/** The cell of a part under a point of its canvas; null outside. */
export function partCellUnder(part, fit, left, top) {
  const [x, y] = [(left - fit.left) / fit.cell, (top - fit.top) / fit.cell];
  if (x < 0 || y < 0 || x >= part.width || y >= part.height) return null;
  return { y: part.y + Math.floor(y), x: part.x + Math.floor(x) };
}

/** For each row (or column) of the picture, whether any window reads it. */
export function readPositions(size, kernelSize, positions, layer) {
  const read = new Uint8Array(size);
  for (let at = 0; at < positions; at += 1) {
    for (let k = 0; k < kernelSize; k += 1) {
      const source = sourceIndex(at * layer.stride + k * layer.dilation - layer.padding, size, layer.mode);
      if (source >= 0) read[source] = 1;
    }
  }
  return read;
}

/** How many rows at the bottom (or columns at the right) of the picture no window reaches. */
export function unreadTail(read) {
  let tail = 0;
  while (tail < read.length && !read[read.length - 1 - tail]) tail += 1;
  return tail;
}

/** The answer that a sweep over a part visits at its `at`-th step: row by row. */
export const sweptAnswer = (part, at) => ({ y: part.y + Math.floor(at / part.width), x: part.x + (at % part.width) });

/** The step at which a sweep visits an answer; null where it lies outside. */
export function sweepStep(part, y, x) {
  const inside = y >= part.y && x >= part.x && y < part.y + part.height && x < part.x + part.width;
  return inside ? (y - part.y) * part.width + (x - part.x) : null;
}

/** The answer a key moves to, within the picture, or null; PageUp and PageDown leap, as do arrows with `leap`. */
export function movedAnswer(key, answer, output, leap) {
  const step = leap ? LEAP : 1;
  const by = {
    ArrowUp: [-step, 0], ArrowDown: [step, 0], ArrowLeft: [0, -step], ArrowRight: [0, step],
    PageUp: [-LEAP, 0], PageDown: [LEAP, 0],
  }[key];
  return by ? { y: within(answer.y + by[0], output.height), x: within(answer.x + by[1], output.width) } : null;
}

/** The strongest answer, looked for away from the border: where a first look is rewarded. */
export function strongestAnswer({ values, height, width }) {
  let best = { y: Math.floor(height / 2), x: Math.floor(width / 2) };
  let most = -1;
  const [my, mx] = [Math.floor(height / 8), Math.floor(width / 8)];
  for (let y = my; y < height - my; y += 1) {
    for (let x = mx; x < width - mx; x += 1) {
      const size = Math.abs(values[y * width + x]);
      if (size > most) [most, best] = [size, { y, x }];
    }
  }
  return best;
}
