// The tab: all steps in teaching order, what is done, the language, the way to the teacher's sheet.

import { finder, made, make } from "../shared/dom.js";

export class List {
  /**
   * @param {HTMLElement} element
   * @param {import("./state.js").Lessons} lessons
   * @param {() => void} openSheet
   */
  constructor(element, lessons, openSheet) {
    this.lessons = lessons;
    this.root = element.querySelector(".lessons");
    this.find = finder(this.root);
    this.menu = this.find(".lessons-language select");
    this.find(".lessons-begin").addEventListener("click", () => {
      if (lessons.done.size === lessons.steps.length) lessons.beginAnew();
      else lessons.go(lessons.nextStep);
    });
    this.find(".lessons-to-sheet").addEventListener("click", openSheet);
    lessons.on(() => this.show());
  }

  show() {
    const { find, lessons, menu } = this;
    const { steps, language, languages } = lessons;
    this.root.setAttribute("lang", language);
    if (menu.options.length !== languages.length) {
      menu.replaceChildren(...languages.map(({ code, name }) => make("option", { value: code, lang: code }, name)));
    }
    menu.value = language;
    find(".lessons-tools").hidden = false;
    find(".lead").textContent = lessons.word("lead");
    find(".lessons-language span").textContent = lessons.word("language");
    find(".lessons-to-sheet").textContent = lessons.word("sheet");
    const count = { done: this.count(), all: steps.length };
    find(".lessons-done").textContent = count.done ? lessons.word("done", count) : "";
    find(".lessons-begin").textContent = this.beginWords();
    find(".lesson-list").replaceChildren(...steps.map((step, at) => this.item(step, at)));
  }

  count() {
    return this.lessons.steps.filter((step) => this.lessons.done.has(step.key)).length;
  }

  beginWords() {
    const { lessons } = this;
    const next = lessons.steps.indexOf(lessons.nextStep);
    if (this.count() === lessons.steps.length) return lessons.word("again");
    return next && this.count() ? lessons.word("go_on", { number: next + 1 }) : lessons.word("begin");
  }

  item(step, at) {
    const { lessons } = this;
    const { texts, done, open } = lessons;
    const isDone = done.has(step.key);
    const button = make("button", {
      type: "button", "data-step": step.key, "aria-current": step.key === open ? "step" : null,
      onclick: () => lessons.go(step),
    },
    made("span", "lesson-number number", String(at + 1)),
    made("span", "lesson-name", texts.steps[step.key].title),
    made("span", "lesson-tab soft", texts.tabs[step.show["page.tab"]]),
    made("span", "lesson-done" + (isDone ? "" : " none"), isDone ? "✓ " + lessons.word("step_done") : ""));
    return make("li", {}, button);
  }
}
