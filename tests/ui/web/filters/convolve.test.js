// The browser's filtering against torch's float64 answers, and the opened pixel against the filtering.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import {
  filterPicture, layerRefusal, openPixel, picturePlanes,
} from "../../../../explorer/ui/web/filters/convolve.js";
import { READY_PICTURES, rowsPixels } from "../../../../explorer/ui/web/filters/ready.js";
import { filterWork } from "../../../../explorer/ui/web/filters/work.js";

const TABLE = new URL("../../../tables/filters.json", import.meta.url);
const { image, cases: table } = JSON.parse(readFileSync(TABLE, "utf-8"));

const PLAIN = { stride: 1, dilation: 1, padding: 0, padding_mode: "zeros", colour: "grey" };
const pixelsOf = (image) => Uint8ClampedArray.from(image.flat().flatMap((pixel) => [...pixel, 255]));

function layerOf({ settings, kernel }, more = {}) {
  const { padding_mode: mode, ...window } = settings;
  return {
    kernels: [Float64Array.from(kernel.flat(2))], planes: kernel.length,
    height: kernel[0].length, width: kernel[0][0].length, divisor: 1, magnitude: false,
    bias: 0.25, border: [0, 0, 0], ...window, mode, ...more,
  };
}

test("the table is there", () => assert.ok(table.length > 150));

test("answers are torch's, and refused is what torch refuses", () => {
  let refused = 0;
  for (const row of table) {
    const layer = layerOf(row);
    const refusal = layerRefusal(layer, 7, 9);
    assert.equal(refusal === null, row.answer !== null, JSON.stringify(row.settings) + refusal);
    if (refusal) { refused += 1; continue; }
    const planes = picturePlanes(pixelsOf(image), 63, layer.colour, layer.planes);
    const made = filterPicture(planes, 7, 9, layer);
    const [rows, columns, channels] = [row.answer.length, row.answer[0].length, row.answer[0][0].length];
    assert.deepEqual([made.height, made.width, made.channels], [rows, columns, channels]);
    assert.equal(made.values.length, rows * columns * channels);
    made.values.forEach((ours, at) => {
      const [x, y] = [at % made.width, Math.floor(at / made.width) % made.height];
      const c = Math.floor(at / (made.width * made.height));
      assert.ok(Math.abs(ours - row.answer[y][x][c]) < 1e-6);
      const opened = openPixel(planes, 7, 9, layer, y, x, c);
      assert.ok(Math.abs(opened.value - row.answer[y][x][c]) < 1e-6);
      const terms = opened.blocks.flatMap((block) => block.terms);
      const total = terms.reduce((all, term) => all + term.value * term.weight, 0);
      assert.ok(Math.abs(total + 0.25 - opened.value) < 1e-9);
    });
  }
  assert.ok(refused > 20);
});

test("border cells are marked, with the value that stands there", () => {
  const rows = [[1, 2], [3, 4]];
  const planes = [Float64Array.from(rows.flat())];
  const kernel = {
    settings: { ...PLAIN, padding: 1, colour: "sum" }, kernel: [[[1, 1, 1], [1, 1, 1], [1, 1, 1]]],
  };
  const terms = (more) => openPixel(planes, 2, 2, layerOf(kernel, more), 0, 0, 0).blocks[0].terms;
  assert.deepEqual(terms({}).map((term) => term.value), [0, 0, 0, 0, 1, 2, 0, 3, 4]);
  const inside = terms({}).flatMap((term, at) => (term.padding ? [] : [at]));
  assert.deepEqual(inside, [4, 5, 7, 8]);
  assert.deepEqual(terms({ border: [7, 0, 0] })[0].value, 7);
  assert.deepEqual(terms({ mode: "replicate" }).map((term) => term.value), [1, 1, 2, 1, 1, 2, 3, 3, 4]);
  assert.deepEqual(terms({ mode: "reflect" }).map((term) => term.value), [4, 3, 4, 2, 1, 2, 4, 3, 4]);
  assert.deepEqual(terms({ mode: "circular" }).map((term) => term.value), [4, 3, 4, 2, 1, 2, 4, 3, 4]);
});

test("a divisor divides, a magnitude is the length, the bias comes last", () => {
  const layer = layerOf({ settings: PLAIN, kernel: [[[3]]] }, { divisor: 2, bias: 1 });
  assert.equal(filterPicture([Float64Array.of(4)], 1, 1, layer).values[0], 7);
  const both = { ...layer, kernels: [Float64Array.of(3), Float64Array.of(-4)], magnitude: true, divisor: 1 };
  assert.equal(filterPicture([Float64Array.of(2)], 1, 1, both).values[0], 11);
  assert.equal(openPixel([Float64Array.of(2)], 1, 1, both, 0, 0, 0).value, 11);
});

test("grey is exact in thousandths", () => {
  assert.deepEqual([...picturePlanes(Uint8ClampedArray.of(151, 103, 7, 255), 1, "grey", 1)[0]], [106.408]);
  assert.deepEqual([...picturePlanes(Uint8ClampedArray.of(151, 103, 7, 255), 1, "sum", 1)[0]], [261]);
});

test("the worked example", () => {
  const { rows, kernel } = READY_PICTURES["worked example"];
  const layer = layerOf({ settings: PLAIN, kernel: [kernel] }, { bias: 0 });
  const [[made]] = filterWork({}, { rgba: rowsPixels(rows), height: 5, width: 5, jobs: [{ layer, view: "signed" }] });
  assert.deepEqual([...made.values], [-4, -2, 4, 0, -4, -1, 0, -1, -1]);
  assert.deepEqual(made.scale, { low: -4, high: 4, scheme: "diverging" });
  assert.equal(made.counts.reduce((a, b) => a + b), 9);
});
