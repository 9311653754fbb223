// Where many photographs come from: chosen files, a folder, a drop; each with its path in its folder, and its label.

const MOST_PHOTOGRAPHS = 200;
const MOST_ZIP_BYTES = 200e6;
const MOST_FILE_BYTES = 20e6;
const MOST_LABEL_BYTES = 1e6; // of a CSV table with labels

/** The place to drop or choose; `take` is called with [{file, name}]. */
function pileDrop(take) {
  const named = (list) => [...list].map((file) => ({ file, name: file.webkitRelativePath || file.name }));
  const chooser = (attributes) => {
    const input = make("input", { type: "file", class: "many-files", ...attributes, onchange: () => {
      take(named(input.files));
      input.value = "";
    } });
    return input;
  };
  const files = chooser({ multiple: true, accept: "image/*,.heic,.heif,.avif,.zip,.csv", "aria-label": "Photographs or a zip" });
  const folder = chooser({ webkitdirectory: true, "aria-label": "A folder of photographs" });
  const zone = make("div", { class: "many-drop" },
    make("p", {}, make("b", {}, "Drop up to 200 photographs, a folder or a zip here.")),
    make("p", { class: "soft" }, "Folders named after a class or a label, or a CSV file with the columns file and label, give accuracy and a confusion matrix."),
    make("div", { class: "row" }, make("button", { type: "button", class: "primary", onclick: () => files.click() }, "Choose files"), make("button", { type: "button", onclick: () => folder.click() }, "Choose a folder"), files, folder));
  zone.addEventListener("dragover", (event) => {
    event.preventDefault();
    zone.classList.add("over");
  });
  zone.addEventListener("dragleave", () => zone.classList.remove("over"));
  zone.addEventListener("drop", async (event) => {
    event.preventDefault();
    zone.classList.remove("over");
    const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry && item.webkitGetAsEntry()).filter(Boolean);
    const loose = named(event.dataTransfer.files);
    take(entries.some((entry) => entry.isDirectory) ? await filesBelow(entries) : loose);
  });
  return zone;
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
      continue;
    }
    const reader = entry.createReader();
    for (;;) {
      const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
      if (!some.length) break;
      waiting.push(...some);
    }
  }
  return found;
}

/** Chosen files as jobs [{file, name, label}]; CSV files among them label, else a folder named like one of `known`. */
async function fileJobs(chosen, known) {
  const tables = chosen.filter(({ file }) => /\.csv$/i.test(file.name));
  const labels = labelsFromTables(await Promise.all(tables.map(async ({ file, name }) => ({ name, text: await tableText(file) }))));
  const photographs = chosen.filter(({ file }) => !/\.csv$/i.test(file.name) && !file.name.startsWith("."));
  if (photographs.length > MOST_PHOTOGRAPHS) throw new Error("These are " + photographs.length + " files; at most " + MOST_PHOTOGRAPHS + " can be taken at a time.");
  return photographs.map(({ file, name }) => ({ file, name, label: labels.get(name) || labels.get(file.name) || labelFromFolder(name, known) }));
}

/** A CSV file's text: UTF-8 or, with its mark, UTF-16, as spreadsheets write it. */
async function tableText(file) {
  const bytes = new Uint8Array(await file.slice(0, MOST_LABEL_BYTES).arrayBuffer());
  const mark = bytes[0] * 256 + bytes[1];
  return new TextDecoder(mark === 0xfffe ? "utf-16le" : mark === 0xfeff ? "utf-16be" : "utf-8").decode(bytes);
}

/** What of [{file, name}] cannot be taken together, as a sentence; "" where all can. */
function pileProblem(chosen) {
  const zips = chosen.filter(({ file }) => isZip(file));
  if (!zips.length || chosen.length === 1) return "";
  const others = chosen.length - zips.length;
  const what = [zips.length > 1 ? zips.length + " zips" : "a zip", ...(others ? [others + (others > 1 ? " other files" : " other file")] : [])].join(" and ");
  return "One zip at a time, or photographs: these are " + what + ", and nothing was taken of them.";
}

const isZip = (file) => /\.zip$/i.test(file.name);

function checkZip(file) {
  if (file.size > MOST_ZIP_BYTES) throw new Error("This zip has " + Math.round(file.size / 1e6) + " MB; at most 200 MB can be taken.");
}

/** {path} of a file on the server, or {error} with the sentence for its line. */
async function sendFile(file, upload) {
  if (file.size > MOST_FILE_BYTES) return { error: "This file has " + Math.round(file.size / 1e6) + " MB; pictures of up to 20 MB can be opened." };
  if (!file.size) return { error: "This file is empty; please choose another picture." };
  return upload(file).catch(() => ({ error: "This file did not reach the server." }));
}
