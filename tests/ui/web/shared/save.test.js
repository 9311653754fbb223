// Files that the browser hands out: a CSV table has the mark by which Excel knows UTF-8; what Python made is its own.
import assert from "node:assert/strict";
import { test } from "node:test";
import { fileName, photoWord, saveCsv, saveMade } from "../../../../explorer/ui/web/shared/save.js";

/** What a function gives to the visitor: {name, bytes}. */
async function saved(save) {
  const link = { click() {}, remove() {} };
  let blob;
  const create = URL.createObjectURL;
  globalThis.document = /** @type {any} */ ({ createElement: () => link, body: { append() {} } });
  Object.assign(link, { setAttribute: (name, value) => { link[name] = value; }, append() {} });
  URL.createObjectURL = (given) => {
    blob = given;
    return "blob:";
  };
  const wait = globalThis.setTimeout;
  globalThis.setTimeout = /** @type {any} */ (() => 0);
  try {
    save();
  } finally {
    globalThis.setTimeout = wait;
    URL.createObjectURL = create;
    delete globalThis.document;
  }
  return { name: link.download, type: blob.type, bytes: [...new Uint8Array(await blob.arrayBuffer())] };
}

test("a csv begins with its mark", async () => {
  const mark = [0xef, 0xbb, 0xbf];
  const bytes = [...mark, ...new TextEncoder().encode("layer,ü\n")];
  assert.deepEqual(await saved(() => saveCsv("layer,ü\n", "a.csv")), { name: "a.csv", type: "text/csv", bytes });
});

test("a file of python's comes through byte by byte", async () => {
  const bytes = Array.from({ length: 256 }, (_, value) => value);
  const content = Buffer.from(bytes).toString("base64");
  assert.deepEqual(await saved(() => saveMade({ name: "a.xlsx", content })), { name: "a.xlsx", type: "", bytes });
});

test("files are called by what they show, in letters that every system takes", () => {
  const photo = (title) => photoWord(/** @type {any} */ ({ title }));
  assert.equal(fileName(["products", "stage3.1.relu2", photo("dress.jpg")], "png"),
    "products-stage3.1.relu2-dress.png");
  assert.equal(fileName(["shelf (timm/resnet18.a1)", "sheet", photo("my été  1.HEIC")], "svg"),
    "shelf-timm-resnet18.a1-sheet-my-été-1.svg");
  assert.equal(fileName(["../..", "", photo("blue kurta")], "png"), "blue-kurta.png");
  assert.equal(fileName(["<>"], "csv"), "file.csv");
});
