// What the filter reads of the picture: as planes of numbers, as a picture, cell by cell.

import { pixelCanvas } from "../shared/canvas.js";
import { picturePlanes, sourceIndex } from "./convolve.js";

const ON_DARK = [30, 30, 30];
const ON_LIGHT = [255, 255, 255];

/** The planes that an answer was made from; made once a colour. */
export function readPlanes({ layer, source }) {
  const key = layer.colour + layer.planes;
  source.planes[key] ||= picturePlanes(source.rgba, source.height * source.width, layer.colour, layer.planes);
  return source.planes[key];
}

/** What the input picture shows: grey where the filter reads grey. */
export function inputPicture(answer) {
  const { layer, source } = answer;
  if (layer.colour !== "grey") return source;
  if (!source.grey) {
    const { height, width } = source;
    const rgba = new Uint8ClampedArray(source.rgba.length).fill(255);
    readPlanes(answer)[0].forEach((value, at) => {
      rgba[at * 4] = rgba[at * 4 + 1] = rgba[at * 4 + 2] = value;
    });
    source.grey = { rgba, canvas: pixelCanvas(rgba, width, height), height, width };
  }
  return source.grey;
}

/** The number in a cell of the input, the border's included; `channel` where colours are read each. */
export function inputValue(answer, channel, y, x) {
  const { layer, source } = answer;
  const [sy, sx] = [sourceIndex(y, source.height, layer.mode), sourceIndex(x, source.width, layer.mode)];
  const planes = readPlanes(answer);
  const plane = planes.length === 3 ? channel : 0;
  return sy < 0 || sx < 0 ? layer.border[plane] : planes[plane][sy * source.width + sx];
}

/** [red, green, blue] behind a cell of a picture, its border's included. */
export function inputColour(picture, y, x, colours) {
  const inside = y >= 0 && x >= 0 && y < picture.height && x < picture.width;
  if (inside) return pixelAt(picture, y, x);
  return colours.dark ? ON_DARK : ON_LIGHT;
}

/** [red, green, blue] of a cell of something with rgba. */
export function pixelAt({ rgba, width }, y, x) {
  const at = (y * width + x) * 4;
  return [rgba[at], rgba[at + 1], rgba[at + 2]];
}
