// Drawing numbers on a canvas, exactly: one pixel a number, in the page's colours.

import { pixelCanvas } from "../shared/canvas.js";
import { colourAt } from "../shared/colour.js";
import { made } from "../shared/dom.js";
import { shortText } from "./numbers.js";

const PLACES = 256; // colours of a scheme
const tables = new Map();

/** The 256 colours of a scheme as 32-bit pixels. */
export function colourTable(scheme) {
  if (!tables.has(scheme)) {
    const bytes = new Uint8ClampedArray(PLACES * 4);
    for (let at = 0; at < PLACES; at += 1) bytes.set([...colourAt(scheme, at / (PLACES - 1)), 255], at * 4);
    tables.set(scheme, new Uint32Array(bytes.buffer));
  }
  return tables.get(scheme);
}

/** The place of a number in a table of 256 colours; `low` and `high` are the ends of the colour bar. */
export function colourPlace(value, low, high) {
  if (!(high > low)) return 127;
  const place = ((value - low) * 255) / (high - low) + 0.5;
  return place >= 255 ? 255 : place > 0 ? Math.floor(place) : 0;
}

/** `count` numbers as RGBA pixels, from `start` on, in the colours of a {scheme, low, high}. */
export function mapPixels(values, start, count, { scheme, low, high }) {
  const table = colourTable(scheme);
  const pixels = new Uint32Array(count);
  for (let at = 0; at < count; at += 1) pixels[at] = table[colourPlace(values[start + at], low, high)];
  return new Uint8ClampedArray(pixels.buffer);
}

/** One map on a canvas of its own, a pixel a number. */
export function mapCanvas(className, values, start, { height, width }, colours) {
  const canvas = pixelCanvas(mapPixels(values, start, height * width, colours), width, height);
  canvas.className = className;
  return canvas;
}

/** A colour bar with its numbers, as an element. */
export function colourBar({ scheme, low, high }) {
  const [bar, stripe, ends] = [made("div", "colour-bar"), made("span", "stripe"), made("span", "ends")];
  const stops = Array.from({ length: 9 }, (_, at) => `rgb(${colourAt(scheme, at / 8).join(",")})`);
  stripe.style.background = `linear-gradient(to right,${stops.join(",")})`;
  const numbers = scheme === "diverging" ? [low, 0, high] : [low, high];
  ends.append(...numbers.map((value) => made("span", "", shortText(value, 2))));
  bar.append(stripe, ends);
  return bar;
}

/** The colour of a name in the page's sheet, for a canvas. */
export function inkOf(name) {
  return getComputedStyle(document.querySelector(".instrument") || document.body).getPropertyValue(name).trim();
}
