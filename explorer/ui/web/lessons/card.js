// The card of the open step: above the tab that it speaks of, on a phone below everything. Question, guess, answer.

import { made, make } from "../shared/dom.js";
import { newest } from "../shared/newest.js";
import * as explorer from "../shared/page.js";
import { openTab } from "../shared/tabs.js";
import { filled, guessedNumber, isRight } from "./catalogue.js";

// What an answer opened, below the fold of its tab.
const OPENED = { "classifier.open": ".classifier .panel:not([hidden])", "maps.unit": ".maps .receipt" };
const NARROW = "(max-width: 1099px)"; // where the photograph stands above the tabs: as in page.css

export class Card {
  shownFor = ""; // step, language and whether answered: what stands there
  guess = null; // a choice's key, or a number
  guessOf = ""; // the step that it was made at
  folded = false;
  asking = newest();
  filling = new ResizeObserver(() => {}); // of the tab that a step has opened: see lookAt

  /** @param {import("./state.js").Lessons} lessons */
  constructor(lessons) {
    this.lessons = lessons;
    const button = (name, act) => make("button", { type: "button", class: name, onclick: act });
    this.place = made("span", "lesson-place number");
    this.title = made("h2", "lesson-title");
    this.back = button("lesson-back", () => this.move(-1));
    this.next = button("lesson-next", () => this.move(1));
    this.fold = button("quiet lesson-fold", () => this.foldTo(!this.folded));
    this.close = button("quiet lesson-close", () => lessons.close());
    this.body = make("div", { class: "lesson-body" });
    const { place, title, fold, back, next, close } = this;
    const head = make("div", { class: "lesson-head" }, place, title, fold, back, next, close);
    this.root = make("section", { class: "instrument lesson-card", hidden: true }, head, this.body);
    document.getElementById("main").prepend(this.root);
    new ResizeObserver(() => this.keepRoom()).observe(this.root);
    for (const moves of ["wheel", "pointerdown", "keydown"]) {
      addEventListener(moves, () => this.filling.disconnect(), { capture: true, passive: true });
    }
    lessons.on(() => this.show());
  }

  /** Draw the open step; its numbers are asked for first, as its question may hold some. */
  async show() {
    const { lessons } = this;
    const { step, shown, language } = lessons;
    this.root.hidden = !step;
    document.body.classList.toggle("in-lesson", Boolean(step));
    const wanted = step ? [step.key, shown, language].join(" ") : "";
    if (wanted === this.shownFor) return;
    this.shownFor = wanted;
    if (!step) return;
    if (this.guessOf !== step.key) [this.guess, this.guessOf] = [null, step.key];
    this.showHead();
    const mine = this.asking.next();
    this.body.setAttribute("aria-busy", "true");
    try {
      const numbers = await lessons.numbersOf(step);
      if (mine.late) return;
      this.showBody(numbers);
      this.lookAt();
    } catch (error) {
      if (mine.late) return;
      this.shownFor = "";
      this.body.replaceChildren(make("p", { class: "problem", role: "alert" }, error.message));
    }
    if (!mine.late) this.body.removeAttribute("aria-busy");
  }

  /** What is scrolled to stands beside the card, and not behind it. */
  keepRoom() {
    const { root } = this;
    const side = getComputedStyle(root).position === "fixed" ? "bottom" : "top";
    document.documentElement.style.scrollPadding = "";
    document.documentElement.style.setProperty(`scroll-padding-${side}`, `${root.offsetHeight + 8}px`);
  }

  /**
   * Bring into sight what the step is about: what the answer opened, or else the beginning of the tab. And again while
   * the tab fills, until the visitor moves.
   */
  lookAt() {
    const { step, shown } = this.lessons;
    const [, opened] = Object.entries(OPENED).find(([key]) => shown && key in step.show) || [];
    const place = opened || (matchMedia(NARROW).matches ? "#instruments" : "body");
    this.filling.disconnect();
    this.filling = new ResizeObserver(() => document.querySelector(place)?.scrollIntoView({ block: "start" }));
    this.filling.observe(document.getElementById("instruments"));
  }

  showHead() {
    const { lessons } = this;
    const { texts, at, steps, step, language } = lessons;
    const last = at === steps.length - 1;
    this.root.lang = language;
    this.root.setAttribute("aria-label", lessons.word("lesson"));
    this.place.textContent = lessons.word("step", { number: at + 1, all: steps.length });
    this.title.textContent = texts.steps[step.key].title;
    this.back.textContent = lessons.word("back");
    this.back.disabled = at === 0;
    this.next.textContent = lessons.word(last ? "finish" : "next");
    this.next.classList.toggle("primary", lessons.shown);
    this.close.textContent = "×";
    this.close.setAttribute("aria-label", lessons.word("close"));
    this.close.title = lessons.word("close");
    this.foldTo(this.folded && !explorer.byTouch());
  }

  foldTo(folded) {
    this.folded = folded;
    this.root.classList.toggle("folded", folded);
    this.fold.textContent = this.lessons.word(folded ? "unfold" : "fold");
    this.fold.setAttribute("aria-expanded", String(!folded));
  }

  showBody(numbers) {
    const { lessons } = this;
    const { texts, step, shown, language } = lessons;
    const words = texts.steps[step.key];
    const question = made("p", "lesson-question", filled(words.question, numbers, language));
    const ask = make("div", { class: "lesson-ask" }, question);
    ask.append(step.choices.length ? this.choices(words, numbers) : this.numberForm());
    this.body.replaceChildren(ask);
    if (shown) this.body.append(this.answer(words, numbers));
  }

  choices(words, numbers) {
    const { step, shown, language } = this.lessons;
    const buttons = step.choices.map((key) => make("button", {
      type: "button", class: shown && key === step.answer ? "right" : "", "aria-pressed": String(key === this.guess),
      disabled: shown, onclick: () => this.take(key),
    }, filled(words.choices[key], numbers, language)));
    return make("div", { class: "lesson-choices", role: "group" }, ...buttons, ...(shown ? [] : [this.showMe()]));
  }

  numberForm() {
    const { lessons } = this;
    const { shown } = lessons;
    const box = make("input", {
      inputmode: "decimal", autocomplete: "off", maxlength: 12, disabled: shown, value: this.guess ?? "",
      "aria-label": lessons.word("your_guess"), placeholder: lessons.word("your_guess"),
    });
    const complaint = make("span", { class: "lesson-complaint", role: "alert" });
    const onsubmit = (event) => {
      event.preventDefault();
      const guess = guessedNumber(box.value);
      complaint.textContent = Number.isNaN(guess) ? lessons.word("no_number") : "";
      if (!Number.isNaN(guess)) this.take(guess);
    };
    if (shown) return make("div", { class: "lesson-choices" }, ...(this.guess === null ? [] : [box]));
    const send = make("button", { type: "submit", class: "primary" }, lessons.word("guess"));
    const form = { class: "lesson-choices", novalidate: true, onsubmit };
    return make("form", form, box, send, this.showMe(), complaint);
  }

  showMe() {
    const act = { type: "button", class: "quiet", onclick: () => this.take(null) };
    return make("button", act, this.lessons.word("show"));
  }

  answer(words, numbers) {
    const { lessons } = this;
    const { step, language } = lessons;
    const right = this.guess !== null && isRight(step, this.guess, numbers);
    const verdict = this.guess === null ? [] : [
      made("b", right ? "lesson-right" : "lesson-wrong", lessons.word(right ? "right" : "wrong")), " ",
    ];
    const reveal = make("p", { class: "lesson-reveal" }, ...verdict, filled(words.reveal, numbers, language));
    const why = make("p", { class: "lesson-why" },
      made("b", "", lessons.word("why") + ": "), filled(words.why, numbers, language));
    return make("div", { class: "lesson-answer", "aria-live": "polite" }, reveal, why);
  }

  /** The guess is made, or none is wanted: the answer is shown where the page has it. */
  take(guess) {
    this.guess = guess;
    this.lessons.go(this.lessons.step, true);
    this.next.focus({ preventScroll: true });
  }

  move(by) {
    const { lessons } = this;
    const to = lessons.steps[lessons.at + by];
    if (to) lessons.go(to);
    else openTab("lessons");
  }
}
