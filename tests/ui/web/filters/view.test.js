// Windows and answers, views, sweeps, colours, pooling.
import assert from "node:assert/strict";
import { test } from "node:test";

import { kernelPixels } from "../../../../explorer/ui/web/shared/canvas.js";
import { numberSize } from "../../../../explorer/ui/web/filters/draw.js";
import {
  answerPixels, histogramOf, pooledAnswer, reluAnswer, usualReach, valueRange, viewScale,
} from "../../../../explorer/ui/web/filters/pixels.js";
import { learnedState } from "../../../../explorer/ui/web/filters/state.js";
import {
  answerAt, partCellUnder, fitted, isReadable, movedAnswer, nearestIn, readPositions, shownParts, strongestAnswer,
  sweepStep, sweptAnswer, unreadTail, windowOf,
} from "../../../../explorer/ui/web/filters/view.js";

const LAYER = { height: 3, width: 3, stride: 1, dilation: 1, padding: 0, mode: "zeros", colour: "grey", planes: 1 };
const layer = (more) => ({ ...LAYER, ...more });

test("the answer nearest to a pixel has its window around it", () => {
  const output = { height: 8, width: 18 };
  assert.deepEqual(answerAt(layer(), output, 5.5, 7.5), { y: 4, x: 6 });
  assert.deepEqual(answerAt(layer(), output, 0.5, 19.5), { y: 0, x: 17 });
  assert.deepEqual(answerAt(layer({ stride: 2, padding: 1 }), output, 6.5, 6.5), { y: 3, x: 3 });
  const wide = layer({ dilation: 2, stride: 3, padding: 2 });
  for (let y = 0; y < 8; y += 1) {
    const window = windowOf(wide, y, 0);
    assert.equal(answerAt(wide, output, window.y + window.height / 2, 0).y, y);
  }
});

test("close views show the windows of their answers, inside the picture", () => {
  const size = { height: 100, width: 60 };
  const output = { height: 98, width: 58 };
  for (const centre of [{ y: 0, x: 0 }, { y: 50, x: 30 }, { y: 97, x: 57 }]) {
    const { input, output: part } = shownParts(layer(), size, output, "close", centre);
    assert.deepEqual([part.height, part.width, input.height, input.width], [14, 14, 16, 16]);
    assert.ok(part.y >= 0 && part.y + part.height <= output.height && sweepStep(part, centre.y, centre.x) !== null);
    assert.ok(input.y >= 0 && input.x + input.width <= size.width);
  }
  const whole = shownParts(layer({ padding: 2 }), size, output, "whole", { y: 0, x: 0 });
  assert.deepEqual(whole.input, { y: -2, x: -2, height: 104, width: 64 });
  const few = shownParts(layer(), { height: 5, width: 5 }, { height: 3, width: 3 }, "numbers", { y: 0, x: 0 });
  assert.deepEqual(few.output, { y: 0, x: 0, height: 3, width: 3 });
});

test("the cell under a point", () => {
  const part = { y: 10, x: -1, height: 4, width: 8 };
  const fit = fitted(part, 402, 402);
  assert.deepEqual(fit, { cell: 50, left: 1, top: 101 });
  assert.deepEqual(partCellUnder(part, fit, 60, 260), { y: 13, x: 0 });
  assert.equal(partCellUnder(part, fit, 60, 90), null);
  assert.equal(partCellUnder(part, fit, 60, 301), null);
});

test("a sweep visits every answer once, and steps invert", () => {
  const part = { y: 3, x: 5, height: 4, width: 6 };
  const seen = new Set();
  for (let at = 0; at < 24; at += 1) {
    const { y, x } = sweptAnswer(part, at);
    assert.equal(sweepStep(part, y, x), at);
    seen.add(y + "," + x);
  }
  assert.equal(seen.size, 24);
  assert.equal(sweepStep(part, 3, 11), null);
  assert.deepEqual(nearestIn(part, { y: 0, x: 99 }), { y: 3, x: 10 });
  assert.deepEqual(nearestIn(part, { y: 5, x: 6 }), { y: 5, x: 6 });
});

test("arrow keys stay in the picture", () => {
  const output = { height: 5, width: 40 };
  assert.deepEqual(movedAnswer("ArrowUp", { y: 0, x: 3 }, output, false), { y: 0, x: 3 });
  assert.deepEqual(movedAnswer("ArrowRight", { y: 0, x: 35 }, output, true), { y: 0, x: 39 });
  assert.deepEqual(movedAnswer("PageDown", { y: 0, x: 3 }, output, false), { y: 4, x: 3 });
  assert.equal(movedAnswer("Enter", { y: 0, x: 0 }, output, false), null);
});

test("what no window reads: the floor's tail, and the holes", () => {
  assert.deepEqual([...readPositions(8, 3, 2, layer({ stride: 3 }))], [1, 1, 1, 1, 1, 1, 0, 0]);
  assert.equal(unreadTail(readPositions(8, 3, 2, layer({ stride: 3 }))), 2);
  assert.deepEqual([...readPositions(5, 2, 1, layer({ stride: 9, dilation: 4 }))], [1, 0, 0, 0, 1]);
  assert.equal(unreadTail(readPositions(5, 2, 1, layer({ stride: 9, dilation: 4 }))), 0);
});

test("colours say sign and size; bars say their ends", () => {
  const answer = { values: Float64Array.of(-10, 0, 5, 300), height: 2, width: 2, channels: 1 };
  const range = valueRange(answer.values);
  assert.deepEqual(range, { low: -10, high: 300, mean: 73.75 });
  const signed = viewScale("signed", range, 1, 300);
  const colours = answerPixels(answer, "signed", signed);
  assert.deepEqual([...colours.slice(12, 15)], [140, 45, 4]);
  assert.deepEqual([...colours.slice(4, 7)].map((c) => c > 250), [true, true, true]);
  assert.ok(colours[2] > colours[0]);
  const clipped = answerPixels(answer, "clipped", viewScale("clipped", range, 1, 300));
  assert.deepEqual([0, 4, 8, 12].map((at) => clipped[at]), [0, 0, 5, 255]);
  const absolute = answerPixels(answer, "absolute", viewScale("absolute", range, 1, 300));
  assert.equal(absolute[0], Math.round((10 / 300) * 255));
  assert.deepEqual(viewScale("rescaled", range, 3, 300), { low: -10, high: 300, scheme: "grey" });
  assert.deepEqual(viewScale("signed", range, 3, 300).scheme, "grey");
  for (const view of ["signed", "absolute", "rescaled", "clipped", "relu"]) {
    const none = { low: 0, high: 0, mean: 0 };
    const { low, high } = viewScale(view, none, 1, usualReach([0], none));
    assert.ok(high > low, view);
  }
});

test("histograms count everything", () => {
  assert.deepEqual(histogramOf([0, 1, 2, 3, 4], { low: 0, high: 4 }, 4), [1, 1, 1, 2]);
  assert.deepEqual(histogramOf([7, 7], { low: 7, high: 7 }, 4), [2, 0, 0, 0]);
});

test("ReLU and pooling", () => {
  const answer = { values: Float64Array.of(-1, 2, 9, 4, -5, 6, 9, 9, 9), height: 3, width: 3, channels: 1 };
  const relu = reluAnswer(answer);
  assert.deepEqual([...relu.values], [0, 2, 9, 4, 0, 6, 9, 9, 9]);
  const pooled = pooledAnswer(relu, "max");
  assert.deepEqual({ ...pooled, values: [...pooled.values] }, { values: [4], height: 1, width: 1, channels: 1 });
  assert.deepEqual([...pooledAnswer(relu, "average").values], [1.5]);
});

test("the strongest answer is looked for inside", () => {
  const values = new Float64Array(256);
  values[0] = 100;
  values[5 * 16 + 7] = -50;
  assert.deepEqual(strongestAnswer({ values, height: 16, width: 16 }), { y: 5, x: 7 });
});

test("a few strong answers do not pale all others", () => {
  const values = Float64Array.from({ length: 10000 }, (_, at) => (at < 20 ? 1000 : -(at % 100)));
  const reach = usualReach(values, valueRange(values));
  assert.ok(reach >= 99 && reach < 105, reach);
  assert.equal(usualReach([3, -4], { low: -4, high: 3 }), 4);
});

test("a number in a cell has at least 14 pixels, whatever its length", () => {
  assert.equal(numberSize(20, 30, 60), 20);
  assert.equal(numberSize(20, 60, 60), 19);
  assert.equal(numberSize(14, 42, 45), 14);
  assert.equal(numberSize(14, 42, 44), 14);
  assert.equal(numberSize(20, 90, 30), 14);
});

test("what is read cell by cell gets a phone's whole width", () => {
  assert.ok(isReadable({ y: 0, x: 0, height: 8, width: 8 }));
  assert.ok(!isReadable({ y: 0, x: 0, height: 8, width: 15 }));
});

test("a filter over grey is sent as its one plane", () => {
  const window = { bias: 0.5, stride: 1, padding: 1, padding_mode: "zeros", dilation: 1, border: [9, 9, 9] };
  const sent = { name: "n", weights: [[[1, 2], [3, 4]]], ...window };
  const { rows, planes, colour, border } = learnedState(sent);
  assert.deepEqual([rows, planes, colour, border], [[[1, 2], [3, 4]], null, "grey", [9, 9, 9]]);
  assert.deepEqual([...kernelPixels(sent.weights.flat(2), 1, 4).slice(12, 16)], [255, 255, 255, 255]);
  assert.equal(learnedState({ ...sent, weights: [[[1]], [[2]], [[3]]] }).colour, "sum");
});
