// What is highlighted: for a cell, the cells of the other grids that it meets; and the cells that a walk goes through.
// Rows and columns are independent, so a set of cells is {rows, columns, slices}: maps from a position to the weight
// that is there.

import { kept } from "./links.js";
import { channelsOf, filtersOf } from "./numbers.js";

/** The sets {input, weight, output} that a cell {part, slice, y, x} meets; a weight's outputs are those of `filter`. */
export function marksOf(layer, cell, filter) {
  if (cell.part === "output") return outputMarks(layer, cell);
  if (cell.part === "input") return inputMarks(layer, cell);
  return weightMarks(layer, cell, filter);
}

/** The positions of links in one of the grids, each with the weight that it meets. */
function positions(links, grid) {
  return new Map(links.map((link) => [link[grid], link.weight]));
}

/** A set of cells in one of the grids. */
function cellSet(rows, columns, grid, slices) {
  return { rows: positions(rows, grid), columns: positions(columns, grid), slices };
}

/** The one cell that the others meet; it meets many weights, unless it is one itself. */
function oneCell({ part, slice, y, x }) {
  const [row, column] = part === "weight" ? [y, x] : [0, 0];
  return { rows: new Map([[y, row]]), columns: new Map([[x, column]]), slices: [slice, slice + 1] };
}

/** What an output cell is made of. */
export function outputMarks(layer, cell) {
  const [rows, columns] = [layer.rows.byOutput(cell.y), layer.columns.byOutput(cell.x)];
  const slices = channelsOf(layer, cell.slice);
  return {
    output: oneCell(cell),
    input: cellSet(rows, columns, "input", slices),
    weight: cellSet(rows, columns, "weight", slices),
  };
}

/** What an input cell goes into; a transposed convolution's stamp is shown uncut. */
function inputMarks(layer, cell) {
  const meets = (map, at) => (layer.kind === "transposed" ? map.byInput(at) : kept(map, map.byInput(at)));
  const [rows, columns] = [meets(layer.rows, cell.y), meets(layer.columns, cell.x)];
  return {
    input: oneCell(cell),
    output: cellSet(rows, columns, "output", filtersOf(layer, cell.slice)),
    weight: cellSet(rows, columns, "weight", [cell.slice, cell.slice + 1]),
  };
}

/** The inputs that a weight meets, and the output cells of a filter that it does so for. */
export function weightMarks(layer, cell, filter) {
  const meets = (map, at) => kept(map, map.byWeight(at));
  const [rows, columns] = [meets(layer.rows, cell.y), meets(layer.columns, cell.x)];
  return {
    weight: oneCell(cell),
    input: cellSet(rows, columns, "input", [cell.slice, cell.slice + 1]),
    output: cellSet(rows, columns, "output", [filter, filter + 1]),
  };
}

/** The walk's cells: output cells for a layer's answer, input cells or weights to go the other ways. */
export function walkGrid(layer, part) {
  if (part === "output") return { rows: layer.rows.outputs, columns: layer.columns.outputs };
  if (part === "input") return { rows: layer.rows.axis.size, columns: layer.columns.axis.size };
  return { rows: layer.rows.axis.kernel_size, columns: layer.columns.axis.kernel_size };
}

/** The slices that a walk goes through one after the other: of the output the filter's, else all that it reads. */
function walkSlices(layer, part, filter) {
  return part === "output" ? [filter, filter + 1] : channelsOf(layer, filter);
}

/** How many places a walk over a part has. */
export function walkCount(layer, part, filter) {
  const { rows, columns } = walkGrid(layer, part);
  const [first, last] = walkSlices(layer, part, filter);
  return rows * columns * (last - first);
}

/** The cell at a place of the walk over a part. */
export function walkCell(layer, part, at, filter) {
  const { rows, columns } = walkGrid(layer, part);
  const [first] = walkSlices(layer, part, filter);
  const [slices, within] = [Math.floor(at / (rows * columns)), at % (rows * columns)];
  return { part, slice: first + slices, y: Math.floor(within / columns), x: within % columns };
}
