// The teacher's sheet: every question with its answer, in the page's numbers, to be printed.

import { finder, made, make } from "../shared/dom.js";
import { answerText, filled } from "./catalogue.js";

export class Sheet {
  open = false;

  /**
   * @param {HTMLElement} element
   * @param {import("./state.js").Lessons} lessons
   */
  constructor(element, lessons) {
    this.lessons = lessons;
    this.find = finder(element.querySelector(".lessons"));
    this.root = this.find(".lesson-sheet");
    lessons.on(() => { if (this.open) this.show(); });
  }

  toggle(open) {
    this.open = open;
    this.root.hidden = !open;
    for (const other of [".lesson-list", ".lessons-head"]) this.find(other).hidden = open;
    if (open) this.show();
  }

  /** The sheet; a step whose numbers cannot be had says why. */
  async show() {
    const { lessons, root } = this;
    const { language, steps } = lessons;
    root.lang = language;
    root.replaceChildren(this.head(lessons.word("sheet_waits")));
    const found = [];
    for (const step of steps) found.push(await lessons.numbersOf(step).catch((error) => error));
    if (!this.open || language !== lessons.language) return;
    root.replaceChildren(this.head(""), make("ol", {}, ...steps.map((step, at) => this.entry(step, found[at]))));
    root.setAttribute("aria-busy", "false");
  }

  head(waiting) {
    const { lessons } = this;
    const buttons = [
      make("button", { type: "button", onclick: () => this.toggle(false) }, lessons.word("sheet_close")),
      make("button", { type: "button", class: "primary", disabled: Boolean(waiting), onclick: () => print() },
        lessons.word("print")),
    ];
    return make("header", {}, make("div", { class: "row sheet-tools" }, ...buttons),
      made("h2", "", lessons.word("sheet")), made("p", "soft", waiting || lessons.word("sheet_lead")));
  }

  entry(step, numbers) {
    const { lessons } = this;
    const { texts, language } = lessons;
    const words = texts.steps[step.key];
    const title = made("h3", "", words.title);
    if (numbers instanceof Error) return make("li", {}, title, made("p", "problem", numbers.message));
    const fill = (text) => filled(text, numbers, language);
    const named = (word, ...rest) => make("p", {}, made("b", "", lessons.word(word) + ": "), ...rest);
    const address = lessons.address(step);
    const choices = step.choices.map((key) => make("li", { class: key === step.answer ? "right" : null },
      fill(words.choices[key])));
    return make("li", {}, title, made("p", "", fill(words.question)),
      ...(choices.length ? [make("ul", {}, ...choices)] : []),
      named("answer", made("b", "", answerText(step, words, numbers, language) + ". "), fill(words.reveal)),
      named("why", fill(words.why)),
      make("p", { class: "soft sheet-link" }, make("a", { href: address }, address)));
  }
}
