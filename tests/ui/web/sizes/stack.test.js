// The words of a stack, its link, and the tower that is drawn to scale.
const test = require("node:test");
const assert = require("node:assert/strict");

const { load } = require("../load.js");

const stack = load(["sizes/rules", "sizes/links", "sizes/numbers", "sizes/marks", "sizes/stack_words", "sizes/stack_draw"], [
  "newLayerLine", "shapeText", "shortNumber", "memoryText", "fieldText", "ratioText", "stackToLink", "stackFromLink",
  "towerBlocks", "towerLayout", "towerRowAt", "wantedFeatures", "totalsText",
]);

const row = (shape, error = null) => ({ name: "nn.X()", shape, error, receptive_field: [3, 3] });
const result = {
  shape: [3, 32, 32],
  rows: [row([16, 32, 32]), row([16, 32, 32]), row([16, 16, 16]), row([4096]), row([10])],
  totals: { parameters: 1234, mult_adds: 5, memory: 1200 },
};

test("numbers with units are right to three places", () => {
  const cases = [[0, "0"], [999999, "999,999"], [1000000, "1.00 M"], [61100840, "61.1 M"], [138357544, "138 M"], [15470264320, "15.5 G"], [2e12, "2.00 T"]];
  for (const [value, text] of cases) assert.equal(stack.shortNumber(value), text);
  assert.equal(stack.memoryText(999), "1 kB");
  assert.equal(stack.memoryText(3211264), "3.2 MB");
  assert.equal(stack.shapeText([64, 112, 112]), "64 × 112 × 112");
});

test("what a unit sees, and when it is all of the picture", () => {
  assert.equal(stack.fieldText([5, 5], [3, 32, 32]), "5");
  assert.equal(stack.fieldText([5, 7], [3, 32, 32]), "5 × 7");
  assert.equal(stack.fieldText([46, 46], [3, 32, 32]), "all (46)");
  assert.equal(stack.fieldText([46, 46], [3, 32, 64]), "46");
  assert.equal(stack.fieldText(null, [3, 32, 32]), "");
});

test("ratios are to the least", () => {
  assert.equal(stack.ratioText(73728, 8768), " (8.4 ×)");
  assert.equal(stack.ratioText(8768, 8768), "");
  assert.equal(stack.ratioText(77070336, 27), " (2,854,457 ×)");
});

test("a line to add fits the shape that it follows", () => {
  assert.equal(stack.newLayerLine("Conv2d", [16, 8, 8]), "nn.Conv2d(16, 16, 3, padding=1)");
  assert.equal(stack.newLayerLine("Linear", [16, 8, 8]), "nn.Linear(1024, 10)");
  assert.equal(stack.newLayerLine("Linear", [84]), "nn.Linear(84, 10)");
  assert.ok(stack.newLayerLine(undefined, []).includes("Flatten"));
});

test("a stack's link is read back, and hostile ones are not taken", () => {
  const own = { lines: ["nn.Conv2d(3, 8, 3)", "nn.ReLU()"], shape: [3, 20, 30], edited: true };
  const read = stack.stackFromLink(stack.stackToLink(own));
  assert.deepEqual([read.lines, read.shape], [own.lines, own.shape]);
  assert.deepEqual(stack.stackToLink({ network: "torchvision/resnet18", shape: [3, 97, 65], lines: [] }), { network: "torchvision/resnet18", shape: "3x97x65" });
  assert.deepEqual(stack.stackToLink({ lesson: "crash", chosen: 0, lines: own.lines, shape: own.shape }), { lesson: "crash", chosen: "" });
  assert.deepEqual(stack.stackToLink({ lines: Array(400).fill("nn.ReLU()"), shape: [3, 8, 8], edited: true }), {});
  const hostile = stack.stackFromLink({ network: "<img src=x>", lesson: "a b", shape: "1x2", chosen: "x" });
  assert.deepEqual(hostile, { network: "", lesson: "", chosen: 0, lines: [], shape: null });
});

test("rows that keep the shape share a block, and every block is to scale", () => {
  assert.deepEqual(stack.towerBlocks(result).map((block) => [block.row, block.last]), [[-1, -1], [0, 1], [2, 2], [3, 3], [4, 4]]);
  const layout = stack.towerLayout(result, 900);
  const [picture, first, second, long, short] = layout.blocks;
  assert.equal(picture.height, first.height);
  assert.equal(first.height, 2 * second.height);
  assert.equal(first.thickness, second.thickness);
  assert.ok(long.height / short.height > 40);
  layout.blocks.slice(1).forEach((block, at) => assert.ok(block.left > layout.blocks[at].left + layout.blocks[at].thickness));
  assert.ok(layout.width >= 900);
  assert.equal(stack.towerRowAt(layout, second.left + 1), 2);
  assert.equal(stack.towerRowAt(layout, 1e6), null);
});

test("a Linear that breaks says what it wants", () => {
  const broken = { ...result, rows: [row([25088]), row(null, "nn.Linear was told in_features 100,352 but gets 25,088 features.")] };
  assert.equal(stack.wantedFeatures(broken), 100352);
  const layout = stack.towerLayout(broken, 900);
  assert.ok(Math.abs(layout.wanted.height / layout.blocks[1].height - 4) < 1e-9);
  assert.match(stack.totalsText(broken), /up to the layer that breaks$/);
  assert.equal(stack.wantedFeatures(result), 0);
});

test("the tower stays narrow enough for a canvas, and to scale", () => {
  const wide = { shape: [3, 32, 32], rows: [row([10000000, 32, 32]), row([5000000, 32, 32])] };
  const long = { shape: [3, 512, 512], rows: Array.from({ length: 400 }, (_, at) => row([8 + (at % 2), 512, 512])) };
  for (const huge of [wide, long]) {
    const { width, blocks } = stack.towerLayout(huge, 900);
    assert.ok(width < 10000, width);
    blocks.slice(1).forEach((block, at) => assert.ok(block.left > blocks[at].left));
  }
  const [, first, second] = stack.towerLayout(wide, 900).blocks;
  assert.ok(Math.abs(first.thickness / second.thickness - 2) < 1e-9);
});

test("a link's choice among a lesson's stacks is a whole number, or the first", () => {
  for (const chosen of ["0.5", "-1", "Infinity", "1e9", "x", "999", undefined]) assert.equal(stack.stackFromLink({ lesson: "threes", chosen }).chosen, 0);
  assert.equal(stack.stackFromLink({ lesson: "sizes", chosen: "4" }).chosen, 4);
});
