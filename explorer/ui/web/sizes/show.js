// What is written around a layer's picture: the formula, the costs, what falls off, the sum, where the walk stands.

import { counted } from "../shared/wording.js";
import { made } from "../shared/dom.js";
import { viewIsPart } from "./layout.js";
import { axisUnread } from "./links.js";
import { lossWords, nothingLost } from "./losses.js";
import { walkCell } from "./marks.js";
import { cellText, hasWeights, termCount } from "./numbers.js";
import { axisFormula, axisNearestWithoutWaste } from "./rules.js";
import { layerCosts } from "./settings.js";
import { checkingCode, sumPieces } from "./sum.js";
import { marksSentence } from "./words.js";

/** @typedef {import("./layer.js").LayerView} LayerView */

/**
 * The formula with its numbers, the costs, the code, and what falls off.
 * @param {LayerView} view
 */
export function showAnswer(view) {
  const { layer, settings } = view;
  const [height, width] = [axisFormula(layer.rows.axis), axisFormula(layer.columns.axis)];
  const alike = height === width;
  const lines = alike ? [`output = ${height}`] : [`height = ${height}`, `width = ${width}`];
  const nodes = lines.flatMap((line, at) => [...(at ? [made("br")] : []), ...formulaNodes(line)]);
  view.find(".sizes-formula").replaceChildren(...nodes);
  view.find(".sizes-facts").textContent = `${shapesText(layer)} · ${costsText(layer)}`;
  view.find(".sizes-code").textContent = checkingCode(settings, layer);
  showLosses(view, alike ? [[layer.rows, null]] : [[layer.rows, 0], [layer.columns, 1]]);
}

/** "3 × 16 × 16 → 2 × 16 × 16". */
function shapesText({ channels, filters, rows, columns }) {
  const shapes = [[channels, rows.axis.size, columns.axis.size], [filters, rows.outputs, columns.outputs]];
  return shapes.map((shape) => shape.join(" × ")).join(" → ");
}

function costsText(layer) {
  if (!hasWeights(layer)) return "no parameters";
  const { weights, biases, mult_adds } = layerCosts(layer);
  const whole = (value) => value.toLocaleString("en");
  const sum = `${counted(biases, "bias", "biases")} = ${whole(weights + biases)} parameters`;
  return `${counted(weights, "weight")}${biases ? ` + ${sum}` : ", no bias"} · ${whole(mult_adds)} multiply-adds`;
}

/** A line of the formula with its result in bold and what is rounded marked. */
function formulaNodes(line) {
  const cut = line.lastIndexOf("= ");
  const pieces = line.slice(0, cut).split(/([⌊⌈][−\d.…]+[⌋⌉])/); // every other one is what is rounded
  const nodes = pieces.map((text, at) => (at % 2 ? made("mark", "", text) : text));
  return [...nodes, "= ", made("strong", "", line.slice(cut + 2))];
}

/** What no window reads, in words, and buttons for the settings that waste nothing; `axes` are [map, side]. */
function showLosses(view, axes) {
  const { layer, settings } = view;
  const lost = lossWords(layer);
  view.find(".sizes-lost").textContent = lost;
  view.find(".sizes-lost").hidden = !lost;
  const changes = axes.flatMap(([map, side]) => axisNearestWithoutWaste(map.axis).map((change) => [...change, side]));
  const nearest = changes.length ? " The nearest settings that waste nothing:" : "";
  view.find(".sizes-loss-text").textContent = (lost || nothingLost(layer)) + nearest;
  view.find(".sizes-loss-chips").replaceChildren(...changes.map((change) => view.changeChip(change, settings)));
}

/**
 * The legend: the colours' range, and only those marks that the picture has.
 * @param {LayerView} view
 */
export function showLegend(view) {
  const { layer, picture } = view;
  const maps = [layer.rows, layer.columns];
  const reach = hasWeights(layer) && picture.affordable ? picture.reach : 0;
  view.find(".sizes-scale").hidden = !reach;
  view.find(".sizes-least").textContent = cellText(-reach);
  view.find(".sizes-most").textContent = cellText(reach);
  const padded = maps.some((map) => map.inputFrom < 0 || map.inputTo > map.axis.size);
  const uncut = maps.some((map) => map.outputFrom < 0 || map.outputTo > map.outputs);
  const unread = maps.some((map) => axisUnread(map).length);
  const padding = maps.some((map) => map.axis.padding) ? "padding" : "beyond the input";
  view.find(".sizes-key-padding").hidden = !padded;
  view.find(".sizes-key-padding span").textContent = padding;
  view.find(".sizes-key-unread").hidden = !(uncut || unread);
  view.find(".sizes-key-unread span").textContent = uncut ? "stamped, then cut off" : "read by no window";
}

/**
 * Whether only a part is drawn, and which.
 * @param {LayerView} view
 */
export function sayPart(view) {
  const { layer, drawn, picture } = view;
  const sentences = [];
  if (viewIsPart(layer, drawn)) {
    const range = ([from, to]) => `${cellText(from)} to ${cellText(to - 1)}`;
    const slices = `${drawn.inputSlices[1] - drawn.inputSlices[0]} of ${counted(layer.channels, "channel")}`;
    const inputs = `input rows ${range(drawn.inputRows)}, columns ${range(drawn.inputColumns)}, ${slices}`;
    sentences.push(`Only a part is drawn: ${inputs}; it follows the walk.`);
  }
  if (!picture.affordable) {
    sentences.push(`Output numbers are left out: each is a sum of ${counted(termCount(layer), "term")}.`);
  }
  view.find(".sizes-part").textContent = sentences.join(" ");
  view.find(".sizes-part").hidden = !sentences.length;
}

/**
 * The line under the picture: what is highlighted, and its sum.
 * @param {LayerView} view
 */
export function sayCell(view, cell) {
  const pinned = view.pin && !view.hover ? "Pinned. " : "";
  const sentence = pinned + marksSentence(view.layer, cell);
  const says = view.find(".sizes-says");
  if (says.textContent !== sentence) says.textContent = sentence; // a screen reader is to hear it once
  const sum = view.find(".sizes-sum");
  if (cell.part !== "output") {
    sum.replaceChildren();
    return;
  }
  sum.replaceChildren(...sumPieces(view.layer, cell).map(({ text, padding, total }) => (
    made(total ? "strong" : "span", padding ? "sizes-pad-term" : "", text)
  )));
}

const PLAY_SHAPES = { play: "M5 3l12 7-12 7z", pause: "M5 3h4v14H5zM11 3h4v14h-4z" };

/**
 * The play button and the scrub bar follow the walk.
 * @param {LayerView} view
 */
export function showTransport(view) {
  const { playback, layer } = view;
  view.find(".sizes-play").setAttribute("aria-label", playback.playing ? "Pause" : "Play");
  view.find(".sizes-play-shape").setAttribute("d", playback.playing ? PLAY_SHAPES.pause : PLAY_SHAPES.play);
  const scrub = view.find(".sizes-scrub");
  scrub.max = playback.count - 1;
  scrub.value = playback.at;
  const { part, slice, y, x } = walkCell(layer, view.walk, playback.at, view.filter);
  const channel = (part === "output" ? layer.filters : layer.channels) > 1 ? ` channel ${slice},` : "";
  const place = `${part}${channel} row ${y}, column ${x}; ${playback.at + 1} of ${playback.count}`;
  scrub.setAttribute("aria-valuetext", place);
}
