// What is said of a layer: of a cell, of its sum, of what falls off.
import assert from "node:assert/strict";
import { test } from "node:test";

import { lossWords, nothingLost } from "../../../../explorer/ui/web/sizes/losses.js";
import { termCount } from "../../../../explorer/ui/web/sizes/numbers.js";
import {
  layerCode, layerCosts, makeLayer, settingsFromLink, settingsToLink,
} from "../../../../explorer/ui/web/sizes/settings.js";
import { checkingCode, sumPieces } from "../../../../explorer/ui/web/sizes/sum.js";
import { marksSentence } from "../../../../explorer/ui/web/sizes/words.js";
import { layer, settings } from "./layers.js";

test("what is highlighted is said in words", () => {
  const one = layer({ size: 6, stride: 2 });
  const said = (of, part, y, x) => marksSentence(of, { part, slice: 0, y, x });
  assert.match(said(one, "output", 1, 0), /^Output row 1, column 0 = −?\d+, from input rows 2 to 4, columns 0 to 2\.$/);
  assert.match(said(one, "input", 5, 0), /no window reads it\.$/);
  assert.match(said(one, "input", 2, 2), /is read by 4 windows\.$/);
  const meets = "Weight row 2, column 0 meets 4 pixels, once for each of 4 output cells.";
  assert.equal(said(one, "weight", 2, 0), meets);
  const holes = layer({ size: 7, dilation: 2 });
  assert.match(said(holes, "output", 0, 1), /rows 0, 2, 4, columns 1, 3, 5/);
  const stamp = layer({ kind: "transposed", size: 3, stride: 2, padding: 1 });
  assert.match(said(stamp, "input", 0, 0), /is stamped onto 4 output cells/);
  assert.match(said(stamp, "output", -1, 0), /cut off by the padding/);
});

test("the sum written out comes to the number", () => {
  const one = layer({ size: 5 });
  const sumText = (of, place) => sumPieces(of, place).map((piece) => piece.text).join("");
  const text = sumText(one, { slice: 0, y: 1, x: 1 });
  const [left, right] = text.replaceAll("−", "-").replace("bias", "").split("=");
  const product = (term) => term.split("·").map((n) => Number(n.replace(/[()]/g, ""))).reduce((a, b) => a * b);
  assert.equal(left.split("+").map(product).reduce((a, b) => a + b), Number(right));
  assert.equal(text.split("·").length, 10);
  const pooled = sumText(layer({ kind: "max", kernel_size: 2 }), { slice: 0, y: 0, x: 0 });
  assert.match(pooled, /^max\(\d(, \d){3}\) = \d$/);
  const deep = sumText(layer({ channels: 8 }), { slice: 0, y: 0, x: 0 });
  assert.match(deep, /channel 7: /);
});

test("a layer without a bias has none in its costs, its sum, its code and its link", () => {
  const without = { ...settings({ size: 4, channels: 2, filters: 3 }), bias: false };
  assert.deepEqual(layerCosts(makeLayer(without)), { weights: 54, biases: 0, mult_adds: 54 * 4 });
  assert.equal(layerCode(without), "nn.Conv2d(2, 3, 3, bias=False)");
  assert.deepEqual(settingsFromLink(settingsToLink(without)), without);
  const sumText = (of) => sumPieces(makeLayer(of), { slice: 0, y: 0, x: 0 }).map((piece) => piece.text).join("");
  assert.doesNotMatch(sumText(without), /bias/);
  assert.match(sumText({ ...without, bias: true }), / \+ bias 0 = /);
  assert.doesNotMatch(checkingCode(without, makeLayer(without)), /bias\.zero_/);
});

test("a weight of a transposed convolution meets each input once, for as many output cells", () => {
  const stamp = layer({ kind: "transposed", size: 3, stride: 2 }); // 9 inputs, 7 × 7 outputs
  const sentence = marksSentence(stamp, { part: "weight", slice: 0, y: 0, x: 0 });
  assert.equal(sentence, "Weight row 0, column 0 meets 9 pixels, once for each of 9 output cells.");
});

test("an adaptive pooling's window is counted by what it reads, not by the size that is asked for", () => {
  assert.equal(termCount(layer({ kind: "adaptive", size: 7, kernel_size: 3 })), 9); // windows 0..2, 2..4, 4..6
  assert.equal(termCount(layer({ kind: "adaptive", size: 4, kernel_size: 8 })), 1);
  const whole = layer({ kind: "adaptive", size: 4096, kernel_size: 1 });
  const place = { part: "output", slice: 0, y: 0, x: 0 };
  assert.match(marksSentence(whole, place), / is a sum of 16,777,216 terms, from input rows 0 to 4095/);
  assert.deepEqual(sumPieces(whole, place), [], "it is not written out");
});

test("what falls off is told from what is stepped over", () => {
  assert.equal(lossWords(layer({ size: 5 })), "");
  const cut = "The floor cuts off the last row and the last column";
  assert.equal(lossWords(layer({ size: 6, stride: 2 })), `${cut}: no window reads them.`);
  assert.equal(lossWords(layer({ size: 6, stride: 2, padding: 1 })), `${cut} (padding only): no window reads them.`);
  const over = layer({ size: 7, kernel_size: 1, stride: 2 });
  assert.equal(lossWords(over), "The windows step over 3 rows and 3 columns in between.");
  assert.equal(nothingLost(layer({ size: 5 })), "Every cell of the padded input is read by some window.");
  assert.equal(nothingLost(layer({ kind: "transposed" })), "Every input cell is used.");
  const stamped = makeLayer({ ...settings({ kind: "transposed", size: 4 }), padding: [1, 2] });
  assert.match(nothingLost(stamped), /cuts 1 row and 2 columns off each side of what is stamped\.$/);
});
