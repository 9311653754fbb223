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

/** The printed sum: every amount rounded, and what rounding leaves over said. All in whole units of the last decimal. */
function ledger(receipt) {
  const shown = receipt.terms.map((term) => term.amount);
  const decimals = decimalsFor([receipt.value || 0, receipt.bias, receipt.rest, ...shown]);
  const unit = 10 ** decimals;
  const whole = (value) => Math.round((value || 0) * unit);
  const parts = [...shown, receipt.rest, receipt.bias].map(whole);
  const total = whole(receipt.value);
  const over = total - parts.reduce((sum, part) => sum + part, 0);
  const print = (part, signed) => fixedText(part / unit, decimals, signed);
  return {
    decimals,
    terms: parts.slice(0, shown.length).map((part) => print(part, true)),
    rest: receipt.rest_count ? print(parts[shown.length], true) : null,
    bias: parts[shown.length + 1] ? print(parts[shown.length + 1], true) : null,
    rounding: over ? print(over, true) : null,
    total: print(total, false),
  };
}

/** The sentence of the badge below a value. */
function badgeText(receipt) {
  if (receipt.recomputed === null) return receipt.note;
  const gap = Math.abs(receipt.difference);
  const size = gap === 0 ? "no difference" : "difference " + gap.toExponential(1).replace("e-", "e−");
  return "recomputed " + precise(receipt.recomputed) + " · network " + precise(receipt.value) + " · " + size;
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
