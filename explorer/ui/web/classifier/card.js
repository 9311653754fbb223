// "The checkpoint's card": what it was trained on, how good it is, and where it comes from.

import { make, made } from "../shared/dom.js";
import { newest } from "../shared/newest.js";
import * as explorer from "../shared/page.js";
import { accuracyRows, cardGroups, cardSentences } from "./card_words.js";

const MEASURED = "Every figure was measured on the weights that are shown here, on photographs that it was not trained "
  + "on.";
const UNMEASURED = "This network comes without measurements of ours.";
const ACCURACY_HEADS = ["measured on", "data", "photographs", "first label right", "among the first three"];

/**
 * card(name) → the checkpoint's card, asked for once.
 * @param {import("../types").ClassifierServer} server
 */
export function cardReader(server) {
  const cards = new Map();
  const read = (network) => explorer.ask(server.card({ network })).catch((error) => {
    cards.delete(network);
    throw error;
  });
  return (network) => {
    if (!cards.has(network)) cards.set(network, read(network));
    return cards.get(network);
  };
}

/**
 * @param {HTMLElement} root
 * @param {(network: string) => Promise<any>} read
 */
export function cardPanel(root, read) {
  const [sentences, groups] = [make("dl", { class: "card-sentences" }), made("div", "card-groups")];
  const note = make("p", { class: "soft", "aria-live": "polite" });
  const accuracy = make("div", { class: "scroll-x", tabindex: 0, role: "region", "aria-label": "Accuracy" });
  root.append(sentences, accuracy, note, groups);
  const asking = newest();
  let shown = "";

  function draw(card) {
    sentences.replaceChildren(...definitions(cardSentences(card)));
    accuracy.replaceChildren(...accuracyTable(card.metrics));
    groups.replaceChildren(...cardGroups(card).map(cardGroup));
    note.textContent = accuracy.firstChild ? MEASURED : UNMEASURED;
  }

  return {
    async show({ network }) {
      if (shown === network.name) return;
      const mine = asking.next();
      shown = network.name;
      note.textContent = "Reading the card…";
      try {
        const card = await read(network.name);
        if (!mine.late) draw(card);
      } catch (error) {
        if (mine.late) return;
        shown = "";
        note.textContent = error.message;
      }
    },
  };
}

const definitions = (rows) => rows.flatMap(([name, value]) => [made("dt", "", name), made("dd", "", value)]);

function cardGroup({ title, rows, folded }) {
  const list = make("dl", {}, ...definitions(rows));
  if (folded) return make("details", { class: "card folded" }, made("summary", "", title), list);
  return make("section", { class: "card" }, made("h2", "", title), list);
}

function accuracyTable(metrics) {
  const rows = accuracyRows(metrics);
  if (!rows.length) return [];
  const columnClass = (column) => (column > 1 ? "number" : null);
  const heads = ACCURACY_HEADS.map((text, column) => make("th", { scope: "col", class: columnClass(column) }, text));
  const cells = (row) => row.map((value, column) => make("td", { class: columnClass(column) }, value));
  return [make("table", { class: "accuracy" },
    make("thead", {}, make("tr", {}, ...heads)),
    make("tbody", {}, ...rows.map((row) => make("tr", {}, ...cells(row)))))];
}
