// Files as people choose and drop them, each with its path in its folder: [{file, name}].

export const MOST_PHOTOGRAPHS = 200; // at a time
export const MOST_TABLES = 50; // of labels, among them; explorer/ui/classifier/many.py has both, and a test compares

const CLUTTER = new Set([
  "thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r", "__macosx", "$recycle.bin", "@eadir",
  "system volume information",
]);

export const PICTURES = "image/*,.heic,.heif,.avif,.dng,.nef"; // what an input offers to choose

export const isZip = (file) => /\.zip$/i.test(file.name);

/** Whether a file may be a table of labels; Python reads it. */
export const isTable = (file) => /\.(csv|tsv|xlsx|ods)$/i.test(file.name);

/** Whether a path is what systems put beside photographs: thumbnails, settings, edits (.AAE), what is hidden. */
export function isClutter(path) {
  const parts = path.split(/[\\/]/);
  const hidden = parts.some((part) => /^(\.|~\$)/.test(part) && part !== "." && part !== "..");
  return hidden || /\.aae$/i.test(path) || parts.some((part) => CLUTTER.has(part.toLowerCase()));
}

/** What remains without clutter; the chosen folder itself may be called whatever it is. */
export const withoutClutter = (chosen) => chosen.filter(({ name }) => !isClutter(name.slice(name.indexOf("/") + 1)));

/** The files of an input or a drop. */
export const named = (files) => [...files].map((file) => ({ file, name: file.webkitRelativePath || file.name }));

/** Why a file cannot be sent as a photograph, as a sentence, or "". */
export function fileProblem({ size }, photoMb) {
  if (!size) return "This file is empty; please choose another picture.";
  if (size <= photoMb * 1e6) return "";
  return `This file has ${Math.ceil(size / 1e5) / 10} MB; up to ${photoMb} MB can be opened.`;
}

/**
 * The files of a drop without clutter, those of folders all through; a few more than may be taken at the most.
 * Called while the event lasts: a drop is empty after it.
 * @param {DataTransfer} transfer
 * @param {number} most photographs
 */
export async function filesDropped(transfer, most = MOST_PHOTOGRAPHS) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry && item.webkitGetAsEntry()).filter(Boolean);
  const loose = named(transfer.files);
  return withoutClutter(entries.some((entry) => entry.isDirectory) ? await filesBelow(entries, most) : loose);
}

async function filesBelow(entries, most) {
  const found = [];
  const waiting = [...entries];
  let [photographs, tables] = [0, 0];
  while (waiting.length && photographs <= most && tables <= MOST_TABLES) {
    const entry = waiting.shift();
    const name = entry.fullPath.replace(/^\//, "");
    if (!withoutClutter([{ name }]).length) continue;
    if (entry.isDirectory) {
      waiting.push(...(await entriesOf(entry)));
      continue;
    }
    found.push({ file: await fileOf(entry), name });
    if (isTable(entry)) tables += 1;
    else photographs += 1;
  }
  return found;
}

const unreadable = (name) => new Error(`“${name}” could not be read; please choose the folder instead of dropping it.`);

const fileOf = (entry) => new Promise((resolve, reject) => {
  entry.file(resolve, () => reject(unreadable(entry.name)));
});

/** What lies in a folder; the browser gives some at a time. */
async function entriesOf(folder) {
  const reader = folder.createReader();
  const found = [];
  for (;;) {
    const some = await new Promise((resolve, reject) => {
      reader.readEntries(resolve, () => reject(unreadable(folder.name)));
    });
    if (!some.length) return found;
    found.push(...some);
  }
}
