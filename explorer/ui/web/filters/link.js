// The state of the Filters tab as the values of the page's link, and back.

import { cellNumber, kernelText, parseKernel, plainNumber } from "./kernel.js";
import { FILTER_CHOICES, FILTER_LIMITS, FILTER_STATE, isLearned, wholeWithin } from "./state.js";

const PLAIN = [
  "divisor", "bias", "stride", "dilation", "padding", "mode", "colour", "view", "zoom", "picture", "y", "x", "channel",
];
const WHOLE = { ...FILTER_LIMITS, y: [0, 9999], x: [0, 9999], channel: [0, 2] };
const SMALLEST_DIVISOR = 1e-9;
const LONGEST_NAME = 60;

const rowsText = (rows) => kernelText(rows).replaceAll("\n", ";");

/** The state as the values of a link; what stands at its default is left out. */
export function stateLink(state) {
  /** @type {Record<string, string>} */
  const link = {};
  for (const name of PLAIN) {
    if (state[name] !== FILTER_STATE[name] && state[name] !== null) link[name] = plainNumber(state[name]);
  }
  if (state.planes) link.weights = state.planes.map(rowsText).join("|");
  else if (state.rows) link.weights = rowsText(state.rows);
  else if (state.kernel !== FILTER_STATE.kernel) link.kernel = state.kernel;
  if (isLearned(state)) link.kernel = state.kernel;
  if (state.border) link.border = state.border.map(plainNumber).join(" ");
  if (state.divideBySum) link.divide = "1";
  if (state.flip) link.flip = "1";
  return link;
}

/** A state from the values of a link; whatever is unknown or out of bounds is left at its default. */
export function linkState(link, known, pictures) {
  const state = { ...FILTER_STATE };
  for (const [name, choices] of Object.entries({ ...FILTER_CHOICES, picture: pictures })) {
    if (choices.includes(link[name])) state[name] = link[name];
  }
  for (const [name, limits] of Object.entries(WHOLE)) {
    const value = name in link ? wholeWithin(link[name], limits) : null;
    if (value !== null) state[name] = value;
  }
  const [bias, divisor] = [link.bias || "", link.divisor || ""].map(cellNumber);
  if (!Number.isNaN(bias)) state.bias = bias;
  if (Object.hasOwn(known, link.kernel || "")) state.kernel = link.kernel;
  if (link.weights) Object.assign(state, linkWeights(state, link));
  if (state.rows && Math.abs(divisor) >= SMALLEST_DIVISOR) state.divisor = divisor;
  state.divideBySum = link.divide === "1" && !state.planes;
  state.flip = link.flip === "1" && !state.planes;
  return state;
}

/** What the link's weights change in a state: nothing where they are not one kernel, or three of one size. */
function linkWeights(state, link) {
  const read = link.weights.split("|").map(parseKernel);
  if (read.some(({ error }) => error)) return {};
  const planes = read.map(({ rows }) => rows);
  const sizes = new Set(planes.map((rows) => `${rows.length} × ${rows[0].length}`));
  const border = (link.border || "").split(" ").map(cellNumber);
  const hasBorder = border.length === 3 && !border.some(Number.isNaN);
  // the name of a known kernel would mislead
  const name = link.kernel && link.kernel !== state.kernel ? link.kernel.slice(0, LONGEST_NAME) : "";
  const own = hasBorder ? { border } : {};
  if (planes.length === 1) {
    return { kernel: name || "custom", rows: planes[0], ...own, ...(hasBorder ? { colour: "grey" } : {}) };
  }
  if (planes.length === 3 && sizes.size === 1) return { kernel: name || "learned", planes, colour: "sum", ...own };
  return {};
}
