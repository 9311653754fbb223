// What the Filters tab is set to: one plain object, its link, its history, and the layer that follows from it.

const FILTER_STATE = {
  kernel: "sobel x", rows: null, divisor: 1, planes: null, divideBySum: false, flip: false, bias: 0, stride: 1, dilation: 1, padding: 0,
  mode: "zeros", border: null, colour: "grey", view: "fitting", zoom: "whole", picture: "photograph", y: null, x: null, channel: 0,
};
const FILTER_LIMITS = { stride: [1, 16], dilation: [1, 16], padding: [0, 32] };
const FILTER_CHOICES = {
  mode: ["zeros", "reflect", "replicate", "circular"], colour: ["grey", "rgb", "sum"],
  view: ["fitting", "signed", "absolute", "rescaled", "clipped"], zoom: ["whole", "close", "numbers"],
};

/** A whole number within its limits, or null. */
function wholeWithin(text, [least, most]) {
  const value = Number(text);
  return /^\s*[-+]?\d+\s*$/.test(String(text)) && value >= least && value <= most ? value : null;
}

/** The weights of a state: {kernels: [rows, ...], divisor, magnitude}; `known` are the named kernels by name. */
function stateKernels(state, known) {
  if (state.planes) return { kernels: [state.planes.flat()], divisor: 1, magnitude: false };
  const named = state.rows ? null : known[state.kernel];
  const whole = named && named.kernels.length === 1 ? wholeNumbers(named.kernels[0]) : null;
  let kernels = state.rows ? [state.rows] : whole ? [whole.rows] : named.kernels.map((rows) => rows);
  let divisor = whole ? whole.divisor : state.divisor;
  if (named && named.kernels.length > 1) {
    const both = wholeNumbers([...named.kernels[0], ...named.kernels[1]]);
    const height = named.kernels[0].length;
    [kernels, divisor] = [[both.rows.slice(0, height), both.rows.slice(height)], both.divisor];
  }
  const sum = kernels[0].flat().reduce((all, weight) => all + weight, 0);
  if (state.divideBySum && Math.abs(sum) > 1e-9) divisor = sum;
  return { kernels: state.flip ? kernels.map(flippedRows) : kernels, divisor, magnitude: Boolean(named && named.kernels.length > 1) };
}

/** Whether the kernel in use was sent here from a network's first layer. */
const isLearned = (state) => Boolean(state.planes || (state.rows && state.kernel !== "custom"));

/** The layer that a state describes, as filters_convolve.js reads it. */
function stateLayer(state, known) {
  const { kernels, divisor, magnitude } = stateKernels(state, known);
  const planes = state.planes ? 3 : 1;
  return {
    kernels: kernels.map((rows) => Float64Array.from(rows.flat())), planes, divisor, magnitude,
    height: state.planes ? state.planes[0].length : kernels[0].length, width: state.planes ? state.planes[0][0].length : kernels[0][0].length,
    bias: state.bias, stride: state.stride, dilation: state.dilation, padding: state.padding, mode: state.mode,
    border: state.border || [0, 0, 0], colour: state.planes ? "sum" : state.colour,
  };
}

/** How the answer is shown when the visitor leaves it to the filter: signed where weights cancel out, else as it is. */
function fittingView(layer) {
  if (layer.magnitude) return "absolute";
  const weights = [...layer.kernels[0]];
  const [sum, size] = [weights.reduce((a, w) => a + w, 0), weights.reduce((a, w) => a + Math.abs(w), 0)];
  return layer.planes === 3 || Math.abs(sum) <= 1e-6 * size ? "signed" : "clipped";
}

/** The state as the values of a link; what stands at its default is left out. */
function stateLink(state) {
  const rowsText = (rows) => rows.map((row) => row.map(plainNumber).join(" ")).join(";");
  const link = {};
  for (const name of ["divisor", "bias", "stride", "dilation", "padding", "mode", "colour", "view", "zoom", "picture", "y", "x", "channel"]) {
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
function linkState(link, known, pictures) {
  const state = { ...FILTER_STATE };
  for (const [name, choices] of Object.entries({ ...FILTER_CHOICES, picture: pictures })) if (choices.includes(link[name])) state[name] = link[name];
  for (const [name, limits] of Object.entries({ ...FILTER_LIMITS, y: [0, 9999], x: [0, 9999], channel: [0, 2] })) {
    const value = name in link ? wholeWithin(link[name], limits) : null;
    if (value !== null) state[name] = value;
  }
  const [bias, divisor] = [link.bias || "", link.divisor || ""].map(cellNumber);
  if (!Number.isNaN(bias)) state.bias = bias;
  if (Object.hasOwn(known, link.kernel || "")) state.kernel = link.kernel;
  if (link.weights) readWeights(state, link);
  if (state.rows && Math.abs(divisor) >= 1e-9) state.divisor = divisor;
  state.divideBySum = link.divide === "1" && !state.planes;
  state.flip = link.flip === "1" && !state.planes;
  return state;
}

function readWeights(state, link) {
  const planes = link.weights.split("|").map(parseKernel);
  if (planes.some((plane) => plane.error)) return;
  const sizes = new Set(planes.map(({ rows }) => rows.length + "×" + rows[0].length));
  const border = (link.border || "").split(" ").map(cellNumber);
  const hasBorder = border.length === 3 && !border.some(Number.isNaN);
  const name = link.kernel && link.kernel !== state.kernel ? link.kernel.slice(0, 60) : ""; // a known kernel's name would mislead
  if (planes.length === 1) Object.assign(state, { kernel: name || "custom", rows: planes[0].rows });
  else if (planes.length === 3 && sizes.size === 1) Object.assign(state, { kernel: name || "learned", planes: planes.map(({ rows }) => rows), colour: "sum" });
  else return;
  if (hasBorder) Object.assign(state, { border, colour: state.planes ? "sum" : "grey" });
}

/** A history of states: `recorded` after a change, `undone` one back. The pinned pixel and zoom do not count as changes. */
const startHistory = (state) => ({ past: [], state });
function recorded(history, state) {
  const essence = ({ y, x, zoom, channel, ...rest }) => JSON.stringify(rest);
  if (essence(state) === essence(history.state)) return { past: history.past, state };
  return { past: [...history.past, history.state].slice(-100), state };
}
function undone(history) {
  if (!history.past.length) return history;
  return { past: history.past.slice(0, -1), state: history.past[history.past.length - 1] };
}
