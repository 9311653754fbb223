// The opened sum as it is printed: its equation, what rounding leaves, the names of its blocks, the code for it.
import assert from "node:assert/strict";
import { test } from "node:test";

import { torchCode } from "../../../../explorer/ui/web/filters/code.js";
import { openPixel } from "../../../../explorer/ui/web/filters/convolve.js";
import { FILTER_STATE, stateLayer } from "../../../../explorer/ui/web/filters/state.js";
import { blockName, equationParts, roundingText } from "../../../../explorer/ui/web/filters/terms.js";

const KNOWN = {
  "sobel x": { kernels: [[[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]] },
  magnitude: { kernels: [[[-1 / 3, 1 / 3]], [[1 / 3, -1 / 3]]] },
};
const layerOf = (more) => stateLayer({ ...FILTER_STATE, ...more }, KNOWN);
const textOf = (opened, layer) => equationParts(opened, layer).map(({ text }) => text).join(" ");
const open = (layer, planes) => openPixel(planes.map((plane) => Float64Array.from(plane)), 1, 2, layer, 0, 0, 1);

test("the equation says what was divided, added and taken the length of", () => {
  const one = layerOf({ rows: [[1, -2]] });
  assert.equal(textOf(open(one, [[7, 5]]), one), "= −3");
  const all = layerOf({ rows: [[1, -2]], divisor: 4, bias: -0.5 });
  assert.equal(textOf(open(all, [[7, 5]]), all), "−3 ÷ 4 − 0.5 bias = −1.25");
  const biased = layerOf({ rows: [[1, -2]], bias: 2 });
  assert.equal(textOf(open(biased, [[7, 5]]), biased), "−3 + 2 bias = −1");
  const length = layerOf({ kernel: "magnitude" });
  assert.match(textOf(open(length, [[7, 1]]), length), /^√\(\(−6 ÷ 3\)² \+ \(6 ÷ 3\)²\) = 2\.828427$/);
});

test("what rounding makes up is said where the printed terms do not give the printed sum", () => {
  const exact = layerOf({ rows: [[1, -2]] });
  assert.equal(roundingText(open(exact, [[7, 5]]), exact), "");
  const rounded = layerOf({ rows: [[1 / 3, 1 / 3]] });
  assert.equal(
    roundingText(open(rounded, [[1000, 2000]]), rounded),
    "The printed terms give 999.9999; rounding makes up 0.0001.",
  );
});

test("blocks are named for what tells them apart", () => {
  const names = (layer, planes) => open(layer, planes).blocks.map((block) => blockName(block, layer));
  const colours = [[1, 2], [3, 4], [5, 6]];
  const learned = layerOf({ planes: [[[1, 2]], [[3, 4]], [[5, 6]]] });
  assert.deepEqual(names(learned, colours), ["red", "green", "blue"]);
  for (const colour of ["grey", "rgb"]) {
    assert.deepEqual(names(layerOf({ kernel: "magnitude", colour }), colours.slice(0, colour === "grey" ? 1 : 3)),
      ["first kernel", "second kernel"]);
  }
});

test("the code holds every weight and setting, the border's colour only where it stands", () => {
  const planes = [[[0.1, 2]], [[1 / 3, 0]], [[-5, 6]]];
  const learned = layerOf({ planes, border: [1.5, 2, 3], padding: 2, stride: 3, dilation: 2, bias: -1 });
  const code = torchCode(learned, "dress-working.png");
  assert.ok(code.includes("[[[0.1, 2]],\n     [[0.3333333333333333, 0]],\n     [[-5, 6]]]"));
  assert.ok(code.includes('Image.open("dress-working.png")'));
  for (const part of ["border = torch.tensor([1.5, 2, 3]", "stride=3, dilation=2", "answer = answer + -1"]) {
    assert.ok(code.includes(part), part);
  }
  for (const more of [{ padding: 0 }, { mode: "reflect" }]) {
    assert.ok(!torchCode({ ...learned, ...more }, "a.png").includes("border"));
  }
});
