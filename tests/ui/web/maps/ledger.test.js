// A printed sum adds up to its last digit.
import assert from "node:assert";
import { test } from "node:test";

import { badgeText, decimalsFor, fixedText, ledger } from "../../../../explorer/ui/web/maps/ledger.js";
import { foldedPath, unitFromWord, unitWord } from "../../../../explorer/ui/web/maps/path.js";

const read = (text) => Number(text.replace("−", "-"));

function receiptOf(amounts, rest, bias, value) {
  return { terms: amounts.map((amount) => ({ amount })), rest, rest_count: rest ? 5 : 0, bias, value };
}

test("what is printed adds up to the printed value, for a thousand sums", () => {
  let seed = 7;
  const random = () => {
    seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
    return seed / 0x7fffffff - 0.5;
  };
  let rounded = 0;
  for (let round = 0; round < 1000; round += 1) {
    const size = 10 ** Math.round(8 * random());
    const amounts = Array.from({ length: 1 + (round % 16) }, () => random() * size);
    const [rest, bias] = [round % 3 ? random() * size : 0, round % 2 ? random() * size : 0];
    const value = amounts.reduce((sum, one) => sum + one, rest + bias) * (1 + 1e-8 * random());
    const printed = ledger(receiptOf(amounts, rest, bias, value));
    const parts = [...printed.terms, printed.rest, printed.bias, printed.rounding].filter((text) => text !== null);
    const sum = parts.reduce((total, text) => total + Math.round(read(text) * 10 ** printed.decimals), 0);
    assert.strictEqual(sum, Math.round(read(printed.total) * 10 ** printed.decimals));
    rounded += printed.rounding !== null;
  }
  assert.ok(rounded > 100); // the line is not there for show
});

test("the largest amount has five digits", () => {
  assert.strictEqual(decimalsFor([0.5, -0.1]), 5);
  assert.strictEqual(decimalsFor([12.3, 0.001]), 3);
  assert.strictEqual(decimalsFor([123456]), 0);
  assert.strictEqual(decimalsFor([0]), 5);
  assert.strictEqual(decimalsFor([1e-20]), 12);
});

test("signs", () => {
  assert.strictEqual(fixedText(-0.5, 2, true), "−0.50");
  assert.strictEqual(fixedText(0.5, 2, true), "+0.50");
  assert.strictEqual(fixedText(-0.0001, 2), "0.00");
});

test("the badge gives both values and their difference", () => {
  const text = badgeText({ recomputed: 0.5513907781059117, value: 0.5513907670974731, difference: 1.1e-8, note: "" });
  assert.strictEqual(text, "recomputed 0.5513907781 · network 0.5513907671 · difference 1.1e−8");
  assert.ok(badgeText({ recomputed: 2, value: 2, difference: 0 }).endsWith("no difference"));
  assert.strictEqual(badgeText({ recomputed: null, note: "It has no rule." }), "It has no rule.");
});

test("a unit goes into the link and comes back; anything else does not", () => {
  const unit = { layer: "layer1.0.relu:1", channel: 12, y: 3, x: 0 };
  assert.deepStrictEqual(unitFromWord(unitWord(unit)), unit);
  for (const word of ["", undefined, "fc~a~0~0", "fc~1~0", "fc~1~0~0~0x", "x".repeat(300) + "~1~1~1"]) {
    assert.strictEqual(unitFromWord(word), null);
  }
});

test("a long way is folded in the middle", () => {
  const path = Array.from({ length: 34 }, (_, at) => at);
  const steps = foldedPath(path);
  assert.deepStrictEqual(steps.map((step) => step.at ?? "…" + step.folded), [0, 1, "…29", 31, 32, 33]);
  assert.strictEqual(foldedPath([1, 2, 3]).length, 3);
});
