// Paints a layer's grids: everything that does not move with the pointer. ./highlight.js paints over a copy of it.
// A picture is what ./picture.js makes; its `look` is {cells: "numbers" | "reads", hues: boolean}.

import { colourAt, inkOn, signedColour } from "../shared/colour.js";
import { GRID_GAP } from "./layout.js";
import { walkGrid } from "./marks.js";
import { cellText, cutOff, hasWeights, inputNumber, insideInput, weightNumber } from "./numbers.js";

const DIGITS_PX = 16; // numbers are no smaller; where they do not fit, the cell is only shaded

/** The hue that the weight at (y, x) has: another one for each place of the kernel. */
export function weightHue({ rows, columns }, y, x) {
  const [width, height] = [columns.axis.kernel_size, rows.axis.kernel_size];
  return Math.round((360 * (y * width + x)) / (width * height) + 20) % 360;
}

/** Everything that does not move with the pointer. */
export function paintStill(context, picture) {
  const { layout, ink } = picture;
  context.fillStyle = ink.paper;
  context.fillRect(0, 0, layout.width, layout.height);
  for (const grid of layout.grids) {
    paintLabel(context, picture, grid);
    eachCell(grid, (y, x) => paintCell(context, picture, grid, y, x));
    context.strokeStyle = ink["ink-soft"];
    context.lineWidth = 1;
    strokeCells(context, grid, innerOf(picture.layer, grid), 0);
  }
  paintSigns(context, picture);
}

/** Call `paint(y, x)` for every cell of a grid. */
export function eachCell(grid, paint) {
  for (let y = grid.fromY; y < grid.toY; y += 1) for (let x = grid.fromX; x < grid.toX; x += 1) paint(y, x);
}

/** The real input, or the output that is kept: without padding and without what is cut off. */
function innerOf(layer, grid) {
  const clip = (from, to, least, most) => [Math.max(from, least), Math.min(to, most)];
  const sizes = walkGrid(layer, grid.part);
  const [y, y2] = clip(grid.fromY, grid.toY, 0, sizes.rows);
  const [x, x2] = clip(grid.fromX, grid.toX, 0, sizes.columns);
  return { y, x, y2, x2 };
}

/** Where a cell of a grid stands on the canvas: its left and top. */
export function cornerOf(grid, y, x) {
  return [grid.left + (x - grid.fromX) * grid.cell, grid.top + (y - grid.fromY) * grid.cell];
}

/** A frame round the cells from (y, x) up to and without (y2, x2). */
export function strokeCells(context, grid, { y, x, y2, x2 }, inset) {
  const [left, top] = cornerOf(grid, y, x);
  const [width, height] = [(x2 - x) * grid.cell, (y2 - y) * grid.cell];
  context.strokeRect(left + 0.5 + inset, top + 0.5 + inset, width - 2 * inset, height - 2 * inset);
}

function paintLabel(context, { layer, layout, ink }, grid) {
  const sizes = walkGrid(layer, grid.part);
  const many = { input: layer.channels, weight: layer.channels, output: layer.filters }[grid.part] > 1;
  const name = { input: "Input", weight: "Weights", output: "Output" }[grid.part];
  const { rows, columns } = layer;
  const padded = grid.part === "input" && rows.inputFrom + columns.inputFrom < 0
    ? `, padded ${rows.axis.size - 2 * rows.inputFrom} × ${columns.axis.size - 2 * columns.inputFrom}` : "";
  const short = `${name}${many ? ` ${grid.slice}` : ""}  ${sizes.rows} × ${sizes.columns}`;
  context.font = `600 14px ${ink.font}`;
  context.textAlign = "left";
  context.textBaseline = "alphabetic";
  context.fillStyle = ink.ink;
  const room = Math.min((grid.toX - grid.fromX) * grid.cell + GRID_GAP - 8, layout.width - grid.left);
  const shown = [short + padded, short, name].find((text) => context.measureText(text).width <= room) || name[0];
  context.fillText(shown, grid.left, grid.top - 7);
}

/** What a cell shows: its fill, its text and the text's colour; whether it is padding, or unread or cut off. */
function cellFace(picture, grid, y, x) {
  if (grid.part === "weight") return weightFace(picture, grid, y, x);
  return grid.part === "output" ? outputFace(picture, grid, y, x) : inputFace(picture, grid, y, x);
}

function weightFace({ layer, look, filter }, grid, y, x) {
  const value = weightNumber(filter, grid.slice, y, x);
  const fill = look.hues ? `hsl(${weightHue(layer, y, x)} 70% 72%)` : signedColour(value, 4);
  return { text: cellText(value), fill, ink: "#000" };
}

function outputFace(picture, grid, y, x) {
  if (cutOff(picture.layer, { y, x })) return { text: "", hatched: true, crossed: true };
  const value = picture.numbers(grid.slice, y, x);
  if (value === null) return { text: "" };
  if (!hasWeights(picture.layer)) return { text: cellText(value) };
  return { text: cellText(value), fill: signedColour(value, picture.reach), ink: inkOf(value, picture.reach) };
}

function inputFace({ layer, look, rowReads, columnReads, mostReads }, grid, y, x) {
  const padding = !insideInput(layer, { y, x });
  const reads = (rowReads.get(y) || 0) * (columnReads.get(x) || 0);
  const crossed = reads === 0;
  if (look.cells === "reads") {
    return { text: reads ? String(reads) : "", hatched: padding, crossed, fill: readsFill(reads, mostReads) };
  }
  if (padding) return { text: "", hatched: true, crossed };
  const number = inputNumber(layer, { slice: grid.slice, y, x });
  return { text: String(number), crossed, fill: grid.cell < 20 ? numberShade(number) : null };
}

/** The shade of an input cell that is too small for its number: the larger, the darker. */
function numberShade(number) {
  return `hsl(215 15% ${97 - 13 * number}%)`;
}

/** Black or white: what reads on a signed number's colour. */
function inkOf(value, reach) {
  return inkOn(colourAt("diverging", reach > 0 ? 0.5 + value / (2 * reach) : 0.5));
}

function readsFill(reads, most) {
  return reads ? `hsl(200 70% ${Math.round(94 - (34 * reads) / Math.max(1, most))}%)` : null;
}

function paintCell(context, picture, grid, y, x) {
  const { ink } = picture;
  const face = cellFace(picture, grid, y, x);
  const [left, top] = cornerOf(grid, y, x);
  context.fillStyle = face.fill || ink.paper;
  context.fillRect(left, top, grid.cell, grid.cell);
  if (face.hatched) hatch(context, left, top, grid.cell, ink["ink-soft"]);
  context.strokeStyle = ink.line;
  context.lineWidth = 1;
  context.strokeRect(left + 0.5, top + 0.5, grid.cell, grid.cell);
  const colour = face.ink || (face.fill ? "#000" : ink.ink);
  paintDigits(context, face.text, left + grid.cell / 2, top + grid.cell / 2, grid.cell, colour, ink.font);
  if (face.crossed) cross(context, left, top, grid.cell, ink["ink-soft"]);
}

/** A number centred on (x, y), unless it would be too small to read. */
export function paintDigits(context, text, x, y, cell, colour, font) {
  const size = Math.max(DIGITS_PX, Math.min(20, Math.floor(cell * 0.44)));
  if (!text || text.length * size * 0.54 > cell - 3 || size > cell - 2) return;
  context.font = `500 ${size}px ${font}`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillStyle = colour;
  context.fillText(text, x + 0.5, y + 1);
}

function hatch(context, left, top, cell, colour) {
  context.save();
  context.beginPath();
  context.rect(left, top, cell, cell);
  context.clip();
  context.globalAlpha = 0.45;
  context.strokeStyle = colour;
  context.lineWidth = 1;
  context.beginPath();
  for (let at = -cell; at < cell; at += 6) {
    context.moveTo(left + at, top + cell);
    context.lineTo(left + at + cell, top);
  }
  context.stroke();
  context.restore();
}

function cross(context, left, top, cell, colour) {
  const inset = Math.max(2, cell * 0.16);
  context.strokeStyle = colour;
  context.lineWidth = 1.5;
  context.beginPath();
  context.moveTo(left + inset, top + inset);
  context.lineTo(left + cell - inset, top + cell - inset);
  context.moveTo(left + cell - inset, top + inset);
  context.lineTo(left + inset, top + cell - inset);
  context.stroke();
}

/** The signs between the grids: × and + and =, or an arrow for a pooling. */
function paintSigns(context, { layout, ink }) {
  context.font = `600 18px ${ink.font}`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillStyle = ink["ink-soft"];
  for (const { text, left, top } of layout.signs) context.fillText(text, left, top);
}
