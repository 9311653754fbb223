// Files that are chosen or dropped: what is clutter, a table, a zip; folders read to their end and no further.
import assert from "node:assert/strict";
import fs from "node:fs";
import { test } from "node:test";
import {
  fileProblem, filesDropped, isClutter, isTable, isZip, MOST_PHOTOGRAPHS, withoutClutter,
} from "../../../../explorer/ui/web/shared/dropped.js";

test("what counts as what is told as python tells it", () => {
  const cases = JSON.parse(fs.readFileSync(new URL("../../../tables/files.json", import.meta.url), "utf-8"));
  assert.ok(cases.length > 20);
  for (const [name, kind] of cases) {
    assert.equal(isClutter(name), kind === "clutter", name);
    if (kind === "clutter") continue;
    assert.equal(isTable({ name }), kind === "table", name);
    assert.equal(isZip({ name }), kind === "zip", name);
  }
});

test("the chosen folder may be called whatever it is, those in it may not", () => {
  const names = [".shop/a.jpg", ".shop/.b.jpg", ".shop/c/Thumbs.db", "Thumbs.db", "d.jpg"];
  const left = withoutClutter(names.map((name) => ({ file: {}, name }))).map(({ name }) => name);
  assert.deepEqual(left, [".shop/a.jpg", "d.jpg"]);
});

test("a file is refused by what the host has chosen", () => {
  assert.equal(fileProblem({ size: 30e6 }, 30), "");
  assert.equal(fileProblem({ size: 30e6 + 1 }, 30), "This file has 30.1 MB; up to 30 MB can be opened.");
  assert.match(fileProblem({ size: 0 }, 30), /^This file is empty/);
});

/** A dropped file or folder {name, children}, as a browser shows it; a folder's children come two at a time. */
function entry(tree, path = "") {
  const fullPath = `${path}/${tree.name}`;
  const file = (resolve, reject) => (tree.broken ? reject(new Error()) : resolve({ name: tree.name }));
  if (!tree.children) return { name: tree.name, fullPath, isDirectory: false, file };
  let at = 0;
  const readEntries = (resolve) => {
    const some = tree.children.slice(at, at + 2);
    at += some.length;
    resolve(some.map((child) => entry(child, fullPath)));
  };
  return { name: tree.name, fullPath, isDirectory: true, createReader: () => ({ readEntries }) };
}

function drop(...trees) {
  const items = trees.map((tree) => ({ webkitGetAsEntry: () => entry(tree) }));
  return filesDropped(/** @type {any} */ ({ items, files: trees.map(({ name }) => ({ name })) }));
}

const namesOf = (found) => found.map(({ name }) => name);

test("a folder is read all through, without its clutter", async () => {
  const found = await drop({ name: "shop", children: [
    { name: "Thumbs.db" }, { name: "a.jpg" }, { name: ".git", children: [{ name: "b.jpg" }] },
    { name: "red", children: [{ name: "c.jpg" }, { name: "c.AAE" }, { name: "labels.csv" }] },
  ] }, { name: "d.jpg" });
  assert.deepEqual(namesOf(found).sort(), ["d.jpg", "shop/a.jpg", "shop/red/c.jpg", "shop/red/labels.csv"]);
  assert.deepEqual(namesOf(await drop({ name: "a.jpg" }, { name: "desktop.ini" })), ["a.jpg"]);
});

test("neither clutter nor tables count towards the limit, and no folder is read far beyond it", async () => {
  const many = (count, ending) => Array.from({ length: count }, (_, index) => ({ name: `${index}.${ending}` }));
  const fits = [...many(300, "aae"), ...many(20, "csv"), ...many(MOST_PHOTOGRAPHS, "jpg")];
  assert.equal((await drop({ name: "shop", children: fits })).length, MOST_PHOTOGRAPHS + 20);
  assert.equal((await drop({ name: "shop", children: many(1000, "jpg") })).length, MOST_PHOTOGRAPHS + 1);
});

test("what cannot be read is said by its name", async () => {
  const children = [{ name: "a.jpg", broken: true }];
  await assert.rejects(drop({ name: "shop", children }), /“a.jpg” could not be read/);
});
