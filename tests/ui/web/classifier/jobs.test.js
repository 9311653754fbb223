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

test("files become jobs: python reads the tables and labels; what a table could not say is a note", async () => {
  const chosen = [file("shop/red/a.jpg", "1"), file("shop/labels.xlsx", "t"), file("shop/b.jpg", "1"),
    file("shop/lost.csv", "t"), { name: "shop/huge.tsv", file: { name: "huge.tsv", size: 1e6 + 1 } }];
  const asked = [];
  const server = {
    async label_files(request) {
      asked.push(request);
      return { ok: { labels: ["red", ""], notes: ["A note."] } };
    },
  };
  const upload = async ({ name }) => {
    if (name === "lost.csv") throw new Error("gone");
    return { path: "/up/" + name };
  };
  const { jobs, notes } = await fileJobs(chosen, { server, upload, network: "n" });
  const tables = [{ name: "shop/labels.xlsx", path: "/up/labels.xlsx" }];
  assert.deepEqual(asked, [{ names: ["shop/red/a.jpg", "shop/b.jpg"], tables, network: "n" }]);
  assert.deepEqual(jobs, [
    { file: chosen[0].file, name: "shop/red/a.jpg", label: "red" },
    { file: chosen[2].file, name: "shop/b.jpg", label: "" },
  ]);
  assert.deepEqual(notes, [
    "Any labels in shop/lost.csv were left out. This file did not reach the server.",
    "Any labels in shop/huge.tsv were left out. This file has more than 1 MB; it was not read.", "A note.",
  ]);
  assert.deepEqual(await fileJobs([file("t.csv", "1")], { server, upload, network: "n" }), { jobs: [], notes: [] });
  assert.equal(asked.length, 1, "a table alone is not sent");
});

test("too many photographs or tables are refused before anything is sent", async () => {
  const many = (count, ending) => Array.from({ length: count }, (_, index) => file(`${index}.${ending}`, "1"));
  const about = { server: {}, upload: () => assert.fail("sent"), network: "n" };
  await assert.rejects(fileJobs(many(201, "jpg"), about),
    /^Error: These are 201 files; at most 200 can be taken at a time\.$/);
  await assert.rejects(fileJobs([...many(1, "jpg"), ...many(51, "csv")], about),
    /^Error: These are 51 tables of labels; at most 50 can be taken at a time\.$/);
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
  const found = await answersTo([...few, large], { server, upload, network: "n", k: 3, photoMb: 100 });
  assert.deepEqual(asked, [{ paths: ["/up/a.jpg", "/up/b.jpg"], network: "n", k: 3 }]);
  assert.deepEqual(found, [
    { error: "This file is empty; please choose another picture." }, { top: "/up/a.jpg" },
    { error: "This file did not reach the server." }, { top: "/up/b.jpg" },
    { error: "This file has 100.6 MB; up to 100 MB can be opened." },
  ]);
  assert.deepEqual(await answersTo([few[0]], { server, upload, network: "n", k: 3, photoMb: 100 }), [found[0]]);
  assert.equal(asked.length, 1, "nothing is asked where nothing was sent");
});

test("the photographs of a zip are asked for by their places in it", async () => {
  const entries = [{ index: 4, name: "a.png", label: "red" }];
  const server = {
    open_zip: async (request) => ({ ok: { entries, notes: ["A note."], request } }),
    classify_entries: async (request) => ({ ok: [request] }),
  };
  const about = { server, upload: async () => ({ path: "/up/z" }), network: "n", k: 2 };
  const { jobs, notes } = await zipJobs(new File([], "z.zip"), { ...about, mine: { late: false } });
  assert.deepEqual(jobs, [{ index: 4, name: "a.png", label: "red", zip: "/up/z" }]);
  assert.deepEqual(notes, ["A note."]);
  assert.deepEqual(await answersTo(jobs, about), [{ path: "/up/z", entries: [4], network: "n", k: 2 }]);
  const late = await zipJobs(new File([], "z.zip"), { ...about, mine: { late: true } });
  assert.deepEqual(late, { jobs: [], notes: [] });
});
