import assert from "node:assert/strict";
import { test } from "node:test";

import {
  accuracyWords, folderOf, freshName, lessonJobs, tooMany,
} from "../../../../explorer/ui/web/classifier/lesson.js";
import { curvePoints } from "../../../../explorer/ui/web/classifier/teach_steps.js";

const chosen = (...names) => names.map((name) => ({ name, file: { name: name.split("/").pop() } }));

test("the nearest folder names the class", () => {
  assert.equal(folderOf("shop/cats/1.jpg"), "cats");
  assert.equal(folderOf("1.jpg"), "");
  const jobs = lessonJobs(chosen("a/cats/1.jpg", "a/dogs/2.jpg", "a/labels.csv"));
  assert.deepEqual(jobs.map(({ name, label }) => [name, label]), [["a/cats/1.jpg", "cats"], ["a/dogs/2.jpg", "dogs"]]);
});

test("files of folders stand in the order of their names, however they were found", () => {
  const jobs = lessonJobs(chosen("z/b/2.jpg", "z/a/10.jpg", "z/a/9.jpg"));
  assert.deepEqual(jobs.map(({ name }) => name), ["z/a/9.jpg", "z/a/10.jpg", "z/b/2.jpg"]);
});

test("a class that photographs were dropped on is theirs, whatever their folder", () => {
  assert.deepEqual(lessonJobs(chosen("x/1.jpg", "2.jpg"), "mine").map(({ label }) => label), ["mine", "mine"]);
});

test("what nobody says the class of, and what holds no photograph, is a sentence", () => {
  assert.throws(() => lessonJobs(chosen("1.jpg", "a/2.jpg")), /1 photograph lies in no folder/);
  assert.throws(() => lessonJobs(chosen("labels.csv")), /no photograph among these files/);
  assert.throws(() => lessonJobs(chosen("a/1.jpg", "a/b.zip")), /One zip at a time/);
});

test("bounds are sentences", () => {
  assert.equal(tooMany(500, 20), "");
  assert.match(tooMany(501, 2), /These would be 501 photographs; at most 500/);
  assert.match(tooMany(40, 21), /These would be 21 classes; at most 20/);
});

test("a curve runs from the left to the right, its largest value at the top", () => {
  assert.equal(curvePoints([2, 1, 0], 100, 50), "0,0 50,25 100,50");
  assert.equal(curvePoints([1], 100, 50), "0,0");
});

test("a new class has a name that no other has", () => {
  assert.equal(freshName([]), "class 1");
  assert.equal(freshName(["class 2"]), "class 3");
  assert.equal(freshName(["cats", "class 3"]), "class 4");
});

test("accuracy is said with its interval and of how many photographs", () => {
  const words = accuracyWords({ accuracy: 0.958, interval: [0.798, 0.9926], judged: 24, folds: 5 });
  assert.match(words, /^96 of 100 right; .*24 photographs .* from 80 to 99\./);
  assert.equal(accuracyWords({ accuracy: null, interval: [0, 1], judged: 0, folds: 0 }), "");
});
