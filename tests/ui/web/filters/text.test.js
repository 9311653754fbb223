// Kernels as text, numbers as text, states as links.
import assert from "node:assert/strict";
import { test } from "node:test";

import { boxText } from "../../../../explorer/ui/web/filters/editor.js";
import {
  cellNumber, flippedRows, numberText, parseKernel, resizedRows, wholeNumbers,
} from "../../../../explorer/ui/web/filters/kernel.js";
import { linkState, stateLink } from "../../../../explorer/ui/web/filters/link.js";
import { READY_PICTURES } from "../../../../explorer/ui/web/filters/ready.js";
import {
  FILTER_STATE, fittingView, recorded, startHistory, stateKernels, stateLayer, undone,
} from "../../../../explorer/ui/web/filters/state.js";

const KNOWN = {
  "sobel x": { kernels: [[[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]] },
  "box blur 3": { kernels: [[[1, 1, 1], [1, 1, 1], [1, 1, 1]].map((row) => row.map((w) => w / 9))] },
  magnitude: { kernels: [[[-1 / 3, 1 / 3]], [[1 / 3, -1 / 3]]] },
};
const PICTURES = ["photograph", ...Object.keys(READY_PICTURES)];

test("cells take decimals, fractions, commas and minus signs, and nothing else", () => {
  const good = {
    1: 1, " -1.5 ": -1.5, "1/9": 1 / 9, "0,5": 0.5, "−2": -2, ".5": 0.5, "1e-3": 0.001, "+4": 4,
  };
  for (const [text, value] of Object.entries(good)) assert.equal(cellNumber(text), value);
  const bad = [
    "", "x", "1/0", "1/2/3", "1 2", "0x10", "NaN", "Infinity", "1e7", "1e999", "--1", "1,2,3", "constructor",
  ];
  for (const text of bad) assert.ok(Number.isNaN(cellNumber(text)), text);
});

test("pasted kernels in many spellings", () => {
  const edge = [[1, 0, -1], [1, 0, -1]];
  const texts = [
    "1 0 -1\n1 0 -1", "1,0,-1;1,0,-1", "[[1, 0, -1], [1, 0, -1]]", "np.array([[1., 0., -1.],\n  [1., 0., -1.]])",
    "torch.tensor([[1,0,-1],[1,0,-1]])", "1\t0\t-1\r\n1\t0\t-1\n\n", "1 0 -1\n1 0 −1",
  ];
  for (const text of texts) assert.deepEqual(parseKernel(text), { rows: edge }, text);
  assert.deepEqual(parseKernel("1/9 1 / 9"), { rows: [[1 / 9, 1 / 9]] });
});

test("odd text gets a sentence", () => {
  const texts = [
    ["", /no number/], ["[]", /no number/], ["1 2\n3", /Row 2 has 1 numbers and row 1 has 2/],
    ["1 two 3", /“two” in row 1/], ["1 ".repeat(12), /at most 11 rows and 11 columns; this text has 1 × 12/],
    ["9".repeat(30000), /too long/], ["alert(1)", /“alert” in row 1/], ["1e99", /“1e99”/],
  ];
  for (const [text, sentence] of texts) assert.match(parseKernel(text).error, sentence, text.slice(0, 20));
});

test("numbers read well and enough of them is printed", () => {
  const texts = [
    [0, "0"], [-0, "0"], [151, "151"], [-312.458, "−312.458"], [0.1 + 0.2, "0.3"], [1 / 9, "0.1111111"],
    [123456.789, "123456.8"], [-1e-12, "−1e−12"], [255 * 3.5, "892.5"],
  ];
  for (const [value, text] of texts) assert.equal(numberText(value).replace("e-", "e−"), text);
});

test("a box shows a weight as it can be read back: an edit of one box reads all of them", () => {
  assert.deepEqual([0.1 + 0.2, -2, 0, 1 / 3].map(boxText), ["0.3", "-2", "0", String(1 / 3)]);
  for (const value of [1 / 9, 12345.6789, 123456.789, -99999.87654, 1e-7, 0.012345678, 1e6, -1e-12]) {
    assert.equal(cellNumber(boxText(value)), value);
  }
});

test("weights become whole numbers over a divisor where they are such", () => {
  assert.deepEqual(wholeNumbers([[1 / 9, 2 / 9]]), { rows: [[1, 2]], divisor: 9 });
  assert.deepEqual(wholeNumbers([[0.0625, -0.25]]), { rows: [[1, -4]], divisor: 16 });
  assert.deepEqual(wholeNumbers([[Math.PI]]), { rows: [[Math.PI]], divisor: 1 });
  const { kernels, divisor, magnitude } = stateKernels({ ...FILTER_STATE, kernel: "magnitude" }, KNOWN);
  assert.deepEqual([kernels, divisor, magnitude], [[[[-1, 1]], [[1, -1]]], 3, true]);
});

test("resizing keeps the centre; flipping turns by half a turn", () => {
  assert.deepEqual(resizedRows([[5]], 3, 3), [[0, 0, 0], [0, 5, 0], [0, 0, 0]]);
  assert.deepEqual(resizedRows([[1, 2, 3], [4, 5, 6], [7, 8, 9]], 1, 1), [[5]]);
  assert.deepEqual(flippedRows([[1, 2], [3, 4]]), [[4, 3], [2, 1]]);
});

test("dividing by the sum, where there is one", () => {
  const divided = stateKernels({ ...FILTER_STATE, rows: [[1, 3]], divideBySum: true }, KNOWN);
  assert.equal(divided.divisor, 4);
  assert.equal(stateKernels({ ...FILTER_STATE, divideBySum: true }, KNOWN).divisor, 1);
});

test("what is signed by nature is shown signed", () => {
  const view = (more) => fittingView(stateLayer({ ...FILTER_STATE, ...more }, KNOWN));
  assert.equal(view({}), "signed");
  assert.equal(view({ kernel: "box blur 3" }), "clipped");
  assert.equal(view({ kernel: "magnitude" }), "absolute");
});

test("a link restores every state", () => {
  const states = [
    {},
    {
      kernel: "box blur 3", bias: -0.1, stride: 3, dilation: 2, padding: 4, mode: "reflect", colour: "rgb",
      view: "absolute", zoom: "close", y: 12, x: 0, channel: 2, flip: true,
    },
    { kernel: "custom", rows: [[1 / 9, -2.5], [1e-7, 0]], divisor: 9, divideBySum: true, picture: "dot" },
    {
      kernel: "resnet18 filter 3", planes: [[[0.1, 0.2]], [[0.3, -0.4]], [[1 / 3, 0]]],
      border: [123.675, 116.28, 103.53], colour: "sum", bias: -0.25,
    },
    { kernel: "lenet5 filter 3", rows: [[0.1, 0.2], [0, 1]], border: [127.5, 127.5, 127.5], bias: 0.5 },
  ];
  for (const more of states) {
    const state = { ...FILTER_STATE, ...more };
    const text = new URLSearchParams(stateLink(state)).toString();
    assert.deepEqual(linkState(Object.fromEntries(new URLSearchParams(text)), KNOWN, PICTURES), state);
  }
});

test("a link with nonsense is the default", () => {
  const nonsense = {
    kernel: "constructor", weights: "1 x", stride: "0", dilation: "1e9", padding: "-1", mode: "mirror",
    colour: "__proto__", view: "", zoom: "9", picture: "toString", bias: "NaN", y: "-3", x: "1.5", channel: "7",
    flip: "yes", border: "1 2",
  };
  assert.deepEqual(linkState(nonsense, KNOWN, PICTURES), FILTER_STATE);
  assert.deepEqual(linkState({ weights: "1 2|3 4|5" }, KNOWN, PICTURES), FILTER_STATE);
  for (const divisor of ["1e-300", "0", "-1e-12", "1/0"]) {
    assert.equal(linkState({ weights: "1 2", divisor }, KNOWN, PICTURES).divisor, 1);
  }
  // not a name of other weights
  assert.equal(linkState({ weights: "1 2", kernel: "box blur 3" }, KNOWN, PICTURES).kernel, "custom");
});

test("undo goes back over changes, not over where one looked", () => {
  let history = startHistory(FILTER_STATE);
  history = recorded(history, { ...history.state, stride: 2 });
  history = recorded(history, { ...history.state, y: 5, x: 6 });
  history = recorded(history, { ...history.state, kernel: "box blur 3" });
  history = undone(history);
  assert.deepEqual([history.state.stride, history.state.kernel], [2, "sobel x"]);
  history = undone(undone(undone(history)));
  assert.deepEqual(history, startHistory(FILTER_STATE));
});
