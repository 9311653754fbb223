// Photographs of a pile as jobs, {name, label, file} or, in a zip that was sent, {name, label, zip, index}, with what
// is to be said of their tables of labels; and how a few jobs are answered.

import { fileProblem, isTable, MOST_PHOTOGRAPHS, MOST_TABLES } from "../shared/dropped.js";
import * as explorer from "../shared/page.js";

const MOST_ZIP_BYTES = 200e6;
const MOST_TABLE_BYTES = 1e6; // as explorer/predict/tables.py has it; a test compares
export const LOST = "This file did not reach the server.";

const megabytes = (bytes) => `${Math.round(bytes / 1e6)} MB`;

/** {jobs, notes} of chosen files [{file, name}]; tables among them label, else a folder named like a label. */
export async function fileJobs(chosen, { server, upload, network }) {
  const tables = chosen.filter(({ file }) => isTable(file));
  const photographs = chosen.filter(({ file }) => !isTable(file));
  if (!photographs.length) return { jobs: [], notes: [] };
  const most = [[photographs, MOST_PHOTOGRAPHS, "files"], [tables, MOST_TABLES, "tables of labels"]];
  for (const [some, limit, word] of most) {
    if (some.length > limit) {
      throw new Error(`These are ${some.length} ${word}; at most ${limit} can be taken at a time.`);
    }
  }
  const sent = await Promise.all(tables.map((table) => sendTable(table, upload)));
  const arrived = sent.filter((one) => one.path);
  const names = photographs.map(({ name }) => name);
  const found = await explorer.ask(server.label_files({ names, tables: arrived, network }));
  const lost = sent.filter((one) => one.error);
  const left = lost.map(({ name, error }) => `Any labels in ${name} were left out. ${error}`);
  const jobs = photographs.map(({ file, name }, place) => ({ file, name, label: found.labels[place] }));
  return { jobs, notes: [...left, ...found.notes] };
}

/** {name, path} of a table on the server, or {name, error}. */
async function sendTable({ file, name }, upload) {
  if (file.size > MOST_TABLE_BYTES) {
    return { name, error: `This file has more than ${megabytes(MOST_TABLE_BYTES)}; it was not read.` };
  }
  return upload(file).then(({ path }) => ({ name, path }), () => ({ name, error: LOST }));
}

/** {jobs, notes} of the photographs of a zip; it is sent as a whole. */
export async function zipJobs(file, { server, upload, network, mine }) {
  const { path } = await upload(file);
  if (mine.late) return { jobs: [], notes: [] };
  const { entries, notes } = await explorer.ask(server.open_zip({ path, network }));
  return { jobs: entries.map((entry) => ({ ...entry, zip: path })), notes };
}

/** Why a zip cannot be sent, as a sentence, or "". */
export function zipProblem({ size }) {
  if (size <= MOST_ZIP_BYTES) return "";
  return `This zip has ${megabytes(size)}; at most ${megabytes(MOST_ZIP_BYTES)} can be taken.`;
}

/** The answers to a few jobs: {top, sets, strange, thumbnail}, or {error} with the sentence for its line. */
export function answersTo(few, { server, upload, network, k, photoMb }) {
  if (!few[0].zip) {
    return answersToFiles(few, { upload, photoMb }, (paths) => server.classify_files({ paths, network, k }));
  }
  return explorer.ask(server.classify_entries({ path: few[0].zip, entries: few.map((job) => job.index), network, k }));
}

/** What `answer`, given the server's paths of a few files, says of each; {error} of one that does not arrive. */
export async function answersToFiles(few, { upload, photoMb }, answer) {
  const sent = await Promise.all(few.map(({ file }) => sendFile(file, upload, photoMb)));
  const paths = sent.filter((one) => one.path).map((one) => one.path);
  const answers = paths.length ? await explorer.ask(answer(paths)) : [];
  return sent.map((one) => (one.path ? answers.shift() : one));
}

/** {path} of a file on the server, or {error}. */
async function sendFile(file, upload, photoMb) {
  const problem = fileProblem(file, photoMb);
  return problem ? { error: problem } : upload(file).catch(() => ({ error: LOST }));
}
