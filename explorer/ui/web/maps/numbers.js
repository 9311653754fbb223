// How the tab writes numbers: exactly, short, or so that they fit.

const NO_NUMBER = "not a number";

/** A number as JavaScript writes it, with a true minus and no plus before an exponent: −2.5e−7, 1e21. */
export const typeset = (text) => text.replaceAll("-", "−").replace("e+", "e");

/** A number as short as it can be read back: 0.1, −0.00025, 2.5e−7, 1e7. */
export function plainText(value) {
  const size = Math.abs(value);
  return typeset(size !== 0 && (size < 1e-4 || size >= 1e7) ? value.toExponential() : String(value));
}

/** A float32 as the shortest decimal that gives it back, with a true minus: 0.1, −2.5e−7. */
export function exactText(value) {
  if (value === null || !Number.isFinite(value)) return NO_NUMBER;
  for (let digits = 1; digits <= 9; digits += 1) {
    const text = value.toPrecision(digits);
    if (Math.fround(Number(text)) === Math.fround(value)) return plainText(Number(text));
  }
  return plainText(value);
}

/** A number with so many digits that count, no trailing zeros; for reading, not for reckoning. */
export function shortText(value, digits = 3) {
  if (value === null || !Number.isFinite(value)) return NO_NUMBER;
  return plainText(Number(value.toPrecision(digits)));
}

/** The same with so many digits that it has at most `most` letters, for a cell of a table. */
export function fittedText(value, digits, most) {
  const text = shortText(value, digits);
  return text.length > most && digits > 1 ? fittedText(value, digits - 1, most) : text;
}

/** How large a file is: 3 bytes, 4.2 kB, 12 MB. */
export function sizeText(bytes) {
  if (bytes < 1000) return bytes + (bytes === 1 ? " byte" : " bytes");
  const [size, unit] = bytes < 999_500 ? [bytes / 1e3, " kB"] : [bytes / 1e6, " MB"];
  return plainText(size < 9.95 ? Math.round(10 * size) / 10 : Math.round(size)) + unit;
}

/** [64, 24, 24] → "64 × 24 × 24"; [320] → "320 numbers". */
export function shapeText(shape) {
  return shape.length === 1 ? shape[0] + " numbers" : shape.join(" × ");
}
