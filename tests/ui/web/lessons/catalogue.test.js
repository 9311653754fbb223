// The Lessons' words with numbers in them, and guesses as people type them.

import assert from "node:assert/strict";
import test from "node:test";

import { answerText, filled, guessedNumber, isRight, written } from "../../../../explorer/ui/web/lessons/catalogue.js";

test("numbers are written as a language writes them, with a true minus", () => {
  assert.equal(written(77070336, undefined, "en"), "77,070,336");
  assert.equal(written(77070336, undefined, "hi"), "7,70,70,336");
  assert.equal(written(-152.0276, "2", "hi"), "−152.03");
  assert.equal(written(112.5, "1", "en"), "112.5");
  assert.equal(written(0.00001, undefined, "en"), "0.00001");
  assert.equal(written("sports-shoes", undefined, "en"), "sports shoes");
});

test("a share that is nearly all is not written as all", () => {
  assert.equal(written(0.37143, "percent", "en"), "37.1\u202f%");
  assert.equal(written(0.99998, "percent", "hi"), "99.9\u202f%");
  assert.equal(written(1, "percent", "en"), "100\u202f%");
});

test("a text is filled with its numbers, and what is not known is left open", () => {
  assert.equal(filled("{ask.output} → {output}, {none}", { "ask.output": 5, output: 3 }, "en"), "5 → 3, …");
});

test("a guess is read with any minus, point, group or digit", () => {
  for (const typed of ["-4", "−4", " -4 ", "-४", "−4.0", "-4,0"]) assert.equal(guessedNumber(typed), -4, typed);
  for (const typed of ["25088", "25,088", "२५,०८८"]) assert.equal(guessedNumber(typed), 25088, typed);
  assert.equal(guessedNumber("1,50,528"), 150528);
  assert.equal(guessedNumber("0,5"), 0.5);
  for (const typed of ["", "four", "1e3", "--4", "1,2,3"]) assert.ok(Number.isNaN(guessedNumber(typed)), typed);
});

test("a guess is right if it is the choice, or the number", () => {
  const [asks, chooses] = [{ choices: [], answer: "value" }, { choices: ["a", "b"], answer: "b" }];
  assert.ok(isRight(asks, -4, { value: -4 }));
  assert.ok(!isRight(asks, 4, { value: -4 }));
  assert.ok(isRight(chooses, "b", {}));
  assert.equal(answerText(asks, {}, { value: -4 }, "en"), "−4");
  assert.equal(answerText(chooses, { choices: { b: "{n} of them" } }, { n: 2 }, "en"), "2 of them");
});
