// What the Lessons are at: the words in a language, the steps, the open one, what is done. Its parts listen.

import { newest } from "../shared/newest.js";
import * as explorer from "../shared/page.js";
import { filled } from "./catalogue.js";
import { doneSteps, keepDone, keepLanguage, keptLanguage } from "./progress.js";

export class Lessons {
  /** @type {any[]} */
  steps = [];
  languages = []; // {code, name} of each
  language = "en";
  texts = null; // all words in that language
  done = doneSteps();
  open = ""; // the key of the open step
  shown = false; // whether its answer is
  numbers = {}; // by step
  listeners = [];
  asking = newest();

  /** @param {import("../types").LessonsServer} server */
  constructor(server) {
    this.server = server;
  }

  on(listener) {
    this.listeners.push(listener);
  }

  /** Everybody draws anew; before the words are here there is nothing to draw. */
  tell() {
    if (!this.texts) return;
    for (const listener of this.listeners) listener();
  }

  /** The words in a language, by its code; it is kept, and stands in the link of a step. */
  async speak(code) {
    const mine = this.asking.next();
    const given = await explorer.ask(this.server.lessons({ language: code }));
    if (mine.late) return;
    Object.assign(this, given);
    if (code) keepLanguage(this.language);
    this.tell();
  }

  /** Begin: in the language of the link, or the one that is kept. */
  begin() {
    return this.speak(explorer.readLink("lesson").lang || keptLanguage());
  }

  get at() {
    return this.steps.findIndex((step) => step.key === this.open);
  }

  get step() {
    return this.steps[this.at];
  }

  /** One of the Lessons' own words, filled. */
  word(name, numbers = {}) {
    return filled(this.texts.words[name], numbers, this.language);
  }

  /** What a link of the page says of a step. */
  stateOf(step, shown = false) {
    const lesson = { "lesson.step": step.key, "lesson.lang": this.language };
    return { ...(shown ? step.show : step.ask), ...lesson, ...(shown ? { "lesson.shown": "1" } : {}) };
  }

  /** The address that opens a step. */
  address(step) {
    const search = new URLSearchParams({ "lesson.step": step.key, "lesson.lang": this.language });
    return `${location.origin}${location.pathname}?${search}`;
  }

  /** Open a step's question, or its answer, where the page shows it. */
  go(step, shown = false) {
    if (shown) {
      this.done.add(step.key);
      keepDone(this.done);
    }
    explorer.openState(this.stateOf(step, shown));
  }

  /** Take up what the link says: the open step, whether its answer is shown. */
  follow() {
    const { step = "", shown } = explorer.readLink("lesson");
    const known = this.steps.some((one) => one.key === step);
    Object.assign(this, { open: known ? step : "", shown: shown === "1" });
    this.tell();
  }

  close() {
    explorer.writeLink("lesson", {});
    this.follow();
  }

  /** The first step that is not done; the first of all where none is left. */
  get nextStep() {
    return this.steps.find((step) => !this.done.has(step.key)) || this.steps[0];
  }

  beginAnew() {
    this.done.clear();
    keepDone(this.done);
    this.go(this.steps[0]);
  }

  /** A step's numbers, asked for once. */
  async numbersOf(step) {
    return (this.numbers[step.key] ||= await explorer.ask(this.server.lesson_numbers({ step: step.key })));
  }
}
