// The checkpoint's card in words.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  accuracyRows, cardGroups, cardSentences, cardValue, setWords, trainedLine,
} from "../../../../explorer/ui/web/classifier/card_words.js";

const CARD = {
  metrics: {
    validation: {
      catalogue: { pictures: 873, top1: 0.91523, top3: 0.98 }, clothing: { pictures: 341, top1: 0.86217 },
      drawn: { pictures: 204, top1: 0.99 },
    },
  },
  provenance: {
    pictures: { train: 11154, validation: 1418 }, commit: "abc", command: "python -m x", options: { epochs: 3 },
    files_sha256: { train: "f00" },
  },
  calibration: {
    temperature: 0.5934, calibration_error: 0.0138, calibration_error_interval: [0.0092, 0.031], fitted_on: 1214,
    kept_share: 0.95, charts_noise_text: { auroc: 0.9584, pictures: 100, refused: 0.79 },
    strangers: {
      catalogue: { strangers: 300, auroc: 0.995, strangers_refused: 0.92, usual_refused: 0.015 },
      clothing: { strangers: 300, auroc: 0.943, strangers_refused: 0.92, usual_refused: 0.141 },
    },
  },
  architecture: "compact", parameters: 7, classes: ["a"], label_sets: {},
  preprocessing: { size: 8, mode: "stretch", interpolation: "bilinear", mean: [0], std: [1], resize: null },
};

test("values of the card in words", () => {
  const record = { auroc: 0.99112, pictures: 1100, refused: -0.5 };
  assert.equal(cardValue(record), "AUROC 0.9911; pictures 1,100; refused −0.5");
  assert.equal(cardValue([[1, 2, 3], [4, 5, 6]]), "2 × 3 numbers");
  assert.equal(cardValue(null), "not stated");
  assert.equal(cardValue({ constructor: 1, to_string: 2 }), "constructor 1; to string 2");
});

test("a label set and the accuracy table in words", () => {
  const sets = { pants: ["jeans", "track-pants"], shorts: ["shorts"] };
  assert.equal(setWords(sets), "pants = jeans + track pants; 1 class by its own name");
  assert.equal(setWords({ a: ["a"], b: ["b"] }), "2 classes by their own names");
  const rows = accuracyRows({ validation: { clothing: { pictures: 341, top1: 0.83 } }, note: "x" });
  assert.deepEqual(rows, [["validation", "clothing", "341", "83.0\u202f%", "not stated"]]);
});

test("the card begins with what one asks first, in sentences", () => {
  const words = Object.fromEntries(cardSentences(CARD));
  assert.equal(
    words.Right,
    "The first label is right on 91.5\u202f% of 873 studio photographs, 86.2\u202f% of 341 photographs at home and "
      + "99.0\u202f% of 204 drawn pictures.",
  );
  assert.equal(
    words.Refusals,
    "Unlike anything known: its limit lets 95\u202f% of validation photographs pass. Of 100 charts, noise and text "
      + "79\u202f% are refused (AUROC 0.9584). Of 300 photographs of other things 92\u202f% are refused (AUROC 0.995 "
      + "against studio photographs and 0.943 against photographs at home), and with them 1.5\u202f% of studio "
      + "photographs and 14.1\u202f% of photographs at home.",
  );
  assert.equal(
    words.Calibration,
    "Its probabilities are off by 1.4 points on average (expected calibration error 0.0138, 95 % interval 0.0092 to "
      + "0.031), measured on 1,214 photographs.",
  );
  const other = { metrics: {}, calibration: { cifar10: { refused: { catalogue: 0.015 }, auroc: 0.99 } } };
  const refusals = "Unlike anything known: CIFAR-10: refused (studio photographs 1.5\u202f%); AUROC 0.99.";
  assert.deepEqual(cardSentences(other), [["Refusals", refusals]]);
  assert.deepEqual(cardSentences({ metrics: {}, calibration: {} }), []);
});

test("a nested figure of the card is read in words with per cents", () => {
  const nested = { cifar10: { auroc: 0.99, refused: { catalogue: 0.015 } } };
  assert.equal(cardValue(nested), "CIFAR-10 (AUROC 0.99; refused (studio photographs 1.5\u202f%))");
  assert.equal(cardValue([{ source: "clothing", refused: 0.141 }]), "(source clothing; refused 14.1\u202f%)");
  assert.equal(cardValue({ refused: { a: { pictures: 1, b: 0.5 } } }), "refused (a (pictures 1; b 50.0\u202f%))");
  assert.doesNotMatch(cardValue({ a: { b: { c: [1, { d: 2 }] } } }), /[{}[\]]|object/);
});

test("options, command and hashes are folded away", () => {
  const groups = cardGroups(CARD);
  const open = JSON.stringify(groups.filter((group) => !group.folded));
  for (const text of ["epochs", "python -m x", "f00"]) {
    assert.ok(!open.includes(text) && JSON.stringify(groups).includes(text), text);
  }
  assert.ok(open.includes("abc"));
});

test("one line says what a checkpoint is worth", () => {
  assert.equal(
    trainedLine(CARD),
    "trained on 11,154 pictures; right on 91.5\u202f% of studio photographs and 86.2\u202f% of photographs at home "
      + "that it was not trained on",
  );
  const other = { metrics: { validation: { "my-shop": { top1: 0.5 } } }, provenance: { pictures: 12 } };
  assert.equal(
    trainedLine(other),
    "trained on 12 pictures; right on 50.0\u202f% of the photographs of my shop that it was not trained on",
  );
  assert.equal(trainedLine({ metrics: {}, provenance: {} }), "");
});

test("a held-out test is what a checkpoint is worth, with its interval and how often it was looked at", () => {
  const clothing = {
    pictures: 313, top1: 0.888, top1_interval: [0.8482, 0.9187], top3: 0.98, top3_interval: [0.958, 0.991], looks: 1,
  };
  for (const metrics of [{ test: { clothing }, ...CARD.metrics }, { ...CARD.metrics, test: { clothing } }]) {
    assert.match(
      trainedLine({ ...CARD, metrics }),
      /right on 91\.5\u202f% of studio photographs and 88\.8\u202f% of photographs at home that/,
    );
    assert.match(
      Object.fromEntries(cardSentences({ ...CARD, metrics })).Right,
      /88\.8\u202f% of 313 photographs at home, 95\u202f% interval 84\.8 to 91\.9, on a test looked at once/,
    );
  }
  const rows = accuracyRows({ test: { clothing } });
  assert.deepEqual(
    rows, [["test, looked at once", "clothing", "313", "88.8\u202f% (84.8 to 91.9)", "98.0\u202f% (95.8 to 99.1)"]],
  );
  assert.equal(accuracyRows({ test: { clothing: { ...clothing, looks: 3 } } })[0][0], "test, looked at 3 times");
});
