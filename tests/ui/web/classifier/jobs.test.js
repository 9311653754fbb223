// A pile of photographs: what is refused, what becomes a job with which label, and how a few jobs are answered.
import assert from "node:assert/strict";
import { test } from "node:test";
import { answersTo, fileJobs, zipJobs, zipProblem } from "../../../../explorer/ui/web/classifier/jobs.js";
import { pileProblem } from "../../../../explorer/ui/web/classifier/pile.js";

const pick = (...files) => files.map((name) => ({ file: { name }, name }));

test("a zip is taken alone, and whatever comes with it is refused in words", () => {
  assert.equal(pileProblem(pick("a.zip")), "");
  assert.equal(pileProblem(pick("a.jpg", "b.png", "labels.csv")), "");
  const refused = (what) => `One zip at a time, or photographs: these are ${what}, and nothing was taken of them.`;
  assert.equal(pileProblem(pick("a.zip", "B.ZIP", "c.jpg")), refused("2 zips and 1 other file"));
  assert.equal(pileProblem(pick("c.jpg", "a.zip")), refused("a zip and 1 other file"));
  assert.equal(pileProblem(pick("a.zip", "b.zip")), refused("2 zips"));
  assert.equal(pileProblem(pick("c.jpg", "a.zip", "d.jpg")), refused("a zip and 2 other files"));
});

test("a zip that is too large is refused before it is sent", () => {
  assert.equal(zipProblem({ size: 200e6 }), "");
  assert.equal(zipProblem({ size: 212.4e6 }), "This zip has 212 MB; at most 200 MB can be taken.");
});

function file(name, content) {
  return { file: new File([content], name.split("/").pop()), name };
}

const utf16 = (text) => new Uint8Array([0xff, 0xfe, ...[...text].flatMap((sign) => [sign.charCodeAt(0), 0])]);

test("files become jobs: tables label, then folders; hidden files are none", async () => {
  const chosen = [
    file("shop/red/a.jpg", "1"), file("shop/b.jpg", "1"), file("shop/.DS_Store", "1"),
    file("shop/labels.csv", utf16("file,label\nb.jpg,Green\n")),
  ];
  const jobs = await fileJobs(chosen, ["red"]);
  assert.deepEqual(jobs.map(({ name, label }) => [name, label]), [["shop/red/a.jpg", "red"], ["shop/b.jpg", "Green"]]);
  const many = Array.from({ length: 201 }, (_, index) => file(`${index}.jpg`, "1"));
  await assert.rejects(fileJobs(many, []), /^Error: These are 201 files; at most 200 can be taken at a time\.$/);
});

test("files that cannot be sent keep their place among the answers", async () => {
  const few = [file("empty.jpg", ""), file("a.jpg", "1"), file("lost.jpg", "1"), file("b.jpg", "1")];
  const asked = [];
  const server = {
    async classify_files(request) {
      asked.push(request);
      return { ok: request.paths.map((path) => ({ top: path })) };
    },
  };
  const upload = async ({ name }) => {
    if (name === "lost.jpg") throw new Error("gone");
    return { path: "/up/" + name };
  };
  const large = { name: "large.jpg", file: { name: "large.jpg", size: 100.6e6 } };
  const found = await answersTo([...few, large], { server, upload, network: "n", k: 3 });
  assert.deepEqual(asked, [{ paths: ["/up/a.jpg", "/up/b.jpg"], network: "n", k: 3 }]);
  assert.deepEqual(found, [
    { error: "This file is empty; please choose another picture." }, { top: "/up/a.jpg" },
    { error: "This file did not reach the server." }, { top: "/up/b.jpg" },
    { error: "This file has 101 MB; pictures of up to 100 MB can be opened." },
  ]);
  assert.deepEqual(await answersTo([few[0]], { server, upload, network: "n", k: 3 }), [found[0]]);
  assert.equal(asked.length, 1, "nothing is asked where nothing was sent");
});

test("the photographs of a zip are asked for by their places in it", async () => {
  const entries = [{ index: 4, name: "a.png", label: "red" }];
  const server = {
    open_zip: async (request) => ({ ok: { entries, request } }),
    classify_entries: async (request) => ({ ok: [request] }),
  };
  const about = { server, upload: async () => ({ path: "/up/z" }), network: "n", k: 2 };
  const jobs = await zipJobs(new File([], "z.zip"), { ...about, mine: { late: false } });
  assert.deepEqual(jobs, [{ index: 4, name: "a.png", label: "red", zip: "/up/z" }]);
  assert.deepEqual(await answersTo(jobs, about), [{ path: "/up/z", entries: [4], network: "n", k: 2 }]);
  assert.deepEqual(await zipJobs(new File([], "z.zip"), { ...about, mine: { late: true } }), []);
});
