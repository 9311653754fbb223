// Where many photographs come from: chosen files, a folder, a drop; each with its path in its folder.

import { make, made } from "../shared/dom.js";

export const MOST_PHOTOGRAPHS = 200;

const ACCEPTED = "image/*,.heic,.heif,.avif,.zip,.csv";
const HINT = "Folders named after a class or a label, or a CSV file with the columns file and label, give accuracy and "
  + "a confusion matrix.";

export const isZip = (file) => /\.zip$/i.test(file.name);

/** What of [{file, name}] cannot be taken together, as a sentence; "" where all can. */
export function pileProblem(chosen) {
  const zips = chosen.filter(({ file }) => isZip(file)).length;
  if (!zips || chosen.length === 1) return "";
  const others = chosen.length - zips;
  const parts = [zips > 1 ? `${zips} zips` : "a zip"];
  if (others) parts.push(others > 1 ? `${others} other files` : "1 other file");
  return `One zip at a time, or photographs: these are ${parts.join(" and ")}, and nothing was taken of them.`;
}

const named = (files) => [...files].map((file) => ({ file, name: file.webkitRelativePath || file.name }));

/** The place to drop or choose; `take` is called with [{file, name}]. */
export function pileDrop(take) {
  const chooser = (attributes) => {
    const input = make("input", { type: "file", class: "many-files", ...attributes });
    input.addEventListener("change", () => {
      take(named(input.files));
      input.value = "";
    });
    return input;
  };
  const files = chooser({ multiple: true, accept: ACCEPTED, "aria-label": "Photographs or a zip" });
  const folder = chooser({ webkitdirectory: true, "aria-label": "A folder of photographs" });
  const zone = make("div", { class: "many-drop" },
    make("p", {}, made("b", "", `Drop up to ${MOST_PHOTOGRAPHS} photographs, a folder or a zip here.`)),
    made("p", "soft", HINT),
    make("div", { class: "row" },
      make("button", { type: "button", class: "primary", onclick: () => files.click() }, "Choose files"),
      make("button", { type: "button", onclick: () => folder.click() }, "Choose a folder"), files, folder));
  wireDrop(zone, take);
  return zone;
}

function wireDrop(zone, take) {
  zone.addEventListener("dragover", (event) => {
    event.preventDefault();
    zone.classList.add("over");
  });
  zone.addEventListener("dragleave", () => zone.classList.remove("over"));
  zone.addEventListener("drop", async (event) => {
    event.preventDefault();
    zone.classList.remove("over");
    const items = [...event.dataTransfer.items];
    const entries = items.map((item) => item.webkitGetAsEntry && item.webkitGetAsEntry()).filter(Boolean);
    const loose = named(event.dataTransfer.files);
    take(entries.some((entry) => entry.isDirectory) ? await filesBelow(entries) : loose);
  });
}

/** The files below dropped folders with their paths, a few more than may be taken at the most. */
async function filesBelow(entries) {
  const found = [];
  const waiting = [...entries];
  while (waiting.length && found.length <= MOST_PHOTOGRAPHS) {
    const entry = waiting.shift();
    if (entry.isFile) {
      const file = await new Promise((resolve, reject) => entry.file(resolve, reject));
      if (!file.name.startsWith(".")) found.push({ file, name: entry.fullPath.replace(/^\//, "") });
    } else waiting.push(...(await entriesOf(entry)));
  }
  return found;
}

/** What lies in a folder; the browser gives some at a time. */
async function entriesOf(folder) {
  const reader = folder.createReader();
  const found = [];
  for (;;) {
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (!some.length) return found;
    found.push(...some);
  }
}
