// Paints over the still picture: the cells that meet, and a veil over what the walk has not come to.

import { cornerOf, eachCell, paintDigits, strokeCells, weightHue } from "./draw.js";
import { kept } from "./links.js";
import { cellText, cutOff, hasWeights, inputNumber, weightNumber } from "./numbers.js";

const LEAST_FOR_TWO = 40; // pixels of a cell that shows a number and the weight beside it

/** Paint the marks of a cell. */
export function paintMarks(context, picture, marks, cell) {
  for (const grid of picture.layout.grids) {
    const set = marks[grid.part];
    if (grid.slice < set.slices[0] || grid.slice >= set.slices[1]) continue;
    const [ys, xs] = [inGrid(set.rows, grid.fromY, grid.toY), inGrid(set.columns, grid.fromX, grid.toX)];
    for (const y of ys) for (const x of xs) paintMarkedCell(context, picture, grid, set, cell, y, x);
    if (grid.part === "input" && cell.part === "input") frameReaders(context, picture, grid, cell);
    frameCells(context, picture, grid, ys, xs);
  }
}

/** Every window that reads an input cell, as a thin frame on the input. */
function frameReaders(context, { layer, ink }, grid, cell) {
  if (layer.kind === "transposed") return;
  const inputs = (map, output) => map.byOutput(output).map((link) => link.input);
  const windows = (map, at) => kept(map, map.byInput(at)).map((link) => inputs(map, link.output));
  const span = (window, from, to) => [Math.max(from, window[0]), Math.min(to, window[window.length - 1] + 1)];
  context.save();
  context.strokeStyle = ink.pointer;
  context.lineWidth = 1.5;
  context.globalAlpha = 0.75;
  for (const rows of windows(layer.rows, cell.y)) {
    for (const columns of windows(layer.columns, cell.x)) {
      const [[y, y2], [x, x2]] = [span(rows, grid.fromY, grid.toY), span(columns, grid.fromX, grid.toX)];
      if (y < y2 && x < x2) strokeCells(context, grid, { y, y2, x, x2 }, 2);
    }
  }
  context.restore();
}

function inGrid(positionsMap, from, to) {
  return [...positionsMap.keys()].filter((at) => at >= from && at < to).sort((a, b) => a - b);
}

function paintMarkedCell(context, picture, grid, set, cell, y, x) {
  const { layer, look, ink } = picture;
  const [left, top] = cornerOf(grid, y, x);
  const [ky, kx] = [set.rows.get(y), set.columns.get(x)];
  if (look.hues && hasWeights(layer) && grid.part !== "weight" && grid.part !== cell.part) {
    context.fillStyle = `hsl(${weightHue(layer, ky, kx)} 75% 60% / 0.55)`;
  } else if (grid.part === "input") {
    context.fillStyle = ink["pointer-soft"];
  } else {
    return; // weights and outputs keep their colours; the frame tells
  }
  const isTerm = hasWeights(layer) && grid.part === "input" && cell.part === "output";
  if (isTerm && grid.cell >= LEAST_FOR_TWO && look.cells === "numbers") {
    const number = inputNumber(layer, { slice: grid.slice, y, x });
    paintProduct(context, picture, number, weightNumber(cell.slice, grid.slice, ky, kx), left, top, grid.cell);
  } else {
    context.fillRect(left + 1, top + 1, grid.cell - 1, grid.cell - 1);
  }
}

/** An input cell in the window: its number, and in the corner the weight that it is multiplied by. */
function paintProduct(context, { ink }, number, weight, left, top, cell) {
  const tint = context.fillStyle;
  context.fillStyle = ink.paper;
  context.fillRect(left + 1, top + 1, cell - 1, cell - 1);
  context.fillStyle = tint;
  context.fillRect(left + 1, top + 1, cell - 1, cell - 1);
  paintDigits(context, cellText(number), left + cell * 0.3, top + cell * 0.34, cell, ink.ink, ink.font);
  context.font = `600 14px ${ink.font}`;
  context.textAlign = "right";
  context.textBaseline = "alphabetic";
  context.fillStyle = ink.pointer;
  context.fillText(`×${cellText(weight)}`, left + cell - 4, top + cell - 5);
}

/** One frame round neighbouring cells; one round each where dilation or stride leaves holes between them. */
function frameCells(context, picture, grid, ys, xs) {
  if (!ys.length || !xs.length) return;
  const solid = (list) => list.length === list[list.length - 1] - list[0] + 1;
  const all = { y: ys[0], y2: ys[ys.length - 1] + 1, x: xs[0], x2: xs[xs.length - 1] + 1 };
  context.strokeStyle = picture.ink.pointer;
  if (solid(ys) && solid(xs)) {
    context.lineWidth = 3;
    strokeCells(context, grid, all, 0);
    return;
  }
  context.lineWidth = 2;
  for (const y of ys) for (const x of xs) strokeCells(context, grid, { y, y2: y + 1, x, x2: x + 1 }, 1);
  context.save();
  context.setLineDash([5, 4]);
  context.lineWidth = 1.5;
  strokeCells(context, grid, all, -2);
  context.restore();
}

/** Veil the output cells that the walk has not come to yet. */
export function veilAhead(context, picture, cell) {
  context.save();
  context.globalAlpha = 0.82;
  context.fillStyle = picture.ink.paper;
  for (const grid of picture.layout.grids.filter((each) => each.part === "output" && each.slice === cell.slice)) {
    eachCell(grid, (y, x) => {
      if (cutOff(picture.layer, { y, x }) || y < cell.y || (y === cell.y && x <= cell.x)) return;
      const [left, top] = cornerOf(grid, y, x);
      context.fillRect(left + 1, top + 1, grid.cell - 1, grid.cell - 1);
    });
  }
  context.restore();
}
