// What stands behind "Why this answer" and the picture: charts, maps, sums, hidden pieces, verdicts.
import assert from "node:assert/strict";
import { test } from "node:test";
import { chartRows, chartWords } from "../../../../explorer/ui/web/classifier/figure.js";
import { heatColour, scaleTexts } from "../../../../explorer/ui/web/classifier/heat.js";
import { costMaps, costWords, hidingWords } from "../../../../explorer/ui/web/classifier/hiding.js";
import { mistakeVerdict } from "../../../../explorer/ui/web/classifier/mistakes.js";
import { followedOutput, sharesOf, signed } from "../../../../explorer/ui/web/classifier/numbers.js";
import { sumLines, sumWords, totalWords } from "../../../../explorer/ui/web/classifier/sum.js";

test("a chart shows all classes in order, or the highest", () => {
  assert.deepEqual(chartRows([1, 3, 2], 3), { order: [0, 1, 2], hidden: 0 });
  assert.deepEqual(chartRows([1, 3, 2], 2), { order: [1, 2], hidden: 1 });
});

test("a chart in words names no classes that are not there", () => {
  assert.equal(chartWords(["a-b", "c", "d", "e"], [1, -3, 2, 0]), "Logits: d 2.00, a b 1.00, e 0.00, and 1 lower");
  assert.equal(chartWords(["cat", "dog"], [-1, 2.5]), "Logits: dog 2.50, cat −1.00");
  assert.equal(chartWords(["cat"], [0]), "Logits: cat 0.00");
});

test("heat: nothing is clear, the sign has its hue", () => {
  assert.equal(heatColour(0, 2, "sequential")[3], 0);
  const [warm, cold] = [heatColour(2, 2, "diverging"), heatColour(-2, 2, "diverging")];
  assert.ok(warm[0] > warm[2] && cold[2] > cold[0]);
  assert.equal(warm[3], cold[3]);
});

test("a colour bar's ends have the digits that tell them apart", () => {
  assert.deepEqual(scaleTexts(12.34, "diverging"), ["−12.3", "0", "+12.3"]);
  assert.deepEqual(scaleTexts(0.5, "sequential"), ["0", "", "0.50"]);
  assert.deepEqual(scaleTexts(0.01, "diverging"), ["−0.0100", "0", "+0.0100"]);
});

test("the printed digits of an exact sum add up to the printed logit", () => {
  let state = 7;
  const random = () => ((state = (state * 16807) % 2147483647) / 2147483647) * 4 - 2;
  for (let round = 0; round < 300; round += 1) {
    const terms = Array.from({ length: 12 }, (_, feature) => ({ feature, weight: 1, value: 1, amount: random() }));
    const [rest, bias] = [random() * 10, random()];
    const logit = terms.reduce((sum, term) => sum + term.amount, 0) + rest + bias;
    const lines = sumLines({ terms, rest, rest_count: 308, bias, logit });
    const read = (text) => Number(text.replace("−", "-").replace("+", ""));
    const total = lines.reduce((sum, line) => sum + Math.round(read(line.printed) * 1e4), 0);
    assert.equal(total, Math.round(read(signed(logit, 4)) * 1e4));
    const rounding = lines.find((line) => line.kind === "rounding");
    assert.ok(!rounding || Math.abs(rounding.amount) <= 8e-4);
  }
});

test("a sure answer that no square changes is said in words, with its logit", () => {
  const sure = { share: 0.9999, logit: 8.019, shares: [0.9999, 0.9957, 0.9998], logits: [8.02, 6.7, 7.5] };
  const logit = "the logit, 8.02, changes by −1.32 to +0.00.";
  assert.equal(hidingWords(sure), `No square costs more than 0.42 points; ${logit}`);
  const surer = { ...sure, shares: [0.9999, 0.99989, 0.9999] };
  assert.equal(hidingWords(surer), `No square costs as much as 0.01 points; ${logit}`);
  assert.equal(
    hidingWords({ share: 0.001, logit: -1, shares: [0.004], logits: [-0.5] }),
    "No square changes it by more than 0.30 points; the logit, −1.00, changes by +0.50 to +0.50.",
  );
  assert.equal(hidingWords({ ...sure, shares: [0.9999, 0.7, 0.9] }), "");
});

test("hidden pieces are mapped in points and, where these are next to nothing on all sides, in logits", () => {
  const known = { share: 0.9, logit: 3, shares: [0.5, 0.95], logits: [1, 3.5] };
  const inPoints = costMaps([known], 2);
  assert.equal(inPoints.byLogit, false);
  assert.deepEqual(inPoints.grids[0].values.map((cost) => cost && Number(cost.toFixed(9))), [0.4, -0.05, null, null]);
  assert.deepEqual([inPoints.grids[0].height, inPoints.grids[0].width], [2, 2]);
  assert.ok(Math.abs(inPoints.reach - 0.4) < 1e-12);
  const sure = { share: 0.999, logit: 8, shares: [0.998, 0.9991], logits: [6, 8.5] };
  assert.deepEqual(costMaps([sure], 2), {
    byLogit: true, reach: 2, grids: [{ height: 2, width: 2, values: [2, -0.5, null, null] }],
  });
  assert.equal(costMaps([sure, known], 2).byLogit, false, "both sides have one scale");
  assert.equal(costWords(0.031, false), "loses 3.1 points");
  assert.equal(costWords(-0.25, true), "gains 0.250 of the logit");
});

test("what a mistake did to the first label", () => {
  const right = { label: "a", probability: 0.7 };
  const outcome = (label, probability, score = "probability") => ({ rows: [{ label, probability }], score });
  assert.equal(mistakeVerdict(right, { rows: [], score: "probability" }), "It ends in an exception.");
  assert.equal(mistakeVerdict(right, outcome("a", 0.7)), "The answer stays to the last digit.");
  assert.equal(mistakeVerdict(right, outcome("a", 0.6)), "The first label stays this time; the numbers do not.");
  assert.equal(mistakeVerdict(right, outcome("b", 0.7)), "The answer is another one.");
  assert.equal(mistakeVerdict(right, outcome("a", 0.7, "logit")), "The order stays, but these are no probabilities.");
});

test("a sum is called the logit only where nothing follows it", () => {
  const sum = {
    layer: "fc", source: "relu", terms: [{}], output: 0.25, counted_in: [], follows: [], between: [], maps: "relu",
    places: { height: 1, width: 1, values: [1] },
  };
  assert.match(sumWords(sum), /so this sum is the logit, to the last digit/);
  assert.equal(totalWords(sum), "logit");
  const softmax = { ...sum, follows: ["log_softmax"] };
  assert.doesNotMatch(sumWords(softmax), /is the logit/);
  assert.match(sumWords(softmax), /behind it comes log softmax, which makes 0\.2500 of it/);
  assert.equal(totalWords(softmax), "before log softmax");
  assert.match(sumWords({ ...sum, counted_in: ["div"] }), /Behind fc stands div, which the weights/);
  assert.match(sumWords({ ...sum, terms: [], layer: "a, b", follows: ["maximum"] }), /no sum of one layer's features/);
  const flat = { ...sum, source: null, places: null };
  assert.match(sumWords(flat), /Each is one cell of relu\. Open the logit/);
  const normed = sumWords({ ...flat, between: ["adaptive_avg_pool2d", "layer_norm"] });
  assert.match(normed, /between relu and them stands adaptive avg pool2d, layer norm/);
  assert.doesNotMatch(normed, /Hidden layers/i);
});

test("a network that gives no logits gets no softmax", () => {
  const shares = [0.7, 0.1, 0.2];
  assert.deepEqual(sharesOf({ logits: shares, temperature: 1, output: "probabilities" }), shares);
  const logs = sharesOf({ logits: shares.map(Math.log), temperature: 1, output: "log_probabilities" });
  logs.forEach((share, place) => assert.ok(Math.abs(share - shares[place]) < 1e-12));
  const two = sharesOf({ logits: [0, Math.log(3) * 2], temperature: 2, output: "logits" });
  assert.ok(Math.abs(two[1] - 0.75) < 1e-12);
  const line = followedOutput("a-b", { logits: shares, output: "probabilities" }, 0);
  assert.match(line, /^a b: {2}the network gives 0\.70000 {2}→/);
});
