// Where the grids of a layer stand on the canvas, how large a cell is, and what lies under a point. All in CSS pixels.

import { channelsOf, hasWeights } from "./numbers.js";

const MOST_CELLS = 20; // a side of a slice that is drawn; of a larger one a part is drawn, which follows the window
const FEW_CELLS = 12; // the part of a larger one where several slices share the canvas
const LEAST_CELL = 11; // smaller ones are not worth looking at: rather a picture higher than the screen
const LEAST_ON_PHONES = 26; // where one scrolls anyhow
const MOST_SLICES = 4;
const LARGEST_CELL = 48;
export const GRID_GAP = 34; // room for the sign between two grids
const GRID_LABEL = 24; // height of the words above a grid

/** Up to `most` of the places `from` .. `to`, as [first, one past the last], starting at `origin` where that fits. */
export function visibleRange(from, to, origin, most) {
  if (to - from <= most) return [from, to];
  const first = Math.min(to - most, Math.max(from, origin));
  return [first, first + most];
}

/** The range moved as little as needed so that first .. last is in it (its start where it is longer than that). */
export function rangeShowing([from, to], first, last, [least, most]) {
  const size = to - from;
  let start = from;
  if (last >= start + size) start = last - size + 1;
  if (first < start) start = first;
  return visibleRange(least, most, start, size);
}

/** The parts of a layer that are drawn: ranges of rows, columns and slices of its input, its weights and its output. */
export function makeView(layer, filter, before = null) {
  const whole = (map, side) => [map[`${side}From`], map[`${side}To`]];
  const many = layer.channels + layer.filters > 2;
  const range = (name, map, side) => {
    const [from, to] = whole(map, side);
    const most = many && to - from > MOST_CELLS ? FEW_CELLS : MOST_CELLS;
    return visibleRange(from, to, before ? before[name][0] : from, most);
  };
  const [firstChannel] = channelsOf(layer, filter);
  const slices = (count, first) => visibleRange(0, count, first, MOST_SLICES);
  const kept = before && filter >= before.outputSlices[0] && filter < before.outputSlices[1];
  return {
    inputRows: range("inputRows", layer.rows, "input"),
    inputColumns: range("inputColumns", layer.columns, "input"),
    outputRows: range("outputRows", layer.rows, "output"),
    outputColumns: range("outputColumns", layer.columns, "output"),
    inputSlices: slices(layer.channels, firstChannel),
    outputSlices: slices(layer.filters, kept ? before.outputSlices[0] : filter),
    weightRows: visibleRange(0, layer.rows.axis.kernel_size, 0, MOST_CELLS),
    weightColumns: visibleRange(0, layer.columns.axis.kernel_size, 0, MOST_CELLS),
  };
}

/** Whether some of the layer is left out of the picture. */
export function viewIsPart(layer, view) {
  const whole = (range, from, to) => range[0] === from && range[1] === to;
  return !(whole(view.inputRows, layer.rows.inputFrom, layer.rows.inputTo)
    && whole(view.inputColumns, layer.columns.inputFrom, layer.columns.inputTo)
    && whole(view.outputRows, layer.rows.outputFrom, layer.rows.outputTo)
    && whole(view.outputColumns, layer.columns.outputFrom, layer.columns.outputTo)
    && whole(view.inputSlices, 0, layer.channels) && whole(view.outputSlices, 0, layer.filters)
    && (!hasWeights(layer) || (whole(view.weightRows, 0, layer.rows.axis.kernel_size)
      && whole(view.weightColumns, 0, layer.columns.axis.kernel_size))));
}

/** The grids to place, without their places: {part, slice, fromY, toY, fromX, toX}. */
function gridsOf(layer, view) {
  const grid = (part, slice, [fromY, toY], [fromX, toX]) => ({ part, slice, fromY, toY, fromX, toX });
  const slices = ([from, to]) => Array.from({ length: to - from }, (_, at) => from + at);
  const inputs = slices(view.inputSlices).map((slice) => grid("input", slice, view.inputRows, view.inputColumns));
  const weights = hasWeights(layer)
    ? slices(view.inputSlices).map((slice) => grid("weight", slice, view.weightRows, view.weightColumns)) : [];
  const outputs = slices(view.outputSlices).map((slice) => grid("output", slice, view.outputRows, view.outputColumns));
  return { inputs, weights, outputs };
}

/** The ways to arrange the grids, as nested {along, sign, items}; an item is a grid or again an arrangement. */
function arrangements(layer, view) {
  const { inputs, weights, outputs } = gridsOf(layer, view);
  const equals = weights.length ? "=" : "→";
  const ways = [];
  for (const pairAlong of ["X", "Y"]) {
    const pair = (input, at) => ({ along: pairAlong, sign: "×", items: [input, weights[at]] });
    const pairs = weights.length ? inputs.map(pair) : inputs;
    for (const pairsAlong of inputs.length > 1 ? ["X", "Y"] : ["X"]) {
      for (const outputsAlong of outputs.length > 1 ? ["X", "Y"] : ["X"]) {
        for (const along of ["X", "Y"]) {
          const sources = { along: pairsAlong, sign: weights.length ? "+" : "", items: pairs };
          ways.push({ along, sign: equals, items: [sources, { along: outputsAlong, sign: "", items: outputs }] });
        }
      }
    }
  }
  if (weights.length === 1 && outputs.length === 1) {
    const below = { along: "X", sign: "=", items: [weights[0], outputs[0]] };
    ways.push({ along: "Y", sign: "×", items: [inputs[0], below] });
  }
  return ways;
}

/** What a grid or an arrangement takes with cells of a size: {X, Y} in pixels. */
function sizeOf(item, cell) {
  if (item.part) return { X: (item.toX - item.fromX) * cell, Y: (item.toY - item.fromY) * cell + GRID_LABEL };
  const sizes = item.items.map((inner) => sizeOf(inner, cell));
  const other = item.along === "X" ? "Y" : "X";
  const sum = sizes.reduce((total, size) => total + size[item.along], GRID_GAP * (sizes.length - 1));
  return { [item.along]: sum, [other]: Math.max(...sizes.map((size) => size[other])) };
}

/** Place the grids of an arrangement and the signs between them from (left, top); gives the size that they take. */
function place(item, left, top, cell, placed) {
  const size = sizeOf(item, cell);
  if (item.part) {
    placed.grids.push({ ...item, left, top: top + GRID_LABEL, cell });
    return size;
  }
  const across = item.along === "X";
  let at = across ? left : top;
  item.items.forEach((inner, index) => {
    const innerSize = sizeOf(inner, cell);
    if (index && item.sign) placed.signs.push(signBetween(item, at, left, top, size, innerSize));
    if (across) place(inner, at, top + (size.Y - innerSize.Y) / 2, cell, placed);
    else place(inner, left, at, cell, placed);
    at += innerSize[item.along] + GRID_GAP;
  });
  return size;
}

/** The sign in the gap before `at`: in the middle of a row of grids, over the left part of what stands below. */
function signBetween({ along, sign }, at, left, top, size, innerSize) {
  if (along === "X") return { text: sign, left: at - GRID_GAP / 2, top: top + (size.Y + GRID_LABEL) / 2 };
  return { text: sign === "→" ? "↓" : sign, left: left + Math.min(innerSize.X, size.X) / 2, top: at - GRID_GAP / 2 };
}

/** The largest cell with which an arrangement fits; where cells would get too small, only into the width. */
function largestCell(way, width, height) {
  const least = width < 700 ? LEAST_ON_PHONES : LEAST_CELL;
  for (let cell = LARGEST_CELL; cell > 6; cell -= 1) {
    const size = sizeOf(way, cell);
    if (size.X <= width - 2 && (size.Y <= height - 2 || cell <= least)) return cell;
  }
  return 6;
}

/** The arrangement with the largest cells for a canvas of `width`, at most `height` high where cells stay readable. */
export function layoutPicture(layer, view, width, height) {
  let best = null;
  for (const way of arrangements(layer, view)) {
    const cell = largestCell(way, width, height);
    const tall = sizeOf(way, cell).Y;
    if (!best || cell > best.cell || (cell === best.cell && tall < best.tall)) best = { way, cell, tall };
  }
  const placed = { grids: [], signs: [] };
  const size = place(best.way, 1, 0, best.cell, placed);
  return { ...placed, cell: best.cell, width: Math.ceil(size.X) + 2, height: Math.ceil(size.Y) + 2 };
}

/** The cell under a point: {part, slice, y, x}; null between the grids. */
export function cellAt(layout, left, top) {
  for (const grid of layout.grids) {
    const x = Math.floor((left - grid.left) / grid.cell);
    const y = Math.floor((top - grid.top) / grid.cell);
    if (x >= 0 && y >= 0 && x < grid.toX - grid.fromX && y < grid.toY - grid.fromY) {
      return { part: grid.part, slice: grid.slice, y: y + grid.fromY, x: x + grid.fromX };
    }
  }
  return null;
}
