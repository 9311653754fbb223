// A receipt as printed: so many digits that whoever adds the printed numbers gets the printed value, to the last one.

const SIGNIFICANT = 5; // digits of the largest amount

/** Decimals that give the largest of these numbers five digits. */
function decimalsFor(amounts) {
  const largest = Math.max(0, ...amounts.map(Math.abs));
  if (!(largest > 0)) return SIGNIFICANT;
  return Math.min(12, Math.max(0, SIGNIFICANT - 1 - Math.floor(Math.log10(largest))));
}

/** A number with a fixed count of decimals and a true minus; a plus too if it is a term. */
function fixedText(value, decimals, signed = false) {
  const text = Math.abs(value).toFixed(decimals);
  const zero = Number(text) === 0;
  return (value < 0 && !zero ? "−" : signed ? "+" : "") + text;
}

/** The printed sum: every amount rounded, and what is left over said. All in whole units of the last decimal.
 *  What is left over is `rounding` as long as rounding so many numbers can leave it, else `off`: the sum is wrong. */
function ledger(receipt) {
  const shown = receipt.terms.map((term) => term.amount);
  const decimals = decimalsFor([receipt.value || 0, receipt.bias, receipt.rest, ...shown]);
  const unit = 10 ** decimals;
  const whole = (value) => Math.round((value || 0) * unit);
  const parts = [...shown, receipt.rest, receipt.bias].map(whole);
  const [total, part] = [whole(receipt.value), shown.length ? parts.slice(0, shown.length).reduce((sum, one) => sum + one, 0) : 0];
  const over = total - parts.reduce((sum, one) => sum + one, 0);
  const rounds = receipt.agrees !== false && Math.abs(over) <= (shown.length + 2) / 2 + unit * (receipt.tolerance || 0);
  const print = (amount, signed) => fixedText(amount / unit, decimals, signed);
  return {
    decimals,
    terms: parts.slice(0, shown.length).map((amount) => print(amount, true)),
    shown: print(part, true),
    rest: receipt.rest_count ? print(parts[shown.length], true) : null,
    bias: parts[shown.length + 1] ? print(parts[shown.length + 1], true) : null,
    rounding: over && rounds ? print(over, true) : null,
    off: over && !rounds ? print(over, true) : null,
    total: print(total, false),
  };
}

/** Two factors with the fewest digits, at least three, whose product as printed rounds to the amount as printed. */
function factorTexts(value, weight, amount, decimals) {
  const whole = (one) => Math.round(one * 10 ** decimals);
  for (let digits = 3; digits <= 17; digits += 1) {
    const [left, right] = [value, weight].map((one) => Number(one.toPrecision(digits)));
    if (whole(left * right) === whole(amount)) return [plainText(left), plainText(right)];
  }
  return [plainText(value), plainText(weight)];
}

/** Value and weight of a term that is their product, or of a window of one cell; null where there is no such pair. */
function factorsOf(receipt, at) {
  const [term, hole] = [receipt.terms[at], receipt.windows[at]];
  if (term.value !== null && term.weight !== null) return { value: term.value, weight: term.weight };
  return hole && hole.patch.length === 1 && !hole.padding[0] ? { value: hole.patch[0], weight: hole.kernel[0] } : null;
}

/** A short sum with all that is needed to redo it: "1.5 × 0.2 + 2 × 0.4 − 0.1 = 1"; empty if a term is no product.
 *  As many digits as make the printed sum give the printed result. */
function equationText(receipt) {
  const factors = receipt.terms.map((_, at) => factorsOf(receipt, at));
  if (!factors.length || receipt.rest_count || factors.includes(null)) return "";
  const wanted = shortText(receipt.recomputed, 7);
  const at = (digits) => (one) => Number(one.toPrecision(digits));
  let digits = 7;
  const sum = () => factors.reduce((total, { value, weight }) => total + at(digits)(value) * at(digits)(weight), at(digits)(receipt.bias));
  while (digits < 17 && shortText(sum(), 7) !== wanted) digits += 1;
  const print = (one) => plainText(at(digits)(one));
  const bracketed = (one, first) => (one < 0 && !first ? "(" + print(one) + ")" : print(one));
  const parts = factors.map(({ value, weight }, place) => bracketed(value, !place) + (weight === 1 ? "" : " × " + bracketed(weight, false)));
  const bias = receipt.bias ? (receipt.bias < 0 ? " − " : " + ") + print(Math.abs(receipt.bias)) : "";
  return parts.join(" + ") + bias + " = " + wanted;
}

/** How a pixel's byte became the number that the network got, in as many digits as float64 is worth printing. */
function pixelEquation({ pixel, recomputed }) {
  const mean = pixel.mean < 0 ? " + " + plainText(-pixel.mean) : " − " + plainText(pixel.mean);
  return "(" + pixel.byte + " / 255" + mean + ") / " + plainText(pixel.std) + " = " + precise(recomputed);
}

/** The sentence of the badge below a value. */
function badgeText(receipt) {
  if (receipt.recomputed === null) return receipt.note;
  const gap = Math.abs(receipt.difference);
  const size = gap === 0 ? "no difference" : "difference " + gap.toExponential(1).replace("e-", "e−").replace("e+", "e");
  const verdict = receipt.agrees === false ? "does not add up: " : "";
  return verdict + "recomputed " + precise(receipt.recomputed) + " · network " + precise(receipt.value) + " · " + size;
}

function precise(value) {
  return plainText(Number(value.toPrecision(10)));
}

/** A unit as one word of the page's link, and back; null for what is none. */
function unitWord(unit) {
  return [unit.layer, unit.channel, unit.y, unit.x].join("~");
}
function unitFromWord(word) {
  const match = /^(.{1,160})~(\d{1,6})~(\d{1,5})~(\d{1,5})$/.exec(word || "");
  return match && { layer: match[1], channel: Number(match[2]), y: Number(match[3]), x: Number(match[4]) };
}

/** The breadcrumb: all steps if they are few, else the first two, how many are folded, and the last three. */
function foldedPath(path, most = 6) {
  if (path.length <= most) return path.map((unit, at) => ({ unit, at }));
  const last = path.length - 3;
  const step = (at) => ({ unit: path[at], at });
  return [step(0), step(1), { folded: last - 2 }, step(last), step(last + 1), step(last + 2)];
}

/** Of the classes before and after a change, those whose share moves visibly; the first one in any case. */
function movedClasses(classes) {
  const moves = (one) => Math.max(one.before, one.after) >= 1e-4 && percent(one.before) !== percent(one.after);
  return classes.filter((one, at) => at === 0 || moves(one));
}

/** A class's logit before and after: "logit 6.682 → 6.115, −0.567". */
function logitText(one) {
  if (one.logit_before === null || one.logit_after === null) return "logit not a number";
  const decimals = decimalsFor([one.logit_before, one.logit_after]) - 1;
  const unit = 10 ** decimals;
  const [before, after] = [one.logit_before, one.logit_after].map((logit) => Math.round(logit * unit));
  const [from, to] = [before, after].map((logit) => fixedText(logit / unit, decimals));
  return "logit " + from + " → " + to + (before === after ? "" : ", " + fixedText((after - before) / unit, decimals, true));
}
