// How a share and a class are written on every tab.
import assert from "node:assert/strict";
import fs from "node:fs";
import { test } from "node:test";

import { counted, percent, readable } from "../../../../explorer/ui/web/shared/wording.js";

test("a share that is not zero is never printed as zero, nor as everything", () => {
  assert.equal(percent(0.93214), "93.2\u202f%");
  assert.equal(percent(0.99999), "> 99.9\u202f%");
  assert.equal(percent(1), "100\u202f%");
  assert.equal(percent(0.0123), "1.2\u202f%");
  assert.equal(percent(0.00996), "1.0\u202f%");
  assert.equal(percent(0.0012), "0.12\u202f%");
  assert.equal(percent(0.00005), "0.01\u202f%");
  assert.equal(percent(1e-9), "< 0.01\u202f%");
  assert.equal(percent(0), "0\u202f%");
});

test("a class is written as Python writes it, from the same table", () => {
  const table = JSON.parse(fs.readFileSync(new URL("../../../tables/labels.json", import.meta.url), "utf-8"));
  assert.ok(table.length > 20);
  for (const [label, written] of table) assert.equal(readable(label), written);
});

test("one of a thing is one, and not one of many", () => {
  assert.equal(counted(1, "term"), "1 term");
  assert.equal(counted(0, "term"), "0 terms");
  assert.equal(counted(2, "class", "classes"), "2 classes");
  assert.equal(counted(1, "class", "classes"), "1 class");
});
