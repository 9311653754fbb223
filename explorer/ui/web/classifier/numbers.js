// Arithmetic and wording of the Classifier tab: pure functions, tested by Node.

/** exp(logit / temperature) of each, their sum, and each one's share. Shifted by the largest, so nothing overflows. */
function softmaxOpened(logits, temperature) {
  const scaled = logits.map((logit) => logit / temperature);
  const largest = Math.max(...scaled);
  const shifted = scaled.map((value) => Math.exp(value - largest));
  const shiftedSum = shifted.reduce((sum, value) => sum + value, 0);
  return {
    scaled,
    exponentials: scaled.map((value) => Math.exp(value)),
    sum: Math.exp(largest) * shiftedSum,
    probabilities: shifted.map((value) => value / shiftedSum),
  };
}

/** Indices from the largest value to the smallest; equal ones keep their order. */
function descending(values) {
  return values.map((_, index) => index).sort((a, b) => values[b] - values[a] || a - b);
}

/** A signed number in two decimals with a true minus. */
function signed(value, digits = 2) {
  const text = Math.abs(value).toFixed(digits);
  return (value < 0 && Number(text) !== 0 ? "−" : "") + text;
}

/** A positive number of any size in five significant digits: 77651, 0.013891, 1.2345 × 10⁹. */
function magnitude(value) {
  if (value === 0) return "0";
  if (!Number.isFinite(value)) return "more than 10³⁰⁸";
  const [digits, exponent] = value.toExponential(4).split("e");
  return Number(exponent) >= 5 || Number(exponent) < -4 ? digits + " × 10" + superscript(Number(exponent)) : value.toPrecision(5);
}

function superscript(whole) {
  return [...String(whole)].map((sign) => (sign === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(sign)])).join("");
}

/** The classes of the logit chart: all in their own order if they fit, else the highest `most`, in their order of logits. */
function chartRows(logits, most) {
  const order = logits.length <= most ? logits.map((_, index) => index) : descending(logits).slice(0, most);
  return { order, hidden: logits.length - order.length };
}

const LOGIT_DIGITS = 5; // decimals: exp of what is printed then has the five digits that `magnitude` prints
const SCALED_DIGITS = 6; // decimals of z / T
const TEMPERATURE_DIGITS = 4; // decimals; a checkpoint's T has no more

const rounded = (value, digits) => Number(value.toFixed(digits));

/** `softmaxOpened` of the numbers as they are printed, so that a calculator gives what stands there. */
function softmaxPrinted(logits, temperature) {
  const printed = softmaxOpened(logits.map((logit) => rounded(logit, LOGIT_DIGITS)), rounded(temperature, TEMPERATURE_DIGITS));
  return { ...printed, probabilities: softmaxOpened(logits, temperature).probabilities };
}

/** The sentence that follows one class from its logit to its probability. */
function followed(label, logits, index, temperature) {
  const { exponentials, sum, probabilities } = softmaxPrinted(logits, temperature);
  const inner = signed(logits[index], LOGIT_DIGITS) + (temperature === 1 ? "" : " / " + temperature.toFixed(TEMPERATURE_DIGITS));
  return (
    readable(label) + ":  exp(" + inner + ") = " + magnitude(exponentials[index]) +
    ",  of the sum " + magnitude(sum) + "  →  " + percent(probabilities[index])
  );
}

/** A share as percentage points: 0.0042 → "0.4 points". */
const points = (share) => percent(share).replace("\u202f%", " points");

const HIDING_SHOWS = 0.01; // of probability: squares that all change less leave a map in points empty

/** How little hiding any place does to a sure answer, in words; "" where a place does more. Logits tell what shares cannot. */
function hidingWords({ share, logit, shares, logits }) {
  const costs = shares.map((value) => share - value);
  const most = Math.max(...costs.map(Math.abs));
  if (!(most < HIDING_SHOWS)) return "";
  const verb = most === Math.max(...costs) ? "costs" : "changes it by";
  const changes = logits.map((value) => value - logit);
  return "No square " + verb + (most < 5e-5 ? " as much as 0.01 points" : " more than " + points(most)) + "; the logit, " + signed(logit) + ", changes by " + plus(Math.min(...changes), 2) + " to " + plus(Math.max(...changes), 2) + ".";
}

/** A number that Python printed, typeset: a true minus, a thin space before the per cent sign. */
function typeset(text) {
  return String(text).replace(/(^|[\s(])-(?=\d)/g, "$1−").replace(/(\d)\s*%/g, "$1\u202f%");
}

/** An exact sum as printed lines whose last digits add up: terms, the rest, the bias, and a line for what rounding left. */
function sumLines(found, digits = 4) {
  const lines = found.terms.map((term) => ({ kind: "term", ...term, amount: term.amount }));
  if (found.rest_count) lines.push({ kind: "rest", count: found.rest_count, amount: found.rest });
  lines.push({ kind: "bias", amount: found.bias });
  const units = (value) => Math.round(value * 10 ** digits);
  const left = units(found.logit) - lines.reduce((sum, line) => sum + units(line.amount), 0);
  if (left) lines.push({ kind: "rounding", amount: left / 10 ** digits });
  return lines.map((line) => ({ ...line, printed: plus(line.amount, digits) }));
}

/** A number with its sign always written: "+0.25", "−1.10". */
function plus(value, digits) {
  const text = signed(value, digits);
  return text.startsWith("−") ? text : "+" + text;
}

/** The cell of a grid under a point of a picture that it covers. */
function cellUnder(x, y, width, height, grid) {
  const clamp = (value, count) => Math.min(count - 1, Math.max(0, Math.floor(value)));
  return { row: clamp((y / height) * grid.height, grid.height), column: clamp((x / width) * grid.width, grid.width) };
}

/** Red, green, blue and opacity of a value laid over a grey photograph; `reach` is the strongest. */
function heatColour(value, reach, scheme) {
  const share = reach > 0 ? Math.min(1, Math.abs(value) / reach) : 0;
  const [r, g, b] = colourAt(scheme, scheme === "diverging" ? 0.5 + (0.42 * value) / (reach || 1) : 0.3 + 0.6 * share);
  return [r, g, b, Math.round(255 * 0.88 * share ** 0.7)];
}
