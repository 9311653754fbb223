// The photograph as a bare grid of numbers, around the window.

import { sizeCanvas, typeSize } from "../shared/canvas.js";
import { drawFrame, drawNumbers, drawPart, onCanvas } from "./draw.js";
import { inputColour, inputPicture, inputValue, readPlanes } from "./input.js";
import { CHANNEL_NAMES } from "./kernel.js";
import { windowOf } from "./view.js";

const CELL = 40; // units of type
const ROWS_MOST = 12;
const COLUMNS_LEAST = 4;
const ON_DARK = [20, 20, 20];
const ON_LIGHT = [255, 255, 255];

/**
 * Draw it, if its group is open.
 * @param {import("./tab.js").Tab} tab
 */
export function drawGrid(tab, colours) {
  const { answer, state, find } = tab;
  const group = find(".numbers-group");
  if (!group.open || !group.clientWidth) return;
  const { layer, source } = answer;
  const current = tab.current();
  const frame = current ? windowOf(layer, current.y, current.x) : { y: 0, x: 0, height: 1, width: 1 };
  const cell = Math.round(CELL * typeSize());
  const part = partAround(frame, source, Math.floor(group.clientWidth / cell));
  const fit = { cell, left: 0, top: 0 };
  const context = sizeCanvas(find(".numbers-canvas"), part.width * cell, part.height * cell);
  const coloured = find(".numbers-colour").checked;
  const picture = inputPicture(answer);
  if (coloured) drawPart(context, picture.canvas, part, fit, source, colours);
  const plain = colours.dark ? ON_DARK : ON_LIGHT;
  const colourAt = (y, x) => (coloured ? inputColour(picture, y, x, colours) : plain);
  drawNumbers(context, part, fit, colours, (y, x) => inputValue(answer, state.channel, y, x), colourAt);
  if (current) drawFrame(context, onCanvas(part, fit, frame), colours.pointer);
  find(".numbers-says").textContent = gridSays(answer, part, state.channel);
}

/** What is shown of the picture, so many columns: the window is in the middle, but at the picture's edges. */
function partAround(frame, source, most) {
  const height = Math.min(source.height, ROWS_MOST);
  const columns = Math.min(source.width, Math.max(COLUMNS_LEAST, most));
  const start = (middle, shown, most) => Math.min(most - shown, Math.max(0, Math.round(middle - shown / 2)));
  return {
    y: start(frame.y + frame.height / 2, height, source.height),
    x: start(frame.x + frame.width / 2, columns, source.width),
    height,
    width: columns,
  };
}

function gridSays(answer, part, channel) {
  const { layer, source } = answer;
  const plane = readPlanes(answer).length === 3 ? CHANNEL_NAMES[channel] : "red + green + blue";
  const what = layer.colour === "grey" ? "0.299 red + 0.587 green + 0.114 blue, here rounded" : plane;
  const each = layer.colour === "grey" ? "grey" : "each colour";
  const rows = `rows ${part.y} to ${part.y + part.height - 1}`;
  const columns = `columns ${part.x} to ${part.x + part.width - 1}`;
  return `${source.height} rows of ${source.width} numbers for ${each}, here ${rows} and ${columns} (${what}).`;
}
