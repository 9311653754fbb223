// "See it learn": the head goes down its loss step by step; photographs move to the right as it becomes sure of them,
// and the slope by one weight opens as the sum of what each photograph adds.

import { make, made } from "../shared/dom.js";
import { newest } from "../shared/newest.js";
import * as explorer from "../shared/page.js";
import { jumpPlayback, startPlayback, stepPlayback, tickPlayback, togglePlayback } from "../shared/playback.js";
import { counted, percent, readable } from "../shared/wording.js";

const NOTE = "The same head, learnt slowly from nothing: at each step every weight moves against its slope. A "
  + "photograph stands the further to the right the larger the share that its own class gets.";
const TICK_MS = 160;
const [WIDTH, HEIGHT] = [320, 90]; // of the curve, in its own units

/** A number of a receipt: four digits, a true minus. */
const digits = (value) => String(Number(value.toPrecision(4))).replace("-", "−");

/** The points of a curve from 0 at the bottom to its largest value at the top: "x,y x,y". */
export function curvePoints(values, width, height) {
  const [most, last] = [Math.max(...values, 1e-12), Math.max(1, values.length - 1)];
  return values.map((value, place) => `${(place / last) * width},${height - (value / most) * height}`).join(" ");
}

export class LearningSteps {
  playback = startPlayback(1);
  clock = 0;
  asking = newest();
  found = null; // what the server gave

  /**
   * @param {import("../types").ClassifierServer} server
   * @param {{ photographs: { id: string, label: string, name: string }[], strength: number }} request
   * @param {{ name: string, label: string, thumbnail: string }[]} pupils
   */
  constructor(server, request, pupils) {
    this.pupils = pupils;
    this.server = server;
    this.request = request;
    this.labels = [...new Set(request.photographs.map((one) => one.label))];
    this.problem = make("p", { class: "problem", role: "alert", hidden: true });
    this.body = make("div", { class: "learning" });
    this.root = make("details", { class: "group see-learn" },
      made("summary", "", "See it learn"), this.problem, this.body);
    this.root.addEventListener("toggle", () => {
      if (!this.root.open) this.set({ ...this.playback, playing: false });
      else if (!this.found) this.load();
    });
  }

  async load() {
    try {
      this.found = await explorer.ask(this.server.learning_steps(this.request));
      this.playback = startPlayback(this.found.losses.length);
      this.build();
      this.set(explorer.reducedMotion() ? this.playback : togglePlayback(this.playback));
    } catch (error) {
      this.say(error.message);
    }
  }

  say(text) {
    this.problem.textContent = text;
    this.problem.hidden = !text;
  }

  build() {
    const last = this.found.losses.length - 1;
    this.play = make("button", { type: "button", onclick: () => this.set(togglePlayback(this.playback)) });
    this.scrub = make("input", { type: "range", min: 0, max: last, step: 1, "aria-label": "Step" });
    this.scrub.addEventListener("input", () => {
      this.set({ ...jumpPlayback(this.playback, Number(this.scrub.value)), playing: false });
    });
    const by = (step, text, label) => make("button", {
      type: "button", "aria-label": label, onclick: () => this.set(stepPlayback(this.playback, step)),
    }, text);
    this.where = made("p", "number learning-where");
    this.mark = make("svg:line", { class: "learning-mark", y1: 0, y2: HEIGHT });
    const curve = make("svg:polyline", { points: curvePoints(this.found.losses, WIDTH, HEIGHT) });
    this.lanes = this.labels.map((label) => this.lane(label));
    this.label = make("select", { "aria-label": "Class of the weight", onchange: () => this.openSlope() },
      ...this.labels.map((label) => new Option(readable(label), label)));
    this.receipt = made("div", "slope-receipt");
    this.body.replaceChildren(
      made("p", "note", NOTE),
      make("div", { class: "row" }, this.play, by(-1, "−1", "A step back"), by(1, "+1", "A step on"), this.scrub),
      this.where,
      make("svg:svg", { class: "learning-curve", viewBox: `0 -2 ${WIDTH} ${HEIGHT + 4}`, role: "img",
        "aria-label": "The loss, step by step" }, curve, this.mark),
      ...this.lanes.map(({ root }) => root),
      make("div", { class: "row" }, make("label", { class: "field" }, "Open the steepest slope of", this.label),
        make("button", { type: "button", onclick: () => this.openSlope() }, "Open it at this step")),
      this.receipt);
  }

  lane(label) {
    const places = this.pupils.map((_, place) => place).filter((place) => this.pupils[place].label === label);
    const pictures = places.map((place) => {
      const { name, thumbnail } = this.pupils[place];
      return { place, image: make("img", { src: thumbnail, alt: "", title: name }) };
    });
    const track = make("div", { class: "lane-track", "aria-hidden": "true" }, ...pictures.map(({ image }) => image));
    return { pictures, root: make("div", { class: "lane" }, made("b", "", readable(label)), track) };
  }

  set(playback) {
    this.playback = playback;
    clearTimeout(this.clock);
    if (!this.found) return;
    this.draw();
    if (playback.playing) this.clock = window.setTimeout(() => this.set(tickPlayback(this.playback)), TICK_MS);
  }

  draw() {
    const { at, playing } = this.playback;
    const { losses, own, right } = this.found;
    this.play.textContent = playing ? "Pause" : "Play";
    this.scrub.value = at;
    this.where.textContent = `step ${at} of ${losses.length - 1}: loss ${digits(losses[at])}, `
      + `${right[at]} of ${this.pupils.length} right`;
    const x = (at / (losses.length - 1)) * WIDTH;
    this.mark.setAttribute("x1", x);
    this.mark.setAttribute("x2", x);
    for (const { pictures } of this.lanes) {
      for (const { place, image } of pictures) {
        image.style.left = `calc(${own[at][place]} * (100% - 34px))`;
        image.title = `${this.pupils[place].name}: ${percent(own[at][place])}`;
      }
    }
    const outdated = this.receipt.firstElementChild && this.receipt.dataset.step !== String(at);
    this.receipt.classList.toggle("stale", Boolean(outdated));
  }

  async openSlope() {
    const mine = this.asking.next();
    const step = this.playback.at;
    this.set({ ...this.playback, playing: false });
    try {
      const opened = await explorer.ask(this.server.learning_slope({ ...this.request, step, label: this.label.value }));
      if (mine.late) return;
      this.receipt.dataset.step = String(step);
      this.receipt.replaceChildren(...slopeReceipt(opened, this.pupils, step));
      this.say("");
      this.draw();
    } catch (error) {
      if (!mine.late) this.say(error.message);
    }
  }
}

function slopeReceipt(opened, pupils, step) {
  const cells = (values) => values.map((value) => made("td", "number", digits(value)));
  const rows = opened.terms.map((term) => make("tr", {},
    make("td", {}, make("img", { class: "thumbnail", src: pupils[term.photograph].thumbnail,
      alt: pupils[term.photograph].name })),
    ...cells([term.weight, term.error, term.value, term.amount])));
  const sum = (words, value) => make("tr", {}, make("th", { scope: "row", colspan: 4 }, words),
    made("td", "number", digits(value)));
  const head = ["Photograph", "its weight", "share − is it", "feature", "product"]
    .map((text) => make("th", { scope: "col" }, text));
  const next = opened.weight - opened.rate * opened.slope;
  return [
    made("p", "", `∂loss/∂w of feature ${opened.feature} at step ${step}: what each photograph adds.`),
    make("div", { class: "scroll-x" }, make("table", {}, make("thead", {}, make("tr", {}, ...head)),
      make("tbody", {}, ...rows,
        ...(opened.rest_count ? [sum(counted(opened.rest_count, "other photograph"), opened.rest)] : []),
        sum("penalty, strength × w", opened.penalty), sum("slope", opened.slope)))),
    made("p", "number slope-step", `w: ${digits(opened.weight)} − ${digits(opened.rate)} × ${digits(opened.slope)} `
      + `= ${digits(next)}`),
  ];
}
