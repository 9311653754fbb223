// The lines of many photographs: judged under names, counted, filtered, sorted, written as JSON.
import assert from "node:assert/strict";
import { test } from "node:test";
import { summary } from "../../../../explorer/ui/web/classifier/many.js";
import {
  bareLines, bestSet, confusion, fitLabel, isWrong, linesToJson, nameLine, score, shownLines,
} from "../../../../explorer/ui/web/classifier/table.js";

function line(order, file, label, answer, share, more = {}) {
  const top = [{ label: answer, probability: share, logit: share * 10 }];
  return { order, file, label, top, strange: false, ...more };
}

const LINES = [
  line(0, "b.jpg", "green", "green", 0.9), line(1, "a.jpg", "green", "red", 0.4),
  line(2, "c.jpg", "", "red", 0.8, { strange: true }),
  { order: 3, file: "d.jpg", label: "red", error: "This file is empty." }, line(4, "e.jpg", "red", "red", 0.7),
];

test("accuracy counts labelled lines that were answered", () => {
  assert.deepEqual(score(LINES), { answered: 4, unread: 1, labelled: 3, right: 2, foreign: 0 });
  assert.deepEqual(LINES.map(isWrong), [false, true, false, false, false]);
  assert.equal(summary(LINES), "4 answered, 1 could not be read; 2 of 3 labelled ones right: 66.7\u202f%.");
  assert.equal(summary(LINES.slice(2, 4)), "1 answered, 1 could not be read.");
  assert.equal(summary([]), "");
});

test("labels find their names in the set that knows most of them", () => {
  const sets = { "": ["jeans", "trousers", "tshirts", "shorts"], clothing: ["pants", "t-shirt", "shorts"] };
  assert.equal(bestSet(["Pants", "T_Shirt", "shorts", ""], sets), "clothing");
  assert.equal(bestSet(["shorts"], sets), "");
  assert.equal(bestSet(["Jeans", "trousers", "pants"], sets), "");
  assert.equal(bestSet([], sets), "");
  assert.equal(fitLabel("T Shirt", sets.clothing), "t-shirt");
});

test("under another set a line has other answers, and a label that the set lacks is not judged", () => {
  const tops = {
    "": [{ label: "jeans", probability: 0.4, logit: 1 }], clothing: [{ label: "pants", probability: 0.7, logit: 2 }],
  };
  const lines = [
    { order: 0, file: "a", said: "Pants", tops }, { order: 1, file: "b", said: "jeans", tops },
    { order: 2, file: "c", said: "", tops }, { order: 3, file: "d", said: "Pants", error: "-" },
  ];
  const judged = (set, names) => {
    for (const one of lines) nameLine(one, set, names);
    return score(lines);
  };
  const counts = { answered: 3, unread: 1, labelled: 1, right: 1, foreign: 1 };
  assert.deepEqual(judged("clothing", ["pants", "t-shirt"]), counts);
  assert.match(summary(lines), /right: 100\u202f%; 1 labelled with none of these names, and not counted\.$/);
  assert.deepEqual(confusion(lines), { names: ["pants"], counts: [[1]] });
  assert.deepEqual(shownLines(lines, { filter: "wrong" }), []);
  assert.deepEqual(judged("", ["jeans", "tshirts"]), counts);
  assert.equal(lines[1].label, "jeans");
});

test("a confusion matrix known by hand", () => {
  assert.deepEqual(confusion(LINES), { names: ["green", "red"], counts: [[1, 1], [0, 1]] });
  assert.deepEqual(confusion([]), { names: [], counts: [] });
});

test("filters, search and sorting", () => {
  const files = (options) => shownLines(LINES, options).map((one) => one.file[0]).join("");
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

test("wrong lines come first, then strange ones, then those that are least sure", () => {
  assert.equal(shownLines(LINES, { sort: "worst" }).map((one) => one.file[0]).join(""), "acdeb");
});

test("python gets the lines without what is the page's own", () => {
  const [one, unread] = bareLines([{ ...LINES[0], thumbnail: "data:", said: "green", tops: {} }, LINES[3]]);
  assert.deepEqual(one, { file: "b.jpg", label: "green", top: LINES[0].top, strange: false, error: "" });
  assert.deepEqual(unread, { file: "d.jpg", label: "red", top: [], strange: null, error: "This file is empty." });
});

test("the json has no thumbnails", () => {
  const [one, unread] = JSON.parse(linesToJson([{ ...LINES[0], thumbnail: "data:" }, LINES[3]]));
  assert.deepEqual(Object.keys(one), ["file", "label", "top_k", "strange", "error", "remark"]);
  const error = "This file is empty.";
  assert.deepEqual(unread, { file: "d.jpg", label: "red", top_k: [], strange: null, error, remark: "" });
});
