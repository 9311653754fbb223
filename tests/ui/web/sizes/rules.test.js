// The browser's arithmetic of one axis against the table that torch and Python's arithmetic wrote.
const test = require("node:test");
const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");

const { load } = require("../load.js");

const rules = load(["sizes/rules", "sizes/links"], [
  "makeAxis", "axisLength", "axisRefusal", "axisNearest", "axisNearestWithoutWaste", "axisFormula", "makeAxisMap",
  "axisCoverage", "axisUnread", "cutDecimal",
]);
const table = JSON.parse(fs.readFileSync(path.join(__dirname, "..", "..", "..", "tables", "sizes.json"), "utf-8"));

test("the table is there", () => assert.equal(table.length, 700));

test("accepted where torch accepts, with torch's length", () => {
  for (const { axis, length } of table) {
    const ours = rules.axisRefusal(axis) === null ? rules.axisLength(axis) : null;
    assert.equal(ours, length, JSON.stringify(axis));
  }
});

test("refused with Python's words, nearest settings and formula", () => {
  for (const row of table) {
    const note = JSON.stringify(row.axis);
    assert.equal(rules.axisRefusal(row.axis), row.refusal, note);
    assert.deepEqual(rules.axisNearest(row.axis), row.nearest, note);
    assert.deepEqual(rules.axisNearestWithoutWaste(row.axis), row.nearest_without_waste, note);
    if (row.refusal === null) assert.equal(rules.axisFormula(row.axis), row.formula, note);
  }
});

test("the windows, what they leave out and how often they read are Python's", () => {
  for (const row of table.filter((each) => each.refusal === null)) {
    const map = rules.makeAxisMap(row.axis);
    const taps = Array.from({ length: map.outputs }, (_, at) => map.byOutput(at).map((link) => link.input).sort((a, b) => a - b));
    assert.deepEqual(taps, row.taps, JSON.stringify(row.axis));
    assert.deepEqual(rules.axisUnread(map), row.unread);
    if (row.coverage) assert.deepEqual(rules.axisCoverage(map), row.coverage);
  }
});

test("what is drawn holds the padding, the overhang and a transposed convolution's uncut output", () => {
  const padded = rules.makeAxisMap(rules.makeAxis({ size: 5, kernel_size: 3, padding: 2 }));
  assert.deepEqual([padded.inputFrom, padded.inputTo, padded.outputFrom, padded.outputTo], [-2, 7, 0, 7]);
  const over = rules.makeAxisMap(rules.makeAxis({ kind: "max", size: 6, kernel_size: 3, stride: 2, ceil_mode: true }));
  assert.deepEqual([over.inputFrom, over.inputTo, over.outputTo], [0, 7, 3]);
  const transposed = rules.makeAxisMap(rules.makeAxis({ kind: "transposed", size: 3, kernel_size: 3, stride: 2, padding: 1 }));
  assert.deepEqual([transposed.inputFrom, transposed.inputTo, transposed.outputFrom, transposed.outputTo], [0, 3, -1, 6]);
});

test("quotients are cut, not rounded", () => {
  assert.equal(rules.cutDecimal(1199, 400), "2.99…");
  assert.equal(rules.cutDecimal(-1, 2), "−0.5");
  assert.equal(rules.cutDecimal(9, 3), "3");
});
