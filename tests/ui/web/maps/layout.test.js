// Where tiles lie, what a pointer meets, how numbers read.
import assert from "node:assert";
import { test } from "node:test";

import { kernelPixels } from "../../../../explorer/ui/web/shared/canvas.js";
import {
  cellAt, evenLinks, fieldBox, fieldText, funnel, mosaicHit, mosaicLayout, sameUnit, strongestCell, strongestMap,
  tilePlace, walked,
} from "../../../../explorer/ui/web/maps/layout.js";
import { exactText, shapeText, shortText, sizeText } from "../../../../explorer/ui/web/maps/numbers.js";

test("a float32 is written so that it can be read back, whatever it is", () => {
  const bits = new Uint32Array(1);
  const floats = new Float32Array(bits.buffer);
  let seed = 12345;
  let tried = 0;
  for (let at = 0; at < 20000; at += 1) {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    bits[0] = seed;
    if (!Number.isFinite(floats[0])) continue;
    const text = exactText(floats[0]);
    assert.strictEqual(Math.fround(Number(text.replaceAll("−", "-"))), floats[0], text);
    tried += 1;
  }
  assert.ok(tried > 15000);
  assert.strictEqual(exactText(Math.fround(0.1)), "0.1");
  assert.strictEqual(exactText(Math.fround(-2.5)), "−2.5");
  assert.strictEqual(exactText(Math.fround(1e-7)), "1e−7");
  assert.strictEqual(exactText(null), "not a number");
  assert.strictEqual(exactText(NaN), "not a number");
});

test("numbers for reading", () => {
  assert.strictEqual(shortText(3.14159), "3.14");
  assert.strictEqual(shortText(-0.00012345, 2), "−0.00012");
  assert.strictEqual(shapeText([64, 24, 23]), "64 × 24 × 23");
  assert.strictEqual(shapeText([320]), "320 numbers");
});

test("maps are at least 72 pixels, fill the width and do not overlap", () => {
  for (const width of [76, 288, 366, 629, 929, 1500]) {
    for (const count of [1, 5, 64, 512]) {
      const layout = mosaicLayout(count, width, 17, 11);
      assert.ok(layout.side >= 72);
      assert.ok(layout.across * (layout.side + layout.gap) - layout.gap <= Math.max(width, 72), `${width} ${count}`);
      assert.ok(layout.rows * layout.across >= count && (layout.rows - 1) * layout.across < count);
      assert.strictEqual(layout.tileHeight, layout.side);
      assert.ok(layout.tileWidth < layout.tileHeight);
    }
  }
});

test("the pointer meets the cell that is drawn there", () => {
  const layout = mosaicLayout(30, 640, 12, 9);
  for (let at = 0; at < 30; at += 1) {
    const { x, y } = tilePlace(layout, at);
    for (const [row, column] of [[0, 0], [11, 8], [5, 3]]) {
      const place = { x: x + ((column + 0.5) * layout.tileWidth) / 9, y: y + ((row + 0.5) * layout.tileHeight) / 12 };
      assert.deepStrictEqual(mosaicHit(layout, 12, 9, place.x, place.y), { at, row, column });
    }
  }
  assert.strictEqual(mosaicHit(layout, 12, 9, layout.side + 1, 5), null); // the gap
  assert.strictEqual(mosaicHit(layout, 12, 9, -1, 5), null);
  assert.strictEqual(mosaicHit(layout, 12, 9, 5, layout.height + 10), null);
  assert.strictEqual(cellAt(240, 240, 12), 11);
});

test("arrow keys walk and stop at the ends", () => {
  assert.strictEqual(walked("ArrowRight", 3, 10, 4), 4);
  assert.strictEqual(walked("ArrowDown", 3, 10, 4), 7);
  assert.strictEqual(walked("ArrowDown", 7, 10, 4), 7);
  assert.strictEqual(walked("ArrowUp", 1, 10, 4), 1);
  assert.strictEqual(walked("End", 1, 10, 4), 9);
  assert.strictEqual(walked("a", 1, 10, 4), undefined);
});

test("the strongest number is the one furthest from zero", () => {
  assert.deepStrictEqual(strongestCell(Float32Array.of(9, 9, 1, -5, 2, 3, 4, 0), 2, 2, 3), { row: 0, column: 1 });
});

const FIELD = {
  of: [0, 0, 1], // of its three channels, the last one sees a pixel alone
  rows: [[[[0, 5, 1, 0]], [[2, 9, 0, 0]]], [[[4, 5, 0, 0]], [[5, 6, 0, 0]]]],
  columns: [[[[0, 3, 1, 0], [1, 6, 0, 0], [4, 8, 0, 1]]], [[[2, 3, 0, 0], [3, 4, 0, 0], [4, 5, 0, 0]]]],
};
const at = (channel, y, x) => ({ channel, y, x });

test("a box says what it covers and whether the edge cuts it", () => {
  const box = fieldBox(FIELD, at(1, 1, 1), 10, 8);
  assert.deepStrictEqual([box.top, box.left, box.height, box.width], [0.2, 0.125, 0.7, 0.625]);
  assert.strictEqual(fieldText(box, 10, 8), "sees 5 × 7 pixels");
  assert.strictEqual(fieldText(fieldBox(FIELD, at(0, 0, 1), 10, 8), 10, 8), "sees 5 × 5 pixels, cut off by the edge");
  const whole = fieldBox({ of: [], rows: [[[[0, 10, 1, 1]]]], columns: [[[[0, 8, 1, 1]]]] }, at(7, 0, 0), 10, 8);
  assert.strictEqual(fieldText(whole, 10, 8), "sees the whole picture");
  assert.strictEqual(fieldText({ pixels: [0, 3] }, 10, 8), "sees no pixel, only padding");
  assert.deepStrictEqual(fieldBox(FIELD, at(2, 1, 2), 10, 8).pixels, [1, 1]);
});

test("a funnel follows the shares back to the picture", () => {
  const links = [[[1], [1]], [[0.75, -0.25], [0, 1]]]; // picture → 2 maps → 2 maps
  const weights = funnel(links, 2, 0);
  assert.strictEqual(weights.length, 2);
  assert.deepStrictEqual(weights[1].map((weight) => Math.round(weight * 1000) / 1000), [1, 0.333]);
  assert.deepStrictEqual(weights[0], [1]);
  assert.deepStrictEqual(funnel(links, 2, 1)[1], [0, 1]);
  assert.deepStrictEqual(funnel([[[0]]], 1, 0), [[0]]);
  assert.deepStrictEqual(evenLinks([1, 2, 3]).map((gap) => gap.length), [2, 3]);
  assert.deepStrictEqual(evenLinks([2, 1]), [[[0.5, 0.5]]]);
});

test("a kernel's zero is grey and its largest weight is full colour", () => {
  const pixels = [...kernelPixels(Float32Array.of(0, 2, -2, 1, 0, 0), 3, 2)];
  assert.deepStrictEqual(pixels, [128, 0, 128, 255, 255, 191, 128, 255]);
  assert.deepStrictEqual([...kernelPixels(Float32Array.of(0, 0), 1, 2)], [128, 128, 128, 255, 128, 128, 128, 255]);
});

test("the same unit of another layer state lies at the same place of the picture", () => {
  const other = { order: [4, 9, 2], height: 6, width: 4 };
  const same = sameUnit(other, { order: [1, 2], at: 1, row: 23, column: 0, height: 24, width: 24 });
  assert.deepStrictEqual([same.at, same.row, same.column], [2, 5, 0]);
  assert.strictEqual(sameUnit(other, { order: [1], at: 0, row: 0, column: 0, height: 2, width: 2 }), null);
});

test("a file's size in the unit that suits it", () => {
  const sizes = [0, 1, 3, 999, 1000, 4249, 9949, 12345, 999499, 999500, 1e6, 12345678, 2e8];
  const texts = [
    "0 bytes", "1 byte", "3 bytes", "999 bytes", "1 kB", "4.2 kB", "9.9 kB", "12 kB", "999 kB", "1 MB", "1 MB", "12 MB",
    "200 MB",
  ];
  assert.deepStrictEqual(sizes.map(sizeText), texts);
});

test("the strongest map holds the number furthest from zero, on either side", () => {
  assert.strictEqual(strongestMap({ minimum: [0, -3, -1], maximum: [2, 0, 2.5] }), 1);
  assert.strictEqual(strongestMap({ minimum: [0, -3, -1], maximum: [2, 0, 3.5] }), 2);
  assert.strictEqual(strongestMap({ minimum: [null, 0], maximum: [null, 0] }), 0);
});
