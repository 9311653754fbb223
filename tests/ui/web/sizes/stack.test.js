// The words of a stack, its link, and the tower that is drawn to scale.
import assert from "node:assert/strict";
import { test } from "node:test";

import { towerBlocks, towerLayout, towerRowAt } from "../../../../explorer/ui/web/sizes/stack_draw.js";
import {
  fieldText, memoryText, NEW_LAYER_NAMES, networkCode, newLayerLine, ratioText, rowText, shapeText, shortNumber,
  stackFromLink, stackToLink, totalsText, tracedText,
} from "../../../../explorer/ui/web/sizes/stack_words.js";

const row = (shape, error = null) => ({ name: "nn.X()", shape, error, receptive_field: [3, 3] });
const result = {
  shape: [3, 32, 32],
  rows: [row([16, 32, 32]), row([16, 32, 32]), row([16, 16, 16]), row([4096]), row([10])],
  totals: { parameters: 1234, mult_adds: 5, memory: 1200 },
};

test("numbers with units are right to three places", () => {
  const cases = {
    0: "0", 999999: "999,999", 1000000: "1.00 M", 61100840: "61.1 M", 138357544: "138 M", 15470264320: "15.5 G",
    2000000000000: "2.00 T",
  };
  for (const [value, text] of Object.entries(cases)) assert.equal(shortNumber(Number(value)), text);
  assert.equal(memoryText(999), "1 kB");
  assert.equal(memoryText(3211264), "3.2 MB");
  assert.equal(shapeText([64, 112, 112]), "64 × 112 × 112");
});

test("what a unit sees, and when it is all of the picture", () => {
  assert.equal(fieldText([5, 5], [3, 32, 32]), "5");
  assert.equal(fieldText([5, 7], [3, 32, 32]), "5 × 7");
  assert.equal(fieldText([46, 46], [3, 32, 32]), "all (46)");
  assert.equal(fieldText([46, 46], [3, 32, 64]), "46");
  assert.equal(fieldText(null, [3, 32, 32]), "");
});

test("ratios are to the least", () => {
  assert.equal(ratioText(73728, 8768), " (8.4 ×)");
  assert.equal(ratioText(8768, 8768), "");
  assert.equal(ratioText(77070336, 27), " (2,854,457 ×)");
});

test("a line to add fits the shape that it follows", () => {
  assert.equal(newLayerLine("Conv2d", [16, 8, 8]), "nn.Conv2d(16, 16, 3, padding=1)");
  assert.equal(newLayerLine("Linear", [16, 8, 8]), "nn.Linear(1024, 10)");
  assert.equal(newLayerLine("Linear", [84]), "nn.Linear(84, 10)");
  assert.ok(NEW_LAYER_NAMES.includes("Flatten"));
  for (const name of NEW_LAYER_NAMES) assert.match(newLayerLine(name, [16, 8, 8]), /^nn\.\w+\([\w ,=.]*\)$/);
});

test("a stack's link is read back, and hostile ones are not taken", () => {
  const own = { lines: ["nn.Conv2d(3, 8, 3)", "nn.ReLU()"], shape: [3, 20, 30], edited: true };
  const read = stackFromLink(stackToLink(own));
  assert.deepEqual([read.lines, read.shape], [own.lines, own.shape]);
  const traced = { network: "torchvision/resnet18", shape: [3, 97, 65], lines: [] };
  assert.deepEqual(stackToLink(traced), { network: "torchvision/resnet18", shape: "3x97x65" });
  assert.deepEqual(stackToLink({ ...own, edited: false, lesson: "crash", chosen: 0 }), { lesson: "crash", chosen: "" });
  assert.deepEqual(stackToLink({ lines: Array(400).fill("nn.ReLU()"), shape: [3, 8, 8], edited: true }), {});
  const hostile = stackFromLink({ network: "<img src=x>", lesson: "a b", shape: "1x2", chosen: "x" });
  assert.deepEqual(hostile, { network: "", lesson: "", chosen: 0, lines: [], shape: null });
});

test("rows that keep the shape share a block, and every block is to scale", () => {
  const rows = towerBlocks(result).map((block) => [block.row, block.last]);
  assert.deepEqual(rows, [[-1, -1], [0, 1], [2, 2], [3, 3], [4, 4]]);
  const layout = towerLayout(result, 900);
  const [picture, first, second, long, short] = layout.blocks;
  assert.equal(picture.height, first.height);
  assert.equal(first.height, 2 * second.height);
  assert.equal(first.thickness, second.thickness);
  assert.ok(long.height / short.height > 40);
  layout.blocks.slice(1).forEach((block, at) => {
    const before = layout.blocks[at];
    assert.ok(block.left > before.left + before.thickness);
  });
  assert.ok(layout.width >= 900);
  assert.equal(towerRowAt(layout, second.left + 1), 2);
  assert.equal(towerRowAt(layout, 1e6), null);
});

test("a Linear that breaks says what it wants", () => {
  const broken = { ...result, rows: [row([25088]), { ...row(null, "It breaks."), wants: 100352 }] };
  const layout = towerLayout(broken, 900);
  assert.equal(layout.wanted.count, 100352);
  assert.ok(Math.abs(layout.wanted.height / layout.blocks[1].height - 4) < 1e-9);
  assert.match(totalsText(broken), /up to the layer that breaks$/);
  assert.equal(towerLayout(result, 900).wanted, null);
});

test("the tower stays narrow enough for a canvas, and to scale", () => {
  const wide = { shape: [3, 32, 32], rows: [row([10000000, 32, 32]), row([5000000, 32, 32])] };
  const long = { shape: [3, 512, 512], rows: Array.from({ length: 400 }, (_, at) => row([8 + (at % 2), 512, 512])) };
  for (const huge of [wide, long]) {
    const { width, blocks } = towerLayout(huge, 900);
    assert.ok(width < 10000, width);
    blocks.slice(1).forEach((block, at) => assert.ok(block.left > blocks[at].left));
  }
  const [, first, second] = towerLayout(wide, 900).blocks;
  assert.ok(Math.abs(first.thickness / second.thickness - 2) < 1e-9);
});

test("a link's choice among a lesson's stacks is a whole number, or the first", () => {
  for (const chosen of ["0.5", "-1", "Infinity", "1e9", "x", "999", undefined]) {
    assert.equal(stackFromLink({ lesson: "threes", chosen }).chosen, 0);
  }
  assert.equal(stackFromLink({ lesson: "sizes", chosen: "4" }).chosen, 4);
});

test("a row in words: its shape, and what of the picture a unit sees", () => {
  const said = "conv gives 16 × 30 × 30. One unit sees 3 × 5 of the picture’s 32 × 48 pixels.";
  const one = { name: "conv", shape: [16, 30, 30], receptive_field: [3, 5] };
  assert.equal(rowText(one, [3, 32, 48]), said);
  assert.equal(rowText({ ...one, receptive_field: null }, [3, 32, 48]), "conv gives 16 × 30 × 30.");
  assert.equal(rowText({ ...one, shape: null }, [3, 32, 48]), "");
  assert.equal(rowText(undefined, [3, 32, 48]), "", "no row is looked at");
});

test("a traced network: how its numbers came about, and the code that builds it", () => {
  assert.match(tracedText({ classes: 1000, rows: [{ joins: false }] }), /with 1,000 classes\.$/);
  assert.match(tracedText({ classes: 10, rows: [{ joins: false }, { joins: true }] }), /an upper bound\.$/);
  const own = networkCode({ network: "lenet5", shape: [1, 32, 32] });
  assert.match(own, /build_model\("lenet5", in_channels=1\)\.eval\(\)\nprint\(model\(torch\.zeros\(1, 1, 32, 32\)\)/);
  const other = networkCode({ network: "torchvision/resnet18", shape: [3, 97, 65] });
  assert.match(other, /import torchvision\n\nmodel = torchvision\.models\.get_model\("resnet18"\)\.eval\(\)/);
});
