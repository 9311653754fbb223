// A receipt as printed: so many digits that whoever adds the printed numbers gets the printed value, to the last one.

import { plainText, shortText, typeset } from "./numbers.js";

const SIGNIFICANT = 5; // digits of the largest amount
const SHORT = 3; // a sum of so few terms is written out as one line

/** Whether a sum is written out as one line. */
export const isShort = (receipt) => receipt.terms.length + receipt.rest_count <= SHORT;

/** Whether the value is made of one number alone: by a function, or unchanged. */
export function isOne({ terms: [term, ...others], rest_count: rest, bias, recomputed }) {
  if (!term || others.length || rest || bias || recomputed === null) return false;
  return term.value !== null && (term.weight === null || term.weight === 1);
}

/** Decimals that give the largest of these numbers five digits. */
export function decimalsFor(amounts) {
  const largest = Math.max(0, ...amounts.map(Math.abs));
  if (!(largest > 0)) return SIGNIFICANT;
  return Math.min(12, Math.max(0, SIGNIFICANT - 1 - Math.floor(Math.log10(largest))));
}

/** A number with a fixed count of decimals and a true minus; a plus too if it is a term. */
export function fixedText(value, decimals, signed = false) {
  const text = Math.abs(value).toFixed(decimals);
  const zero = Number(text) === 0;
  return (value < 0 && !zero ? "−" : signed ? "+" : "") + text;
}

const sumOf = (amounts) => amounts.reduce((sum, one) => sum + one, 0);

/**
 * The printed sum: every amount rounded, and what is left over said. All in whole units of the last decimal.
 * What is left over is `rounding` as long as rounding so many numbers can leave it, else `off`: the sum is wrong.
 */
export function ledger(receipt) {
  const amounts = receipt.terms.map((term) => term.amount);
  const decimals = decimalsFor([receipt.value || 0, receipt.bias, receipt.rest, ...amounts]);
  const unit = 10 ** decimals;
  const whole = (value) => Math.round((value || 0) * unit);
  const print = (amount, signed = true) => fixedText(amount / unit, decimals, signed);
  const terms = amounts.map(whole);
  const [rest, bias, total] = [receipt.rest, receipt.bias, receipt.value].map(whole);
  const over = total - sumOf([...terms, rest, bias]);
  const rounds = receipt.agrees !== false
    && Math.abs(over) <= (terms.length + 2) / 2 + unit * (receipt.tolerance || 0);
  return {
    decimals,
    terms: terms.map((amount) => print(amount)),
    shown: print(sumOf(terms)),
    rest: receipt.rest_count ? print(rest) : null,
    bias: bias ? print(bias) : null,
    rounding: over && rounds ? print(over) : null,
    off: over && !rounds ? print(over) : null,
    total: print(total, false),
  };
}

/** Two factors with the fewest digits, at least three, whose product as printed rounds to the amount as printed. */
export function factorTexts(value, weight, amount, decimals) {
  const whole = (one) => Math.round(one * 10 ** decimals);
  for (let digits = 3; digits <= 17; digits += 1) {
    const [left, right] = [value, weight].map((one) => Number(one.toPrecision(digits)));
    if (whole(left * right) === whole(amount)) return [plainText(left), plainText(right)];
  }
  return [plainText(value), plainText(weight)];
}

/** Value and weight of a term that is their product, or of a window of one cell; null where there is no such pair. */
export function factorsOf(receipt, at) {
  const [term, hole] = [receipt.terms[at], receipt.windows[at]];
  if (term.value !== null && term.weight !== null) return { value: term.value, weight: term.weight };
  return hole && hole.patch.length === 1 && !hole.padding[0] ? { value: hole.patch[0], weight: hole.kernel[0] } : null;
}

/**
 * A short sum with all that is needed to redo it: "1.5 × 0.2 + 2 × 0.4 − 0.1 = 1"; empty if a term is no product.
 * As many digits as make the printed sum give the printed result.
 */
export function equationText(receipt) {
  const factors = receipt.terms.map((_, at) => factorsOf(receipt, at));
  if (!factors.length || receipt.rest_count || factors.includes(null)) return "";
  const wanted = shortText(receipt.recomputed, 7);
  const roundedSum = (digits) => {
    const round = (one) => Number(one.toPrecision(digits));
    return sumOf([round(receipt.bias), ...factors.map(({ value, weight }) => round(value) * round(weight))]);
  };
  let digits = 7;
  while (digits < 17 && shortText(roundedSum(digits), 7) !== wanted) digits += 1;
  return writtenSum(factors, receipt.bias, digits) + " = " + wanted;
}

/** "1.5 × 0.2 + (−2) − 0.1", each number rounded to so many digits. */
function writtenSum(factors, bias, digits) {
  const print = (one) => plainText(Number(one.toPrecision(digits)));
  const bracketed = (one) => (one < 0 ? "(" + print(one) + ")" : print(one));
  const products = factors.map(({ value, weight }, place) =>
    (place ? bracketed(value) : print(value)) + (weight === 1 ? "" : " × " + bracketed(weight)));
  return products.join(" + ") + (bias ? (bias < 0 ? " − " : " + ") + print(Math.abs(bias)) : "");
}

/** How a pixel's byte became the number that the network got, in as many digits as float64 is worth printing. */
export function pixelEquation({ pixel, recomputed }) {
  const mean = pixel.mean < 0 ? " + " + plainText(-pixel.mean) : " − " + plainText(pixel.mean);
  return "(" + pixel.byte + " / 255" + mean + ") / " + plainText(pixel.std) + " = " + precise(recomputed);
}

/** The sentence of the badge below a value. */
export function badgeText(receipt) {
  if (receipt.recomputed === null) return receipt.note;
  const gap = Math.abs(receipt.difference);
  const size = gap === 0 ? "no difference" : "difference " + typeset(gap.toExponential(1));
  const verdict = receipt.agrees === false ? "does not add up: " : "";
  return verdict + "recomputed " + precise(receipt.recomputed) + " · network " + precise(receipt.value) + " · " + size;
}

const precise = (value) => plainText(Number(value.toPrecision(10)));
