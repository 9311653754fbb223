// What is said to whoever waits, and when: after a second, while somebody is before, and no longer.

import assert from "node:assert/strict";
import { test } from "node:test";

import { lineWords, watchLine } from "../../../../explorer/ui/web/shared/line.js";
import { newest } from "../../../../explorer/ui/web/shared/newest.js";

const settled = () => new Promise((resolve) => { setImmediate(resolve); });

test("a place in line is said in words, and none where nobody is before", () => {
  assert.equal(lineWords(0), "");
  assert.match(lineWords(1), /1 question is before yours/);
  assert.match(lineWords(7), /7 questions are before yours/);
});

test("an answer within a second says nothing; a later one says how many are before until it is there", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
  const said = [];
  let before = 3;
  const watched = watchLine({ before: async () => before, show: (words) => said.push(words) });
  assert.equal(await watched(Promise.resolve("quick")), "quick");
  t.mock.timers.tick(5000);
  await settled();
  assert.deepEqual(said, []);
  let answer;
  const waiting = watched(new Promise((resolve) => { answer = resolve; }));
  t.mock.timers.tick(1000);
  await settled();
  before = 1;
  t.mock.timers.tick(1000);
  await settled();
  answer("late");
  assert.equal(await waiting, "late");
  assert.deepEqual(said, [lineWords(3), lineWords(1), ""]);
  t.mock.timers.tick(5000);
  await settled();
  assert.equal(said.length, 3);
});

test("a question that failed is in line no more", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
  const said = [];
  const watched = watchLine({ before: async () => { throw new Error("offline"); }, show: (words) => said.push(words) });
  let fail;
  const waiting = watched(new Promise((_, reject) => { fail = reject; }));
  t.mock.timers.tick(1000);
  await settled();
  fail(new Error("no answer"));
  await assert.rejects(waiting, /no answer/);
  assert.deepEqual(said, ["", ""]);
});

test("questions of one series are numbered, and no two series are one", () => {
  const [unit, layer] = [newest(), newest()];
  const [first, second, other] = [unit.next(), unit.next(), layer.next()];
  assert.ok(first.late && !second.late);
  const [series, number] = first.asks.split(".");
  assert.deepEqual(second.asks.split("."), [series, String(Number(number) + 1)]);
  assert.notEqual(other.asks.split(".")[0], series);
});
