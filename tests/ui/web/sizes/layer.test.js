// The numbers in the cells, settings, links, costs and code of one layer.
import assert from "node:assert/strict";
import { test } from "node:test";

import {
  averageDivisor, cellText, inputNumber, outputNumber, termsOf,
} from "../../../../explorer/ui/web/sizes/numbers.js";
import { presetSizes, SIZES_PRESETS } from "../../../../explorer/ui/web/sizes/presets.js";
import {
  layerCode, layerCosts, makeLayer, readSetting, settingsFit, settingsFromLink, settingsRefusal, settingsToLink,
  startSettings, withSetting,
} from "../../../../explorer/ui/web/sizes/settings.js";
import { layer, settings } from "./layers.js";

test("the fifteen pictures of the guide have its sizes", () => {
  const convolutions = ["4 → 2", "5 → 6", "5 → 5", "5 → 7", "5 → 2", "5 → 3", "6 → 3", "7 → 3"];
  const transposed = ["2 → 4", "6 → 5", "5 → 5", "7 → 5", "2 → 5", "3 → 5", "3 → 6"];
  assert.deepEqual(SIZES_PRESETS.slice(0, 15).map(presetSizes), [...convolutions, ...transposed]);
  for (const preset of SIZES_PRESETS) assert.equal(settingsRefusal(preset.settings), null, preset.name);
});

test("an output number is the sum of its terms, whichever way it is computed", () => {
  for (const { settings: ready } of SIZES_PRESETS) {
    const one = makeLayer(ready);
    for (const [y, x] of [[0, 0], [one.rows.outputs - 1, one.columns.outputs - 1], [1, 0]]) {
      const place = { slice: one.filters - 1, y: Math.min(y, one.rows.outputs - 1), x };
      const terms = termsOf(one, place);
      const sum = terms.reduce((total, term) => total + term.amount, 0);
      const expected = { max: () => Math.max(...terms.filter((t) => !t.padding).map((t) => t.value)),
        average: () => sum / averageDivisor(one, place), adaptive: () => sum / terms.length }[one.kind];
      assert.equal(outputNumber(one, place), expected ? expected() : sum);
    }
  }
});

test("numbers are small, repeatable and not all alike", () => {
  const one = layer({ size: 9 });
  const seen = new Set();
  for (let y = 0; y < 9; y += 1) for (let x = 0; x < 9; x += 1) seen.add(inputNumber(one, { slice: 0, y, x }));
  assert.deepEqual([...seen].sort(), [0, 1, 2, 3, 4]);
  assert.equal(inputNumber(one, { slice: 0, y: -1, x: 3 }), 0);
  assert.equal(cellText(-3), "−3");
  assert.equal(cellText(2.5), "2.5");
  assert.equal(cellText(1 / 3), "0.33");
  assert.equal(cellText(-Infinity), "−∞");
});

test("nonsense in a box is named, not taken", () => {
  for (const text of ["", "abc", "-3", "2.5", "1e3", "99999999999", "0x10", "NaN", "∞", "<b>"]) {
    assert.match(readSetting("stride", text).problem, /Stride must be a whole number from 1 to 64 here/);
  }
  assert.deepEqual(readSetting("padding", " 0 "), { value: 0 });
  assert.match(readSetting("size", "5000").problem, /from 1 to 4,096/);
});

test("a refused layer names the reason, the side and the nearest that work", () => {
  const square = settingsRefusal(settings({ size: 3, kernel_size: 5 }));
  assert.equal(square.reason, "The kernel is 5 pixels long but the input has only 3.");
  assert.deepEqual(square.changes, [["padding", 1, null], ["kernel_size", 3, null], ["size", 5, null]]);
  const wide = settingsRefusal({ ...settings({ size: 5, kernel_size: 5 }), size: [7, 4] });
  assert.match(wide.reason, /^Along the width: The kernel is 5/);
  assert.equal(wide.changes[0][2], 1);
  const grouped = settingsRefusal(settings({ channels: 3, filters: 4, groups: 2 }));
  assert.match(grouped.reason, /2 groups must divide both 3 input and 4 output channels/);
  for (const [name, value] of grouped.changes) {
    assert.equal(settingsRefusal(withSetting(settings({ channels: 3, filters: 4, groups: 2 }), name, value)), null);
  }
});

test("a link restores the settings, and what it cannot read it leaves", () => {
  for (const { settings: ready } of SIZES_PRESETS) assert.deepEqual(settingsFromLink(settingsToLink(ready)), ready);
  const uneven = { ...startSettings(), size: [7, 11], kernel_size: [3, 1] };
  assert.deepEqual(settingsFromLink(settingsToLink(uneven)), uneven);
  assert.deepEqual(settingsToLink(startSettings()), {});
  const hostile = {
    kind: "constructor", size: "1e9", stride: "2x", padding: "<script>", groups: "0", kernel_size: "3x3x3",
  };
  assert.deepEqual(settingsFromLink(hostile), startSettings());
});

test("costs and code of a layer", () => {
  const grouped = settings({ size: 8, channels: 4, filters: 6, groups: 2 });
  assert.deepEqual(layerCosts(makeLayer(grouped)), { weights: 108, biases: 6, mult_adds: 108 * 36 });
  assert.equal(layerCode(grouped), "nn.Conv2d(4, 6, 3, groups=2)");
  const transposed = settings({ kind: "transposed", stride: 2, output_padding: 1 });
  assert.equal(layerCode(transposed), "nn.ConvTranspose2d(1, 1, 3, stride=2, output_padding=1)");
  const pooling = settings({ kind: "max", kernel_size: 2, stride: 2, ceil_mode: true });
  assert.equal(layerCode(pooling), "nn.MaxPool2d(2, ceil_mode=True)");
  const uneven = { ...settings({ kind: "average" }), padding: [1, 0] };
  assert.equal(layerCode(uneven), "nn.AvgPool2d(3, stride=1, padding=(1, 0))");
  assert.equal(layerCode(settings({ kind: "adaptive", kernel_size: 4 })), "nn.AdaptiveAvgPool2d(4)");
});

test("a row of a stack is opened as one layer only where its numbers may be typed here", () => {
  assert.ok(SIZES_PRESETS.every(({ settings: ready }) => settingsFit(ready)));
  const row = {
    kind: "conv", size: [33, 41], channels: 3, kernel_size: [3, 5], stride: [2, 2], padding: [0, 0], filters: 8,
    groups: 1, bias: true, dilation: [1, 1],
  };
  assert.ok(settingsFit(row));
  for (const huge of [{ padding: [10000000, 0] }, { kernel_size: [3, 65] }, { channels: 4096 }, { size: [8192, 3] }]) {
    assert.ok(!settingsFit({ ...row, ...huge }), JSON.stringify(huge));
  }
});
