// A curve as a path: broken where the function has no number.

import assert from "node:assert/strict";
import test from "node:test";

import { curvePath } from "../../../../explorer/ui/web/maps/inside.js";

test("a path goes through every number and starts anew behind a gap", () => {
  const same = { x: (one) => one, y: (one) => -one };
  assert.equal(curvePath({ given: [-1, 0, 1], made: [0, 0, 1] }, same), "M-1.00 0.00L0.00 0.00L1.00 -1.00");
  assert.equal(curvePath({ given: [-1, 0, 1, 2], made: [null, 0, 1, 4] }, same), "M0.00 0.00L1.00 -1.00L2.00 -4.00");
  assert.equal(curvePath({ given: [0, 1, 2], made: [1, null, 2] }, same), "M0.00 -1.00M2.00 -2.00");
});
