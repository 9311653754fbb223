// What a key does in the tree of layers, by the ARIA pattern; one scale for two layers.
import assert from "node:assert";
import { test } from "node:test";

import { sharedRange } from "../../../../explorer/ui/web/maps/layout.js";
import { fittedText } from "../../../../explorer/ui/web/maps/numbers.js";
import { treeLetter, treeStep } from "../../../../explorer/ui/web/maps/tree.js";

// stem | stage1 (open): 0 (open): conv, bn; 1 (closed) | fc
const items = [
  { level: 1, open: false }, { level: 1, open: true }, { level: 2, open: true }, { level: 3, open: undefined },
  { level: 3, open: undefined }, { level: 2, open: false }, { level: 1, open: undefined },
];

test("arrows go to neighbours, children and parents, and fold", () => {
  const to = (key, at) => treeStep(items, at, key);
  assert.deepEqual(to("ArrowDown", 0), { to: 1 });
  assert.deepEqual(to("ArrowDown", 6), { to: 6 });
  assert.deepEqual(to("ArrowUp", 0), { to: 0 });
  assert.deepEqual(to("ArrowRight", 0), { open: true });
  assert.deepEqual(to("ArrowRight", 1), { to: 2 });
  assert.deepEqual(to("ArrowRight", 3), { to: 3 });
  assert.deepEqual(to("ArrowLeft", 4), { to: 2 });
  assert.deepEqual(to("ArrowLeft", 2), { open: false });
  assert.deepEqual(to("ArrowLeft", 5), { to: 1 });
  assert.deepEqual(to("ArrowLeft", 6), { to: 6 });
  assert.deepEqual(to("Home", 4), { to: 0 });
  assert.deepEqual(to("End", 4), { to: 6 });
  assert.strictEqual(to("Tab", 4), null);
});

test("a letter goes to the next name that begins with it, around the end", () => {
  const names = ["stem", "stage1", "Conv", "fc"];
  assert.strictEqual(treeLetter(names, 0, "s"), 1);
  assert.strictEqual(treeLetter(names, 1, "s"), 0);
  assert.strictEqual(treeLetter(names, 3, "c"), 2);
  assert.strictEqual(treeLetter(names, 3, "f"), 3);
  assert.strictEqual(treeLetter(names, 0, "z"), -1);
});

test("two layers share one scale that holds both", () => {
  const dark = { scheme: "sequential", low: [0, 0.5], high: [1, 7] };
  const other = { scheme: "sequential", low: [0.25], high: [3] };
  assert.deepEqual(sharedRange([dark, other]), { scheme: "sequential", low: 0, high: 7 });
  const signed = { scheme: "diverging", low: [-9], high: [9] };
  assert.deepEqual(sharedRange([dark, signed]), { scheme: "diverging", low: -9, high: 9 });
  assert.deepEqual(sharedRange([dark, { ...signed, low: [null], high: [2] }]).high, 7);
});

test("a number in a cell keeps its sign and size, with as many digits as fit", () => {
  assert.strictEqual(fittedText(-0.0128, 3, 7), "−0.0128");
  assert.strictEqual(fittedText(-0.00257, 3, 7), "−0.0026");
  assert.strictEqual(fittedText(-0.000257, 3, 7), "−0.0003");
  assert.strictEqual(fittedText(1.2345678, 4, 8), "1.235");
});
