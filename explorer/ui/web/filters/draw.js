// Drawing on the tab's canvases: a part of a picture, its numbers, border, window and marks.

import { typeSize } from "../shared/canvas.js";
import { make } from "../shared/dom.js";
import { inkOn } from "../shared/colour.js";
import { unreadTail } from "./view.js";

const NUMBER_CELL = 32; // pixels: the smallest cell that holds three digits of 14 pixels
const TIGHTEST = 0.5; // of its width: a number that is squeezed further is written with an exponent
const LINE_CELL = 12; // pixels: the smallest cell with lines around it
const CROSS_CELL = 6; // pixels: the smallest cell that is crossed out by itself
const SMALLEST_FRAME = 7; // pixels: a smaller one is drawn as one of 8
const CELL_RIM = 3; // pixels that stay free beside a number
const [SMALLEST_TEXT, LARGEST_TEXT] = [14, 20]; // in units of the page's type

/** The page's colours as the canvas needs them; read anew because light and dark may change. */
export function pageColours(element) {
  const style = getComputedStyle(element);
  const colour = (name) => style.getPropertyValue(name).trim();
  return {
    paper: colour("--paper"), sheet: colour("--sheet"), ink: colour("--ink"), soft: colour("--ink-soft"),
    line: colour("--line"), pointer: colour("--pointer"), mono: colour("--mono"),
    dark: Boolean(element.closest(".dark")),
  };
}

function hatchPattern(context, colours) {
  const tile = make("canvas", { width: 8, height: 8 });
  const pen = tile.getContext("2d");
  pen.fillStyle = colours.sheet;
  pen.fillRect(0, 0, 8, 8);
  pen.strokeStyle = colours.soft;
  pen.lineWidth = 1;
  pen.beginPath();
  for (const shift of [-8, 0, 8]) {
    pen.moveTo(shift, 8);
    pen.lineTo(shift + 8, 0);
  }
  pen.stroke();
  return context.createPattern(tile, "repeat");
}

/** The rectangle of cells {y, x, height, width} of a part on its canvas: [left, top, width, height]. */
export function onCanvas(part, fit, cells) {
  return [
    fit.left + (cells.x - part.x) * fit.cell, fit.top + (cells.y - part.y) * fit.cell,
    cells.width * fit.cell, cells.height * fit.cell,
  ];
}

/** Draw the part of a picture that is shown; what lies outside the picture is hatched. */
export function drawPart(context, picture, part, fit, size, colours) {
  const [left, top, width, height] = onCanvas(part, fit, part);
  const outside = part.y < 0 || part.x < 0 || part.y + part.height > size.height || part.x + part.width > size.width;
  if (outside) {
    context.fillStyle = hatchPattern(context, colours);
    context.fillRect(left, top, width, height);
  }
  context.save();
  context.beginPath();
  context.rect(left, top, width, height);
  context.clip();
  context.imageSmoothingEnabled = fit.cell < 1;
  context.imageSmoothingQuality = "high";
  context.drawImage(picture, ...onCanvas(part, fit, { y: 0, x: 0, ...sidesOf(size) }));
  context.restore();
  context.strokeStyle = colours.line;
  context.lineWidth = 1;
  context.strokeRect(left - 0.5, top - 0.5, width + 1, height + 1);
}

const sidesOf = ({ height, width }) => ({ height, width });

/** Lines between the cells, and the number of each, where cells are large enough. */
export function drawNumbers(context, part, fit, colours, valueAt, colourAt) {
  if (fit.cell >= LINE_CELL) drawLines(context, part, fit);
  const type = typeSize();
  if (fit.cell < NUMBER_CELL * type) return;
  context.textAlign = "center";
  context.textBaseline = "middle";
  for (let y = part.y; y < part.y + part.height; y += 1) {
    for (let x = part.x; x < part.x + part.width; x += 1) {
      const [left, top, width, height] = onCanvas(part, fit, { y, x, height: 1, width: 1 });
      context.fillStyle = inkOn(colourAt(y, x));
      drawCellNumber(context, valueAt(y, x), fit.cell, left + width / 2, top + height / 2, type, colours.mono);
    }
  }
}

function drawLines(context, part, fit) {
  const [left, top, width, height] = onCanvas(part, fit, part);
  context.strokeStyle = "rgba(128, 128, 128, 0.35)";
  context.lineWidth = 1;
  context.beginPath();
  for (let x = 1; x < part.width; x += 1) {
    context.moveTo(left + x * fit.cell + 0.5, top);
    context.lineTo(left + x * fit.cell + 0.5, top + height);
  }
  for (let y = 1; y < part.height; y += 1) {
    context.moveTo(left, top + y * fit.cell + 0.5);
    context.lineTo(left + width, top + y * fit.cell + 0.5);
  }
  context.stroke();
}

/** A number in its cell: as large as it fits, then narrower, at last with an exponent; every one is written. */
function drawCellNumber(context, value, cell, x, y, type, face) {
  const size = Math.min(LARGEST_TEXT, Math.max(SMALLEST_TEXT, Math.round((cell / type) * 0.36)));
  const font = (units) => `${units * type}px ${face}`;
  context.font = font(SMALLEST_TEXT);
  const whole = cellText(value);
  const tight = context.measureText(whole).width * TIGHTEST > cell - CELL_RIM;
  const text = tight ? value.toExponential(0).replace("-", "−").replace("e+", "e") : whole;
  context.font = font(size);
  context.font = font(numberSize(size, context.measureText(text).width, cell));
  context.fillText(text, x, y + 0.5, cell - CELL_RIM);
}

/** The size in which a number goes into a cell, at least 14; `wide` is its width at `size`. */
export function numberSize(size, wide, cell) {
  if (wide <= cell - CELL_RIM) return size;
  return Math.max(SMALLEST_TEXT, Math.floor((size * (cell - CELL_RIM)) / wide));
}

/** A number short enough for a cell: small ones to a tenth, others to a whole number. */
function cellText(value) {
  const short = Math.abs(value) < 10 ? Number(value.toFixed(1)) : Math.round(value);
  return String(short).replace("-", "−");
}

/** A frame around cells, in the pointer's colour on white so that it is seen on any picture. */
export function drawFrame(context, rectangle, colour) {
  let [left, top, width, height] = rectangle;
  if (width < SMALLEST_FRAME) [left, width] = [left + width / 2 - 4, 8];
  if (height < SMALLEST_FRAME) [top, height] = [top + height / 2 - 4, 8];
  for (const [lineWidth, strokeStyle] of [[5, "rgba(255, 255, 255, 0.9)"], [2.5, colour]]) {
    Object.assign(context, { lineWidth, strokeStyle });
    context.strokeRect(left, top, width, height);
  }
}

/** Crosses on pixels that no window reads. */
export function drawUnread(context, part, fit, rowsRead, columnsRead, colours) {
  context.strokeStyle = colours.pointer;
  context.lineWidth = 1.5;
  context.beginPath();
  for (const cells of unreadCells(part, rowsRead, columnsRead, fit.cell >= CROSS_CELL)) {
    const [left, top, width, height] = onCanvas(part, fit, cells);
    context.moveTo(left + 2, top + 2);
    context.lineTo(left + width - 2, top + height - 2);
    context.moveTo(left + width - 2, top + 2);
    context.lineTo(left + 2, top + height - 2);
  }
  context.stroke();
}

/** What is crossed out of a part: cell by cell, or as the strips at the bottom and at the right. */
function unreadCells(part, rowsRead, columnsRead, eachCell) {
  const [height, width] = [rowsRead.length, columnsRead.length];
  const found = [];
  if (!eachCell) {
    const [bottom, right] = [unreadTail(rowsRead), unreadTail(columnsRead)];
    if (bottom) found.push({ y: height - bottom, x: 0, height: bottom, width });
    if (right) found.push({ y: 0, x: width - right, height, width: right });
    return found;
  }
  for (let y = Math.max(0, part.y); y < Math.min(height, part.y + part.height); y += 1) {
    for (let x = Math.max(0, part.x); x < Math.min(width, part.x + part.width); x += 1) {
      if (!rowsRead[y] || !columnsRead[x]) found.push({ y, x, height: 1, width: 1 });
    }
  }
  return found;
}
