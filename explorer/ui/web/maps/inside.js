// What made an opened unit, seen as a whole: an activation function's curve with the unit's point on it, or the five
// numbers of a batch norm with its channel before and after.

import { made, make } from "../shared/dom.js";
import { histogramBars } from "./lens.js";
import { shortText } from "./numbers.js";

const [WIDTH, HEIGHT, EDGE] = [300, 180, 12]; // of the curve's drawing, in its own units
const DIGITS = 6; // of what comes out
const WORKED = 9; // of what it is worked out from: as many as a float32 has
const PARTS = [
  ["mean", "mean, kept from training"], ["variance", "variance, kept from training"],
  ["epsilon", "ε, against division by 0"], ["gamma", "γ, the learnt scale (weight)"],
  ["beta", "β, the learnt shift (bias)"],
];

/** The sections of a receipt's card. */
export function insideOf({ curve, norm, kind, value }) {
  return [...(curve ? [curveSection(curve, kind, value)] : []), ...(norm ? [normSection(norm, value)] : [])];
}

/** Where numbers stand in the drawing: both axes reach over 0. */
function scales({ given, made: values, value }, gives) {
  const across = [...given, value, 0];
  const up = [...values.filter((one) => one !== null), gives, 0];
  const along = (all, from, to) => {
    const [low, high] = [Math.min(...all), Math.max(...all)];
    return (one) => from + ((to - from) * (one - low)) / (high - low || 1);
  };
  return { x: along(across, EDGE, WIDTH - EDGE), y: along(up, HEIGHT - EDGE, EDGE) };
}

/** The curve as an SVG path; it is broken where the function has no number. */
export function curvePath({ given, made: values }, { x, y }) {
  let pen = "M";
  return given.map((one, at) => {
    if (values[at] === null) {
      pen = "M";
      return "";
    }
    const step = `${pen}${x(one).toFixed(2)} ${y(values[at]).toFixed(2)}`;
    pen = "L";
    return step;
  }).join("");
}

function curveSection(curve, kind, gives) {
  const { x, y } = scales(curve, gives);
  const [atX, atY] = [x(curve.value), y(gives)];
  const line = (name, x1, y1, x2, y2) => make("svg:line", { class: name, x1, y1, x2, y2 });
  const words = `${kind} as a curve: ${shortText(curve.value, DIGITS)} becomes ${shortText(gives, DIGITS)}`;
  const about = { class: "curve", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": words };
  const drawing = make("svg:svg", about,
    line("axis", EDGE, y(0), WIDTH - EDGE, y(0)), line("axis", x(0), EDGE, x(0), HEIGHT - EDGE),
    make("svg:path", { class: "curve-line", d: curvePath(curve, { x, y }) }),
    line("drop", atX, y(0), atX, atY), line("drop", x(0), atY, atX, atY),
    make("svg:circle", { class: "curve-point", cx: atX, cy: atY, r: 5 }));
  const says = make("p", { class: "number curve-says" },
    `v = ${shortText(curve.value, DIGITS)} → ${shortText(gives, DIGITS)}`);
  return make("section", { class: "inside" }, made("h3", "", "The function, and this number on it"), drawing, says);
}

function normSection(norm, gives) {
  const text = (name) => shortText(norm[name], WORKED);
  const rows = PARTS.flatMap(([name, words]) => [made("dt", "", words), made("dd", "number", text(name))]);
  const equation = `(${text("value")} − ${bracketed(text("mean"))}) / √(${text("variance")} + ${text("epsilon")}) `
    + `× ${bracketed(text("gamma"))} + ${bracketed(text("beta"))} = ${shortText(gives, DIGITS)}`;
  const one = (title, histogram) => make("figure", { class: "norm-side" },
    made("figcaption", "", title), ...(histogram.counts.length ? histogramBars(histogram) : []));
  return make("section", { class: "inside" }, made("h3", "", "The batch norm of this channel"),
    make("dl", { class: "norm-numbers" }, ...rows), made("p", "number", equation),
    make("div", { class: "norm-sides" }, one("Its map before", norm.before), one("and after", norm.after)));
}

const bracketed = (text) => (text.startsWith("−") ? `(${text})` : text);
