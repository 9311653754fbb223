// "The checkpoint's card": what it was trained on, how good it is, and where it comes from. And the words for what it saw.

const MODE_WORDS = {
  crop: "the middle square",
  letterbox: "the whole picture on bars",
  stretch: "the whole picture, stretched to a square",
};

const CARD_WORDS = {
  calibration_error: "expected calibration error", calibration_error_interval: "its 95 % interval", fitted_on: "photographs fitted on", kept_share: "share of them kept as known",
  charts_noise_text: "told from charts, noise and text", auroc: "AUROC", strangeness: "measure of strangeness", calibrated_with: "calibrated at commit",
  duration_s: "seconds of training", files_sha256: "hash of the list of files",
};
const cardWord = (name) => CARD_WORDS[name] || readable(name);

/** A value of the card as a person reads it: numbers short, lists joined, records as "name value". */
function cardValue(value) {
  if (value === null || value === undefined) return "not stated";
  if (typeof value === "number") return (Number.isInteger(value) ? value.toLocaleString("en") : String(Number(value.toPrecision(4)))).replace("-", "−");
  if (Array.isArray(value) && Array.isArray(value[0])) return value.length + " × " + value[0].length + " numbers";
  if (Array.isArray(value)) return value.map(cardValue).join(", ");
  if (typeof value === "object") return Object.entries(value).map(([name, inner]) => cardWord(name) + " " + cardValue(inner)).join("; ");
  return String(value);
}

/** The card as groups of [name, value], in the order in which one asks; accuracies stand in a table of their own. */
function cardGroups(card) {
  const pairs = (record, without = []) => Object.entries(record || {}).filter(([name]) => !without.includes(name)).map(([name, value]) => [cardWord(name), cardValue(value)]);
  const { size, mode, interpolation, mean, std, resize } = card.preprocessing;
  const splits = accuracySplits(card.metrics);
  return [
    ["What else was measured", pairs(card.metrics, splits)],
    ["How its probabilities and refusals were set", pairs(card.calibration)],
    ["What it is", [
      ["architecture", card.architecture], ["parameters", card.parameters.toLocaleString("en")],
      ["input", size + " × " + size + " pixels, " + MODE_WORDS[mode] + (resize ? ", shorter side to " + resize : "") + ", " + interpolation],
      ["mean of the training photographs", cardValue(mean)], ["their spread (std)", cardValue(std)]]],
    ["Where it comes from", pairs(card.provenance, ["options"])],
    ["Its classes (" + card.classes.length + ")", [["names", card.classes.slice(0, 60).map(readable).join(", ") + (card.classes.length > 60 ? ", …" : "")], ...Object.entries(card.label_sets).map(([name, labels]) => ["as " + name, setWords(labels)])]],
    ["Every option of its training", pairs(card.provenance.options)],
  ].filter(([, rows]) => rows.length);
}

/** Names of the metrics that are accuracies by data set: {validation: {catalogue: {top1, top3, pictures}}} → ["validation"]. */
function accuracySplits(metrics) {
  const isRecord = (value) => value && typeof value === "object" && !Array.isArray(value);
  return Object.keys(metrics || {}).filter((split) => isRecord(metrics[split]) && Object.values(metrics[split]).some((set) => isRecord(set) && typeof set.top1 === "number"));
}

/** Rows of the accuracy table: [split, data set, photographs, top-1, top-3] in words. */
function accuracyRows(metrics) {
  return accuracySplits(metrics).flatMap((split) => Object.entries(metrics[split]).filter(([, set]) => set && typeof set.top1 === "number")
    .map(([name, set]) => [readable(split), readable(name), cardValue(set.pictures ?? set.photographs), percent(set.top1), typeof set.top3 === "number" ? percent(set.top3) : "not stated"]));
}

/** A label set: the labels that are classes by the same name are only counted. */
function setWords(labels) {
  const sums = Object.entries(labels).filter(([label, members]) => members.length > 1 || members[0] !== label);
  const words = sums.map(([label, members]) => readable(label) + " = " + members.map(readable).join(" + "));
  const same = Object.keys(labels).length - sums.length;
  return [...words, ...(same ? [same === 1 ? "1 class by its own name" : same + " classes by their own names"] : [])].join("; ");
}

function cardPanel(root, server) {
  const [note, groups] = [make("p", { class: "soft", "aria-live": "polite" }), make("div", { class: "card-groups" })];
  const accuracy = make("div", { class: "scroll-x", tabindex: 0, role: "region", "aria-label": "Accuracy" });
  root.append(note, accuracy, groups);
  let shown = "";
  return {
    async show(answer) {
      if (shown === answer.network.name) return;
      shown = answer.network.name;
      note.textContent = "Reading the card…";
      try {
        const card = await explorer.ask(server.card({ network: answer.network.name }));
        if (shown !== answer.network.name) return;
        accuracy.replaceChildren(...accuracyTable(card.metrics));
        groups.replaceChildren(...cardGroups(card).map(([title, rows]) => make("section", { class: "card" }, make("h2", {}, title),
          make("dl", {}, ...rows.flatMap(([name, value]) => [make("dt", {}, name), make("dd", {}, value)])))));
        note.textContent = "Every figure was measured on the weights that are shown here, on photographs that it was not trained on.";
      } catch (error) {
        shown = "";
        note.textContent = error.message;
      }
    },
  };
}

function accuracyTable(metrics) {
  const rows = accuracyRows(metrics);
  if (!rows.length) return [];
  const heads = ["measured on", "data", "photographs", "first label right", "among the first three"];
  return [make("table", { class: "accuracy" },
    make("thead", {}, make("tr", {}, ...heads.map((head, place) => make("th", { scope: "col", class: place > 1 ? "number" : null }, head)))),
    make("tbody", {}, ...rows.map((row) => make("tr", {}, ...row.map((value, place) => make("td", { class: place > 1 ? "number" : null }, value))))))];
}
