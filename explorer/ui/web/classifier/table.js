// The lines of "Many photographs": under a set of names, right or wrong, filtered, sorted, as JSON. Pure functions.

/** A name as labels are compared: "Sports Shoes" → "sports-shoes". */
const asWord = (text) => String(text).trim().toLowerCase().replace(/[_ ]+/g, "-");

/** The one of `names` that a label means ("Sports Shoes" is "sports-shoes"), or "". */
export const fitLabel = (label, names) => names.find((name) => asWord(name) === asWord(label)) || "";

/** Of name lists by set ({"": classes, clothing: [...]}) the first set that knows most of these labels. */
export function bestSet(labels, sets) {
  const fits = (set) => labels.filter((label) => label && fitLabel(label, sets[set])).length;
  return Object.keys(sets).reduce((best, set) => (fits(set) > fits(best) ? set : best));
}

/** A line under one set of names: its answers, its label as the set spells it, and whether the set lacks that label. */
export function nameLine(line, set, names) {
  if (line.tops) line.top = line.tops[set];
  line.label = fitLabel(line.said, names) || line.said;
  line.foreign = Boolean(line.label) && !names.includes(line.label);
}

const isJudged = (line) => Boolean(line.top && line.label && !line.foreign);
const isRight = (line) => isJudged(line) && line.top[0].label === line.label;

/** Answered otherwise than labelled; a label that no answer can have is not judged. */
export const isWrong = (line) => isJudged(line) && !isRight(line);

/** How many lines are answered, unread, labelled (with a known name), right, and labelled with an unknown name. */
export function score(lines) {
  const count = (claim) => lines.filter(claim).length;
  return {
    answered: count((line) => line.top), unread: count((line) => line.error), labelled: count(isJudged),
    right: count(isRight), foreign: count((line) => line.top && line.foreign),
  };
}

/** The confusion matrix of the labelled lines: names (labels and answers that occur) and counts[label][answer]. */
export function confusion(lines) {
  const labelled = lines.filter(isJudged);
  const names = [...new Set(labelled.flatMap((line) => [line.label, line.top[0].label]))].sort();
  const counts = names.map(() => names.map(() => 0));
  for (const line of labelled) counts[names.indexOf(line.label)][names.indexOf(line.top[0].label)] += 1;
  return { names, counts };
}

const FILTERS = {
  all: () => true,
  wrong: isWrong,
  unsure: (line) => Boolean(line.top && line.top[0].probability < 0.5),
  strange: (line) => line.strange === true,
  unread: (line) => Boolean(line.error),
};

const SORT_KEYS = {
  order: () => 0,
  worst: lookAtFirst,
  file: (line) => line.file,
  answer: (line) => (line.top ? line.top[0].label : "~"),
  share: (line) => (line.top ? line.top[0].probability : -1),
};

/** Less for a line that wants to be looked at more: wrong, then strange, then unread, then the least sure. */
function lookAtFirst(line) {
  const first = ["wrong", "strange", "unread"].findIndex((name) => FILTERS[name](line));
  return first >= 0 ? first - 3 : line.top[0].probability;
}

/** The lines to show: those of a filter, with a text in file or labels, of one cell of the matrix; sorted by a key. */
export function shownLines(lines, { filter = "all", text = "", cell = null, sort = "order", down = false } = {}) {
  const wanted = text.trim().toLowerCase();
  const words = (line) => [line.file, line.label, ...(line.top || []).map((one) => one.label)].join(" ").toLowerCase();
  const inCell = (line) => isJudged(line) && line.label === cell.label && line.top[0].label === cell.answer;
  const isShown = (line) => FILTERS[filter](line) && words(line).includes(wanted) && (!cell || inCell(line));
  const key = SORT_KEYS[sort];
  const turn = down ? -1 : 1;
  const compare = (a, b) => Number(key(a) > key(b)) - Number(key(a) < key(b));
  return lines.filter(isShown).sort((a, b) => turn * compare(a, b) || a.order - b.order);
}

/** What Python makes a file of: the lines without their thumbnails. */
export const bareLines = (lines) => lines.map(({ file, label, top = [], strange = null, error = "" }) => (
  { file, label, top, strange, error }));

/** The table as JSON, without the thumbnails. */
export function linesToJson(lines) {
  const row = ({ file, label, top = [], strange = null, error = "", remark = "" }) => (
    { file, label, top_k: top, strange, error, remark });
  return JSON.stringify(lines.map(row), null, 1);
}
