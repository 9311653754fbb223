// Answers as colours, their range and their histogram; ReLU and pooling.

import { colourAt } from "../shared/colour.js";

const FEW = 2000; // numbers of which none is left out of the colours' reach
const BINS = 1024;

/** Smallest, largest and mean of the numbers. */
export function valueRange(values) {
  let [low, high, total] = [Infinity, -Infinity, 0];
  for (let at = 0; at < values.length; at += 1) {
    const value = values[at];
    if (value < low) low = value;
    if (value > high) high = value;
    total += value;
  }
  return { low, high, mean: total / values.length };
}

/** The size that all but one number in 200 stay within, so that a few strong edges do not pale all others. */
export function usualReach(values, { low, high }) {
  const most = Math.max(Math.abs(low), Math.abs(high)) || 1;
  if (values.length < FEW) return most;
  const counts = new Uint32Array(BINS);
  for (let at = 0; at < values.length; at += 1) {
    counts[Math.min(BINS - 1, Math.floor((Math.abs(values[at]) / most) * BINS))] += 1;
  }
  let [bins, above] = [BINS, 0];
  while (bins > 1 && above + counts[bins - 1] <= values.length / 200) {
    bins -= 1;
    above += counts[bins];
  }
  return (most * bins) / BINS;
}

/** What a view's colour bar runs over: {low, high, scheme}; the numbers at its two ends. `reach` as of usualReach. */
export function viewScale(view, range, channels, reach) {
  if (view === "signed") return { low: -reach, high: reach, scheme: channels === 1 ? "diverging" : "grey" };
  if (view === "relu") return { low: 0, high: Math.min(reach, Math.max(range.high, 0)) || 1, scheme: "sequential" };
  if (view === "absolute") return { low: 0, high: reach, scheme: "grey" };
  if (view === "rescaled") {
    return { low: range.low, high: range.high > range.low ? range.high : range.low + 1, scheme: "grey" };
  }
  return { low: 0, high: 255, scheme: "grey" };
}

/** 256 colours of a scheme as flat [red, green, blue, ...]. */
export function schemeColours(scheme) {
  const colours = new Uint8ClampedArray(768);
  for (let at = 0; at < 256; at += 1) {
    colours.set(scheme === "grey" ? [at, at, at] : colourAt(scheme, at / 255), at * 3);
  }
  return colours;
}

/** Which of the 256 colours shows a number. */
export function colourPlace(value, view, { low, high }) {
  const shown = view === "absolute" ? Math.abs(value) : value;
  return Math.min(255, Math.max(0, Math.round(((shown - low) / (high - low)) * 255)));
}

/** An answer (channel by channel) as RGBA for a canvas. */
export function answerPixels(answer, view, scale) {
  const count = answer.height * answer.width;
  const rgba = new Uint8ClampedArray(count * 4);
  const colours = schemeColours(scale.scheme);
  for (let at = 0; at < count; at += 1) {
    const first = colourPlace(answer.values[at], view, scale);
    for (let channel = 0; channel < 3; channel += 1) {
      rgba[at * 4 + channel] = answer.channels === 3
        ? colourPlace(answer.values[channel * count + at], view, scale)
        : colours[first * 3 + channel];
    }
    rgba[at * 4 + 3] = 255;
  }
  return rgba;
}

/** How many numbers fall into each of `bins` equal parts of the range. */
export function histogramOf(values, { low, high }, bins) {
  const counts = new Array(bins).fill(0);
  const factor = high > low ? bins / (high - low) : 0;
  for (let at = 0; at < values.length; at += 1) {
    counts[Math.min(bins - 1, Math.floor((values[at] - low) * factor))] += 1;
  }
  return counts;
}

/** Negative numbers become zero. */
export function reluAnswer(answer) {
  return { ...answer, values: answer.values.map((value) => (value > 0 ? value : 0)) };
}

/** The largest (or the mean) of each 2 × 2 block; a last odd row or column falls off, as torch has it. */
export function pooledAnswer(answer, kind) {
  const [height, width] = [Math.floor(answer.height / 2), Math.floor(answer.width / 2)];
  const { channels } = answer;
  const values = new Float64Array(height * width * channels);
  for (let to = 0; to < values.length; to += 1) {
    const [x, y] = [to % width, Math.floor(to / width) % height];
    const channel = Math.floor(to / (width * height));
    const at = (channel * answer.height + 2 * y) * answer.width + 2 * x;
    const [a, b] = [answer.values[at], answer.values[at + 1]];
    const [c, d] = [answer.values[at + answer.width], answer.values[at + answer.width + 1]];
    values[to] = kind === "average" ? (a + b + c + d) / 4 : Math.max(a, b, c, d);
  }
  return { values, height, width, channels };
}
