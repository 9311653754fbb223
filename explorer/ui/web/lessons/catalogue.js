// The words of the Lessons, with numbers in them: pure functions, tested by Node.

import { readable } from "../shared/wording.js";

const PLACE = /\{([\w.]+)(?::(\w+))?\}/g;
const DIGITS = 4; // significant ones of a number that is no whole one, where a text asks for no others
const MOST = 99.9; // per cent of what is nearly all, and not printed as all

/** A number as a language writes it; `how` is "percent", a number of decimals, or undefined. A name stays a name. */
export function written(value, how, language) {
  if (typeof value !== "number") return readable(value);
  const options = /** @type {Intl.NumberFormatOptions} */ ({ numberingSystem: "latn" });
  if (how === "percent") {
    options.maximumFractionDigits = 1;
    const share = value < 1 ? Math.min(100 * value, MOST) : 100;
    return new Intl.NumberFormat(regionOf(language), options).format(share) + "\u202f%";
  }
  if (how !== undefined) options.minimumFractionDigits = options.maximumFractionDigits = Number(how);
  else if (!Number.isInteger(value)) options.maximumSignificantDigits = DIGITS;
  return signed(new Intl.NumberFormat(regionOf(language), options).format(value));
}

const signed = (text) => text.replace("-", "−");

/** Hindi groups digits as India does. */
const regionOf = (language) => (language === "hi" ? "hi-IN" : language);

/** A text with its numbers: "{output}", "{ask.output}", "{share:percent}", "{value:2}"; what is unknown is "…". */
export function filled(text, numbers, language) {
  return text.replace(PLACE, (_, name, how) => (name in numbers ? written(numbers[name], how, language) : "…"));
}

/**
 * A guessed number as it was typed, or NaN: with a true minus or a hyphen, grouped or not, in any digits of Hindi.
 * @param {string} typed
 */
export function guessedNumber(typed) {
  const plain = [...typed.trim()].map((sign) => {
    const digit = sign.codePointAt(0) - 0x966;
    return digit >= 0 && digit < 10 ? String(digit) : sign;
  }).join("").replace("−", "-");
  const grouped = /^-?\d{1,3}(,\d{2,3})+$/.test(plain) ? plain.replaceAll(",", "") : plain.replace(",", ".");
  return /^-?\d+(\.\d+)?$/.test(grouped) ? Number(grouped) : NaN;
}

/** Whether a guess is right: the choice, or the number. */
export function isRight(step, guess, numbers) {
  return step.choices.length ? guess === step.answer : guess === numbers[step.answer];
}

/** The right answer in words: the choice's text, or the number. */
export function answerText(step, words, numbers, language) {
  const text = step.choices.length ? words.choices[step.answer] : `{${step.answer}}`;
  return filled(text, numbers, language);
}
