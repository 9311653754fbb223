// Where a photograph's label comes from: its folder's name, or a table beside it. Pure functions, tested by Node.

/** A name as labels are compared: "Sports Shoes" → "sports-shoes". */
export const asWord = (text) => String(text).trim().toLowerCase().replace(/[_ ]+/g, "-");

/** The known label that the nearest folder of a path is named after, or "". */
export function labelFromFolder(path, known) {
  const byWord = new Map(known.map((label) => [asWord(label), label]));
  const folders = path.split(/[\\/]/).slice(0, -1).reverse();
  const found = folders.find((folder) => byWord.has(asWord(folder)));
  return found === undefined ? "" : byWord.get(asWord(found));
}

/** The cells of a CSV text, row by row; quoted cells may hold separators, quotes and line breaks. */
export function csvRows(text, separator = ",") {
  const rows = [[]];
  let cell = "";
  let quoted = false;
  const source = text.replace(/^\uFEFF/, "").replace(/\r\n?/g, "\n");
  for (let at = 0; at < source.length; at += 1) {
    const sign = source[at];
    if (quoted) {
      if (sign !== '"') cell += sign;
      else if (source[at + 1] === '"') {
        cell += '"';
        at += 1;
      } else quoted = false;
    } else if (sign === '"') quoted = true;
    else if (sign === separator || sign === "\n") {
      rows[rows.length - 1].push(cell);
      cell = "";
      if (sign === "\n") rows.push([]);
    } else cell += sign;
  }
  rows[rows.length - 1].push(cell);
  return rows.filter((row) => row.some((value) => value !== ""));
}

/**
 * File name → label of a table with a column `label` and one that names the file; empty if it has none.
 * Commas, semicolons or tabs.
 */
export function labelsFromCsv(text) {
  const first = text.split("\n", 1)[0];
  const [separator] = [",", ";", "\t"].sort((one, other) => first.split(other).length - first.split(one).length);
  const [head, ...rows] = csvRows(text, separator);
  if (!head) return new Map();
  const names = head.map((name) => name.trim().toLowerCase());
  const file = names.findIndex((name) => ["file", "path", "name", "photo", "filename"].includes(name));
  const label = names.indexOf("label");
  if (file < 0 || label < 0) return new Map();
  return new Map(rows.filter((row) => row[label]).map((row) => [row[file], row[label].trim()]));
}

/** What tables [{name, text}] say together; a path in one may begin at the top or at the table's own folder. */
export function labelsFromTables(tables) {
  const labels = new Map();
  for (const { name, text } of tables) {
    const folder = name.slice(0, name.lastIndexOf("/") + 1);
    for (const [file, label] of labelsFromCsv(text)) {
      if (!labels.has(file)) labels.set(file, label);
      labels.set(folder + file, label);
    }
  }
  return labels;
}
