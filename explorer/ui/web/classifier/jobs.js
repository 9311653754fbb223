// Photographs of a pile as jobs, {name, label, file} or, in a zip that was sent, {name, label, zip, index}; and how a
// few of them are answered.

import * as explorer from "../shared/page.js";
import { labelFromFolder, labelsFromTables } from "./labels.js";
import { MOST_PHOTOGRAPHS } from "./pile.js";

const MOST_ZIP_BYTES = 200e6;
const MOST_FILE_BYTES = 100e6; // as explorer/image/decode.py has it; a test compares
const MOST_LABEL_BYTES = 1e6; // of a CSV table with labels

const isTable = (file) => /\.csv$/i.test(file.name);
const megabytes = (bytes) => `${Math.round(bytes / 1e6)} MB`;

/** Chosen files [{file, name}] as jobs; CSV files among them label, else a folder named like one of `known`. */
export async function fileJobs(chosen, known) {
  const tables = chosen.filter(({ file }) => isTable(file));
  const texts = await Promise.all(tables.map(async ({ file, name }) => ({ name, text: await tableText(file) })));
  const labels = labelsFromTables(texts);
  const photographs = chosen.filter(({ file }) => !isTable(file) && !file.name.startsWith("."));
  if (photographs.length > MOST_PHOTOGRAPHS) {
    throw new Error(`These are ${photographs.length} files; at most ${MOST_PHOTOGRAPHS} can be taken at a time.`);
  }
  const label = (file, name) => labels.get(name) || labels.get(file.name) || labelFromFolder(name, known);
  return photographs.map(({ file, name }) => ({ file, name, label: label(file, name) }));
}

/** A CSV file's text: UTF-8 or, with its mark, UTF-16, as spreadsheets write it. */
async function tableText(file) {
  const bytes = new Uint8Array(await file.slice(0, MOST_LABEL_BYTES).arrayBuffer());
  const mark = bytes[0] * 256 + bytes[1];
  const encoding = { 0xfffe: "utf-16le", 0xfeff: "utf-16be" }[mark] || "utf-8";
  return new TextDecoder(encoding).decode(bytes);
}

/** The photographs of a zip as jobs; it is sent as a whole. */
export async function zipJobs(file, { server, upload, network, mine }) {
  const { path } = await upload(file);
  if (mine.late) return [];
  const found = await explorer.ask(server.open_zip({ path, network }));
  return found.entries.map((entry) => ({ ...entry, zip: path }));
}

/** Why a zip cannot be sent, as a sentence, or "". */
export function zipProblem({ size }) {
  if (size <= MOST_ZIP_BYTES) return "";
  return `This zip has ${megabytes(size)}; at most ${megabytes(MOST_ZIP_BYTES)} can be taken.`;
}

/** The answers to a few jobs: {top, sets, strange, thumbnail}, or {error} with the sentence for its line. */
export function answersTo(few, { server, upload, network, k }) {
  if (!few[0].zip) return answersToFiles(few, { server, upload, network, k });
  return explorer.ask(server.classify_entries({ path: few[0].zip, entries: few.map((job) => job.index), network, k }));
}

/** Files too large for a photograph, or that do not arrive, become lines like others that cannot be read. */
async function answersToFiles(few, { server, upload, network, k }) {
  const sent = await Promise.all(few.map(({ file }) => sendFile(file, upload)));
  const paths = sent.filter((one) => one.path).map((one) => one.path);
  const answers = paths.length ? await explorer.ask(server.classify_files({ paths, network, k })) : [];
  return sent.map((one) => (one.path ? answers.shift() : one));
}

/** {path} of a file on the server, or {error}. */
async function sendFile(file, upload) {
  if (file.size > MOST_FILE_BYTES) {
    const limit = megabytes(MOST_FILE_BYTES);
    return { error: `This file has ${megabytes(file.size)}; pictures of up to ${limit} can be opened.` };
  }
  if (!file.size) return { error: "This file is empty; please choose another picture." };
  return upload(file).catch(() => ({ error: "This file did not reach the server." }));
}
