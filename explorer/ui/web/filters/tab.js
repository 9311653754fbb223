// All that the tab is at, in one object, and what follows when it changes. It draws nothing: who does, listens.

import { pixelCanvas } from "../shared/canvas.js";
import { complain, finder } from "../shared/dom.js";
import { newest } from "../shared/newest.js";
import * as explorer from "../shared/page.js";
import { layerRefusal } from "./convolve.js";
import { filtering } from "./filtering.js";
import { stateLink } from "./link.js";
import { photographPixels } from "./photograph.js";
import { readyPixels } from "./ready.js";
import { FILTER_STATE, fittingView, recorded, startHistory, stateLayer, undone } from "./state.js";
import { shownParts, strongestAnswer, sweptAnswer } from "./view.js";

/** Listeners hear of "state" (it changed), "answer" (there is another) and "draw" (with the next frame). */
export class Tab {
  /** @param {import("../types").Part<import("../types").FiltersServer>} part */
  constructor({ element, server }) {
    this.element = element;
    this.server = server;
    this.find = finder(element);
    this.outputCanvas = this.find(".output-canvas");
    this.listeners = { state: [], answer: [], draw: [] };
    this.filtering = filtering();

    this.known = {}; // the named kernels, by name
    this.history = startHistory(FILTER_STATE);
    this.layer = null; // that the state describes
    /** The picture that is filtered: {rgba, height, width, name, photo, file, planes by colour, canvas}. */
    this.source = null;
    this.answer = null; // what the worker gave last, with the `layer` and `source` that it was made from
    this.pin = null; // the answer whose sum stays open
    this.pinnedByHand = false;
    this.hovered = null;
    this.centre = { y: 0, x: 0 }; // of a close view
    this.playback = null; // of a sweep over the part that is shown

    this.behind = false; // another tab is open, and the picture has not been taken
    this.taking = newest(); // a picture
    this.asking = newest(); // the worker
    this.asked = { text: "", source: null }; // what the newest question was
    this.frame = 0;
  }

  get state() {
    return this.history.state;
  }

  /** Elements of the tab. */
  all(selector) {
    return /** @type {any[]} */ ([...this.element.querySelectorAll(selector)]);
  }

  on(what, listener) {
    this.listeners[what].push(listener);
  }

  tell(what) {
    for (const listener of this.listeners[what]) listener();
  }

  /** Draw with the next frame. */
  draw() {
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => this.tell("draw"));
  }

  showProblem(text) {
    complain(this.find(".lead ~ .problem"), text);
  }

  /** Begin with a state; the picture follows. */
  begin(state) {
    this.history = startHistory(state);
    this.layer = stateLayer(state, this.known);
    this.tell("state");
  }

  /** Begin anew with another state of the page: nothing is held open but what it names. */
  restart(state) {
    Object.assign(this, { answer: null, pin: null, pinnedByHand: false, hovered: null });
    this.asked = { text: "", source: null };
    this.begin(state);
    this.takePicture();
  }

  /** Change the state; what follows from it is computed and drawn. */
  change(patch) {
    this.history = recorded(this.history, { ...this.state, ...patch });
    this.settle();
  }

  /** Look more or less closely, at what is held. */
  zoom(zoom) {
    this.centre = this.pin || this.centre;
    this.change({ zoom });
  }

  undo() {
    this.history = undone(this.history);
    this.settle();
  }

  settle() {
    this.layer = stateLayer(this.state, this.known);
    this.tell("state");
    explorer.writeLink("filters", stateLink(this.state));
    if (this.source && this.source.name === this.state.picture) this.filter();
    else this.takePicture();
  }

  /** Another photograph: what was held open in the one before is let go. */
  takePhoto() {
    if (this.state.picture !== "photograph") {
      this.tell("state"); // its size is written on the button that saves it
      return;
    }
    if (this.answer) {
      this.pinnedByHand = false;
      this.history = { ...this.history, state: { ...this.state, y: null, x: null } };
      this.pin = this.pin || { y: 0, x: 0 };
      explorer.writeLink("filters", stateLink(this.state));
    }
    this.takePicture();
  }

  /** The picture of the state, filtered; behind another tab it waits until this one is seen. */
  async takePicture() {
    this.behind = !this.element.offsetParent;
    if (this.behind) {
      this.outputCanvas.classList.add("stale");
      return;
    }
    const { picture } = this.state;
    const mine = this.taking.next();
    let next = null;
    try {
      next = picture === "photograph" ? await photographPixels() : readyPixels(picture);
    } catch (error) {
      if (!mine.late) this.showProblem(error.message);
    }
    if (!next || mine.late || picture !== this.state.picture) return; // another was chosen meanwhile
    const { rgba, height, width } = next;
    this.source = { ...next, name: picture, planes: {}, canvas: pixelCanvas(rgba, width, height) };
    this.filtering.setPicture(rgba, height, width);
    if (!this.pinnedByHand) this.pin = this.pin || { y: 0, x: 0 };
    await this.filter();
  }

  async filter() {
    const { layer, source } = this;
    const refusal = layerRefusal(layer, source.height, source.width);
    this.showProblem(refusal || "");
    if (refusal) return;
    const job = { layer, view: this.viewOf(layer) };
    const asked = { text: JSON.stringify(job), source };
    if (asked.text === this.asked.text && source === this.asked.source) {
      this.draw();
      return;
    }
    this.asked = asked;
    const mine = this.asking.next();
    this.outputCanvas.classList.add("stale");
    let fresh;
    try {
      [[fresh]] = await this.filtering.ask([job]);
    } catch (error) {
      if (mine.late) return;
      this.asked = { text: "", source: null }; // so that it can be asked again
      this.showProblem(error.message);
      return;
    }
    if (mine.late) return;
    this.takeAnswer({ ...fresh, layer, source, canvas: pixelCanvas(fresh.rgba, fresh.width, fresh.height) });
  }

  takeAnswer(answer) {
    const first = !this.answer;
    this.answer = answer;
    this.choosePin(first);
    this.outputCanvas.classList.remove("stale");
    this.tell("answer");
    this.draw();
  }

  /** What was held by hand stays held if the answer has it; else the strongest answer is, unless all was let go. */
  choosePin(first) {
    const { y, x } = this.state;
    const has = (place) => place.y < this.answer.height && place.x < this.answer.width;
    const keeps = this.pinnedByHand && this.pin && has(this.pin);
    if (first && y !== null && x !== null && has({ y, x })) [this.pin, this.pinnedByHand] = [{ y, x }, true];
    else if (!keeps && (first || this.pin)) this.pin = strongestAnswer(this.answer);
    if (this.pin && (first || !keeps)) this.centre = this.pin;
  }

  /** How a layer's answer is shown. */
  viewOf(layer) {
    return this.state.view === "fitting" ? fittingView(layer) : this.state.view;
  }

  /** What both pictures show of the answer: {input, output}. */
  parts() {
    const { layer, source } = this.answer;
    return shownParts(layer, source, this.answer, this.state.zoom, this.centre);
  }

  /** The answer whose sum is shown, or null. */
  current() {
    return this.playback ? sweptAnswer(this.parts().output, this.playback.at) : this.hovered || this.pin;
  }
}
