// The softmax and how numbers are printed: what stands on the page gives on a calculator what stands beside it.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  descending, followed, magnitude, plus, shareWidth, signed, softmaxOpened, softmaxPrinted, typeset,
} from "../../../../explorer/ui/web/classifier/numbers.js";

function near(a, b, tolerance = 1e-12) {
  assert.ok(Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(b)), `${a} is not ${b}`);
}

test("a softmax known by hand", () => {
  const { exponentials, sum, probabilities } = softmaxOpened([Math.log(1), Math.log(3), Math.log(4)], 1);
  [1, 3, 4].forEach((value, place) => near(exponentials[place], value));
  near(sum, 8);
  [1 / 8, 3 / 8, 1 / 2].forEach((value, place) => near(probabilities[place], value));
});

test("a temperature re-ranks nothing, and evens out", () => {
  const logits = [2.5, -1, 7.25, 7.2, 0];
  for (const temperature of [0.25, 0.7, 1, 3, 16]) {
    const { probabilities } = softmaxOpened(logits, temperature);
    assert.deepEqual(descending(probabilities), descending(logits));
    near(probabilities.reduce((sum, value) => sum + value, 0), 1);
  }
  assert.ok(softmaxOpened(logits, 16).probabilities[2] < softmaxOpened(logits, 1).probabilities[2]);
});

test("logits far beyond exp's reach keep their shares", () => {
  const { probabilities, sum } = softmaxOpened([2000, 2000 - Math.log(3)], 1);
  near(probabilities[0], 0.75);
  assert.equal(magnitude(sum), "more than 10³⁰⁸");
  near(softmaxOpened([-3000, -3000], 1).probabilities[1], 0.5);
});

test("numbers in words", () => {
  assert.equal(signed(-1.005, 1), "−1.0");
  assert.equal(signed(-0.001), "0.00");
  assert.equal(plus(0.5, 2), "+0.50");
  assert.equal(magnitude(5653.33), "5653.3");
  assert.equal(magnitude(0.01389), "0.013890");
  assert.equal(magnitude(77651.09), "77651");
  assert.equal(magnitude(99999.7), "1.0000 × 10⁵");
  assert.equal(magnitude(1.234e9), "1.2340 × 10⁹");
  assert.equal(magnitude(3.3e-7), "3.3000 × 10⁻⁷");
  assert.equal(shareWidth(0.12345), "12.345%");
  const line = followed("a-b", [Math.log(4), Math.log(4)], 0, 1);
  assert.match(line, /^a b: {2}exp\(1\.38629\) = 4\.0000, {2}of the sum 8\.0000 {2}→ {2}50\.0/);
});

const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹⁻";

/** The number that "1.2345 × 10⁻⁷" is. */
function read(printed) {
  const plain = printed.replace(/[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]/g, (sign) => "0123456789-"[SUPERSCRIPTS.indexOf(sign)]);
  return Number(plain.replace(" × 10", "e"));
}

test("a calculator gives what the readout prints, digit by digit", () => {
  let state = 11;
  const random = () => (state = (state * 16807) % 2147483647) / 2147483647;
  for (let round = 0; round < 300; round += 1) {
    const temperature = [0.5934, 0.6349, 1, Number((0.25 + 4 * random()).toFixed(4))][round % 4];
    const logits = Array.from({ length: 33 }, () => random() * 20 - 6);
    const text = followed("x", logits, 0, temperature).replaceAll("−", "-");
    const [, z, t] = text.match(/exp\((-?[\d.]+)(?: \/ ([\d.]+))?\)/);
    assert.equal(Number(t || 1), temperature);
    const [, value, sum, share] = text.match(/\) = (.+?), {2}of the sum (.+?) {2}→ {2}(.+)$/);
    assert.equal(read(value), Number(Math.exp(Number(z) / Number(t || 1)).toPrecision(5)));
    if (!/^\d+\.\d\D*$/.test(share)) continue;
    assert.ok(Math.abs(Number(share.match(/[\d.]+/)[0]) - (100 * read(value)) / read(sum)) < 0.053, text);
  }
});

test("the softmax panel's columns follow from one another", () => {
  const logits = [6.682437, 3.2514141, -2.0499182, 0.4900013];
  const printed = softmaxPrinted(logits, 0.5934);
  printed.scaled.forEach((scaled, place) => {
    near(Number(scaled.toFixed(6)), Number(logits[place].toFixed(5)) / 0.5934, 1e-6);
    near(printed.exponentials[place], Math.exp(Number(scaled.toFixed(6))), 1e-6);
  });
});

test("numbers from Python get a true minus and a thin space before %", () => {
  assert.equal(typeset("tshirts 33.2% / t-shirt 4%"), "tshirts 33.2\u202f% / t-shirt 4\u202f%");
  assert.equal(typeset("-0.48"), "−0.48");
  assert.equal(typeset("(1, -3)"), "(1, −3)");
});
