// The Classifier tab's arithmetic: the softmax, exact sums whose printed digits add up, the table of many photographs.
const test = require("node:test");
const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const vm = require("node:vm");

const folder = path.join(__dirname, "..", "..", "..", "..", "explorer", "ui", "web");
const names = ["shared/colour", "shared/wording", "classifier/numbers", "classifier/card", "classifier/table", "classifier/pile"];
const made = ["softmaxOpened", "descending", "signed", "plus", "magnitude", "chartRows", "softmaxPrinted", "typeset", "points", "hidingWords", "followed", "sumLines", "cellUnder", "heatColour",
  "labelFromFolder", "csvRows", "labelsFromCsv", "labelsFromTables", "cardValue", "cardSentences", "cardGroups", "trainedLine", "worst", "setWords", "accuracyRows", "fitLabel", "bestSet", "nameLine", "score", "confusion", "shownLines", "linesToCsv", "linesToJson", "pileProblem"];
const source = names.map((name) => fs.readFileSync(path.join(folder, name + ".js"), "utf-8")).join("\n");
const web = vm.runInThisContext("(() => {" + source + "\nreturn {" + made.join(",") + "};})()");

const near = (a, b, tolerance = 1e-12) => assert.ok(Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(b)), a + " is not " + b);

test("a softmax known by hand", () => {
  const { exponentials, sum, probabilities } = web.softmaxOpened([Math.log(1), Math.log(3), Math.log(4)], 1);
  [1, 3, 4].forEach((value, place) => near(exponentials[place], value));
  near(sum, 8);
  [1 / 8, 3 / 8, 1 / 2].forEach((value, place) => near(probabilities[place], value));
});

test("a temperature re-ranks nothing, and evens out", () => {
  const logits = [2.5, -1, 7.25, 7.2, 0];
  for (const temperature of [0.25, 0.7, 1, 3, 16]) {
    const { probabilities } = web.softmaxOpened(logits, temperature);
    assert.deepEqual(web.descending(probabilities), web.descending(logits));
    near(probabilities.reduce((sum, value) => sum + value, 0), 1);
  }
  assert.ok(web.softmaxOpened(logits, 16).probabilities[2] < web.softmaxOpened(logits, 1).probabilities[2]);
});

test("logits far beyond exp's reach keep their shares", () => {
  const { probabilities, sum } = web.softmaxOpened([2000, 2000 - Math.log(3)], 1);
  near(probabilities[0], 0.75);
  assert.equal(web.magnitude(sum), "more than 10³⁰⁸");
  near(web.softmaxOpened([-3000, -3000], 1).probabilities[1], 0.5);
});

test("numbers in words", () => {
  assert.equal(web.signed(-1.005, 1), "−1.0");
  assert.equal(web.signed(-0.001), "0.00");
  assert.equal(web.plus(0.5, 2), "+0.50");
  assert.equal(web.magnitude(5653.33), "5653.3");
  assert.equal(web.magnitude(0.01389), "0.013890");
  assert.equal(web.magnitude(77651.09), "77651");
  assert.equal(web.magnitude(99999.7), "1.0000 × 10⁵");
  assert.equal(web.magnitude(1.234e9), "1.2340 × 10⁹");
  assert.equal(web.magnitude(3.3e-7), "3.3000 × 10⁻⁷");
  assert.match(web.followed("a-b", [Math.log(4), Math.log(4)], 0, 1), /^a b: {2}exp\(1\.38629\) = 4\.0000, {2}of the sum 8\.0000 {2}→ {2}50\.0/);
});

test("a calculator gives what the readout prints, digit by digit", () => {
  let state = 11;
  const random = () => (state = (state * 16807) % 2147483647) / 2147483647;
  for (let round = 0; round < 300; round += 1) {
    const temperature = [0.5934, 0.6349, 1, Number((0.25 + 4 * random()).toFixed(4))][round % 4];
    const logits = Array.from({ length: 33 }, () => random() * 20 - 6);
    const text = web.followed("x", logits, 0, temperature).replaceAll("−", "-");
    const [, z, t] = text.match(/exp\((-?[\d.]+)(?: \/ ([\d.]+))?\)/);
    assert.equal(Number(t || 1), temperature);
    const [, value, sum, share] = text.match(/\) = (.+?), {2}of the sum (.+?) {2}→ {2}(.+)$/);
    const read = (printed) => Number(printed.replace(" × 10", "e").replace(/[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]/g, (sign) => "0123456789-"["⁰¹²³⁴⁵⁶⁷⁸⁹⁻".indexOf(sign)]));
    assert.equal(read(value), Number(Math.exp(Number(z) / Number(t || 1)).toPrecision(5)));
    if (/^\d+\.\d\D*$/.test(share)) assert.ok(Math.abs(Number(share.match(/[\d.]+/)[0]) - (100 * read(value)) / read(sum)) < 0.053, text);
  }
});

test("the softmax panel's columns follow from one another", () => {
  const logits = [6.682437, 3.2514141, -2.0499182, 0.4900013];
  const printed = web.softmaxPrinted(logits, 0.5934);
  printed.scaled.forEach((scaled, place) => {
    near(Number(scaled.toFixed(6)), Number(logits[place].toFixed(5)) / 0.5934, 1e-6);
    near(printed.exponentials[place], Math.exp(Number(scaled.toFixed(6))), 1e-6);
  });
});

test("a sure answer that no square changes is said in words, with its logit", () => {
  const sure = { share: 0.9999, logit: 8.019, shares: [0.9999, 0.9957, 0.9998], logits: [8.02, 6.7, 7.5] };
  assert.equal(web.hidingWords(sure), "No square costs more than 0.42 points; the logit, 8.02, changes by −1.32 to +0.00.");
  assert.equal(web.hidingWords({ ...sure, shares: [0.9999, 0.99989, 0.9999] }), "No square costs as much as 0.01 points; the logit, 8.02, changes by −1.32 to +0.00.");
  assert.match(web.hidingWords({ share: 0.001, logit: -1, shares: [0.004], logits: [-0.5] }), /^No square changes it by more than 0\.30 points; the logit, −1\.00, changes by \+0\.50 to \+0\.50\.$/);
  assert.equal(web.hidingWords({ ...sure, shares: [0.9999, 0.7, 0.9] }), "");
});

test("numbers from Python get a true minus and a thin space before %", () => {
  assert.equal(web.typeset("tshirts 33.2% / t-shirt 4%"), "tshirts 33.2\u202f% / t-shirt 4\u202f%");
  assert.equal(web.typeset("-0.48"), "−0.48");
  assert.equal(web.typeset("(1, -3)"), "(1, −3)");
});

test("the printed digits of an exact sum add up to the printed logit", () => {
  let state = 7;
  const random = () => ((state = (state * 16807) % 2147483647) / 2147483647) * 4 - 2;
  for (let round = 0; round < 300; round += 1) {
    const terms = Array.from({ length: 12 }, (_, feature) => ({ feature, weight: 1, value: 1, amount: random() }));
    const [rest, bias] = [random() * 10, random()];
    const logit = terms.reduce((sum, term) => sum + term.amount, 0) + rest + bias;
    const lines = web.sumLines({ terms, rest, rest_count: 308, bias, logit });
    const read = (text) => Number(text.replace("−", "-").replace("+", ""));
    const total = lines.reduce((sum, line) => sum + Math.round(read(line.printed) * 1e4), 0);
    assert.equal(total, Math.round(read(web.signed(logit, 4)) * 1e4));
    const rounding = lines.find((line) => line.kind === "rounding");
    assert.ok(!rounding || Math.abs(rounding.amount) <= 8e-4);
  }
});

test("a chart shows all classes in order, or the highest", () => {
  assert.deepEqual(web.chartRows([1, 3, 2], 3), { order: [0, 1, 2], hidden: 0 });
  assert.deepEqual(web.chartRows([1, 3, 2], 2), { order: [1, 2], hidden: 1 });
});

test("the cell under a point never leaves the grid", () => {
  const grid = { height: 3, width: 5 };
  assert.deepEqual(web.cellUnder(0, 0, 300, 300, grid), { row: 0, column: 0 });
  assert.deepEqual(web.cellUnder(300, 300, 300, 300, grid), { row: 2, column: 4 });
  assert.deepEqual(web.cellUnder(-4, 150, 300, 300, grid), { row: 1, column: 0 });
});

test("heat: nothing is clear, the sign has its hue", () => {
  assert.equal(web.heatColour(0, 2, "sequential")[3], 0);
  const [warm, cold] = [web.heatColour(2, 2, "diverging"), web.heatColour(-2, 2, "diverging")];
  assert.ok(warm[0] > warm[2] && cold[2] > cold[0]);
  assert.equal(warm[3], cold[3]);
});

test("the nearest folder with a known name labels", () => {
  const known = ["red things", "sports-shoes"];
  assert.equal(web.labelFromFolder("shop/Sports Shoes/raw/1.jpg", known), "sports-shoes");
  assert.equal(web.labelFromFolder("a\\RED_THINGS\\1.jpg", known), "red things");
  assert.equal(web.labelFromFolder("red things.jpg", known), "");
});

test("a zip is taken alone, and whatever comes with it is refused in words", () => {
  const pick = (...files) => files.map((name) => ({ file: { name }, name }));
  assert.equal(web.pileProblem(pick("a.zip")), "");
  assert.equal(web.pileProblem(pick("a.jpg", "b.png", "labels.csv")), "");
  assert.equal(web.pileProblem(pick("a.zip", "B.ZIP", "c.jpg")), "One zip at a time, or photographs: these are 2 zips and 1 other file, and nothing was taken of them.");
  assert.equal(web.pileProblem(pick("c.jpg", "a.zip")), "One zip at a time, or photographs: these are a zip and 1 other file, and nothing was taken of them.");
});

test("csv cells with commas, quotes and breaks", () => {
  assert.deepEqual(web.csvRows('\uFEFFa,b\r\n"x, ""y""\nz",2\n\n'), [["a", "b"], ['x, "y"\nz', "2"]]);
  assert.deepEqual([...web.labelsFromCsv('File, label\n"a, b.jpg",green\nc.jpg,\n')], [["a, b.jpg", "green"]]);
  assert.equal(web.labelsFromCsv("file,colour\na,b\n").size, 0);
  assert.equal(web.labelsFromCsv("").size, 0);
  assert.deepEqual([...web.labelsFromCsv("\uFEFFfile;label\r\na,b.jpg;red\r\n")], [["a,b.jpg", "red"]]);
  assert.deepEqual([...web.labelsFromCsv("name\tlabel\na.jpg\tgreen\n")], [["a.jpg", "green"]]);
});

test("tables label from the top and from their own folder, each of them", () => {
  const labels = web.labelsFromTables([
    { name: "shop/aaa.csv", text: "file,price\none/a.jpg,3\n" },
    { name: "shop/labels.csv", text: "file,label\none/a.jpg,red\ntwo/a.jpg,green\n" },
    { name: "top.csv", text: "file,label\nshop/b.jpg,blue\n" },
  ]);
  assert.equal(labels.get("shop/one/a.jpg"), "red");
  assert.equal(labels.get("shop/two/a.jpg"), "green");
  assert.equal(labels.get("shop/b.jpg"), "blue");
  assert.equal(labels.get("one/a.jpg"), "red");
});

const line = (order, file, label, answer, share, more = {}) => ({ order, file, label, top: [{ label: answer, probability: share, logit: share * 10 }], strange: false, ...more });
const lines = [
  line(0, "b.jpg", "green", "green", 0.9), line(1, "a.jpg", "green", "red", 0.4), line(2, "c.jpg", "", "red", 0.8, { strange: true }),
  { order: 3, file: "d.jpg", label: "red", error: "This file is empty." }, line(4, "e.jpg", "red", "red", 0.7),
];

test("accuracy counts labelled lines that were answered", () => assert.deepEqual(web.score(lines), { answered: 4, unread: 1, labelled: 3, right: 2, foreign: 0 }));

test("labels find their names in the set that knows most of them", () => {
  const sets = { "": ["jeans", "trousers", "tshirts", "shorts"], clothing: ["pants", "t-shirt", "shorts"] };
  assert.equal(web.bestSet(["Pants", "T_Shirt", "shorts", ""], sets), "clothing");
  assert.equal(web.bestSet(["shorts"], sets), "");
  assert.equal(web.bestSet(["Jeans", "trousers", "pants"], sets), "");
  assert.equal(web.bestSet([], sets), "");
  assert.equal(web.fitLabel("T Shirt", sets.clothing), "t-shirt");
});

test("under another set a line has other answers, and a label that the set lacks is not judged", () => {
  const tops = { "": [{ label: "jeans", probability: 0.4, logit: 1 }], clothing: [{ label: "pants", probability: 0.7, logit: 2 }] };
  const made = [{ order: 0, file: "a", said: "Pants", tops }, { order: 1, file: "b", said: "jeans", tops }, { order: 2, file: "c", said: "", tops }, { order: 3, file: "d", said: "Pants", error: "-" }];
  const judged = (set, names) => {
    for (const one of made) web.nameLine(one, set, names);
    return web.score(made);
  };
  assert.deepEqual(judged("clothing", ["pants", "t-shirt"]), { answered: 3, unread: 1, labelled: 1, right: 1, foreign: 1 });
  assert.deepEqual(web.confusion(made), { names: ["pants"], counts: [[1]] });
  assert.deepEqual(web.shownLines(made, { filter: "wrong" }), []);
  assert.deepEqual(judged("", ["jeans", "tshirts"]), { answered: 3, unread: 1, labelled: 1, right: 1, foreign: 1 });
  assert.equal(made[1].label, "jeans");
});

test("a confusion matrix known by hand", () => {
  assert.deepEqual(web.confusion(lines), { names: ["green", "red"], counts: [[1, 1], [0, 1]] });
  assert.deepEqual(web.confusion([]), { names: [], counts: [] });
});

test("filters, search and sorting", () => {
  const files = (options) => web.shownLines(lines, options).map((one) => one.file[0]).join("");
  assert.equal(files({}), "bacde");
  assert.equal(files({ filter: "wrong" }), "a");
  assert.equal(files({ filter: "unsure" }), "a");
  assert.equal(files({ filter: "strange" }), "c");
  assert.equal(files({ filter: "unread" }), "d");
  assert.equal(files({ text: "GREEN" }), "ba");
  assert.equal(files({ sort: "file" }), "abcde");
  assert.equal(files({ sort: "share", down: true }), "bcead");
  assert.equal(files({ cell: { label: "green", answer: "red" } }), "a");
});

test("the csv reads back, and no cell is a formula", () => {
  const odd = [line(0, '=HYPERLINK("x"), "y"', "-1", "+cmd", 0.5), lines[3]];
  const rows = web.csvRows(web.linesToCsv(odd, 2));
  assert.equal(rows[0].join(","), "file,label,label_1,probability_1,logit_1,label_2,probability_2,logit_2,strange,error");
  assert.deepEqual(rows[1], ["'=HYPERLINK(\"x\"), \"y\"", "'-1", "'+cmd", "0.500000", "5.0000", "", "", "", "false", ""]);
  assert.equal(rows[2][9], "This file is empty.");
  assert.ok(rows.every((row) => row.length === 10));
});

test("the card in words", () => {
  assert.equal(web.cardValue({ auroc: 0.99112, pictures: 1100, refused: -0.5 }), "AUROC 0.9911; pictures 1,100; refused −0.5");
  assert.equal(web.cardValue([[1, 2, 3], [4, 5, 6]]), "2 × 3 numbers");
  assert.equal(web.cardValue(null), "not stated");
  assert.equal(web.setWords({ pants: ["jeans", "track-pants"], shorts: ["shorts"] }), "pants = jeans + track pants; 1 class by its own name");
  assert.deepEqual(web.accuracyRows({ validation: { clothing: { pictures: 341, top1: 0.83 } }, note: "x" }), [["validation", "clothing", "341", "83.0\u202f%", "not stated"]]);
});

const CARD = {
  metrics: { validation: { catalogue: { pictures: 873, top1: 0.91523, top3: 0.98 }, clothing: { pictures: 341, top1: 0.86217 }, drawn: { pictures: 204, top1: 0.99 } } },
  provenance: { pictures: { train: 11154, validation: 1418 }, commit: "abc", command: "python -m x", options: { epochs: 3 }, files_sha256: { train: "f00" } },
  calibration: { temperature: 0.5934, calibration_error: 0.0138, calibration_error_interval: [0.0092, 0.031], fitted_on: 1214, kept_share: 0.95,
    charts_noise_text: { auroc: 0.9584, pictures: 100, refused: 0.79 }, strangers: { catalogue: { strangers: 300, auroc: 0.995, strangers_refused: 0.92, usual_refused: 0.015 }, clothing: { strangers: 300, auroc: 0.943, strangers_refused: 0.92, usual_refused: 0.141 } } },
  architecture: "compact", parameters: 7, classes: ["a"], label_sets: {}, preprocessing: { size: 8, mode: "stretch", interpolation: "bilinear", mean: [0], std: [1], resize: null },
};

test("the card begins with what one asks first, in sentences", () => {
  const words = Object.fromEntries(web.cardSentences(CARD));
  assert.equal(words.Right, "The first label is right on 91.5\u202f% of 873 studio photographs, 86.2\u202f% of 341 photographs at home and 99.0\u202f% of 204 drawn pictures.");
  assert.match(words.Refusals, /lets 95\u202f% of validation photographs pass\. Of 100 charts, noise and text 79\u202f% are refused \(AUROC 0\.9584\)\. /);
  assert.match(words.Refusals, /\. Of 300 photographs of other things 92\u202f% are refused \(AUROC 0\.995 against studio photographs and 0\.943 against photographs at home\), and with them 1\.5\u202f% of studio photographs and 14\.1\u202f% of photographs at home\.$/);
  assert.match(words.Calibration, /off by 1\.4 points on average \(expected calibration error 0\.0138, 95 % interval 0\.0092 to 0\.031\), measured on 1,214 photographs/);
  const other = Object.fromEntries(web.cardSentences({ metrics: {}, calibration: { cifar10: { refused: { catalogue: 0.015 }, auroc: 0.99 } } }));
  assert.equal(other.Refusals, "Unlike anything known: CIFAR-10: refused (studio photographs 1.5\u202f%); AUROC 0.99.");
  assert.deepEqual(web.cardSentences({ metrics: {}, calibration: {} }), []);
});

test("a nested figure of the card is read in words with per cents", () => {
  assert.equal(web.cardValue({ cifar10: { auroc: 0.99, refused: { catalogue: 0.015 } } }), "CIFAR-10 (AUROC 0.99; refused (studio photographs 1.5\u202f%))");
  assert.equal(web.cardValue([{ source: "clothing", refused: 0.141 }]), "(source clothing; refused 14.1\u202f%)");
  assert.doesNotMatch(web.cardValue({ a: { b: { c: [1, { d: 2 }] } } }), /[{}[\]]|object/);
});

test("options, command and hashes are folded away", () => {
  const groups = web.cardGroups(CARD);
  const open = JSON.stringify(groups.filter((group) => !group.folded));
  for (const text of ["epochs", "python -m x", "f00"]) assert.ok(!open.includes(text) && JSON.stringify(groups).includes(text), text);
  assert.ok(open.includes("abc"));
});

test("one line says what a checkpoint is worth", () => {
  assert.equal(web.trainedLine(CARD), "trained on 11,154 pictures; right on 91.5\u202f% of studio photographs and 86.2\u202f% of photographs at home that it was not trained on");
  assert.equal(web.trainedLine({ metrics: {}, provenance: {} }), "");
  const test = { clothing: { pictures: 313, top1: 0.888, top1_interval: [0.8482, 0.9187], top3: 0.98, top3_interval: [0.958, 0.991], looks: 1 } };
  const both = { ...CARD, metrics: { test, ...CARD.metrics } };
  assert.match(web.trainedLine(both), /right on 91\.5\u202f% of studio photographs and 88\.8\u202f% of photographs at home that/);
  assert.match(Object.fromEntries(web.cardSentences(both)).Right, /88\.8\u202f% of 313 photographs at home, 95\u202f% interval 84\.8 to 91\.9, on a test looked at once/);
  assert.deepEqual(web.accuracyRows({ test }), [["test, looked at once", "clothing", "313", "88.8\u202f% (84.8 to 91.9)", "98.0\u202f% (95.8 to 99.1)"]]);
  assert.equal(web.accuracyRows({ test: { clothing: { ...test.clothing, looks: 3 } } })[0][0], "test, looked at 3 times");
});

test("wrong lines come first, then strange ones, then those that are least sure", () => {
  const order = web.shownLines(lines, { sort: "worst" }).map((one) => one.file[0]).join("");
  assert.equal(order, "acdeb");
});

test("the json has no thumbnails", () => {
  const [one] = JSON.parse(web.linesToJson([{ ...lines[0], thumbnail: "data:" }]));
  assert.deepEqual(Object.keys(one), ["file", "label", "top_k", "strange", "error"]);
});
