// The table of many photographs: labels, accuracy, confusion, sorting, CSV. Pure functions, tested by Node.

const asWord = (text) => String(text).trim().toLowerCase().replace(/[_ ]+/g, "-");

/** The known label that the nearest folder of a path is named after, or "". */
function labelFromFolder(path, known) {
  const byWord = new Map(known.map((label) => [asWord(label), label]));
  const folders = path.split(/[\\/]/).slice(0, -1).reverse();
  const found = folders.find((folder) => byWord.has(asWord(folder)));
  return found === undefined ? "" : byWord.get(asWord(found));
}

/** The cells of a CSV text, row by row; quoted cells may hold separators, quotes and line breaks. */
function csvRows(text, separator = ",") {
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

/** File name → label of a table with a `label` column and one that names the file; commas, semicolons or tabs; empty if it has none. */
function labelsFromCsv(text) {
  const first = text.split("\n", 1)[0];
  const [separator] = [",", ";", "\t"].sort((one, other) => first.split(other).length - first.split(one).length);
  const [head, ...rows] = csvRows(text, separator);
  if (!head) return new Map();
  const names = head.map((name) => name.trim().toLowerCase());
  const file = names.findIndex((name) => ["file", "path", "name", "photo", "filename"].includes(name));
  const label = names.indexOf("label");
  return file < 0 || label < 0 ? new Map() : new Map(rows.filter((row) => row[label]).map((row) => [row[file], row[label].trim()]));
}

/** What tables [{name, text}] say together; a path in one may begin at the top or at the table's own folder. */
function labelsFromTables(tables) {
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

/** The one of `names` that a label means ("Sports Shoes" is "sports-shoes"), or "". */
const fitLabel = (label, names) => names.find((name) => asWord(name) === asWord(label)) || "";

/** Of name lists by set ({"": classes, clothing: [...]}) the set that knows most of these labels; the first of equals. */
function bestSet(labels, sets) {
  const fits = (set) => labels.filter((label) => label && fitLabel(label, sets[set])).length;
  return Object.keys(sets).reduce((best, set) => (fits(set) > fits(best) ? set : best));
}

/** A line under one set of names: its answers, its label as the set spells it, and whether the set lacks that label. */
function nameLine(line, set, names) {
  if (line.tops) line.top = line.tops[set];
  line.label = fitLabel(line.said, names) || line.said;
  line.foreign = Boolean(line.label) && !names.includes(line.label);
}

const isJudged = (line) => Boolean(line.top && line.label && !line.foreign);

/** How many lines are answered, unread, labelled (with a known name), right, and labelled with a name that no answer can have. */
function score(lines) {
  const labelled = lines.filter(isJudged);
  const count = (claim) => lines.filter(claim).length;
  return { answered: count((line) => line.top), unread: count((line) => line.error), labelled: labelled.length,
    right: labelled.filter((line) => line.top[0].label === line.label).length, foreign: count((line) => line.top && line.foreign) };
}

/** The confusion matrix of the labelled lines: names (labels and answers that occur) and counts[label][answer]. */
function confusion(lines) {
  const labelled = lines.filter(isJudged);
  const names = [...new Set(labelled.flatMap((line) => [line.label, line.top[0].label]))].sort();
  const counts = names.map(() => names.map(() => 0));
  for (const line of labelled) counts[names.indexOf(line.label)][names.indexOf(line.top[0].label)] += 1;
  return { names, counts };
}

const LINE_FILTERS = {
  all: () => true,
  wrong: (line) => isJudged(line) && line.top[0].label !== line.label,
  unsure: (line) => Boolean(line.top && line.top[0].probability < 0.5),
  strange: (line) => line.strange === true,
  unread: (line) => Boolean(line.error),
};

/** How much a line wants to be looked at, less for more: wrong, then strange, then unread, then the least sure. */
function worst(line) {
  const first = ["wrong", "strange", "unread"].findIndex((name) => LINE_FILTERS[name](line));
  return first >= 0 ? first - 3 : line.top[0].probability;
}

/** The lines to show: filter by name, text in file or labels, one cell of the matrix; sorted by one of `keys`, "worst" has wrong, strange, unread, then unsure lines first. */
function shownLines(lines, { filter = "all", text = "", cell = null, sort = "order", down = false } = {}) {
  const wanted = text.trim().toLowerCase();
  const words = (line) => [line.file, line.label, ...(line.top || []).map((one) => one.label)].join(" ").toLowerCase();
  const inCell = (line) => !cell || (isJudged(line) && line.label === cell.label && line.top[0].label === cell.answer);
  const keys = { order: () => 0, worst, file: (line) => line.file, answer: (line) => (line.top ? line.top[0].label : "~"), share: (line) => (line.top ? line.top[0].probability : -1) };
  const key = keys[sort];
  const compare = (a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0);
  const shown = lines.filter((line) => LINE_FILTERS[filter](line) && words(line).includes(wanted) && inCell(line));
  return shown.sort((a, b) => (down ? compare(b, a) : compare(a, b)) || a.order - b.order);
}

/** The table as CSV; no cell can be taken for a formula. */
function linesToCsv(lines, k) {
  const quote = (value) => {
    const text = String(value);
    const safe = /^[=+\-@\t\r]/.test(text) ? "'" + text : text;
    return /[",\n\r]/.test(safe) ? '"' + safe.replaceAll('"', '""') + '"' : safe;
  };
  const ranks = Array.from({ length: k }, (_, rank) => rank);
  const head = ["file", "label", ...ranks.flatMap((rank) => ["label_", "probability_", "logit_"].map((name) => name + (rank + 1))), "strange", "error"];
  const row = (line) => [quote(line.file), quote(line.label),
    ...ranks.flatMap((rank) => (line.top && line.top[rank] ? [quote(line.top[rank].label), line.top[rank].probability.toFixed(6), line.top[rank].logit.toFixed(4)] : ["", "", ""])),
    line.strange === true || line.strange === false ? String(line.strange) : "", quote(line.error || "")];
  return [head, ...lines.map(row)].map((cells) => cells.join(",")).join("\n") + "\n";
}

/** The table as JSON, without the thumbnails. */
function linesToJson(lines) {
  return JSON.stringify(lines.map(({ file, label, top, strange, error }) => ({ file, label, top_k: top || [], strange: strange === undefined ? null : strange, error: error || "" })), null, 1);
}
