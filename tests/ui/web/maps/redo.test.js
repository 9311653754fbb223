// The numbers printed on an opened unit's card suffice to do its sum again.
import assert from "node:assert";
import { test } from "node:test";

import {
  badgeText, equationText, factorTexts, factorsOf, ledger, pixelEquation,
} from "../../../../explorer/ui/web/maps/ledger.js";
import { exactText, shortText } from "../../../../explorer/ui/web/maps/numbers.js";
import { logitText, movedClasses } from "../../../../explorer/ui/web/maps/whatif.js";

const read = (text) => Number(text.replaceAll("−", "-"));

/** What a printed equation's left side comes to, done by JavaScript's own arithmetic. */
const leftSide = (text) => new Function("return " + text.split(" = ")[0].replaceAll("−", "-").replaceAll("×", "*"))();

function randomNumbers(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return state / 0x7fffffff - 0.5;
  };
}

function receiptOf(pairs, bias = 0, more = {}) {
  const terms = pairs.map(([value, weight]) => ({ value, weight, amount: value * weight, channel: 0 }));
  const recomputed = terms.reduce((sum, term) => sum + term.amount, bias);
  return { terms, bias, rest: 0, rest_count: 0, windows: [], recomputed, value: Math.fround(recomputed), ...more };
}

test("the printed factors give the printed amount, in as few digits as do", () => {
  const random = randomNumbers(3);
  let few = 0;
  for (let round = 0; round < 2000; round += 1) {
    const pairs = Array.from({ length: 8 }, () => [Math.fround(4 * random()), Math.fround(random())]);
    const receipt = receiptOf(pairs);
    const printed = ledger(receipt);
    receipt.terms.forEach((term, at) => {
      const [value, weight] = factorTexts(term.value, term.weight, term.amount, printed.decimals);
      const product = Math.round(read(value) * read(weight) * 10 ** printed.decimals);
      const wanted = Math.round(read(printed.terms[at]) * 10 ** printed.decimals);
      assert.strictEqual(product + 0, wanted + 0, value + " × " + weight); // no −0
      few += value.length <= 7;
    });
  }
  assert.ok(few > 8000);
  assert.deepStrictEqual(factorTexts(1.7823457, 0.31803089, 1.7823457 * 0.31803089, 4), ["1.7823", "0.31803"]);
});

test("a short sum in a line is true to the digits that it prints", () => {
  const random = randomNumbers(11);
  for (let round = 0; round < 3000; round += 1) {
    const size = 10 ** Math.round(6 * random());
    const pair = () => [Math.fround(size * random()), round % 4 ? Math.fround(random()) : 1];
    const pairs = Array.from({ length: 1 + (round % 3) }, pair);
    const text = equationText(receiptOf(pairs, round % 2 ? size * random() : 0));
    const [left, right] = [leftSide(text), text.split(" = ")[1]];
    assert.strictEqual(shortText(left, 7), right, text);
  }
  assert.strictEqual(equationText(receiptOf([[1.5, 0.25], [-2, 1]], -0.125)), "1.5 × 0.25 + (−2) − 0.125 = −1.75");
});

test("terms that all but cancel get the digits that they need", () => {
  const text = equationText(receiptOf([[1.00000012, 1], [-1, 1]]));
  assert.strictEqual(text, "1.00000012 + (−1) = 1.2e−7");
});

test("where a term is no product, or more terms are not shown, no line claims to be the sum", () => {
  assert.strictEqual(equationText(receiptOf([[2, 3]], 0, { rest_count: 4 })), "");
  assert.strictEqual(equationText({ ...receiptOf([[2, 3]]), terms: [{ value: null, weight: null, amount: 6 }] }), "");
});

test("a window of one cell is a product; one of several, or of padding, is none", () => {
  const windows = [{ patch: [2], kernel: [3], padding: [false] }];
  const receipt = { terms: [{ value: null, weight: null, amount: 6 }], windows };
  assert.deepStrictEqual(factorsOf(receipt, 0), { value: 2, weight: 3 });
  receipt.windows[0].padding = [true];
  assert.strictEqual(factorsOf(receipt, 0), null);
  receipt.windows = [{ patch: [2, 1], kernel: [3, 0], padding: [false, false] }];
  assert.strictEqual(factorsOf(receipt, 0), null);
  assert.strictEqual(factorsOf({ ...receipt, windows: [] }, 0), null);
});

test("a pixel's printed equation is true for every byte, to ten digits", () => {
  for (const [mean, std] of [[0.7204, 0.3146], [0.485, 0.229], [0, 1], [-0.5, 0.25]]) {
    for (let byte = 0; byte < 256; byte += 1) {
      const text = pixelEquation({ pixel: { byte, mean, std }, recomputed: (byte / 255 - mean) / std });
      assert.strictEqual(Number(leftSide(text).toPrecision(10)), read(text.split(" = ")[1]), text);
    }
  }
  const pixel = { byte: 139, mean: 0.7204, std: 0.3146 };
  const text = pixelEquation({ pixel, recomputed: (139 / 255 - 0.7204) / 0.3146 });
  assert.notStrictEqual(read(text.split(" = ")[1]), read(exactText(Math.fround(-0.5572215915))));
});

test("what is left over is rounding only while rounding can leave so much", () => {
  const random = randomNumbers(5);
  let roundings = 0;
  for (let round = 0; round < 2000; round += 1) {
    const pairs = Array.from({ length: 1 + (round % 16) }, () => [random(), random()]);
    const right = receiptOf(pairs, random(), { agrees: true, tolerance: 1e-6 });
    const printed = ledger(right);
    assert.strictEqual(printed.off, null);
    roundings += printed.rounding !== null;
    const wrong = ledger({ ...right, value: right.value + (pairs.length + 4) / 10 ** printed.decimals });
    assert.strictEqual(wrong.rounding, null);
    assert.notStrictEqual(wrong.off, null);
    const denied = ledger({ ...right, agrees: false });
    assert.strictEqual(denied.rounding, null);
  }
  assert.ok(roundings > 200);
});

test("the sum of the shown terms is that of their printed digits", () => {
  const printed = ledger(receiptOf([[10000, 1], [0.4, 1], [0.4, 1]]));
  assert.deepStrictEqual(printed.terms, ["+10000", "+0", "+0"]);
  assert.deepStrictEqual([printed.shown, printed.rounding, printed.total], ["+10000", "+1", "10001"]);
});

test("a badge that does not agree says so first", () => {
  const receipt = { recomputed: 2, value: 3, difference: -1, agrees: false };
  assert.strictEqual(badgeText(receipt), "does not add up: recomputed 2 · network 3 · difference 1.0e0");
});

test("after a change only the classes that move are listed, and the first", () => {
  const classes = [
    { label: "a", before: 0.9, after: 0.8, logit_before: 6.6817, logit_after: 6.1149 },
    { label: "b", before: 2e-6, after: 3e-6 }, { label: "c", before: 0.0999, after: 0.1999 },
    { label: "d", before: 0, after: 0 },
    { label: "e", before: 9e-5, after: 0 }, // seven rows of < 0.01 % tell nothing
  ];
  assert.deepStrictEqual(movedClasses(classes).map((one) => one.label), ["a", "c"]);
  assert.deepStrictEqual(movedClasses(classes.slice(1)).map((one) => one.label), ["b", "c"]);
  assert.strictEqual(logitText(classes[0]), "logit 6.682 → 6.115, −0.567");
  assert.strictEqual(logitText({ logit_before: 2, logit_after: 2 }), "logit 2.000 → 2.000");
  assert.strictEqual(logitText({ logit_before: null, logit_after: 2 }), "logit not a number");
});
