// The softmax and how the Classifier tab prints numbers: pure functions, tested by Node.

import { percent, readable } from "../shared/wording.js";

export const LOGIT_DIGITS = 5; // decimals: exp of what is printed then has the five digits that `magnitude` prints
export const SCALED_DIGITS = 6; // decimals of z / T
const TEMPERATURE_DIGITS = 4; // decimals; a checkpoint's T has no more

/** exp(logit / temperature) of each, their sum, and each one's share. Shifted by the largest, so nothing overflows. */
export function softmaxOpened(logits, temperature) {
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

/** What a network's own number for a class is called, by what the network gives. */
export const OUTPUT_WORDS = {
  logits: "logit", probabilities: "output", log_probabilities: "log-probability", independent: "output",
};

/** What is said where a network gives no logits. */
export const NO_LOGITS = {
  probabilities: "This network ends in a softmax: what it gives are shares already. So no softmax is taken here, and "
    + "there is no temperature.",
  log_probabilities: "This network ends in the logarithm of a softmax: its numbers are the logarithms of the shares, "
    + "and exp gives the shares. So no softmax is taken here, and there is no temperature.",
  independent: "This network ends in a sigmoid for each class by itself: each share stands alone, and they do not add "
    + "up to 100\u202f%. So no softmax is taken here, and there is no temperature.",
};

/** Each class's share of an answer: a softmax of logits, else what the network gives. */
export function sharesOf({ logits, temperature, output = "logits" }) {
  if (output === "logits") return softmaxOpened(logits, temperature).probabilities;
  return output === "log_probabilities" ? logits.map(Math.exp) : logits;
}

/** `softmaxOpened` of the numbers as they are printed, so that a calculator gives what stands there. */
export function softmaxPrinted(logits, temperature) {
  const printed = logits.map((logit) => rounded(logit, LOGIT_DIGITS));
  const { probabilities } = softmaxOpened(logits, temperature);
  return { ...softmaxOpened(printed, Number(temperatureText(temperature))), probabilities };
}

/** The sentence that follows one class from its logit to its probability. */
export function followed(label, logits, index, temperature) {
  const { exponentials, sum, probabilities } = softmaxPrinted(logits, temperature);
  const divisor = temperature === 1 ? "" : ` / ${temperatureText(temperature)}`;
  const exponential = `exp(${signed(logits[index], LOGIT_DIGITS)}${divisor}) = ${magnitude(exponentials[index])}`;
  return `${readable(label)}:  ${exponential},  of the sum ${magnitude(sum)}  →  ${percent(probabilities[index])}`;
}

/** The same for a network that gives no logits. */
export function followedOutput(label, { logits, output }, index) {
  const share = percent(sharesOf({ logits, temperature: 1, output })[index]);
  const given = `the network gives ${signed(logits[index], LOGIT_DIGITS)}`;
  const way = output === "log_probabilities" ? `${given},  exp of it  →  ${share}` : `${given}  →  ${share}`;
  return `${readable(label)}:  ${way}`;
}

/** Indices from the largest value to the smallest; equal ones keep their order. */
export function descending(values) {
  return values.map((_, index) => index).sort((a, b) => values[b] - values[a] || a - b);
}

/** A temperature in the digits that are reckoned with. */
export const temperatureText = (temperature) => temperature.toFixed(TEMPERATURE_DIGITS);

export const rounded = (value, digits) => Number(value.toFixed(digits));

/** A signed number in two decimals with a true minus. */
export function signed(value, digits = 2) {
  const text = Math.abs(value).toFixed(digits);
  return (value < 0 && Number(text) !== 0 ? "−" : "") + text;
}

/** A number with its sign always written: "+0.25", "−1.10". */
export function plus(value, digits) {
  const text = signed(value, digits);
  return text.startsWith("−") ? text : "+" + text;
}

/** A positive number of any size in five significant digits: 77651, 0.013891, 1.2345 × 10⁹. */
export function magnitude(value) {
  if (value === 0) return "0";
  if (!Number.isFinite(value)) return "more than 10³⁰⁸";
  const [digits, exponent] = value.toExponential(4).split("e");
  const written = Number(exponent) >= 5 || Number(exponent) < -4;
  return written ? `${digits} × 10${superscript(Number(exponent))}` : value.toPrecision(5);
}

function superscript(whole) {
  return [...String(whole)].map((sign) => (sign === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(sign)])).join("");
}

/** A share as percentage points: 0.0042 → "0.4 points". */
export const points = (share) => percent(share).replace("\u202f%", " points");

/** The width of a bar that is as long as a share, in CSS. */
export const shareWidth = (share) => `${(100 * share).toFixed(3)}%`;

/** A number that Python printed, typeset: a true minus, a thin space before the per cent sign. */
export function typeset(text) {
  return String(text).replace(/(^|[\s(])-(?=\d)/g, "$1−").replace(/(\d)\s*%/g, "$1\u202f%");
}
