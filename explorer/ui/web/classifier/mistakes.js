// "Mistakes, live": choose a mistake; it is really made with this photograph, on a copy, and stands beside the truth.

import { make, made } from "../shared/dom.js";
import { newest } from "../shared/newest.js";
import * as explorer from "../shared/page.js";
import { shareList } from "./bars.js";
import { typeset } from "./numbers.js";

const NOTE = "Each switch runs a broken program on a copy of the network. Nothing is pretended: what comes out, or the "
  + "exception, is PyTorch's own.";
const COUNTED = "Beside each mistake: how many of the example pictures get another label, or none.";
const SAME_SHARE = 1e-6; // of probability: two forwards of the same numbers

export class MistakesPanel {
  mistakes = null;
  chosen = null; // a mistake's key
  answer = null;
  network = "";
  told = (_mistake) => {}; // called with the one that is chosen
  asking = newest();

  /**
   * @param {HTMLElement} root
   * @param {import("../types").ClassifierServer} server
   */
  constructor(root, server) {
    this.server = server;
    this.list = make("div", { class: "mistake-list", role: "group", "aria-label": "Mistakes" });
    this.tallyButton = make("button", { type: "button", disabled: true, onclick: () => this.tally() });
    this.tallyButton.textContent = "Try all on the example pictures";
    this.tallyNote = make("p", { class: "soft small", "aria-live": "polite" });
    this.detail = make("div", { class: "mistake-detail", "aria-live": "polite" });
    this.detail.append(made("p", "soft", "Making the first one…"));
    const side = make("div", { class: "mistake-side" }, this.list, this.tallyButton, this.tallyNote);
    root.append(made("p", "note", NOTE), make("div", { class: "mistakes" }, side, this.detail));
  }

  show(answer) {
    if (this.network !== answer.network.name) {
      for (const button of this.list.children) button.lastChild.textContent = "";
      this.tallyNote.textContent = "";
    }
    this.network = answer.network.name;
    this.answer = answer;
    return this.run();
  }

  async fill() {
    this.mistakes = await explorer.ask(this.server.mistakes({}));
    if (!this.mistakes.some(({ key }) => key === this.chosen)) this.chosen = this.mistakes[0].key;
    this.list.replaceChildren(...this.mistakes.map(({ key, title }) => {
      const attributes = { type: "button", "data-key": key, onclick: () => this.choose(key) };
      return make("button", attributes, made("span", "", title), made("span", "number tally"));
    }));
    this.tallyButton.disabled = false;
  }

  choose(key) {
    this.chosen = key;
    this.told(key);
    this.run();
  }

  markChosen() {
    for (const button of this.list.children) {
      button.setAttribute("aria-pressed", String(button.dataset.key === this.chosen));
    }
  }

  async run() {
    const mine = this.asking.next();
    this.detail.classList.add("stale");
    try {
      if (!this.mistakes) await this.fill();
      const { answer, chosen } = this;
      this.markChosen();
      const request = { photo: answer.photo.token, network: answer.network.name, mistake: chosen, asks: mine.asks };
      const broken = await explorer.ask(this.server.make_mistake(request));
      if (mine.late) return;
      this.detail.replaceChildren(...mistakeDetail(this.mistakes.find((one) => one.key === chosen), answer, broken));
    } catch (error) {
      if (!mine.late) this.detail.replaceChildren(made("p", "problem", error.message));
    }
    if (!mine.late) this.detail.classList.remove("stale");
  }

  async tally() {
    const { network } = this;
    this.tallyButton.disabled = true;
    try {
      for (const [place, mistake] of this.mistakes.entries()) {
        this.tallyNote.textContent = `Making ${place + 1} of ${this.mistakes.length} mistakes…`;
        const found = await explorer.ask(this.server.tally({ network, mistake: mistake.key }));
        if (network !== this.network) break; // the counts of another network are not shown beside this one
        this.list.children[place].lastChild.textContent = `${found.flipped} of ${found.of}`;
      }
      this.tallyNote.textContent = network === this.network ? COUNTED : "";
    } catch (error) {
      this.tallyNote.textContent = error.message;
    }
    this.tallyButton.disabled = false;
  }
}

/** What became of the first label, in a sentence. */
export function mistakeVerdict(right, { rows: [first], score }) {
  if (!first) return "It ends in an exception.";
  const same = first.label === right.label;
  if (same && score === "probability" && Math.abs(first.probability - right.probability) < SAME_SHARE) {
    return "The answer stays to the last digit.";
  }
  if (score === "logit") return "The order stays, but these are no probabilities.";
  return same ? "The first label stays this time; the numbers do not." : "The answer is another one.";
}

/** Cause, the two answers side by side, what gives it away, and the line that mends it. */
function mistakeDetail({ title, cause, wrong, fix }, answer, broken) {
  const picture = make("img", { class: "pixels", src: answer.saw, alt: "What the network sees rightly" });
  const code = { class: "code", tabindex: 0, "aria-label": "The wrong line and the right one" };
  const verdict = made("b", "", mistakeVerdict(answer.ranking[0], broken));
  return [
    made("h2", "", title),
    make("p", { class: "note" }, cause + " ", verdict),
    make("div", { class: "versus" },
      make("section", { class: "card" }, made("h3", "", "Rightly"), picture, shareList(answer.ranking, "probability")),
      make("section", { class: "card broken" }, made("h3", "", "With the mistake"), ...brokenParts(answer, broken))),
    ...(broken.clues.length ? [clueTable(broken.clues)] : []),
    make("pre", code, made("span", "wrong", "− " + wrong), made("span", "right", "+ " + fix)),
  ];
}

function brokenParts(answer, { saw, untouched, rows, score, error, again, again_note: note }) {
  return [
    brokenPicture(saw || (untouched ? answer.saw : ""), untouched),
    rows.length ? shareList(rows, score) : made("p", "exception number", error),
    ...(again.length ? [made("h3", "", "And " + note), shareList(again.slice(0, 3), score)] : []),
  ];
}

function brokenPicture(src, untouched) {
  if (!src) return made("p", "soft small no-picture", "the same pixels, in another shape");
  return make("img", { class: "pixels", src, alt: untouched ? "The same pixels" : "What the network takes it for" });
}

function clueTable(clues) {
  const cell = (text) => make("td", { class: "number" }, ...clueParts(text));
  const row = ({ name, right, broken }) => make("tr", {}, made("td", "", name), cell(right), cell(broken));
  const heads = [made("th", "", "What gives it away"), made("th", "number", "right"), made("th", "number", "broken")];
  const table = make("table", {}, make("thead", {}, make("tr", {}, ...heads)), make("tbody", {}, ...clues.map(row)));
  return make("div", { class: "scroll-x", tabindex: 0, role: "region", "aria-label": "What gives it away" }, table);
}

/** "a 33.2% / b 4%" in two lines that break nowhere else; other clues in one. */
function clueParts(text) {
  return typeset(text).split(" / ").map((part, place) => made("span", "clue-part", (place ? "then " : "") + part));
}
