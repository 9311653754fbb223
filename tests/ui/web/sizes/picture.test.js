// Where a layer's picture stands, what is marked in it, and the walk over it.
import assert from "node:assert/strict";
import { test } from "node:test";

import {
  jumpPlayback, keyPlayback, startPlayback, stepPlayback, tickPlayback, togglePlayback,
} from "../../../../explorer/ui/web/shared/playback.js";
import {
  cellAt, layoutPicture, makeView, rangeShowing, viewIsPart, visibleRange,
} from "../../../../explorer/ui/web/sizes/layout.js";
import { marksOf, walkCell, walkCount } from "../../../../explorer/ui/web/sizes/marks.js";
import { SIZES_PRESETS } from "../../../../explorer/ui/web/sizes/presets.js";
import { makeLayer } from "../../../../explorer/ui/web/sizes/settings.js";
import { layer } from "./layers.js";

test("a walk plays to its end, steps, jumps and begins anew", () => {
  let walk = togglePlayback(startPlayback(3));
  assert.ok(walk.playing);
  walk = tickPlayback(tickPlayback(walk));
  assert.deepEqual([walk.at, walk.playing], [2, false]);
  assert.deepEqual(tickPlayback(walk), walk);
  assert.equal(togglePlayback(walk).at, 0);
  assert.equal(stepPlayback(walk, 5).at, 2);
  assert.deepEqual([stepPlayback(walk, -1).at, stepPlayback({ ...walk, playing: true }, -1).playing], [1, false]);
  assert.equal(jumpPlayback(walk, NaN).at, 2);
  assert.equal(startPlayback(0).count, 1);
});

test("keys: space, arrows, Home, End; others are left alone", () => {
  const walk = jumpPlayback(startPlayback(12), 5);
  const to = (key) => keyPlayback(walk, key, 4).at;
  assert.deepEqual(["ArrowRight", "ArrowLeft", "ArrowDown", "ArrowUp", "Home", "End"].map(to), [6, 4, 9, 1, 0, 11]);
  assert.equal(keyPlayback(jumpPlayback(walk, 10), "ArrowDown", 4).at, 10);
  assert.ok(keyPlayback(walk, " ", 4).playing);
  assert.equal(keyPlayback(walk, "q", 4), null);
});

test("every grid lies on the canvas, none over another, and a point finds its cell", () => {
  for (const width of [290, 350, 620, 930, 1600]) {
    for (const { name, settings: ready } of SIZES_PRESETS) {
      const one = makeLayer(ready);
      const layout = layoutPicture(one, makeView(one, 0), width, 440);
      assert.ok(layout.width <= width + 2, `${name} at ${width}: ${layout.width}`);
      const boxes = layout.grids.map(({ left, top, cell, fromX, toX, fromY, toY }) => (
        [left, top, left + (toX - fromX) * cell, top + (toY - fromY) * cell]
      ));
      boxes.forEach(([l, t, r, b], i) => {
        assert.ok(l >= 0 && t >= 0 && r <= layout.width && b <= layout.height, name);
        boxes.slice(i + 1).forEach(([l2, t2, r2, b2]) => assert.ok(r <= l2 || r2 <= l || b <= t2 || b2 <= t, name));
      });
      for (const grid of layout.grids) {
        const { part, slice, fromY, fromX } = grid;
        const at = cellAt(layout, grid.left + 1.5 * grid.cell, grid.top + 0.5 * grid.cell);
        if (grid.toX - fromX > 1) assert.deepEqual(at, { part, slice, y: fromY, x: fromX + 1 });
      }
      assert.equal(cellAt(layout, -5, 2), null);
    }
  }
});

test("a large layer is drawn in part, and the part follows", () => {
  const one = layer({ size: 224, padding: 1, channels: 64, filters: 9 });
  const view = makeView(one, 8);
  assert.ok(viewIsPart(one, view));
  assert.deepEqual([view.inputRows, view.inputSlices, view.outputSlices], [[-1, 11], [0, 4], [5, 9]]);
  assert.ok(layoutPicture(one, view, 930, 440).grids.length <= 12);
  assert.deepEqual(rangeShowing([0, 20], 30, 32, [-1, 225]), [13, 33]);
  assert.deepEqual(rangeShowing([13, 33], 2, 4, [-1, 225]), [2, 22]);
  assert.deepEqual(rangeShowing([0, 20], 224, 224, [-1, 225]), [205, 225]);
  assert.deepEqual(visibleRange(0, 5, 3, 20), [0, 5]);
  const small = layer({ size: 16, padding: 1, channels: 3 });
  assert.equal(viewIsPart(small, makeView(small, 0)), false);
});

test("marks: an output's window, an input's readers, a weight's pixels", () => {
  const one = layer({ size: 7, stride: 2, padding: 1 });
  const window = marksOf(one, { part: "output", slice: 0, y: 1, x: 2 }, 0);
  assert.deepEqual([[...window.input.rows.keys()], [...window.input.columns.keys()]], [[1, 2, 3], [3, 4, 5]]);
  assert.deepEqual([window.input.rows.get(3), window.input.columns.get(5)], [2, 2], "the weight that each meets");
  assert.deepEqual([window.input.slices, window.weight.slices, window.output.slices], [[0, 1], [0, 1], [0, 1]]);
  const readers = marksOf(one, { part: "input", slice: 0, y: 1, x: 2 }, 0);
  assert.deepEqual([[...readers.output.rows.keys()].sort(), [...readers.output.columns.keys()]], [[0, 1], [1]]);
  const pixels = marksOf(one, { part: "weight", slice: 0, y: 0, x: 1 }, 0);
  assert.deepEqual([[...pixels.input.rows.keys()], [...pixels.input.columns.keys()]], [[-1, 1, 3, 5], [0, 2, 4, 6]]);
});

test("groups: a filter meets its own channels only", () => {
  const one = layer({ size: 5, channels: 4, filters: 4, groups: 2 });
  assert.deepEqual(marksOf(one, { part: "output", slice: 3, y: 0, x: 0 }, 3).input.slices, [2, 4]);
  assert.deepEqual(marksOf(one, { part: "input", slice: 0, y: 0, x: 0 }, 3).output.slices, [0, 2]);
});

test("a walk over input cells or weights goes through every channel that the filter reads", () => {
  const grouped = layer({ size: 4, channels: 6, filters: 4, groups: 2 });
  for (const [part, cells] of [["weight", 9], ["input", 16]]) {
    for (const [filter, first] of [[0, 0], [3, 3]]) {
      const count = walkCount(grouped, part, filter);
      assert.equal(count, 3 * cells);
      const seen = Array.from({ length: count }, (_, at) => walkCell(grouped, part, at, filter));
      assert.deepEqual([...new Set(seen.map((cell) => cell.slice))], [first, first + 1, first + 2]);
      assert.equal(new Set(seen.map((cell) => JSON.stringify(cell))).size, count);
    }
  }
  assert.equal(walkCount(grouped, "output", 3), 4);
  assert.deepEqual(walkCell(grouped, "output", 3, 3), { part: "output", slice: 3, y: 1, x: 1 });
});
