// A map laid over what the network saw: a canvas, its numbered colour bar, and the value of the cell under the pointer.

import { cellUnder, onScale, pixelCanvas, pixelRatio } from "../shared/canvas.js";
import { colourAt } from "../shared/colour.js";
import { make, made } from "../shared/dom.js";
import { plus, signed } from "./numbers.js";

const LEAST_SIDE = 300; // CSS pixels of a map that is drawn before it is seen
const BAR_STEPS = 256;
const BEHIND = 150; // the grey that stands for the photograph in the colour bar
const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

const clamp = (value, count) => Math.min(count - 1, Math.max(0, value));

/** Red, green, blue and opacity of a value laid over a grey photograph; `reach` is the strongest. */
export function heatColour(value, reach, scheme) {
  const share = reach > 0 ? Math.min(1, Math.abs(value) / reach) : 0;
  const place = scheme === "diverging" ? 0.5 + (0.42 * value) / (reach || 1) : 0.3 + 0.6 * share;
  return [...colourAt(scheme, place), Math.round(255 * 0.88 * share ** 0.7)];
}

/** What stands below the colour bar: its low end, its middle and its high end. */
export function scaleTexts(reach, scheme) {
  const digits = reach >= 10 ? 1 : reach >= 0.1 ? 2 : 4;
  if (scheme === "diverging") return [signed(-reach, digits), "0", plus(reach, digits)];
  return ["0", "", signed(reach, digits)];
}

export class Heat {
  shown = null; // what `show` was handed, and the picture behind it
  at = null; // the cell that is read out

  constructor() {
    this.canvas = make("canvas", {
      tabindex: 0, role: "application", "aria-label": "A map that is still being made",
      onpointermove: (event) => this.point(event), onpointerleave: () => this.shown && this.move(null),
      onkeydown: (event) => this.step(event),
    });
    this.bar = make("canvas", { class: "heat-bar", width: BAR_STEPS, height: 1, "aria-hidden": "true" });
    this.ticks = ["low", "middle", "high"].map(() => made("span", "number"));
    this.reading = make("p", { class: "number heat-reading", "aria-live": "polite" });
    this.frameOver = make("i", { hidden: true });
    this.photo = make("img", { class: "pixels", alt: "What the network saw, in colour" });
    const inColour = [make("div", {}, this.photo, this.frameOver), made("p", "soft", "what the network saw")];
    this.colour = make("div", { class: "heat-colour", hidden: true }, ...inColour);
    const scale = make("div", { class: "heat-scale" }, ...this.ticks);
    this.root = make("div", { class: "heat" }, this.canvas, this.bar, scale, this.reading);
    const again = () => this.shown && this.paint();
    new ResizeObserver(again).observe(this.canvas);
    onScale(again);
  }

  /**
   * Draw a grid over the picture `saw`.
   * @param {import("../types").HeatGrid} grid
   * @param {string} saw
   * @param {{ scheme: string, reach: number, smooth: boolean, label: string, words: (value: number) => string }} look
   *   the colours ("sequential" or "diverging"), the strongest value, what the map and a value are called
   */
  async show(grid, saw, { label, ...look }) {
    const sameSaw = this.shown && this.shown.saw === saw;
    const mine = { grid, saw, ...look, picture: sameSaw ? this.shown.picture : null };
    this.shown = mine;
    this.at = null;
    this.canvas.setAttribute("aria-label", label);
    this.frameOver.hidden = true;
    if (!sameSaw) {
      this.photo.src = saw;
      const picture = new Image();
      picture.src = saw;
      await picture.decode().catch(() => {});
      if (mine !== this.shown) return;
      mine.picture = picture;
    }
    this.paint();
    this.paintBar();
    this.reading.textContent = "";
  }

  paint() {
    const { picture, grid, scheme, reach, smooth } = this.shown;
    const side = Math.max(1, Math.round((this.canvas.clientWidth || LEAST_SIDE) * pixelRatio()));
    if (this.canvas.width !== side) this.canvas.width = this.canvas.height = side;
    const context = this.canvas.getContext("2d");
    context.fillStyle = "#777";
    context.fillRect(0, 0, side, side);
    if (picture) {
      context.imageSmoothingEnabled = false;
      context.filter = "grayscale(1) contrast(0.8)";
      context.drawImage(picture, 0, 0, side, side);
      context.filter = "none";
    }
    const pixels = new Uint8ClampedArray(4 * grid.width * grid.height);
    grid.values.forEach((value, cell) => {
      if (value !== null) pixels.set(heatColour(value, reach, scheme), 4 * cell);
    });
    context.imageSmoothingEnabled = smooth;
    context.imageSmoothingQuality = "high";
    context.drawImage(pixelCanvas(pixels, grid.width, grid.height), 0, 0, side, side);
    if (this.at) this.frame(context, side / grid.width, side / grid.height);
  }

  /** The frame of the cell that is read out. */
  frame(context, width, height) {
    const line = 2 * pixelRatio();
    context.lineWidth = line;
    context.strokeStyle = getComputedStyle(this.canvas).getPropertyValue("--pointer");
    context.strokeRect(this.at.column * width + line / 2, this.at.row * height + line / 2, width - line, height - line);
  }

  paintBar() {
    const { scheme, reach } = this.shown;
    const pixels = new Uint8ClampedArray(4 * BAR_STEPS);
    for (let x = 0; x < BAR_STEPS; x += 1) {
      const share = x / (BAR_STEPS - 1);
      const value = reach * (scheme === "diverging" ? 2 * share - 1 : share);
      const [red, green, blue, alpha] = heatColour(value, reach, scheme);
      const over = (colour) => Math.round((colour * alpha + BEHIND * (255 - alpha)) / 255);
      pixels.set([over(red), over(green), over(blue), 255], 4 * x);
    }
    this.bar.getContext("2d").drawImage(pixelCanvas(pixels, BAR_STEPS, 1), 0, 0);
    scaleTexts(reach, scheme).forEach((text, place) => { this.ticks[place].textContent = text; });
  }

  /** Read a cell out and frame it, or none. */
  move(next) {
    const { grid, words } = this.shown;
    this.at = next;
    this.paint();
    this.frameColour(next);
    const value = next ? grid.values[next.row * grid.width + next.column] : null;
    this.reading.textContent = value === null ? "" : `row ${next.row}, column ${next.column}: ${words(value)}`;
  }

  /** The same cell's frame on the photograph in colour. */
  frameColour(at) {
    const { width, height } = this.shown.grid;
    this.frameOver.hidden = !at;
    if (!at) return;
    const [left, top] = [(100 * at.column) / width, (100 * at.row) / height];
    Object.assign(this.frameOver.style, {
      left: `${left}%`, top: `${top}%`, width: `${100 / width}%`, height: `${100 / height}%`,
    });
  }

  point(event) {
    if (this.shown) this.move(cellUnder(this.canvas, event, this.shown.grid));
  }

  step(event) {
    const step = STEPS[event.key];
    if (!step || !this.shown) return;
    event.preventDefault();
    const { height, width } = this.shown.grid;
    const from = this.at || { row: 0, column: 0 };
    this.move({ row: clamp(from.row + step[0], height), column: clamp(from.column + step[1], width) });
  }
}
