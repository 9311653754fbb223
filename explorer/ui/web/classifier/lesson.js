// What a lesson is made of, before anything is sent: which class a file is for, and what cannot be taken. Pure.

import { isTable, isZip } from "../shared/dropped.js";
import { counted } from "../shared/wording.js";

export const MOST_PHOTOGRAPHS = 500; // of a lesson; explorer/teaching/bounds.py has both, and a test compares
export const MOST_CLASSES = 20;

/** The folder that a file lies in, which names its class; "" at the top. */
export function folderOf(name) {
  const parts = name.split("/");
  return parts.length > 1 ? parts[parts.length - 2].trim() : "";
}

/** Chosen files [{file, name}] as jobs {file, name, label}; with no label given, each file's folder is its class. */
export function lessonJobs(chosen, label = "") {
  const jobs = chosen.filter(({ file }) => !isTable(file))
    .map(({ file, name }) => ({ file, name, label: label || folderOf(name) }));
  if (!jobs.length) throw new Error("There is no photograph among these files.");
  if (jobs.some(({ file }) => isZip(file))) {
    throw new Error("One zip at a time, by itself: a zip says by its folders what each photograph shows.");
  }
  const loose = jobs.filter((job) => !job.label);
  if (loose.length) {
    throw new Error(`${counted(loose.length, "photograph lies", "photographs lie")} in no folder, so nobody says what `
      + "they show; drop them on a class below.");
  }
  return label ? jobs : jobs.sort((one, other) => one.name.localeCompare(other.name, "en", { numeric: true }));
}

/** Why so much cannot be taken, as a sentence, or "". */
export function tooMany(photographs, classes) {
  if (photographs > MOST_PHOTOGRAPHS) {
    return `These would be ${photographs} photographs; at most ${MOST_PHOTOGRAPHS} can teach at a time.`;
  }
  return classes > MOST_CLASSES ? `These would be ${classes} classes; at most ${MOST_CLASSES} can be taught.` : "";
}

/** A name that no class has yet: "class 3". */
export function freshName(names) {
  for (let number = names.length + 1; ; number += 1) if (!names.includes(`class ${number}`)) return `class ${number}`;
}

/** Accuracy and its interval of [low, high] in words; "" where nothing was judged. */
export function accuracyWords({ accuracy, interval, judged, folds }) {
  if (accuracy === null) return "";
  const hundred = (share) => Math.round(100 * share);
  const [low, high] = interval.map(hundred);
  return `${hundred(accuracy)} of 100 right; with no more than ${judged} photographs it may be anything from ${low} to `
    + `${high}. Each was answered by one of ${folds} heads that had not seen it.`;
}
