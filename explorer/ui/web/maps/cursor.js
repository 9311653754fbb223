// One cursor over the mosaic of a layer, and, while comparing, over the kept one beside it: painted, moved, marked.

import { pointIn } from "../shared/canvas.js";
import { made } from "../shared/dom.js";
import { lookAt } from "./fields.js";
import { drawMosaic, exactValue, markTile, strongestHere, valueText } from "./layer.js";
import { mosaicHit, sameUnit, walked } from "./layout.js";
import { drawEnlarged, drawFacts, drawLens, placeText } from "./lens.js";
import { shortText } from "./numbers.js";

/** The kept layer as it is shown, null if none is. */
const keptState = (tab) => tab.kept && tab.kept.state;

/** Draw the mosaics that are in sight, their cursor where it was. */
export function paintLayer(tab) {
  const { mosaic, layer } = tab;
  if (!layer || tab.view !== "layer" || !mosaic.parentElement.clientWidth) return;
  tab.layout = drawMosaic(mosaic, layer);
  paintKept(tab);
  mosaic.dataset.painted = layer.token + " " + layer.mosaic;
  repoint(tab);
}

function paintKept(tab) {
  const [canvas, state] = [tab.find(".kept-mosaic"), keptState(tab)];
  if (!state || !canvas.parentElement.clientWidth) return;
  tab.kept.layout = drawMosaic(canvas, state);
  canvas.dataset.painted = state.token + " " + state.mosaic;
}

/** Move the cursor; `leads` is false where it follows the kept mosaic's. */
export function moveTo(tab, { at, row, column }, leads = true) {
  const { layer, find } = tab;
  const before = layer.at;
  Object.assign(layer, { at, row: Math.min(row, layer.height - 1), column: Math.min(column, layer.width - 1) });
  markTile(tab.mosaic, layer, tab.layout, before);
  drawLens(find, layer);
  if (leads) followKept(tab);
  lookAt(tab, { layer: layer.layer, channel: layer.order[layer.at], y: layer.row, x: layer.column });
  if (before !== at || !find(".facts").children.length) drawFacts(find(".lens"), layer);
}

/** The pointer is on the kept mosaic: the shown one's cursor follows. */
export function moveKept(tab, place) {
  const { kept, layer } = tab;
  kept.leads = true;
  markKept(tab, true, place);
  const same = sameUnit(layer, kept.state);
  if (same) moveTo(tab, same, false);
  else markTile(tab.mosaic, layer, tab.layout, layer.at, false);
  drawPair(tab, kept.state, same ? layer : null);
}

/** The kept mosaic's cursor where the shown one's is, or nowhere if it does not show that channel. */
function followKept(tab) {
  const [state, { layer, kept }] = [keptState(tab), tab];
  if (!state) return;
  const same = sameUnit(state, layer);
  kept.leads = false;
  markKept(tab, Boolean(same), same || state);
  drawPair(tab, same ? state : null, layer);
}

/** Mark anew what was pointed at, after a repaint. */
export function repoint(tab) {
  if (keptState(tab) && tab.kept.leads) moveKept(tab, tab.kept.state);
  else moveTo(tab, tab.layer);
}

function markKept(tab, there, { at, row, column }) {
  const { state, layout } = tab.kept;
  const before = state.at;
  Object.assign(state, { at, row, column });
  if (layout) markTile(tab.find(".kept-mosaic"), state, layout, before, there);
}

/** Both numbers and their difference, and the kept map enlarged. A side that does not show the channel is null. */
function drawPair({ find }, old, now) {
  find(".pair").replaceChildren(...pairTexts(old, now).map((text) => made("span", "", text)));
  for (const name of [".kept-map", ".kept .bar", ".kept .facts"]) find(name).hidden = !old;
  find(".kept-title").textContent = old ? placeText(old) : "The kept one does not show this channel.";
  find(".kept-value").textContent = old ? valueText(old) : "";
  if (!old) return;
  drawEnlarged(find(".kept-map"), old);
  drawFacts(find(".kept"), old);
}

/** What the line above the two mosaics says: the place once if it is one and the same. */
function pairTexts(old, now) {
  const [before, after] = [old, now].map((state) => state && placeText(state));
  const alike = before === after;
  const side = (name, state, place) => {
    if (!state) return `${name} does not show it`;
    return `${name} ${alike ? "" : place + " "}${valueText(state)}`;
  };
  const texts = [side("kept", old, before), side("shown", now, after)];
  if (alike) texts.unshift(before + ":");
  if (old && now && old.exact && now.exact) {
    texts.push("difference " + shortText(exactValue(now) - exactValue(old), 6));
  }
  return texts;
}

/** Let pointer and arrow keys walk over a mosaic; `shown` gives its {state, layout} or null. */
export function bindCells(canvas, shown, move) {
  const go = (state, place) => {
    state.pointed = true;
    move(place);
  };
  const point = (event) => {
    const { state, layout } = shown() || {};
    if (!state || !layout) return;
    const { x, y } = pointIn(canvas, event, layout.width, layout.height);
    const hit = mosaicHit(layout, state.height, state.width, x, y);
    if (hit) go(state, hit);
  };
  canvas.addEventListener("pointermove", point);
  canvas.addEventListener("pointerdown", point); // a finger that taps does not move
  canvas.addEventListener("keydown", (event) => {
    const { state, layout } = shown() || {};
    const next = state && layout ? walked(event.key, state.at, state.order.length, layout.across) : undefined;
    if (next === undefined) return;
    go(state, { at: next, ...strongestHere(state, next) });
    event.preventDefault();
  });
}

/** Let Enter and the space bar click. */
export function opensByKey(canvas) {
  canvas.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    canvas.click();
    event.preventDefault();
  });
}
