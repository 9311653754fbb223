// Both pictures, drawn: what only changes with the answer is kept, so that a moved pointer costs two copies and two
// frames.

import { pixelRatio, pointIn, sizeCanvas, typeSize } from "../shared/canvas.js";
import { made, make } from "../shared/dom.js";
import { counted } from "../shared/wording.js";
import { drawBar, scaleEnds } from "./bars.js";
import { drawFrame, drawNumbers, drawPart, drawUnread, onCanvas, pageColours } from "./draw.js";
import { inputColour, inputPicture, inputValue, pixelAt } from "./input.js";
import { READY_PICTURES } from "./ready.js";
import { tileCharacters } from "./terms.js";
import {
  answerAt, fitted, isReadable, nearestIn, partCellUnder, readPositions, sweptAnswer, unreadTail, windowOf,
} from "./view.js";

const GAP = 16; // pixels between the two pictures
const WIDEST_BAR = 360;
const VIEW_WORDS = {
  signed: "blue below zero, orange above",
  absolute: "size without sign",
  rescaled: "from its smallest to its largest",
  clipped: "as it is, clipped",
};

export class Bench {
  /** @param {import("./tab.js").Tab} tab */
  constructor(tab) {
    const { find } = tab;
    this.tab = tab;
    this.root = find(".bench");
    this.canvases = { input: find(".input-canvas"), output: tab.outputCanvas };
    // as they were drawn last, for the pointer
    this.parts = null;
    this.fits = null;
    this.size = { width: 0, height: 0 };
    this.colours = null; // of the page, until light and dark change
    this.kept = { answer: null, key: "", input: make("canvas"), output: make("canvas") };
  }

  /** Whether there is something to draw, and it is seen. */
  shown() {
    return this.tab.answer !== null && this.root.clientWidth > 0;
  }

  /** Light and dark may have changed. */
  forgetColours() {
    this.colours = null;
  }

  /** Draw both pictures and mark what is pointed at. */
  draw() {
    const { tab } = this;
    this.colours ||= pageColours(tab.element);
    this.parts = tab.parts();
    this.layout();
    const { width, height } = this.size;
    this.fits = { input: fitted(this.parts.input, width, height), output: fitted(this.parts.output, width, height) };
    this.keepPictures();
    const [inputPen, outputPen] = [this.pen("input"), this.pen("output")];
    if (tab.playback) this.coverUnswept(outputPen);
    const current = tab.current();
    if (!current) return;
    const window = windowOf(tab.answer.layer, current.y, current.x);
    drawFrame(inputPen, onCanvas(this.parts.input, this.fits.input, window), this.colours.pointer);
    const cell = { ...current, height: 1, width: 1 };
    drawFrame(outputPen, onCanvas(this.parts.output, this.fits.output, cell), this.colours.pointer);
  }

  /** One of the canvases on the page, with its kept picture on it. */
  pen(name) {
    const { width, height } = this.size;
    const pen = sizeCanvas(this.canvases[name], width, height);
    pen.drawImage(this.kept[name], 0, 0, width, height);
    return pen;
  }

  /** The sum stands between the pictures where there is room for it, else below them. */
  layout() {
    const { layer, source } = this.tab.answer;
    const { input } = this.parts;
    const [width, type] = [this.root.clientWidth, typeSize()];
    const blocks = layer.kernels.length * layer.planes;
    const left = Math.floor((width - sumWidth(layer, blocks, type) - 2 * GAP) / 2);
    const beside = left >= 190 * type && layer.height * blocks <= 7;
    const stacked = !beside && width < 560 * type && isReadable(input);
    this.root.classList.toggle("beside", beside);
    this.root.classList.toggle("stacked", stacked);
    const shape = stacked ? input.height / input.width : source.height / source.width;
    const aspect = Math.min(1.2, Math.max(0.62, shape));
    const most = { width: Math.floor((width - GAP) / 2), height: 264 * type };
    if (beside) Object.assign(most, { width: Math.min(left, 360 * type), height: 380 * type });
    else if (stacked) Object.assign(most, { width: Math.min(width, 400 * type), height: 400 * type });
    const height = Math.floor(Math.min(most.height, most.width * aspect));
    const narrower = Math.floor(beside ? most.width : Math.min(most.width, Math.max(200 * type, height / aspect)));
    this.size = { width: narrower, height };
    for (const view of this.tab.all(".view")) view.style.width = `${narrower}px`;
  }

  /** Draw both pictures with their numbers and marks, but without the window, onto canvases that are kept. */
  keepPictures() {
    const { answer, state } = this.tab;
    const key = JSON.stringify([this.parts, this.size, state.channel, pixelRatio(), typeSize(), this.colours.paper]);
    if (answer === this.kept.answer && key === this.kept.key) return;
    Object.assign(this.kept, { answer, key });
    this.keepInput();
    this.keepOutput();
    this.showBar();
  }

  keepOutput() {
    const { answer, state } = this.tab;
    const [part, fit, colours] = [this.parts.output, this.fits.output, this.colours];
    const pen = sizeCanvas(this.kept.output, this.size.width, this.size.height);
    drawPart(pen, answer.canvas, part, fit, answer, colours);
    const plane = answer.channels === 3 ? state.channel * answer.height * answer.width : 0;
    const valueAt = (y, x) => answer.values[plane + y * answer.width + x];
    drawNumbers(pen, part, fit, colours, valueAt, (y, x) => pixelAt(answer, y, x));
  }

  keepInput() {
    const { answer, state } = this.tab;
    const { layer, source } = answer;
    const [part, fit, colours] = [this.parts.input, this.fits.input, this.colours];
    const pen = sizeCanvas(this.kept.input, this.size.width, this.size.height);
    const picture = inputPicture(answer);
    drawPart(pen, picture.canvas, part, fit, source, colours);
    const valueAt = (y, x) => inputValue(answer, state.channel, y, x);
    drawNumbers(pen, part, fit, colours, valueAt, (y, x) => inputColour(picture, y, x, colours));
    const rows = readPositions(source.height, layer.height, answer.height, layer);
    const columns = readPositions(source.width, layer.width, answer.width, layer);
    drawUnread(pen, part, fit, rows, columns, colours);
    this.tab.find(".input-caption").textContent = inputCaption(answer, unreadTail(rows), unreadTail(columns));
  }

  /** Hide the answers that the sweep has not come to yet. */
  coverUnswept(pen) {
    const part = this.parts.output;
    pen.fillStyle = this.colours.sheet;
    for (let at = this.tab.playback.at + 1; at < part.height * part.width; at += 1) {
      const cell = { ...sweptAnswer(part, at), height: 1, width: 1 };
      pen.fillRect(...onCanvas(part, this.fits.output, cell));
    }
  }

  showBar() {
    const { answer, find } = this.tab;
    const { scale, view } = answer;
    const width = Math.min(this.size.width, WIDEST_BAR * typeSize());
    drawBar(find(".bar"), width, scale);
    const { low, high } = scaleEnds(answer);
    const middle = view === "signed" && this.size.width > 150 ? ["0"] : [];
    find(".bar-numbers").replaceChildren(...[low, ...middle, high].map((text) => made("span", "", text)));
    find(".bar-numbers").style.width = `${width}px`;
    const each = view === "signed" && answer.channels > 1;
    const words = each ? "each colour by itself, grey is zero" : VIEW_WORDS[view];
    find(".bar").setAttribute("aria-label", `Colour bar from ${low} to ${high}: ${words}`);
    find(".output-caption").textContent = `Answer, ${answer.width} × ${answer.height}: ${words}.`;
  }

  /** The answer that a pointer means: under it in the answer, or the one whose window it is in the middle of. */
  pointed(event, name) {
    if (!this.fits) return null;
    const { x: left, y: top } = pointIn(this.canvases[name], event, this.size.width, this.size.height);
    const [part, fit] = [this.parts[name], this.fits[name]];
    const cell = partCellUnder(part, fit, left, top);
    if (!cell || name === "output") return cell;
    const [y, x] = [part.y + (top - fit.top) / fit.cell, part.x + (left - fit.left) / fit.cell];
    return nearestIn(this.parts.output, answerAt(this.tab.answer.layer, this.tab.answer, y, x));
  }
}

/** How wide the sum is, in pixels, with its tiles in a row for each row of the kernel. */
function sumWidth(layer, blocks, type) {
  const digit = layer.width <= 3 && blocks === 1 ? 10.9 : 9.7; // of 18 or 16 units of type
  return Math.max(layer.width * (tileCharacters(layer) * digit * type + 26) + 8, (blocks > 1 ? 340 : 250) * type);
}

function inputCaption({ layer, source }, bottom, right) {
  const lines = [[bottom, "row"], [right, "column"]].filter(([count]) => count);
  const unread = lines.map(([count, word]) => counted(count, word)).join(" and ");
  const name = source.name === "photograph" ? "Photograph" : READY_PICTURES[source.name].label;
  const border = layer.padding ? ` + ${layer.padding} on each side` : "";
  const lost = unread ? ` Crossed out: ${unread} that no window reads.` : "";
  return `${name}, ${source.width} × ${source.height}${border}.${lost}`;
}
