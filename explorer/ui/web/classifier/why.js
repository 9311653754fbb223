// "Why this answer": Grad-CAM, the exact sum and occlusion, for any class, or two side by side. The panel; ./reasons.js
// has the three.

import { make, made } from "../shared/dom.js";
import { newest } from "../shared/newest.js";
import * as explorer from "../shared/page.js";
import { percent, readable } from "../shared/wording.js";
import { OUTPUT_WORDS, descending, sharesOf, signed } from "./numbers.js";
import { REASONS } from "./reasons.js";
import { Side } from "./side.js";

const PATCH_PARTS = [[8, "an eighth"], [6, "a sixth"], [4, "a quarter"], [3, "a third"]];
const USUAL_PART = 6;

export class WhyPanel {
  kind = "cam";
  answer = null;
  probabilities = []; // by class index
  layersOf = ""; // the network whose layers the menu has
  asking = newest();
  sides = [new Side(), new Side()];
  linked = {}; // what the page's link asks for, until it is shown: as `choices` gives it
  told = (_choices) => {}; // called with what is chosen

  /**
   * @param {HTMLElement} root
   * @param {import("../types").ClassifierServer} server
   */
  constructor(root, server) {
    this.server = server;
    this.makeControls();
    this.note = made("p", "note soft");
    this.status = make("p", { class: "soft why-status", "aria-live": "polite" });
    const field = (words, menu) => make("label", { class: "field" }, words, menu);
    const controls = make("div", { class: "row why-controls" },
      this.segments, field("Class", this.target), field("Beside", this.versus), this.layerField, this.patchField,
      make("label", { class: "check" }, this.smooth, "smooth"), this.stopButton);
    const sides = make("div", { class: "sides spread" }, ...this.sides.map((side) => side.root));
    root.append(controls, this.note, make("div", { class: "why-status-line" }, this.progress, this.status), sides);
  }

  makeControls() {
    const changed = { onchange: () => this.run() };
    this.target = make("select", changed);
    this.versus = make("select", changed);
    this.layer = make("select", changed);
    const patches = PATCH_PARTS.map(([part, words]) => new Option(`${words} of the width`, String(part)));
    this.patch = make("select", changed, ...patches);
    this.patch.value = String(USUAL_PART);
    this.smooth = make("input", { type: "checkbox", ...changed });
    this.layerField = make("label", { class: "field why-layer" }, "Layer", this.layer);
    this.patchField = make("label", { class: "field why-layer" }, "Square", this.patch);
    this.stopButton = make("button", { type: "button", hidden: true, onclick: () => this.stop() }, "Stop");
    this.progress = make("progress", { max: 1, value: 0, "aria-label": "Progress" });
    const kinds = Object.entries(REASONS).map(([kind, { title }]) =>
      make("button", { type: "button", "data-kind": kind, onclick: () => this.choose(kind) }, title));
    this.segments = make("div", { class: "segments", role: "group", "aria-label": "Kind of reason" }, ...kinds);
  }

  show(answer, wanted) {
    this.answer = answer;
    this.probabilities = sharesOf(answer);
    this.takeLinked();
    this.fillClasses(wanted === null && this.linked.about ? this.linked.about : wanted);
    return this.run();
  }

  /** What a link asks for, once; the layer waits for its menu. */
  takeLinked() {
    const { why, patch, smooth } = this.linked;
    if (why) this.kind = why;
    if (PATCH_PARTS.some(([part]) => String(part) === patch)) this.patch.value = patch;
    if (smooth) this.smooth.checked = true;
  }

  /** What is chosen, as the page's link has it; what stands at its usual is "". */
  choices() {
    const { target, versus, layer, patch, smooth, kind } = this;
    const last = layer.options.length - 1;
    return {
      why: kind === "cam" ? "" : kind, about: target.selectedIndex > 0 ? target.value : "", beside: versus.value,
      layer: layer.selectedIndex < last ? layer.value : this.linked.layer || "",
      patch: Number(patch.value) === USUAL_PART ? "" : patch.value, smooth: smooth.checked ? "1" : "",
    };
  }

  fillClasses(wanted) {
    const order = descending(this.answer.logits);
    const words = (index) => `${readable(this.answer.classes[index])}, ${percent(this.probabilities[index])}`;
    const options = () => order.map((index) => new Option(words(index), String(index)));
    const before = this.versus.value || this.linked.beside || "";
    this.target.replaceChildren(...options());
    this.versus.replaceChildren(new Option("none", ""), ...options());
    const has = (index) => order.includes(Number(index));
    this.target.value = wanted !== null && has(wanted) ? wanted : order[0];
    this.versus.value = before !== "" && has(before) ? before : "";
    this.linked = { layer: this.linked.layer };
  }

  async fillLayers({ answer, mine }) {
    const { name } = answer.network;
    if (this.layersOf === name) return;
    const layers = await explorer.ask(this.server.layers({ network: name }));
    if (mine.late) return;
    this.layersOf = name;
    const read = (layer) => (layer.read_by_head ? " · what the head reads" : "");
    const words = (layer) => `${layer.name} · ${layer.shape.join(" × ")}${read(layer)}`;
    this.layer.replaceChildren(...layers.map((layer) => new Option(words(layer), layer.name)));
    const { layer } = this.linked;
    this.linked = {};
    if (layers.some((one) => one.name === layer)) this.layer.value = layer;
    else this.layer.selectedIndex = layers.length - 1;
  }

  choose(kind) {
    this.kind = kind;
    this.run();
  }

  lookAt(layer) {
    this.layer.value = layer;
    this.run();
  }

  stop() {
    this.asking.drop();
    this.showProgress(null);
    this.status.textContent = "Stopped; what was found stays.";
    this.dropStale();
  }

  dropStale() {
    for (const side of this.sides) side.dropStale();
  }

  clearTerms() {
    for (const side of this.sides) side.terms.replaceChildren();
  }

  /** How much of it is done, from 0 to 1, with a button to stop it; null hides both. */
  showProgress(share) {
    this.stopButton.hidden = this.progress.hidden = share === null;
    this.progress.value = share || 0;
  }

  /** Find the reason anew; whatever is still under way for an older question is dropped when it comes. */
  async run() {
    const indices = [this.target.value, ...(this.versus.value === "" ? [] : [this.versus.value])].map(Number);
    const question = { answer: this.answer, indices, mine: this.asking.next() };
    this.told(this.choices());
    this.prepare(question);
    try {
      const said = await REASONS[this.kind].find(this, question);
      if (!question.mine.late) this.status.textContent = said;
    } catch (error) {
      if (question.mine.late) return;
      this.dropStale();
      this.status.textContent = error.message;
    } finally {
      if (!question.mine.late) this.showProgress(null);
    }
  }

  prepare({ answer, indices }) {
    const { kind } = this;
    for (const button of this.segments.children) {
      button.setAttribute("aria-pressed", String(button.dataset.kind === kind));
    }
    this.layerField.hidden = kind !== "cam";
    this.patchField.hidden = kind !== "hide";
    this.showProgress(null);
    this.note.textContent = REASONS[kind].note;
    this.status.textContent = "Asking the network…";
    this.sides[1].root.hidden = indices.length < 2;
    this.sides[0].root.classList.toggle("alone", indices.length < 2 && kind !== "sum");
    for (const side of this.sides) side.age();
    indices.forEach((index, place) => {
      const [label, share] = [readable(answer.classes[index]), percent(this.probabilities[index])];
      const own = `${OUTPUT_WORDS[answer.output]} ${signed(answer.logits[index])}`;
      this.sides[place].title.textContent = `${label}, ${share}, ${own}`;
    });
  }

  /** One request a class, at the same time. */
  ask(name, { answer, indices, mine }, more = {}) {
    const about = { photo: answer.photo.token, network: answer.network.name, asks: mine.asks, ...more };
    return Promise.all(indices.map((target) => explorer.ask(this.server[name]({ ...about, target }))));
  }

  /** Draw one map a class, all on one scale; null leaves that side without a map. `called` begins their names. */
  showMaps({ answer, indices }, grids, { called, ...look }) {
    const colour = grids.length === 1 && this.kind !== "sum";
    grids.forEach((grid, place) => {
      const label = `${called} ${readable(answer.classes[indices[place]])}`;
      this.sides[place].showMap(grid, answer.saw, { ...look, label, smooth: this.smooth.checked }, colour);
    });
  }
}
