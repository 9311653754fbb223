// From the pointer to a value: the one way, at whatever size a thing appears.
import assert from "node:assert/strict";
import { test } from "node:test";

import { boxesOn, cellUnder, pointIn } from "../../../../explorer/ui/web/shared/canvas.js";

/** An element that appears at a place of the window. */
const appears = (left, top, width, height) => /** @type {any} */ ({
  getBoundingClientRect: () => ({ left, top, width, height, right: left + width, bottom: top + height }),
});

test("a pointer is found in whatever the element is read in", () => {
  const canvas = appears(100, 50, 250, 125); // drawn 200 × 100, and enlarged by a quarter
  assert.deepEqual(pointIn(canvas, { clientX: 225, clientY: 75 }, 200, 100), { x: 100, y: 20 });
  assert.deepEqual(pointIn(canvas, { clientX: 225, clientY: 75 }), { x: 0.5, y: 0.2 });
  assert.deepEqual(pointIn(appears(3, 4, 0, 0), { clientX: 3, clientY: 4 }), { x: 0, y: 0 });
});

test("the number under a pointer never leaves the grid", () => {
  const [map, grid] = [appears(10, 20, 300, 300), { height: 3, width: 5 }];
  assert.deepEqual(cellUnder(map, { clientX: 10, clientY: 20 }, grid), { row: 0, column: 0 });
  assert.deepEqual(cellUnder(map, { clientX: 310, clientY: 320 }, grid), { row: 2, column: 4 });
  assert.deepEqual(cellUnder(map, { clientX: 6, clientY: 170 }, grid), { row: 1, column: 0 });
  assert.deepEqual(cellUnder(map, { clientX: 131, clientY: 119 }, grid), { row: 0, column: 2 });
});

test("what lies on a drawing is told in the drawing's own pixels", () => {
  const [box] = boxesOn(appears(100, 50, 500, 250), [appears(200, 100, 50, 25)], 200);
  assert.deepEqual(box, { left: 40, right: 60, top: 20, bottom: 30 });
});
