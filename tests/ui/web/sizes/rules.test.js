// The browser's arithmetic of one axis against the table that torch and Python's arithmetic wrote.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { axisUnread, countTo, kept, makeAxisMap } from "../../../../explorer/ui/web/sizes/links.js";
import {
  axisFormula, axisLength, axisNearest, axisNearestWithoutWaste, axisRefusal, cutDecimal, makeAxis,
} from "../../../../explorer/ui/web/sizes/rules.js";

const table = JSON.parse(readFileSync(new URL("../../../tables/sizes.json", import.meta.url), "utf-8"));

test("the table is there", () => assert.equal(table.length, 700));

test("accepted where torch accepts, with torch's length", () => {
  for (const { axis, length } of table) {
    const ours = axisRefusal(axis) === null ? axisLength(axis) : null;
    assert.equal(ours, length, JSON.stringify(axis));
  }
});

test("refused with Python's words, nearest settings and formula", () => {
  for (const row of table) {
    const note = JSON.stringify(row.axis);
    assert.equal(axisRefusal(row.axis), row.refusal, note);
    assert.deepEqual(axisNearest(row.axis), row.nearest, note);
    assert.deepEqual(axisNearestWithoutWaste(row.axis), row.nearest_without_waste, note);
    if (row.refusal === null) assert.equal(axisFormula(row.axis), row.formula, note);
  }
});

test("the windows, what they leave out and how often they read are Python's", () => {
  for (const row of table.filter((each) => each.refusal === null)) {
    const map = makeAxisMap(row.axis);
    const inputs = (output) => map.byOutput(output).map((link) => link.input).sort((a, b) => a - b);
    const taps = countTo(map.outputs).map(inputs);
    assert.deepEqual(taps, row.taps, JSON.stringify(row.axis));
    assert.deepEqual(axisUnread(map), row.unread);
    const readers = countTo(row.axis.size).map((input) => kept(map, map.byInput(input)).length);
    if (row.coverage) assert.deepEqual(readers, row.coverage);
    assert.ok(taps.every((window) => window.length <= map.window), JSON.stringify(row.axis));
    if (row.axis.kind !== "transposed") assert.ok(taps.some((window) => window.length === map.window));
  }
});

test("what is drawn holds the padding, the overhang and a transposed convolution's uncut output", () => {
  const extents = ({ inputFrom, inputTo, outputFrom, outputTo }) => [inputFrom, inputTo, outputFrom, outputTo];
  const padded = makeAxisMap(makeAxis({ size: 5, kernel_size: 3, padding: 2 }));
  assert.deepEqual(extents(padded), [-2, 7, 0, 7]);
  const over = makeAxisMap(makeAxis({ kind: "max", size: 6, kernel_size: 3, stride: 2, ceil_mode: true }));
  assert.deepEqual(extents(over), [0, 7, 0, 3]);
  const transposed = makeAxisMap(makeAxis({ kind: "transposed", size: 3, kernel_size: 3, stride: 2, padding: 1 }));
  assert.deepEqual(extents(transposed), [0, 3, -1, 6]);
});

test("quotients are cut, not rounded", () => {
  assert.equal(cutDecimal(1199, 400), "2.99…");
  assert.equal(cutDecimal(-1, 2), "−0.5");
  assert.equal(cutDecimal(9, 3), "3");
});
