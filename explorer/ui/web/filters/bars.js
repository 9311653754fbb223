// Colour bars and histograms: what the colours of an answer stand for.

import { sizeCanvas, typeSize } from "../shared/canvas.js";
import { numberText } from "./kernel.js";
import { colourPlace, schemeColours } from "./pixels.js";

const BAR_HEIGHT = 14;
const AXIS_HEIGHT = 20; // below a histogram, for its two numbers; in units of type, as what follows

const colourOf = (colours, place) => `rgb(${colours.slice(place * 3, place * 3 + 3).join(",")})`;

/** The number at an end of a scale, short enough for its place. */
export const endText = (value) => numberText(Number(value.toPrecision(4)));

/** What stands at both ends of an answer's colour bar; ≤ and ≥ where its numbers go further than its colours. */
export function scaleEnds({ scale, range, view }) {
  const largest = view === "absolute" ? Math.max(range.high, -range.low) : range.high;
  return {
    low: (range.low < scale.low && view !== "absolute" ? "≤ " : "") + endText(scale.low),
    high: (largest > scale.high ? "≥ " : "") + endText(scale.high),
  };
}

/** The colour bar of a scale. */
export function drawBar(canvas, width, scale) {
  const context = sizeCanvas(canvas, width, BAR_HEIGHT);
  const colours = schemeColours(scale.scheme);
  for (let x = 0; x < width; x += 1) {
    context.fillStyle = colourOf(colours, Math.round((x / Math.max(1, width - 1)) * 255));
    context.fillRect(x, 0, 1.5, BAR_HEIGHT);
  }
}

/** The bars of a histogram, each in the colour that its numbers have in the picture. */
export function drawHistogram(canvas, width, height, answer, colours) {
  const context = sizeCanvas(canvas, width, height);
  const tallest = Math.log1p(Math.max(...answer.counts)); // a logarithm shows few strong answers beside many weak ones
  const { low, high } = answer.range;
  const bars = schemeColours(answer.scale.scheme);
  const step = width / answer.counts.length;
  const bottom = height - AXIS_HEIGHT * typeSize();
  context.strokeStyle = colours.soft;
  context.lineWidth = 0.6;
  answer.counts.forEach((count, at) => {
    const value = low + ((at + 0.5) / answer.counts.length) * (high - low);
    const tall = count ? Math.max(2, (Math.log1p(count) / tallest) * (bottom - 4)) : 0;
    context.fillStyle = colourOf(bars, colourPlace(value, answer.view, answer.scale));
    context.fillRect(at * step, bottom - tall, step, tall);
    if (tall) context.strokeRect(at * step + 0.3, bottom - tall, step - 0.6, tall);
  });
  context.fillStyle = colours.ink;
  context.font = `${14 * typeSize()}px ${colours.mono}`;
  context.textBaseline = "bottom";
  context.textAlign = "left";
  context.fillText(numberText(low), 0, height);
  context.textAlign = "right";
  context.fillText(numberText(high), width, height);
}
