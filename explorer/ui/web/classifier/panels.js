// What can be looked at more closely, below the picture: one panel open at a time, opened by its button.

import * as explorer from "../shared/page.js";

export class Panels {
  open = ""; // name of the open panel
  answer = null;
  target = null; // index of the class that a pressed bar asks about; null is the first
  changed = () => {}; // called when another panel is open, or none

  /**
   * @param {HTMLElement} element the tab, which has a button and a section for each panel
   * @param {Record<string, { show: (answer: any, target: number | null) => any }>} drawn by name
   */
  constructor(element, drawn) {
    this.drawn = drawn;
    /** @type {any[]} */
    this.buttons = [...element.querySelectorAll(".closer button")];
    /** @type {any[]} */
    this.sections = [...element.querySelectorAll(".panel")];
    this.closer = element.querySelector(".closer");
    for (const button of this.buttons) button.addEventListener("click", () => this.toggle(button.dataset.panel));
    element.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.open) this.toggle(this.open);
    });
  }

  /** Open the panel that a link names, without going there. */
  restore(name) {
    if (Object.hasOwn(this.drawn, name)) this.mark(name);
  }

  /** Another state of the page: the panel that it names, or none, of the answer that is there. */
  restart(name) {
    this.mark(Object.hasOwn(this.drawn, name) ? name : "");
    if (this.open && this.answer) this.drawn[this.open].show(this.answer, this.target = null);
  }

  /** Every answer that comes; what was asked about one class was asked of the answer before. */
  show(answer) {
    this.answer = answer;
    this.target = null;
    if (this.open) this.drawn[this.open].show(answer, null);
  }

  toggle(name) {
    this.go(this.open === name ? "" : name);
  }

  /** Open a panel for one class; undefined is the first. */
  ask(name, target) {
    this.target = target ?? null;
    this.go(name);
  }

  go(name) {
    this.mark(name);
    this.changed();
    if (!name) return;
    if (this.answer) this.drawn[name].show(this.answer, this.target);
    this.closer.scrollIntoView({ block: "start", behavior: explorer.reducedMotion() ? "auto" : "smooth" });
  }

  mark(name) {
    this.open = name;
    for (const button of this.buttons) button.setAttribute("aria-expanded", String(button.dataset.panel === name));
    for (const section of this.sections) section.hidden = section.dataset.panel !== name;
  }
}
