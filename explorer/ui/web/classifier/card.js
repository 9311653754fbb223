// "The checkpoint's card": what it was trained on, how good it is, and where it comes from. And the words for what it saw.

const MODE_WORDS = {
  crop: "the middle square",
  letterbox: "the whole picture on bars",
  stretch: "the whole picture, stretched to a square",
};

const CARD_WORDS = {
  calibration_error: "expected calibration error", calibration_error_interval: "its 95 % interval", fitted_on: "photographs fitted on", kept_share: "share of them kept as known",
  charts_noise_text: "charts, noise and text", strangers: "photographs of other things", cifar10: "CIFAR-10", auroc: "AUROC", strangeness: "measure of strangeness", calibrated_with: "calibrated at commit",
  duration_s: "seconds of training", test: "held-out test", alike: "photographs nearly the same as another", left_out: "of them not learnt from", sha256: "hash of their list", source_sha256: "hash of the source", files_sha256: "hash of the list of files", strangers_refused: "of them refused", usual_refused: "of known photographs refused",
};
const DATA_WORDS = { catalogue: "studio photographs", clothing: "photographs at home", drawn: "drawn pictures" };
const cardWord = (name) => CARD_WORDS[name] || DATA_WORDS[name] || readable(name);
const isRecord = (value) => Boolean(value) && typeof value === "object" && !Array.isArray(value);
const isShare = (name) => /refused|share|kept|top\d|accuracy|balanced/.test(name);

/** A value of the card as a person reads it: shares in per cent, numbers short, lists joined, records as "name value". */
function cardValue(value, name = "") {
  if (value === null || value === undefined) return "not stated";
  if (typeof value === "number" && isShare(name) && value >= 0 && value <= 1) return percent(value);
  if (typeof value === "number") return (Number.isInteger(value) ? value.toLocaleString("en") : String(Number(value.toPrecision(4)))).replace("-", "−");
  if (Array.isArray(value) && Array.isArray(value[0])) return value.length + " × " + value[0].length + " numbers";
  if (Array.isArray(value)) return value.map((one) => (isRecord(one) ? "(" + cardValue(one, name) + ")" : cardValue(one, name))).join(", ");
  if (isRecord(value)) {
    const words = ([key, inner]) => cardWord(key) + (isRecord(inner) ? " (" + cardValue(inner, isShare(key) ? key : isShare(name) ? name : key) + ")" : " " + cardValue(inner, isShare(name) && !/auroc|pictures/.test(key) ? name : key));
    return Object.entries(value).map(words).join("; ");
  }
  return String(value);
}

/** Per cent of a published share without a superfluous ".0". */
const roundShare = (value) => percent(value).replace(/\.0(?=\u202f)/, "");

const listed = (parts) => (parts.length > 1 ? parts.slice(0, -1).join(", ") + " and " + parts[parts.length - 1] : parts.join(""));

/** What the limit does to pictures of one kind, [name, figures], in words; figures by source of the known photographs side by side. */
function refusalWords([name, value]) {
  const numbers = (record, names) => isRecord(record) && names.every((key) => typeof record[key] === "number");
  if (numbers(value, ["pictures", "refused", "auroc"]) && Object.keys(value).length === 3) {
    return "of " + cardValue(value.pictures) + " " + cardWord(name) + " " + roundShare(value.refused) + " are refused (AUROC " + cardValue(value.auroc) + ")";
  }
  const sources = Object.entries(value);
  if (!sources.every(([, found]) => numbers(found, ["strangers", "auroc", "strangers_refused", "usual_refused"]))) return cardWord(name) + ": " + cardValue(value);
  const each = (words) => listed(sources.map(([source, found]) => words(cardWord(source), found)));
  const [, { strangers, strangers_refused: share }] = sources[0];
  return "of " + cardValue(strangers) + " " + cardWord(name) + " " + roundShare(share) + " are refused (AUROC " + each((source, { auroc }) => cardValue(auroc) + " against " + source)
    + "), and with them " + each((source, { usual_refused: lost }) => roundShare(lost) + " of " + source);
}

/** What one asks first, in sentences: how often it is right, what it refuses, and what its probabilities are worth. */
function cardSentences({ metrics, calibration }) {
  const sets = bestKnown(metrics);
  const right = sets.map(([name, set]) => percent(set.top1) + " of " + cardValue(set.pictures ?? set.photographs) + " " + cardWord(name) + testWords(set));
  const known = calibration || {};
  const judged = (value) => isRecord(value) && ("refused" in value || "auroc" in value);
  const refused = Object.entries(known).filter(([, value]) => judged(value) || (isRecord(value) && Object.values(value).some(judged))).map(refusalWords);
  const limit = typeof known.kept_share === "number" ? "its limit lets " + roundShare(known.kept_share) + " of validation photographs pass" : "";
  const error = known.calibration_error;
  const interval = known.calibration_error_interval;
  return [
    right.length ? ["Right", "The first label is right on " + listed(right) + "."] : null,
    limit || refused.length ? ["Refusals", "Unlike anything known: " + [limit, ...refused].filter(Boolean).join(". ").replace(/\. ([a-z])/g, (_, letter) => ". " + letter.toUpperCase()) + "."] : null,
    typeof error === "number" ? ["Calibration", "Its probabilities are off by " + points(error) + " on average (expected calibration error " + cardValue(error) + (interval ? ", 95 % interval " + cardValue(interval[0]) + " to " + cardValue(interval[1]) : "") + "), measured on " + cardValue(known.fitted_on) + " photographs."] : null,
  ].filter(Boolean);
}

/** One line for under the answer: "trained on 11,154 pictures; right on 91.5 % of studio photographs, 86.2 % of ..." */
function trainedLine({ metrics, provenance }) {
  const count = (provenance || {}).pictures;
  const train = isRecord(count) ? count.train : count;
  const sets = bestKnown(metrics).filter(([name]) => name !== "drawn");
  const right = sets.map(([name, set]) => percent(set.top1) + (name in DATA_WORDS ? " of " + DATA_WORDS[name] : " of the photographs of " + readable(name)));
  return [train ? "trained on " + cardValue(train) + " pictures" : "", right.length ? "right on " + listed(right) + " that it was not trained on" : ""].filter(Boolean).join("; ");
}

/** [data set, figures] of each: of the held-out test where there is one, because validation served the choices. */
function bestKnown(metrics) {
  const found = new Map();
  for (const split of [...accuracySplits(metrics)].sort((one, other) => (one === "test") - (other === "test"))) {
    for (const [name, set] of Object.entries(metrics[split])) if (isRecord(set) && typeof set.top1 === "number") found.set(name, set);
  }
  return [...found];
}

/** An interval as it is read: " (91.1 to 94.6)". */
const intervalWords = (interval) => (Array.isArray(interval) ? " (" + (100 * interval[0]).toFixed(1) + " to " + (100 * interval[1]).toFixed(1) + ")" : "");
const lookedAt = (looks) => (looks === 1 ? "looked at once" : "looked at " + looks + " times");
/** What a figure on a held-out test has beside it; nothing for any other. */
const testWords = (set) => (typeof set.looks === "number" ? ", 95\u202f% interval" + intervalWords(set.top1_interval).replace(/[()]/g, "") + ", on a test " + lookedAt(set.looks) : "");

const FOLDED = ["options", "command", "files_sha256"]; // of the provenance

/** The card as groups {title, rows: [name, value], folded}, in the order in which one asks; accuracies have a table. */
function cardGroups(card) {
  const pairs = (record, without = []) => Object.entries(record || {}).filter(([name]) => !without.includes(name)).map(([name, value]) => [cardWord(name), cardValue(value, name)]);
  const { size, mode, interpolation, mean, std, resize } = card.preprocessing;
  const provenance = card.provenance || {};
  const only = (names) => Object.fromEntries(names.filter((name) => name in provenance).map((name) => [name, provenance[name]]));
  return [
    { title: "What it is", rows: [
      ["architecture", card.architecture], ["parameters", card.parameters.toLocaleString("en")],
      ["input", size + " × " + size + " pixels, " + MODE_WORDS[mode] + (resize ? ", shorter side to " + resize : "") + ", " + interpolation],
      ["mean of the training photographs", cardValue(mean)], ["their spread (std)", cardValue(std)]] },
    { title: "Where it comes from", rows: pairs(provenance, FOLDED) },
    { title: "What else was measured", rows: pairs(card.metrics, accuracySplits(card.metrics)) },
    { title: "How its probabilities and refusals were set", rows: pairs(card.calibration), folded: true },
    { title: "Its classes (" + card.classes.length + ")", folded: true,
      rows: [["names", card.classes.slice(0, 60).map(readable).join(", ") + (card.classes.length > 60 ? ", …" : "")], ...Object.entries(card.label_sets).map(([name, labels]) => ["as " + name, setWords(labels)])] },
    { title: "Its command, its files and every option of its training", folded: true, rows: [...pairs(only(["command", "files_sha256"])), ...pairs(provenance.options)] },
  ].filter(({ rows }) => rows.length);
}

/** Names of the metrics that are accuracies by data set: {validation: {catalogue: {top1, top3, pictures}}} → ["validation"]. */
function accuracySplits(metrics) {
  return Object.keys(metrics || {}).filter((split) => isRecord(metrics[split]) && Object.values(metrics[split]).some((set) => isRecord(set) && typeof set.top1 === "number"));
}

/** Rows of the accuracy table: [split, data set, photographs, top-1, top-3] in words. */
function accuracyRows(metrics) {
  return accuracySplits(metrics).flatMap((split) => Object.entries(metrics[split]).filter(([, set]) => set && typeof set.top1 === "number")
    .map(([name, set]) => [readable(split) + (typeof set.looks === "number" ? ", " + lookedAt(set.looks) : ""), readable(name), cardValue(set.pictures ?? set.photographs),
      percent(set.top1) + intervalWords(set.top1_interval), typeof set.top3 === "number" ? percent(set.top3) + intervalWords(set.top3_interval) : "not stated"]));
}

/** A label set: the labels that are classes by the same name are only counted. */
function setWords(labels) {
  const sums = Object.entries(labels).filter(([label, members]) => members.length > 1 || members[0] !== label);
  const words = sums.map(([label, members]) => readable(label) + " = " + members.map(readable).join(" + "));
  const same = Object.keys(labels).length - sums.length;
  return [...words, ...(same ? [same === 1 ? "1 class by its own name" : same + " classes by their own names"] : [])].join("; ");
}

/** card(name) → the checkpoint's card, asked for once. */
function cardReader(server) {
  const cards = new Map();
  return (network) => {
    if (!cards.has(network)) cards.set(network, explorer.ask(server.card({ network })).catch((error) => {
      cards.delete(network);
      throw error;
    }));
    return cards.get(network);
  };
}

function cardPanel(root, read) {
  const [note, sentences, groups] = [make("p", { class: "soft", "aria-live": "polite" }), make("dl", { class: "card-sentences" }), make("div", { class: "card-groups" })];
  const accuracy = make("div", { class: "scroll-x", tabindex: 0, role: "region", "aria-label": "Accuracy" });
  root.append(sentences, accuracy, note, groups);
  let shown = "";
  return {
    async show(answer) {
      if (shown === answer.network.name) return;
      shown = answer.network.name;
      note.textContent = "Reading the card…";
      try {
        const card = await read(answer.network.name);
        if (shown !== answer.network.name) return;
        sentences.replaceChildren(...definitions(cardSentences(card)));
        accuracy.replaceChildren(...accuracyTable(card.metrics));
        groups.replaceChildren(...cardGroups(card).map(cardGroup));
        note.textContent = accuracy.firstChild ? "Every figure was measured on the weights that are shown here, on photographs that it was not trained on." : "This network comes without measurements of ours.";
      } catch (error) {
        shown = "";
        note.textContent = error.message;
      }
    },
  };
}

const definitions = (rows) => rows.flatMap(([name, value]) => [make("dt", {}, name), make("dd", {}, value)]);

function cardGroup({ title, rows, folded }) {
  const list = make("dl", {}, ...definitions(rows));
  return folded ? make("details", { class: "card folded" }, make("summary", {}, title), list) : make("section", { class: "card" }, make("h2", {}, title), list);
}

function accuracyTable(metrics) {
  const rows = accuracyRows(metrics);
  if (!rows.length) return [];
  const heads = ["measured on", "data", "photographs", "first label right", "among the first three"];
  return [make("table", { class: "accuracy" },
    make("thead", {}, make("tr", {}, ...heads.map((head, place) => make("th", { scope: "col", class: place > 1 ? "number" : null }, head)))),
    make("tbody", {}, ...rows.map((row) => make("tr", {}, ...row.map((value, place) => make("td", { class: place > 1 ? "number" : null }, value))))))];
}
