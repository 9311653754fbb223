// A drawing context that writes SVG: what is painted on a canvas with lines and words can be taken along as such.

import { make } from "./dom.js";

const ANCHORS = { left: "start", center: "middle", right: "end" };
const painters = new WeakMap();

/** Paint a canvas, `wide` in its context's own units, and keep how, so that `vectorOf` can do it again. */
export function painted(canvas, context, wide, paint) {
  painters.set(canvas, { paint, wide });
  paint(context);
}

/** What was painted on a canvas, as an SVG group, and how wide that is; null where it is not known how. */
export function vectorOf(canvas) {
  const known = painters.get(canvas);
  if (!known) return null;
  const context = new VectorContext();
  known.paint(context);
  return { group: context.group, wide: known.wide };
}

/** The part of CanvasRenderingContext2D that the page's drawings use. */
class VectorContext {
  group = make("svg:g");
  globalAlpha = 1;
  fillStyle = "#000";
  strokeStyle = "#000";
  lineWidth = 1;
  font = "14px sans-serif";
  textAlign = "left";
  textBaseline = "alphabetic";
  dash = [];
  kept = [];
  path = "";
  pen = make("canvas").getContext("2d"); // measures words

  save() {
    const { globalAlpha, fillStyle, strokeStyle, lineWidth, font, textAlign, dash } = this;
    this.kept.push({ globalAlpha, fillStyle, strokeStyle, lineWidth, font, textAlign, dash });
  }

  restore() {
    Object.assign(this, this.kept.pop());
  }

  setLineDash(dash) {
    this.dash = dash;
  }

  beginPath() {
    this.path = "";
  }

  moveTo(x, y) {
    this.path += `M${x} ${y}`;
  }

  lineTo(x, y) {
    this.path += `${this.path ? "L" : "M"}${x} ${y}`;
  }

  bezierCurveTo(...places) {
    this.path += `C${places.join(" ")}`;
  }

  closePath() {
    this.path += "Z";
  }

  fill() {
    this.add("svg:path", { d: this.path, fill: this.fillStyle });
  }

  stroke() {
    this.add("svg:path", { d: this.path, ...this.line() });
  }

  fillRect(x, y, width, height) {
    this.add("svg:rect", { x, y, width, height, fill: this.fillStyle });
  }

  strokeRect(x, y, width, height) {
    this.add("svg:rect", { x, y, width, height, ...this.line() });
  }

  measureText(text) {
    this.pen.font = this.font;
    return this.pen.measureText(text);
  }

  fillText(text, x, y) {
    const { font, fillStyle: fill } = this;
    this.add("svg:text", { x, y, fill, "text-anchor": ANCHORS[this.textAlign], style: `font: ${font}` }, text);
  }

  line() {
    const { strokeStyle: stroke, lineWidth, dash } = this;
    return { fill: "none", stroke, "stroke-width": lineWidth, "stroke-dasharray": dash.join(" ") || null };
  }

  add(tag, attributes, ...children) {
    const opacity = this.globalAlpha === 1 ? null : this.globalAlpha;
    this.group.append(make(tag, { ...attributes, opacity }, ...children));
  }
}
