// What the Filters tab is set to: one plain object, its history, and the layer that follows from it.

import { flippedRows, wholeNumbers } from "./kernel.js";

export const FILTER_STATE = {
  kernel: "sobel x", rows: null, divisor: 1, planes: null, divideBySum: false, flip: false,
  bias: 0, stride: 1, dilation: 1, padding: 0, mode: "zeros", border: null,
  colour: "grey", view: "fitting", zoom: "whole", picture: "photograph", y: null, x: null, channel: 0,
};
export const FILTER_LIMITS = { stride: [1, 16], dilation: [1, 16], padding: [0, 32] };
export const FILTER_CHOICES = {
  mode: ["zeros", "reflect", "replicate", "circular"],
  colour: ["grey", "rgb", "sum"],
  view: ["fitting", "signed", "absolute", "rescaled", "clipped"],
  zoom: ["whole", "close", "numbers"],
};
const HISTORY_MOST = 100;
const NO_SUM = 1e-9; // weights whose sum is smaller than this add up to nothing

// What a state falls back to when weights of a visitor's own, or a network's layer, go.
const NO_WEIGHTS = { rows: null, divisor: 1, planes: null, border: null, divideBySum: false };
const NO_LAYER = { colour: "grey", bias: 0, stride: 1, padding: 0, dilation: 1 };

/**
 * A whole number within its limits, or null.
 * @param {any} text
 * @param {number[]} limits the least and the most
 */
export function wholeWithin(text, [least, most]) {
  const value = Number(text);
  return /^\s*[-+]?\d+\s*$/.test(String(text)) && value >= least && value <= most ? value : null;
}

/** What the cells of a kernel add up to, or null where that is nothing that one can divide by. */
export function cellSum(rows) {
  const sum = rows.flat().reduce((all, weight) => all + weight, 0);
  return Math.abs(sum) > NO_SUM ? sum : null;
}

/** The weights of a state: {kernels: [rows, ...], divisor, magnitude}; `known` are the named kernels by name. */
export function stateKernels(state, known) {
  if (state.planes) return { kernels: [state.planes.flat()], divisor: 1, magnitude: false };
  const { kernels, divisor } = state.rows
    ? { kernels: [state.rows], divisor: state.divisor }
    : namedKernels(known[state.kernel]);
  return {
    kernels: state.flip ? kernels.map(flippedRows) : kernels,
    divisor: (state.divideBySum && cellSum(kernels[0])) || divisor,
    magnitude: kernels.length > 1,
  };
}

/** A named filter's one or two kernels, as whole numbers over one divisor where they are such. */
function namedKernels({ kernels }) {
  const { rows, divisor } = wholeNumbers(kernels.flat());
  const height = kernels[0].length;
  return { kernels: kernels.map((_, at) => rows.slice(at * height, (at + 1) * height)), divisor };
}

/** Whether the kernel in use was sent here from a network's first layer. */
export const isLearned = (state) => Boolean(state.planes || (state.rows && state.kernel !== "custom"));

/**
 * The layer that a state describes.
 * @returns {import("./convolve.js").Layer}
 */
export function stateLayer(state, known) {
  const { kernels, divisor, magnitude } = stateKernels(state, known);
  const { bias, stride, dilation, padding, mode } = state;
  const [first] = state.planes || kernels;
  return {
    kernels: kernels.map((rows) => Float64Array.from(rows.flat())), planes: state.planes ? 3 : 1,
    height: first.length, width: first[0].length, divisor, magnitude, bias, stride, dilation, padding, mode,
    border: state.border || [0, 0, 0], colour: state.planes ? "sum" : state.colour,
  };
}

/** How an answer is shown where the filter decides: signed where weights cancel out, else as it is. */
export function fittingView(layer) {
  if (layer.magnitude) return "absolute";
  let [sum, size] = [0, 0];
  for (const weight of layer.kernels[0]) {
    sum += weight;
    size += Math.abs(weight);
  }
  return layer.planes === 3 || Math.abs(sum) <= 1e-6 * size ? "signed" : "clipped";
}

// --- what a choice changes in a state

/** Choose a named kernel; a network's layer goes with its kernel. */
export function chosenKernel(state, name) {
  return { ...(isLearned(state) || state.border ? NO_LAYER : {}), ...NO_WEIGHTS, kernel: name };
}

/** Choose rows of one's own. */
export const ownKernel = (rows) => ({ ...NO_WEIGHTS, kernel: "custom", rows });

/** Choose rows together with the plainest settings around them. */
export const workedKernel = (rows) => ({ ...ownKernel(rows), ...NO_LAYER, flip: false, view: "fitting" });

/**
 * Choose a learned filter, over three colours or over grey.
 * @param {any} sent {name, weights, bias, stride, padding, padding_mode, dilation, border}
 */
export function learnedState(sent) {
  const grey = sent.weights.length === 1;
  const { bias, stride, dilation, padding } = sent;
  return {
    kernel: sent.name, rows: grey ? sent.weights[0] : null, planes: grey ? null : sent.weights,
    divisor: 1, divideBySum: false, flip: false, bias, stride, dilation, padding, mode: sent.padding_mode,
    border: sent.border.some(Boolean) ? sent.border : null, colour: grey ? "grey" : "sum", view: "fitting",
  };
}

// --- its history

export const startHistory = (state) => ({ past: [], state });

/** After a change. Where one looks, how closely and at which colour does not count as a change. */
export function recorded(history, state) {
  const essence = (one) => JSON.stringify({ ...one, y: 0, x: 0, zoom: "", channel: 0 });
  if (essence(state) === essence(history.state)) return { past: history.past, state };
  return { past: [...history.past, history.state].slice(-HISTORY_MOST), state };
}

/** One change back. */
export function undone(history) {
  if (!history.past.length) return history;
  return { past: history.past.slice(0, -1), state: history.past[history.past.length - 1] };
}
