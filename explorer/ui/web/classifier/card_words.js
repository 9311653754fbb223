// A checkpoint's card in words: its values, its sentences and its groups. Pure functions, tested by Node.

import { percent, readable } from "../shared/wording.js";
import { points } from "./numbers.js";

/** How a photograph became the network's square, by the preprocessing's mode. */
export const MODE_WORDS = {
  crop: "the middle square",
  letterbox: "the whole picture on bars",
  stretch: "the whole picture, stretched to a square",
};

// Names come from a card: a map, so that one like "constructor" is no more than a name.
const DATA_WORDS = new Map(Object.entries({
  catalogue: "studio photographs", clothing: "photographs at home", drawn: "drawn pictures",
  lesson: "photographs held out of its lesson",
}));
const CARD_WORDS = new Map([...DATA_WORDS, ...Object.entries({
  calibration_error: "expected calibration error", calibration_error_interval: "its 95 % interval",
  fitted_on: "photographs fitted on", kept_share: "share of them kept as known",
  charts_noise_text: "charts, noise and text", strangers: "photographs of other things", cifar10: "CIFAR-10",
  auroc: "AUROC", strangeness: "measure of strangeness", calibrated_with: "calibrated at commit",
  duration_s: "seconds of training", files_sha256: "hash of the list of files",
  strangers_refused: "of them refused", usual_refused: "of known photographs refused",
  test: "held-out test", alike: "photographs nearly the same as another", left_out: "of them not learnt from",
  strength: "strength of the penalty on its weights", base_sha256: "hash of the base", folds: "parts held out in turn",
  sha256: "hash of their list", source_sha256: "hash of the source",
})]);
const FOLDED = ["options", "command", "files_sha256"]; // of the provenance
const SHOWN_CLASSES = 60;

const cardWord = (name) => CARD_WORDS.get(name) || readable(name);
const isRecord = (value) => Boolean(value) && typeof value === "object" && !Array.isArray(value);
const isShare = (name) => /refused|share|kept|top\d|accuracy|balanced/.test(name);
const isAccuracy = (value) => isRecord(value) && typeof value.top1 === "number";

/** A value as a person reads it: shares in per cent, numbers short, lists joined, records as "name value". */
export function cardValue(value, name = "") {
  if (value === null || value === undefined) return "not stated";
  if (typeof value === "number") return cardNumber(value, name);
  if (Array.isArray(value)) return cardList(value, name);
  return isRecord(value) ? cardRecord(value, name) : String(value);
}

function cardNumber(value, name) {
  if (isShare(name) && value >= 0 && value <= 1) return percent(value);
  const text = Number.isInteger(value) ? value.toLocaleString("en") : String(Number(value.toPrecision(4)));
  return text.replace("-", "−");
}

function cardList(values, name) {
  if (Array.isArray(values[0])) return `${values.length} × ${values[0].length} numbers`;
  const words = values.map((one) => cardValue(one, name));
  return words.map((text, place) => (isRecord(values[place]) ? `(${text})` : text)).join(", ");
}

/** Inside a share all numbers are shares, but those whose names tell otherwise. */
function cardRecord(record, name) {
  const words = ([key, inner]) => {
    const isOther = isShare(key) || (!isRecord(inner) && /auroc|pictures/.test(key));
    const text = cardValue(inner, isShare(name) && !isOther ? name : key);
    return `${cardWord(key)} ${isRecord(inner) ? `(${text})` : text}`;
  };
  return Object.entries(record).map(words).join("; ");
}

/** Per cent of a published share without a superfluous ".0". */
const roundShare = (value) => percent(value).replace(/\.0(?=\u202f)/, "");

const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

function listed(parts) {
  return parts.length > 1 ? `${parts.slice(0, -1).join(", ")} and ${parts[parts.length - 1]}` : parts.join("");
}

const hasNumbers = (record, names) => isRecord(record) && names.every((name) => typeof record[name] === "number");

/** What the limit does to pictures of one kind, [name, figures], in words. */
function refusalWords([name, value]) {
  if (hasNumbers(value, ["pictures", "refused", "auroc"]) && Object.keys(value).length === 3) {
    const refused = `${roundShare(value.refused)} are refused (AUROC ${cardValue(value.auroc)})`;
    return `of ${cardValue(value.pictures)} ${cardWord(name)} ${refused}`;
  }
  const sources = Object.entries(value);
  const isJudged = ([, found]) => hasNumbers(found, ["strangers", "auroc", "strangers_refused", "usual_refused"]);
  return sources.every(isJudged) ? sourceWords(name, sources) : `${cardWord(name)}: ${cardValue(value)}`;
}

/** Figures by source of the known photographs, side by side. */
function sourceWords(name, sources) {
  const each = (words) => listed(sources.map(([source, found]) => words(found, cardWord(source))));
  const [, { strangers, strangers_refused: share }] = sources[0];
  const auroc = each((found, source) => `${cardValue(found.auroc)} against ${source}`);
  const lost = each((found, source) => `${roundShare(found.usual_refused)} of ${source}`);
  const refused = `of ${cardValue(strangers)} ${cardWord(name)} ${roundShare(share)} are refused`;
  return `${refused} (AUROC ${auroc}), and with them ${lost}`;
}

function refusalSentence(calibration) {
  const isJudged = (value) => isRecord(value) && ("refused" in value || "auroc" in value);
  const isOfRefusals = (value) => isJudged(value) || (isRecord(value) && Object.values(value).some(isJudged));
  const refused = Object.entries(calibration).filter(([, value]) => isOfRefusals(value)).map(refusalWords);
  const { kept_share: kept } = calibration;
  const limit = typeof kept === "number" ? [`its limit lets ${roundShare(kept)} of validation photographs pass`] : [];
  const [first, ...more] = [...limit, ...refused];
  return first ? `Unlike anything known: ${[first, ...more.map(capital)].join(". ")}.` : "";
}

function calibrationSentence({ calibration_error: error, calibration_error_interval: interval, fitted_on: count }) {
  if (typeof error !== "number") return "";
  const between = interval ? `, 95 % interval ${cardValue(interval[0])} to ${cardValue(interval[1])}` : "";
  const exactly = `expected calibration error ${cardValue(error)}${between}`;
  const measured = `measured on ${cardValue(count)} photographs`;
  return `Its probabilities are off by ${points(error)} on average (${exactly}), ${measured}.`;
}

const countOf = (set) => cardValue(set.pictures ?? set.photographs);

/** What one asks first, in sentences: how often it is right, what it refuses, and what its probabilities are worth. */
export function cardSentences({ metrics, calibration }) {
  const right = bestKnown(metrics).map(({ name, set }) =>
    `${percent(set.top1)} of ${countOf(set)} ${cardWord(name)}${testWords(set)}`);
  return [
    ["Right", right.length ? `The first label is right on ${listed(right)}.` : ""],
    ["Refusals", refusalSentence(calibration || {})],
    ["Calibration", calibrationSentence(calibration || {})],
  ].filter(([, sentence]) => sentence);
}

/** One line for under the answer: "trained on 11,154 pictures; right on 91.5 % of studio photographs, 86.2 % of ..." */
export function trainedLine({ metrics, provenance }) {
  const { pictures } = provenance || {};
  const count = isRecord(pictures) ? pictures.train : pictures;
  const kind = (name) => DATA_WORDS.get(name) || `the photographs of ${readable(name)}`;
  const measured = bestKnown(metrics).filter(({ name }) => name !== "drawn");
  const right = measured.map(({ name, set }) => `${percent(set.top1)} of ${kind(name)}`);
  return [
    count ? `trained on ${cardValue(count)} pictures` : "",
    right.length ? `right on ${listed(right)} that it was not trained on` : "",
  ].filter(Boolean).join("; ");
}

/** The card as groups {title, rows: [name, value], folded}, in the order in which one asks; accuracies have a table. */
export function cardGroups(card) {
  const rows = (record, isShown = (_name) => true) => {
    const shown = Object.entries(record || {}).filter(([name]) => isShown(name));
    return shown.map(([name, value]) => [cardWord(name), cardValue(value, name)]);
  };
  const provenance = card.provenance || {};
  const splits = accuracies(card.metrics).map(({ split }) => split);
  return [
    { title: "What it is", rows: architectureRows(card) },
    { title: "Where it comes from", rows: rows(provenance, (name) => !FOLDED.includes(name)) },
    { title: "What else was measured", rows: rows(card.metrics, (name) => !splits.includes(name)) },
    { title: "How its probabilities and refusals were set", rows: rows(card.calibration), folded: true },
    { title: `Its classes (${card.classes.length})`, rows: classRows(card), folded: true },
    {
      title: "Its command, its files and every option of its training", folded: true,
      rows: [...rows(provenance, (name) => ["command", "files_sha256"].includes(name)), ...rows(provenance.options)],
    },
  ].filter((group) => group.rows.length);
}

function architectureRows({ architecture, parameters, preprocessing }) {
  const { size, mode, interpolation, mean, std, resize } = preprocessing;
  const steps = [MODE_WORDS[mode], ...(resize ? [`shorter side to ${resize}`] : []), interpolation];
  return [
    ["architecture", architecture], ["parameters", parameters.toLocaleString("en")],
    ["input", [`${size} × ${size} pixels`, ...steps].join(", ")],
    ["mean of the training photographs", cardValue(mean)], ["their spread (std)", cardValue(std)],
  ];
}

function classRows({ classes, label_sets: sets }) {
  const names = classes.slice(0, SHOWN_CLASSES).map(readable);
  if (classes.length > SHOWN_CLASSES) names.push("…");
  const asSet = ([name, labels]) => ["as " + name, setWords(labels)];
  return [["names", names.join(", ")], ...Object.entries(sets).map(asSet)];
}

/** The accuracies among metrics {validation: {catalogue: {top1, top3, pictures}}} as [{split, name, set}]. */
function accuracies(metrics) {
  return Object.entries(metrics || {}).filter(([, sets]) => isRecord(sets)).flatMap(([split, sets]) =>
    Object.entries(sets).filter(([, set]) => isAccuracy(set)).map(([name, set]) => ({ split, name, set })));
}

/** One accuracy of each data set: of the held-out test where there is one, because validation served the choices. */
function bestKnown(metrics) {
  const isTest = ({ split }) => split === "test";
  const [tests, others] = [accuracies(metrics).filter(isTest), accuracies(metrics).filter((one) => !isTest(one))];
  return [...new Map([...others, ...tests].map((one) => [one.name, one])).values()];
}

const perCent = (share) => (100 * share).toFixed(1);
/** @param {number[]} interval */
const between = ([low, high]) => `${perCent(low)} to ${perCent(high)}`;
const withInterval = (share, interval) => percent(share) + (Array.isArray(interval) ? ` (${between(interval)})` : "");
const lookedAt = (looks) => (looks === 1 ? "looked at once" : `looked at ${looks} times`);

/** What a figure of a held-out test has beside it; nothing for any other. */
function testWords({ looks, top1_interval: interval }) {
  return typeof looks === "number" ? `, 95\u202f% interval ${between(interval)}, on a test ${lookedAt(looks)}` : "";
}

/** Rows of the accuracy table: [split, data set, photographs, top-1, top-3] in words. */
export function accuracyRows(metrics) {
  return accuracies(metrics).map(({ split, name, set }) => {
    const top3 = typeof set.top3 === "number" ? withInterval(set.top3, set.top3_interval) : "not stated";
    const where = readable(split) + (typeof set.looks === "number" ? `, ${lookedAt(set.looks)}` : "");
    return [where, readable(name), countOf(set), withInterval(set.top1, set.top1_interval), top3];
  });
}

/** A label set: the labels that are classes by the same name are only counted. */
export function setWords(labels) {
  const isSame = ([label, members]) => members.length === 1 && members[0] === label;
  const sums = Object.entries(labels).filter((entry) => !isSame(entry));
  const words = sums.map(([label, members]) => `${readable(label)} = ${members.map(readable).join(" + ")}`);
  const same = Object.keys(labels).length - sums.length;
  if (same) words.push(same === 1 ? "1 class by its own name" : `${same} classes by their own names`);
  return words.join("; ");
}
