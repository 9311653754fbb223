// What is done, and in which language: kept in the browser, so that a lesson goes on where it was left.

import { keep, kept, LANGUAGE, PROGRESS } from "../shared/kept.js";

/** The keys of the steps that are done. */
export function doneSteps() {
  try {
    const done = JSON.parse(kept(PROGRESS) || "[]");
    return new Set(Array.isArray(done) ? done.filter((key) => typeof key === "string") : []);
  } catch {
    return new Set();
  }
}

export const keepDone = (done) => keep(PROGRESS, JSON.stringify([...done]));

export const keptLanguage = () => kept(LANGUAGE);

export const keepLanguage = (code) => keep(LANGUAGE, code);
