// Labels of photographs: from folders and from tables of every spelling.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  csvRows, labelFromFolder, labelsFromCsv, labelsFromTables,
} from "../../../../explorer/ui/web/classifier/labels.js";

test("the nearest folder with a known name labels", () => {
  const known = ["red things", "sports-shoes"];
  assert.equal(labelFromFolder("shop/Sports Shoes/raw/1.jpg", known), "sports-shoes");
  assert.equal(labelFromFolder("a\\RED_THINGS\\1.jpg", known), "red things");
  assert.equal(labelFromFolder("red things.jpg", known), "");
});

test("csv cells with commas, quotes and breaks", () => {
  assert.deepEqual(csvRows('\uFEFFa,b\r\n"x, ""y""\nz",2\n\n'), [["a", "b"], ['x, "y"\nz', "2"]]);
  assert.deepEqual([...labelsFromCsv('File, label\n"a, b.jpg",green\nc.jpg,\n')], [["a, b.jpg", "green"]]);
  assert.equal(labelsFromCsv("file,colour\na,b\n").size, 0);
  assert.equal(labelsFromCsv("").size, 0);
  assert.deepEqual([...labelsFromCsv("\uFEFFfile;label\r\na,b.jpg;red\r\n")], [["a,b.jpg", "red"]]);
  assert.deepEqual([...labelsFromCsv("name\tlabel\na.jpg\tgreen\n")], [["a.jpg", "green"]]);
});

test("tables label from the top and from their own folder, each of them", () => {
  const labels = labelsFromTables([
    { name: "shop/aaa.csv", text: "file,price\none/a.jpg,3\n" },
    { name: "shop/labels.csv", text: "file,label\none/a.jpg,red\ntwo/a.jpg,green\n" },
    { name: "top.csv", text: "file,label\nshop/b.jpg,blue\n" },
  ]);
  assert.equal(labels.get("shop/one/a.jpg"), "red");
  assert.equal(labels.get("shop/two/a.jpg"), "green");
  assert.equal(labels.get("shop/b.jpg"), "blue");
  assert.equal(labels.get("one/a.jpg"), "red");
});
