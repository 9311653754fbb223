// Two photographs, or two networks, at one layer: one is kept, and its mosaic stands beside the shown one's.

import * as explorer from "../shared/page.js";
import { bindCells, moveKept, opensByKey, paintLayer } from "./cursor.js";
import { floatsAt, pictureAt } from "./files.js";
import { layerState, mosaicPicture } from "./layer.js";
import { sharedRange } from "./layout.js";
import { drawFacts } from "./lens.js";
import { shapeText } from "./numbers.js";
import { openPath } from "./unit.js";

/** Keep what is shown, to be compared with whatever photograph, network or layer comes after it. */
function keepToCompare(tab) {
  const { layer, sheet } = tab;
  if (!layer) return;
  tab.kept = { sheet, layer: layer.layer, state: null, layout: null, leads: false };
  const options = sheet.layers.map((one) => new Option(`${one.key} · ${shapeText(one.shape)}`, one.key));
  tab.find(".kept-layer").replaceChildren(...options);
  explorer.say("Kept. Choose another photograph or network to compare.");
  openKept(tab);
}

function letGo(tab) {
  tab.kept = null;
  Object.assign(tab.layer, tab.layer.own);
  showSides(tab);
  paintLayer(tab);
  drawFacts(tab.find(".lens"), tab.layer);
}

/** Ask for the kept one's maps of the shown layer, or of its own choice where it has no such layer; same channels. */
export async function openKept(tab, chosen = "") {
  const { kept, layer, server, wanted } = tab;
  if (!kept || !layer) return;
  const mine = tab.asking.kept.next();
  const { token, layers } = kept.sheet;
  const key = chosen || (layers.some((one) => one.key === layer.layer) ? layer.layer : kept.layer);
  const alike = layers.find((one) => one.key === key).shape[0] === layer.shape[0];
  const channels = alike ? { channels: layer.order } : {};
  try {
    const reply = await explorer.ask(server.layer_maps({ token, layer: key, scale: wanted.scale, ...channels }));
    const next = layerState({ ...reply, token });
    [next.exact, next.picture] = await Promise.all([floatsAt(reply.values), pictureAt(reply.mosaic)]);
    if (mine.late || kept !== tab.kept) return;
    Object.assign(kept, { layer: key, state: ownColours(next), leads: false });
    tab.find(".kept-layer").value = key;
    showSides(tab);
    shareScale(tab);
    paintLayer(tab);
    drawFacts(tab.find(".lens"), tab.layer);
  } catch (error) {
    if (mine.late || kept !== tab.kept) return;
    tab.showProblem("What was kept cannot be shown. " + error.message);
    letGo(tab);
  }
}

/** A layer's state that remembers its own colours. */
export function ownColours(state) {
  const { picture, scheme, low, high } = state;
  return Object.assign(state, { own: { picture, scheme, low, high } });
}

/** One scale for both, so that the same colour is the same number; with a scale per map each keeps its own. */
function shareScale({ kept, layer, wanted }) {
  if (!layer.exact || wanted.scale !== "layer") return;
  const range = sharedRange([kept.state.own, layer.own]);
  for (const state of [kept.state, layer]) {
    const [low, high] = [range.low, range.high].map((end) => Array(state.order.length).fill(end));
    Object.assign(state, { scheme: range.scheme, low, high, picture: mosaicPicture(state, range) });
  }
}

/** What stands above the two mosaics. */
function showSides({ find, kept, sheet, layer }) {
  const on = Boolean(kept && kept.state);
  find(".layer-body").classList.toggle("comparing", on);
  for (const name of [".kept-side", ".kept", ".pair", ".shown-from"]) find(name).hidden = !on;
  find(".keep").textContent = on ? "Keep this one instead" : "Keep to compare";
  if (!on) return;
  find(".kept-from").textContent = "Kept: " + kept.sheet.from;
  const same = kept.sheet.token === sheet.token;
  const shown = same ? "the same. Choose another photograph or network." : `${sheet.from}, ${layer.layer}`;
  find(".shown-from").textContent = "Shown: " + shown;
}

/** The sum of the number that is marked on the kept mosaic, on its own photograph and network. */
function openKeptUnit(tab) {
  if (!tab.kept || !tab.kept.state) return;
  const { sheet, state } = tab.kept;
  const unit = { layer: state.layer, channel: state.order[state.at], y: state.row, x: state.column };
  openPath(tab, [{ ...unit, sheet }], { from: tab.find(".kept-mosaic") });
}

/** Connect what keeps and lets go, and the kept mosaic. */
export function bindCompare(tab) {
  const { find } = tab;
  const canvas = find(".kept-mosaic");
  find(".keep").addEventListener("click", () => keepToCompare(tab));
  find(".let-go").addEventListener("click", () => {
    letGo(tab);
    find(".keep").focus({ preventScroll: true });
  });
  find(".kept-layer").addEventListener("change", (event) => openKept(tab, event.target.value));
  opensByKey(canvas);
  canvas.addEventListener("click", () => openKeptUnit(tab));
  bindCells(canvas, () => tab.kept && tab.kept.state && tab.kept, (place) => moveKept(tab, place));
  const scrolls = [canvas, tab.mosaic].map((one) => one.parentElement);
  scrolls.forEach((one, at) => one.addEventListener("scroll", () => {
    const { kept, layout } = tab;
    if (kept && kept.layout && layout && kept.layout.rows === layout.rows) scrolls[1 - at].scrollTop = one.scrollTop;
  }));
}
