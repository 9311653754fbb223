// The Compare group: before and after under one line, the histogram, ReLU and pooling, several filters side by side.

import { pixelCanvas, sizeCanvas, typeSize } from "../shared/canvas.js";
import { finder, made, make } from "../shared/dom.js";
import { newest } from "../shared/newest.js";
import { drawHistogram, scaleEnds } from "./bars.js";
import { layerRefusal } from "./convolve.js";
import { pageColours } from "./draw.js";
import { numberText } from "./kernel.js";
import { chosenKernel, stateLayer } from "./state.js";

const WIPE_HEIGHT = 300; // pixels, at the most
const HISTOGRAM_HEIGHT = 180;
const SHARP = 120; // pixels: smaller answers are enlarged without smoothing
const STEPS = ["Convolution", "ReLU", "Pooling"];

/** Drawn while the group is open. */
export class Compare {
  /** @param {import("./tab.js").Tab} tab */
  constructor(tab) {
    this.tab = tab;
    this.root = tab.find(".compare-group");
    this.find = finder(this.root);
    this.asking = newest();
    this.find(".wipe").addEventListener("input", () => this.drawWipe());
    for (const menu of [".pooling", ".family-menu"]) {
      this.find(menu).addEventListener("change", () => this.update());
    }
    this.root.addEventListener("toggle", () => this.update());
    tab.on("answer", () => this.update());
  }

  /** Draw all, and ask for what is not there. */
  update() {
    if (!this.open()) return;
    this.draw();
    this.fill();
  }

  /** Draw what needs no asking. */
  draw() {
    if (!this.open()) return;
    this.drawWipe();
    this.drawHistogram();
  }

  open() {
    return this.root.open && this.tab.answer !== null;
  }

  drawWipe() {
    const { answer } = this.tab;
    const width = this.find(".wipe-part").clientWidth;
    if (!width || !answer) return;
    const share = Number(this.find(".wipe").value) / 100;
    wipe(this.find(".wipe-canvas"), width, answer.source.canvas, answer.canvas, share, pageColours(this.root));
  }

  drawHistogram() {
    const { answer } = this.tab;
    const canvas = this.find(".histogram");
    const width = this.find(".histogram-part").clientWidth;
    if (!width) return;
    drawHistogram(canvas, width, HISTOGRAM_HEIGHT * typeSize(), answer, pageColours(this.root));
    const { low, high, mean } = answer.range;
    const range = `From ${numberText(low)} to ${numberText(high)}, mean ${numberText(Number(mean.toPrecision(3)))}`;
    const text = `${range}; heights are logarithms of the counts.`;
    this.find(".histogram-says").textContent = text;
    canvas.setAttribute("aria-label", `Histogram of the answer. ${text}`);
  }

  /** The pipeline's pictures, and those of a family's filters that fit the picture. */
  async fill() {
    const { tab } = this;
    const { layer, source } = tab.answer;
    const mine = this.asking.next();
    const several = this.familyLayers().filter((one) => !layerRefusal(one.layer, source.height, source.width));
    const job = (each) => ({ layer: each, view: tab.viewOf(each) });
    const jobs = [{ ...job(layer), pooling: this.find(".pooling").value }, ...several.map((one) => job(one.layer))];
    let answers;
    try {
      answers = await tab.filtering.ask(jobs);
    } catch (error) {
      if (!mine.late) tab.showProblem(error.message);
      return;
    }
    if (mine.late) return;
    const [steps, ...others] = answers;
    this.find(".pipeline").replaceChildren(...steps.map((answer, at) => answerTile(STEPS[at], answer)));
    this.find(".several").replaceChildren(...others.map(([answer], at) => {
      const { name } = several[at];
      return answerTile(name, answer, () => tab.change(chosenKernel(tab.state, name)));
    }));
  }

  /** The filters of the chosen family, with the window as it is set: {name, layer}. */
  familyLayers() {
    const { state, known } = this.tab;
    const family = this.find(".family-menu").value;
    const plain = { ...state, rows: null, planes: null, border: null, divideBySum: false, bias: 0 };
    return Object.values(known)
      .filter((one) => one.family === family)
      .map(({ name }) => ({ name, layer: stateLayer({ ...plain, kernel: name }, known) }));
  }
}

/** Before at the left of the line, after at the right, both filling one frame; `share` of it is before. */
function wipe(canvas, width, before, after, share, colours) {
  const height = Math.min(WIPE_HEIGHT, Math.round((width * before.height) / before.width));
  const wide = Math.round((height * before.width) / before.height);
  const context = sizeCanvas(canvas, wide, height);
  const line = Math.round(wide * share);
  context.imageSmoothingEnabled = wide < before.width;
  context.drawImage(before, 0, 0, wide, height);
  context.save();
  context.beginPath();
  context.rect(line, 0, wide, height);
  context.clip();
  context.imageSmoothingEnabled = wide < after.width;
  context.fillStyle = colours.paper;
  context.fillRect(0, 0, wide, height);
  context.drawImage(after, 0, 0, wide, height);
  context.restore();
  context.fillStyle = colours.pointer;
  context.fillRect(line - 1, 0, 2, height);
}

/** A small picture of an answer with its name, its size and the numbers of its colours; a button to choose it. */
function answerTile(title, answer, onclick = undefined) {
  const picture = pixelCanvas(answer.rgba, answer.width, answer.height);
  picture.className = answer.width < SHARP ? "pixels" : "";
  picture.setAttribute("role", "img");
  picture.setAttribute("aria-label", title);
  const attributes = { class: "answer-tile", ...(onclick ? { type: "button", onclick } : {}) };
  const { low, high } = scaleEnds(answer);
  return make(onclick ? "button" : "figure", attributes, picture, made("strong", "", title),
    made("span", "soft", `${answer.width} × ${answer.height}`),
    made("span", "soft number", `${low} to ${high}`));
}
