// One layer, drawn: its maps as a mosaic on a canvas. The map under the pointer, enlarged: lens.js.

import { sizeCanvas, typeSize } from "../shared/canvas.js";
import { make } from "../shared/dom.js";
import { colourTable, inkOf, mapPixels } from "./draw.js";
import { mosaicLayout, strongestCell, tilePlace } from "./layout.js";
import { exactText, shortText } from "./numbers.js";

const LEAST_ROOM = 76; // units of type that a mosaic gets in any case
const EDGE = 12; // pixels beside a mosaic

/** What the mosaic and the lens need to know of a layer's page, besides what the server said. */
export function layerState(reply) {
  const [, height = 1, width = 1] = reply.shape; // a vector's channels are maps of one number each
  return { ...reply, height, width, picture: null, exact: null, at: 0, row: 0, column: 0 };
}

/** Draw the mosaic into its canvas, as wide as its place; gives back its layout in units of type. */
export function drawMosaic(canvas, state) {
  const unit = typeSize();
  const room = Math.max(LEAST_ROOM, (canvas.parentElement.clientWidth - EDGE) / unit);
  const layout = mosaicLayout(state.order.length, room, state.height, state.width);
  const context = sizeCanvas(canvas, layout.width, layout.height, unit);
  context.imageSmoothingEnabled = Math.max(state.height, state.width) > layout.side;
  state.order.forEach((_, at) => drawTile(context, state, layout, at));
  return layout;
}

/** Where a map begins in the layer's picture, in its pixels. */
export function cornerOf(state, at) {
  return [(at % state.across) * state.width, Math.floor(at / state.across) * state.height];
}

function drawTile(context, state, layout, at) {
  const { x, y } = tilePlace(layout, at);
  const [left, top] = cornerOf(state, at);
  const { tileWidth, tileHeight } = layout;
  context.drawImage(state.picture, left, top, state.width, state.height, x, y, tileWidth, tileHeight);
}

/** Mark the tile in use on the mosaic, if it is `there`; redraws only the tile that was marked and the one that is. */
export function markTile(canvas, state, layout, before, there = true) {
  const context = canvas.getContext("2d");
  for (const at of new Set([before, state.at])) { // a frame is 2 wide, and its rim may lie across pixels
    if (at >= layout.count) continue;
    const { x, y } = tilePlace(layout, at);
    context.clearRect(x - 3, y - 3, layout.tileWidth + 6, layout.tileHeight + 6);
    drawTile(context, state, layout, at);
  }
  if (!there) return;
  const { x, y } = tilePlace(layout, state.at);
  context.strokeStyle = inkOf("--pointer");
  context.lineWidth = 2;
  context.strokeRect(x - 1, y - 1, layout.tileWidth + 2, layout.tileHeight + 2);
  frameCell(context, state, { x, y, width: layout.tileWidth, height: layout.tileHeight, least: 4 });
}

/** Frame the number in use on a map that is drawn so large; the frame has `least` pixels in any case. */
export function frameCell(context, state, { x, y, width, height, least }) {
  const [cellWidth, cellHeight] = [width / state.width, height / state.height];
  const [wide, high] = [Math.max(least, cellWidth), Math.max(least, cellHeight)];
  const [middleX, middleY] = [x + (state.column + 0.5) * cellWidth, y + (state.row + 0.5) * cellHeight];
  context.strokeRect(middleX - wide / 2, middleY - high / 2, wide, high);
}

/** PyTorch's own number at the place in use. */
export const exactValue = (state) => state.exact[(state.at * state.height + state.row) * state.width + state.column];

/** The number in use: PyTorch's own once the file is there, until then read off the colour and marked ≈. */
export function valueText(state) {
  if (state.exact) return "= " + exactText(exactValue(state));
  const [left, top] = cornerOf(state, state.at);
  const place = state.places[(top + state.row) * state.across * state.width + left + state.column];
  const [low, high] = [state.low[state.at], state.high[state.at]];
  return "≈ " + shortText(low + ((high - low) * place) / 255, 2);
}

/** Where a map's strongest number lies, as far as it is known yet. */
export function strongestHere({ exact, height, width }, at) {
  return exact ? strongestCell(exact, at * height * width, height, width) : { row: 0, column: 0 };
}

/** Places in the palette, pixel by pixel, of the mosaic's picture; for the ≈ until the exact numbers are there. */
export function placesOf(picture, scheme) {
  const [width, height] = [picture.naturalWidth, picture.naturalHeight];
  const context = make("canvas", { width, height }).getContext("2d", { willReadFrequently: true });
  context.drawImage(picture, 0, 0);
  const pixels = new Uint32Array(context.getImageData(0, 0, width, height).data.buffer);
  const table = new Map([...colourTable(scheme)].map((pixel, place) => [pixel, place]));
  return Uint8Array.from(pixels, (pixel) => table.get(pixel) || 0);
}

/** The mosaic's picture anew from its numbers, a pixel a number, on another scale: {scheme, low, high}. */
export function mosaicPicture(state, scale) {
  const { width, height, across, order } = state;
  const canvas = make("canvas", { width: across * width, height: Math.ceil(order.length / across) * height });
  const context = canvas.getContext("2d");
  order.forEach((_, at) => {
    const pixels = mapPixels(state.exact, at * height * width, height * width, scale);
    context.putImageData(new ImageData(pixels, width, height), ...cornerOf(state, at));
  });
  return canvas;
}
