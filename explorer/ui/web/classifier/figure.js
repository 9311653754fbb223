// The tab's one picture, its SVG: logits as a chart, and ribbons from them to the probabilities.

import { typeSize } from "../shared/canvas.js";
import { make } from "../shared/dom.js";
import { readable } from "../shared/wording.js";
import { descending, signed } from "./numbers.js";

const CHART_ROWS = 34;
const CHART_HEIGHT = 500; // pixels of the logit chart, shared by its rows; in projector mode there are fewer
const FIRST = 3; // labels that a screen reader is told

/** The classes of the chart: all in their own order if they fit, else the highest `most`, in their order of logits. */
export function chartRows(logits, most) {
  const order = logits.length <= most ? logits.map((_, index) => index) : descending(logits).slice(0, most);
  return { order, hidden: logits.length - order.length };
}

/** The chart in words: its highest logits, and how many more there are. */
export function chartWords(classes, logits) {
  const first = descending(logits).slice(0, FIRST);
  const words = first.map((index) => `${readable(classes[index])} ${signed(logits[index])}`);
  const lower = logits.length - first.length;
  return `Logits: ${words.join(", ")}${lower ? `, and ${lower} lower` : ""}`;
}

/** Draw every class with its logit as a bar about zero. */
export function drawLogits(svg, classes, logits, onPoint) {
  const { order, hidden } = chartRows(logits, Math.floor(CHART_ROWS / typeSize()));
  const frame = chartFrame(svg.clientWidth || 280, order.map((index) => logits[index]));
  const { rowHeight, width, height, at } = frame;
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.style.height = `${height}px`;
  const zero = make("svg:line", { class: "zero", x1: at(0), x2: at(0), y1: 0, y2: order.length * rowHeight });
  const rows = order.map((index, row) =>
    logitRow(frame, { index, row, label: readable(classes[index]), logit: logits[index] }, onPoint));
  svg.replaceChildren(zero, ...rows, ...scaleTexts(frame, hidden));
  svg.setAttribute("aria-label", chartWords(classes, logits));
}

function chartFrame(width, shown) {
  const type = typeSize();
  const rowHeight = Math.min(18 * type, Math.max(14.5 * type, CHART_HEIGHT / shown.length));
  const names = Math.min(116 * type, width * 0.44);
  const [low, high] = [Math.min(0, ...shown), Math.max(0, ...shown)];
  const scale = (width - names - 12) / (high - low || 1);
  const at = (value) => names + 6 + (value - low) * scale;
  return { rowHeight, width, height: shown.length * rowHeight + 24 * type, names, low, high, at };
}

function logitRow({ rowHeight, width, names, at }, { index, row, label, logit }, onPoint) {
  const y = row * rowHeight;
  const middle = y + rowHeight / 2;
  const [from, to] = [at(Math.min(0, logit)), at(Math.max(0, logit))];
  const pointing = { onpointerenter: () => onPoint(index), onpointerleave: () => onPoint(null) };
  return make("svg:g", { class: `logit-row ${logit < 0 ? "below" : "above"}`, "data-index": index, ...pointing },
    make("svg:rect", { class: "hit", x: 0, y, width, height: rowHeight }),
    make("svg:text", { x: names, y: middle + 4.5, "text-anchor": "end" }, label),
    make("svg:line", { class: "leader", x1: to, x2: width, y1: middle, y2: middle }),
    make("svg:rect", { class: "bar", x: from, y: y + 3, width: Math.max(1, to - from), height: rowHeight - 6, rx: 2 }));
}

function scaleTexts({ height, low, high, at }, hidden) {
  const text = (x, words, more = {}) => make("svg:text", { class: "scale", x, y: height - 5, ...more }, words);
  return [
    ...(low < 0 ? [text(at(low), signed(low, 1))] : []),
    text(at(high), signed(high, 1), { "text-anchor": "end" }),
    ...(hidden ? [text(0, `+ ${hidden} lower`)] : []),
  ];
}

/** Ribbons from each shown class's logit to its bar; as wide as its probability. */
export function drawFlow(svg, rows, height) {
  const width = svg.clientWidth || 80;
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.style.height = `${height}px`;
  svg.replaceChildren(...rows.filter((row) => row.from !== undefined).map(({ index, probability, from, to }) =>
    make("svg:path", {
      class: "ribbon", "data-index": index, "stroke-width": (1 + 15 * probability).toFixed(2),
      d: `M0 ${from} C${width / 2} ${from} ${width / 2} ${to} ${width} ${to}`,
    })));
}

/** Mark one class wherever it is drawn; null takes the mark away. */
export function pointAt(root, index) {
  for (const part of root.querySelectorAll("[data-index]")) {
    part.classList.toggle("pointed", index !== null && part.dataset.index === String(index));
  }
}
