// The lens: the map in use, enlarged, with the number in use; and the numbers of its layer as a histogram.

import { sizeCanvas, typeSize } from "../shared/canvas.js";
import { made } from "../shared/dom.js";
import { percent } from "../shared/wording.js";
import { colourBar, inkOf } from "./draw.js";
import { cornerOf, frameCell, valueText } from "./layer.js";
import { exactText, shortText } from "./numbers.js";

const SIDE = 240; // units of type:  the longer side of an enlarged map

/** One map at 240 pixels, a frame at the number in use. */
export function drawEnlarged(canvas, state) {
  const longer = Math.max(state.height, state.width);
  const [width, height] = [state.width, state.height].map((cells) => Math.max(4, Math.round((SIDE * cells) / longer)));
  const context = sizeCanvas(canvas, width, height, typeSize());
  context.imageSmoothingEnabled = false;
  const [left, top] = cornerOf(state, state.at);
  context.drawImage(state.picture, left, top, state.width, state.height, 0, 0, width, height);
  context.strokeStyle = inkOf("--pointer");
  context.lineWidth = 2;
  frameCell(context, state, { x: 0, y: 0, width, height, least: 6 });
}

/** The map in use, enlarged, with the number in use. */
export function drawLens(find, state) {
  drawEnlarged(find(".lens-map"), state);
  find(".lens-title").textContent = placeText(state);
  find(".lens-value").textContent = valueText(state);
}

/** Channel and, if its map has several numbers, row and column of the one in use. */
export function placeText(state) {
  const place = state.width * state.height > 1 ? `, row ${state.row}, column ${state.column}` : "";
  return `Channel ${state.order[state.at]}${place}`;
}

/** What changes with the map, not with the number: a lens's colour bar and facts. */
export function drawFacts(lens, state) {
  const { at, scheme } = state;
  lens.querySelector(".bar").replaceChildren(colourBar({ scheme, low: state.low[at], high: state.high[at] }));
  const facts = [
    ["minimum", exactText(state.minimum[at])],
    ["mean", shortText(state.mean[at], 5)],
    ["maximum", exactText(state.maximum[at])],
    ["zeros", percent(state.zeros[at])],
  ];
  if (state.contributions) facts.unshift(["gives to the class", shortText(state.contributions[at], 4)]);
  const lines = facts.flatMap(([name, text]) => [made("dt", "soft", name), made("dd", "number", text)]);
  lens.querySelector(".facts").replaceChildren(...lines);
}

/** The histogram of a layer as bars, its ends in numbers. */
export function drawHistogram(place, { counts, low, high }) {
  if (!counts.length) {
    place.replaceChildren(made("p", "soft", "No number of this layer is finite."));
    return;
  }
  const total = counts.reduce((sum, count) => sum + count, 0);
  const text = `The layer’s ${total} numbers; the tallest bar holds ${percent(Math.max(...counts) / total)}.`;
  place.replaceChildren(...histogramBars({ counts, low, high }), made("p", "soft", text));
}

/** A histogram's bars, and what its ends stand for. */
export function histogramBars({ counts, low, high }) {
  const most = Math.max(...counts);
  const [bars, ends] = [made("div", "histogram-bars"), made("p", "ends number")];
  for (const count of counts) {
    const bar = made("i");
    bar.style.height = count ? Math.max(1.5, (100 * count) / most) + "%" : "0";
    bars.append(bar);
  }
  ends.append(made("span", "", shortText(low)), made("span", "", shortText(high)));
  return [bars, ends];
}
