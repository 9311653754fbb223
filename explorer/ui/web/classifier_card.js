// "The checkpoint's card": what it was trained on, how good it is, and where it comes from. And the words for what it saw.

const MODE_WORDS = {
  crop: "the middle square",
  letterbox: "the whole picture on bars",
  stretch: "the whole picture, stretched to a square",
};

/** A value of the card as a person reads it: numbers short, lists joined, records as "name value". */
function cardValue(value) {
  if (value === null || value === undefined) return "not stated";
  if (typeof value === "number") return Number.isInteger(value) ? value.toLocaleString("en") : String(Number(value.toPrecision(4)));
  if (Array.isArray(value)) return value.map(cardValue).join(", ");
  if (typeof value === "object") return Object.entries(value).map(([name, inner]) => readable(name) + " " + cardValue(inner)).join("; ");
  return String(value);
}

/** The card as groups of [name, value], in the order in which one asks. */
function cardGroups(card) {
  const pairs = (record) => Object.entries(record || {}).map(([name, value]) => [readable(name), cardValue(value)]);
  const { size, mode, interpolation, mean, std, resize } = card.preprocessing;
  return [
    ["How good it is", pairs(card.metrics)],
    ["Where it comes from", pairs(card.provenance)],
    ["What it is", [
      ["architecture", card.architecture], ["parameters", card.parameters.toLocaleString("en")],
      ["input", size + " × " + size + " pixels, " + MODE_WORDS[mode] + (resize ? ", shorter side to " + resize : "") + ", " + interpolation],
      ["mean of the training photographs", cardValue(mean)], ["their spread (std)", cardValue(std)]]],
    ["How its probabilities and refusals were set", pairs(card.calibration)],
    ["Its classes (" + card.classes.length + ")", [["names", card.classes.slice(0, 60).map(readable).join(", ") + (card.classes.length > 60 ? ", …" : "")], ...Object.entries(card.label_sets).map(([name, labels]) => ["as " + name, Object.entries(labels).map(([label, members]) => readable(label) + " = " + members.map(readable).join(" + ")).join("; ")])]],
  ].filter(([, rows]) => rows.length);
}

function cardPanel(root, server) {
  const [note, groups] = [make("p", { class: "soft", "aria-live": "polite" }), make("div", { class: "card-groups" })];
  root.append(note, groups);
  let shown = "";
  return {
    async show(answer) {
      if (shown === answer.network.name) return;
      shown = answer.network.name;
      note.textContent = "Reading the card…";
      try {
        const card = await explorer.ask(server.card({ network: answer.network.name }));
        if (shown !== answer.network.name) return;
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
