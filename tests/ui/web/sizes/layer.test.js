// The numbers in the cells, settings and links, playback, layout and marks of one layer.
const test = require("node:test");
const assert = require("node:assert/strict");

const { load } = require("../load.js");

const FILES = ["sizes/rules", "sizes/links", "sizes/numbers", "sizes/settings", "sizes/presets", "shared/playback",
  "sizes/layout", "sizes/marks", "sizes/sum"];
const NAMES = ["makeLayer", "startSettings", "withSetting", "settingsRefusal", "readSetting", "settingsToLink", "settingsFromLink",
  "SIZES_PRESETS", "presetSizes", "layerCosts", "layerCode", "outputNumber", "inputNumber", "weightNumber", "termsOf", "cellText",
  "startPlayback", "stepPlayback", "togglePlayback", "tickPlayback", "keyPlayback", "jumpPlayback", "makeView", "layoutPicture",
  "cellAt", "visibleRange", "rangeShowing", "viewIsPart", "marksOf", "markAt", "marksSentence", "walkCell", "sumPieces",
  "averageDivisor", "axisOf", "axisLength", "settingsOfKind", "walkCount", "settingsFit", "checkingCode"];
const sizes = load(FILES, NAMES);

const settings = (changes) => Object.entries(changes).reduce((all, [name, value]) => sizes.withSetting(all, name, value), {
  ...sizes.startSettings(), stride: [1, 1], padding: [0, 0] });
const layer = (changes) => sizes.makeLayer(settings(changes));

test("the fifteen pictures of the guide have its sizes", () => {
  const guide = ["4 → 2", "5 → 6", "5 → 5", "5 → 7", "5 → 2", "5 → 3", "6 → 3", "7 → 3", "2 → 4", "6 → 5", "5 → 5", "7 → 5", "2 → 5", "3 → 5", "3 → 6"];
  assert.deepEqual(sizes.SIZES_PRESETS.slice(0, 15).map(sizes.presetSizes), guide);
  for (const preset of sizes.SIZES_PRESETS) assert.equal(sizes.settingsRefusal(preset.settings), null, preset.name);
});

test("an output number is the sum of its terms, whichever way it is computed", () => {
  for (const { settings: ready } of sizes.SIZES_PRESETS) {
    const one = sizes.makeLayer(ready);
    for (const [y, x] of [[0, 0], [one.rows.outputs - 1, one.columns.outputs - 1], [1, 0]]) {
      const place = { slice: one.filters - 1, y: Math.min(y, one.rows.outputs - 1), x };
      const terms = sizes.termsOf(one, place);
      const sum = terms.reduce((total, term) => total + term.amount, 0);
      const expected = { max: () => Math.max(...terms.filter((t) => !t.padding).map((t) => t.value)),
        average: () => sum / sizes.averageDivisor(one, place), adaptive: () => sum / terms.length }[one.kind];
      assert.equal(sizes.outputNumber(one, place), expected ? expected() : sum);
    }
  }
});

test("numbers are small, repeatable and not all alike", () => {
  const one = layer({ size: 9 });
  const seen = new Set();
  for (let y = 0; y < 9; y += 1) for (let x = 0; x < 9; x += 1) seen.add(sizes.inputNumber(one, { slice: 0, y, x }));
  assert.deepEqual([...seen].sort(), [0, 1, 2, 3, 4]);
  assert.equal(sizes.inputNumber(one, { slice: 0, y: -1, x: 3 }), 0);
  assert.equal(sizes.cellText(-3), "−3");
  assert.equal(sizes.cellText(2.5), "2.5");
  assert.equal(sizes.cellText(1 / 3), "0.33");
  assert.equal(sizes.cellText(-Infinity), "−∞");
});

test("nonsense in a box is named, not taken", () => {
  for (const text of ["", "abc", "-3", "2.5", "1e3", "99999999999", "0x10", "NaN", "∞", "<b>"]) {
    assert.match(sizes.readSetting("stride", text).problem, /Stride must be a whole number from 1 to 64 here/);
  }
  assert.deepEqual(sizes.readSetting("padding", " 0 "), { value: 0 });
  assert.match(sizes.readSetting("size", "5000").problem, /from 1 to 4,096/);
});

test("a refused layer names the reason, the side and the nearest that work", () => {
  const square = sizes.settingsRefusal(settings({ size: 3, kernel_size: 5 }));
  assert.equal(square.reason, "The kernel is 5 pixels long but the input has only 3.");
  assert.deepEqual(square.changes, [["padding", 1, null], ["kernel_size", 3, null], ["size", 5, null]]);
  const wide = sizes.settingsRefusal({ ...settings({ size: 5, kernel_size: 5 }), size: [7, 4] });
  assert.match(wide.reason, /^Along the width: The kernel is 5/);
  assert.equal(wide.changes[0][2], 1);
  const grouped = sizes.settingsRefusal(settings({ channels: 3, filters: 4, groups: 2 }));
  assert.match(grouped.reason, /2 groups must divide both 3 input and 4 output channels/);
  for (const [name, value] of grouped.changes) {
    assert.equal(sizes.settingsRefusal(sizes.withSetting(settings({ channels: 3, filters: 4, groups: 2 }), name, value)), null);
  }
});

test("a link restores the settings, and what it cannot read it leaves", () => {
  for (const { settings: ready } of sizes.SIZES_PRESETS) assert.deepEqual(sizes.settingsFromLink(sizes.settingsToLink(ready)), ready);
  const uneven = { ...sizes.startSettings(), size: [7, 11], kernel_size: [3, 1] };
  assert.deepEqual(sizes.settingsFromLink(sizes.settingsToLink(uneven)), uneven);
  assert.deepEqual(sizes.settingsToLink(sizes.startSettings()), {});
  const hostile = { kind: "constructor", size: "1e9", stride: "2x", padding: "<script>", groups: "0", kernel_size: "3x3x3" };
  assert.deepEqual(sizes.settingsFromLink(hostile), sizes.startSettings());
});

test("costs and code of a layer", () => {
  const grouped = settings({ size: 8, channels: 4, filters: 6, groups: 2 });
  assert.deepEqual(sizes.layerCosts(sizes.makeLayer(grouped)), { weights: 108, biases: 6, mult_adds: 108 * 36 });
  assert.equal(sizes.layerCode(grouped), "nn.Conv2d(4, 6, 3, groups=2)");
  assert.equal(sizes.layerCode(settings({ kind: "transposed", stride: 2, output_padding: 1 })), "nn.ConvTranspose2d(1, 1, 3, stride=2, output_padding=1)");
  assert.equal(sizes.layerCode(settings({ kind: "max", kernel_size: 2, stride: 2, ceil_mode: true })), "nn.MaxPool2d(2, ceil_mode=True)");
  assert.equal(sizes.layerCode({ ...settings({ kind: "average" }), padding: [1, 0] }), "nn.AvgPool2d(3, stride=1, padding=(1, 0))");
  assert.equal(sizes.layerCode(settings({ kind: "adaptive", kernel_size: 4 })), "nn.AdaptiveAvgPool2d(4)");
});

test("a walk plays to its end, steps, jumps and begins anew", () => {
  let walk = sizes.togglePlayback(sizes.startPlayback(3));
  assert.ok(walk.playing);
  walk = sizes.tickPlayback(sizes.tickPlayback(walk));
  assert.deepEqual([walk.at, walk.playing], [2, false]);
  assert.deepEqual(sizes.tickPlayback(walk), walk);
  assert.equal(sizes.togglePlayback(walk).at, 0);
  assert.equal(sizes.stepPlayback(walk, 5).at, 2);
  assert.deepEqual([sizes.stepPlayback(walk, -1).at, sizes.stepPlayback({ ...walk, playing: true }, -1).playing], [1, false]);
  assert.equal(sizes.jumpPlayback(walk, NaN).at, 2);
  assert.equal(sizes.startPlayback(0).count, 1);
});

test("keys: space, arrows, Home, End; others are left alone", () => {
  const walk = sizes.jumpPlayback(sizes.startPlayback(12), 5);
  const to = (key) => sizes.keyPlayback(walk, key, 4).at;
  assert.deepEqual(["ArrowRight", "ArrowLeft", "ArrowDown", "ArrowUp", "Home", "End"].map(to), [6, 4, 9, 1, 0, 11]);
  assert.equal(sizes.keyPlayback(sizes.jumpPlayback(walk, 10), "ArrowDown", 4).at, 10);
  assert.ok(sizes.keyPlayback(walk, " ", 4).playing);
  assert.equal(sizes.keyPlayback(walk, "q", 4), null);
});

test("every grid lies on the canvas, none over another, and a point finds its cell", () => {
  for (const width of [290, 350, 620, 930, 1600]) {
    for (const { name, settings: ready } of sizes.SIZES_PRESETS) {
      const one = sizes.makeLayer(ready);
      const layout = sizes.layoutPicture(one, sizes.makeView(one, 0), width, 440);
      assert.ok(layout.width <= width + 2, `${name} at ${width}: ${layout.width}`);
      const boxes = layout.grids.map((g) => [g.left, g.top, g.left + (g.toX - g.fromX) * g.cell, g.top + (g.toY - g.fromY) * g.cell]);
      boxes.forEach(([l, t, r, b], i) => {
        assert.ok(l >= 0 && t >= 0 && r <= layout.width && b <= layout.height, name);
        boxes.slice(i + 1).forEach(([l2, t2, r2, b2]) => assert.ok(r <= l2 || r2 <= l || b <= t2 || b2 <= t, name));
      });
      for (const grid of layout.grids) {
        const at = sizes.cellAt(layout, grid.left + 1.5 * grid.cell, grid.top + 0.5 * grid.cell);
        if (grid.toX - grid.fromX > 1) assert.deepEqual(at, { part: grid.part, slice: grid.slice, y: grid.fromY, x: grid.fromX + 1 });
      }
      assert.equal(sizes.cellAt(layout, -5, 2), null);
    }
  }
});

test("a large layer is drawn in part, and the part follows", () => {
  const one = layer({ size: 224, padding: 1, channels: 64, filters: 9 });
  const view = sizes.makeView(one, 8);
  assert.ok(sizes.viewIsPart(one, view));
  assert.deepEqual([view.inputRows, view.inputSlices, view.outputSlices], [[-1, 11], [0, 4], [5, 9]]);
  assert.ok(sizes.layoutPicture(one, view, 930, 440).grids.length <= 12);
  assert.deepEqual(sizes.rangeShowing([0, 20], 30, 32, [-1, 225]), [13, 33]);
  assert.deepEqual(sizes.rangeShowing([13, 33], 2, 4, [-1, 225]), [2, 22]);
  assert.deepEqual(sizes.rangeShowing([0, 20], 224, 224, [-1, 225]), [205, 225]);
  assert.deepEqual(sizes.visibleRange(0, 5, 3, 20), [0, 5]);
  assert.equal(sizes.viewIsPart(layer({ size: 16, padding: 1, channels: 3 }), sizes.makeView(layer({ size: 16, padding: 1, channels: 3 }), 0)), false);
});

test("marks: an output's window, an input's readers, a weight's pixels", () => {
  const one = layer({ size: 7, stride: 2, padding: 1 });
  const window = sizes.marksOf(one, { part: "output", slice: 0, y: 1, x: 2 }, 0);
  assert.deepEqual([[...window.input.rows.keys()], [...window.input.columns.keys()]], [[1, 2, 3], [3, 4, 5]]);
  assert.deepEqual(sizes.markAt(window, "input", 0, 3, 5), { y: 2, x: 2 });
  assert.equal(sizes.markAt(window, "input", 0, 0, 5), null);
  const readers = sizes.marksOf(one, { part: "input", slice: 0, y: 1, x: 2 }, 0);
  assert.deepEqual([[...readers.output.rows.keys()].sort(), [...readers.output.columns.keys()]], [[0, 1], [1]]);
  const pixels = sizes.marksOf(one, { part: "weight", slice: 0, y: 0, x: 1 }, 0);
  assert.deepEqual([[...pixels.input.rows.keys()], [...pixels.input.columns.keys()]], [[-1, 1, 3, 5], [0, 2, 4, 6]]);
});

test("groups: a filter meets its own channels only", () => {
  const one = layer({ size: 5, channels: 4, filters: 4, groups: 2 });
  assert.deepEqual(sizes.marksOf(one, { part: "output", slice: 3, y: 0, x: 0 }, 3).input.slices, [2, 4]);
  assert.deepEqual(sizes.marksOf(one, { part: "input", slice: 0, y: 0, x: 0 }, 3).output.slices, [0, 2]);
});

test("what is highlighted is said in words", () => {
  const one = layer({ size: 6, stride: 2 });
  assert.match(sizes.marksSentence(one, { part: "output", slice: 0, y: 1, x: 0 }), /^Output row 1, column 0 = −?\d+, from input rows 2 to 4, columns 0 to 2\.$/);
  assert.match(sizes.marksSentence(one, { part: "input", slice: 0, y: 5, x: 0 }), /no window reads it\.$/);
  assert.match(sizes.marksSentence(one, { part: "input", slice: 0, y: 2, x: 2 }), /is read by 4 windows\.$/);
  assert.equal(sizes.marksSentence(one, { part: "weight", slice: 0, y: 2, x: 0 }), "Weight row 2, column 0 meets 4 pixels, once for each of 4 output cells.");
  const holes = layer({ size: 7, dilation: 2 });
  assert.match(sizes.marksSentence(holes, { part: "output", slice: 0, y: 0, x: 1 }), /rows 0, 2, 4, columns 1, 3, 5/);
  const stamp = layer({ kind: "transposed", size: 3, stride: 2, padding: 1 });
  assert.match(sizes.marksSentence(stamp, { part: "input", slice: 0, y: 0, x: 0 }), /is stamped onto 4 output cells/);
  assert.match(sizes.marksSentence(stamp, { part: "output", slice: 0, y: -1, x: 0 }), /cut off by the padding/);
});

test("the sum written out comes to the number", () => {
  const one = layer({ size: 5 });
  const text = sizes.sumPieces(one, { slice: 0, y: 1, x: 1 }).map((piece) => piece.text).join("");
  const [left, right] = text.replaceAll("−", "-").replace("bias", "").split("=");
  const sum = left.split("+").map((term) => term.split("·").map((n) => Number(n.replace(/[()]/g, ""))).reduce((a, b) => a * b)).reduce((a, b) => a + b);
  assert.equal(sum, Number(right));
  assert.equal(text.split("·").length, 10);
  const pooled = sizes.sumPieces(layer({ kind: "max", kernel_size: 2 }), { slice: 0, y: 0, x: 0 }).map((p) => p.text).join("");
  assert.match(pooled, /^max\(\d(, \d){3}\) = \d$/);
  const deep = sizes.sumPieces(layer({ channels: 8 }), { slice: 0, y: 0, x: 0 }).map((p) => p.text).join("");
  assert.match(deep, /channel 7: /);
});

test("a walk over input cells or weights goes through every channel that the filter reads", () => {
  const grouped = layer({ size: 4, channels: 6, filters: 4, groups: 2 });
  for (const [part, cells] of [["weight", 9], ["input", 16]]) {
    for (const [filter, first] of [[0, 0], [3, 3]]) {
      const count = sizes.walkCount(grouped, part, filter);
      assert.equal(count, 3 * cells);
      const seen = Array.from({ length: count }, (_, at) => sizes.walkCell(grouped, part, at, filter));
      assert.deepEqual([...new Set(seen.map((cell) => cell.slice))], [first, first + 1, first + 2]);
      assert.equal(new Set(seen.map((cell) => JSON.stringify(cell))).size, count);
    }
  }
  assert.equal(sizes.walkCount(grouped, "output", 3), 4);
  assert.deepEqual(sizes.walkCell(grouped, "output", 3, 3), { part: "output", slice: 3, y: 1, x: 1 });
});

test("a layer without a bias has none in its costs, its sum, its code and its link", () => {
  const without = { ...settings({ size: 4, channels: 2, filters: 3 }), bias: false };
  assert.deepEqual(sizes.layerCosts(sizes.makeLayer(without)), { weights: 54, biases: 0, mult_adds: 54 * 4 });
  assert.equal(sizes.layerCode(without), "nn.Conv2d(2, 3, 3, bias=False)");
  assert.deepEqual(sizes.settingsFromLink(sizes.settingsToLink(without)), without);
  const place = { slice: 0, y: 0, x: 0 };
  assert.doesNotMatch(sizes.sumPieces(sizes.makeLayer(without), place).map((piece) => piece.text).join(""), /bias/);
  assert.match(sizes.sumPieces(sizes.makeLayer({ ...without, bias: true }), place).map((piece) => piece.text).join(""), / \+ bias 0 = /);
  assert.doesNotMatch(sizes.checkingCode(without, sizes.makeLayer(without)), /bias\.zero_/);
});

test("a row of a stack is opened as one layer only where its numbers may be typed here", () => {
  assert.ok(sizes.SIZES_PRESETS.every(({ settings: ready }) => sizes.settingsFit(ready)));
  const row = { kind: "conv", size: [33, 41], channels: 3, kernel_size: [3, 5], stride: [2, 2], padding: [0, 0], filters: 8, groups: 1, bias: true, dilation: [1, 1] };
  assert.ok(sizes.settingsFit(row));
  for (const huge of [{ padding: [10000000, 0] }, { kernel_size: [3, 65] }, { channels: 4096 }, { size: [8192, 3] }]) {
    assert.ok(!sizes.settingsFit({ ...row, ...huge }), JSON.stringify(huge));
  }
});
