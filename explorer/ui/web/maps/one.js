// One layer of the network: asking for its maps, the controls above, opening the number under the cursor.

import * as explorer from "../shared/page.js";
import { openKept, ownColours } from "./compare.js";
import { bindCells, moveTo, opensByKey, paintLayer, repoint } from "./cursor.js";
import { askFields } from "./fields.js";
import { floatsAt, pictureAt } from "./files.js";
import { layerState, placesOf, strongestHere } from "./layer.js";
import { strongestMap, walked } from "./layout.js";
import { drawHistogram } from "./lens.js";
import { shapeText } from "./numbers.js";
import { askStrip, markStrip } from "./strip.js";
import { askTakeAway } from "./take.js";
import { askTree } from "./tree.js";
import { openPath } from "./unit.js";

/** The menus of layers and classes, for another sheet. */
export function fillLayers({ find, sheet, wanted }) {
  const words = (one) => [one.key, one.kind, shapeText(one.shape)].join(" · ");
  const target = find(".target");
  find(".layer-choice").replaceChildren(...sheet.layers.map((one) => new Option(words(one), one.key)));
  target.replaceChildren(...sheet.classes.map((one) => new Option(one.label, one.index)));
  if (sheet.classes.some((one) => one.index === wanted.class)) target.value = wanted.class;
  wanted.class = Number(target.value) || 0;
}

/** Ask for a layer's maps and show them; of a layer that the network has not, those of its first one. */
export async function openLayer(tab, key) {
  const { sheet, wanted } = tab;
  if (!sheet) return;
  const chosen = sheet.layers.some((one) => one.key === key) ? key : sheet.columns[0].layer;
  if (chosen !== wanted.layer) wanted.page = 0;
  wanted.layer = chosen;
  const mine = tab.asking.layer.next();
  tab.find(".layer-view").classList.add("stale");
  markStrip(tab);
  try {
    const next = await askLayer(tab, mine.asks);
    if (mine.late) return;
    takeLayer(tab, next);
    askFields(tab, [next.layer]);
    next.exact = await floatsAt(next.values);
    if (tab.layer !== next) return;
    if (!next.pointed) Object.assign(next, strongestHere(next, next.at));
    if (tab.mosaic.dataset.painted === next.token + " " + next.mosaic) repoint(tab);
    openKept(tab);
  } catch (error) {
    if (!mine.late) tab.showProblem(error.message);
  } finally {
    if (!mine.late) {
      tab.find(".layer-view").classList.remove("stale");
      if (!tab.sheet.strip) askStrip(tab, (one) => openLayer(tab, one));
      askTree(tab);
    }
  }
}

async function askLayer({ sheet: { token }, server, wanted }, asks) {
  const next = layerState({ ...await explorer.ask(server.layer_maps({ token, asks, ...wanted })), token });
  next.at = strongestMap(next);
  next.picture = await pictureAt(next.mosaic);
  return ownColours(next);
}

function takeLayer(tab, next) {
  const { find } = tab;
  next.places = placesOf(next.picture, next.scheme);
  tab.layer = next;
  if (tab.kept) tab.kept.leads = false;
  find(".layer-choice").value = next.layer;
  const shown = next.pages > 1 ? `${next.order.length} of ${next.shape[0]}` : `all ${next.shape[0]}`;
  const dead = next.dead ? `; ${next.dead} of the layer’s channels are zero everywhere on this photograph` : "";
  find(".layer-note").textContent = `${next.kind}, ${shapeText(next.shape)}: ${shown} channels${dead}.`;
  find(".pages").hidden = next.pages < 2;
  find(".page-text").textContent = `${next.page + 1} of ${next.pages}`;
  drawHistogram(find(".histogram"), next.histogram);
  find(".facts").replaceChildren();
  paintLayer(tab);
  tab.writeState();
  askTakeAway(tab);
}

/** Connect mosaic and lens. */
export function bindMosaic(tab) {
  const { mosaic } = tab;
  bindCells(mosaic, () => tab.layer && { state: tab.layer, layout: tab.layout }, (place) => moveTo(tab, place));
  opensByKey(mosaic);
  mosaic.addEventListener("click", () => {
    if (!tab.layer) return;
    const { layer, order, at, row, column } = tab.layer;
    openPath(tab, [{ layer, channel: order[at], y: row, x: column }], { from: mosaic });
  });
  tab.find(".lens-map").addEventListener("keydown", (event) => {
    if (!tab.layer) return;
    const { at, row, column, width, height } = tab.layer;
    const next = walked(event.key, row * width + column, height * width, width);
    if (event.key === "Enter") mosaic.click();
    else if (next === undefined) return;
    else moveTo(tab, { at, row: Math.floor(next / width), column: next % width });
    event.preventDefault();
  });
}

/** Connect menus and pages. */
export function bindLayerControls(tab) {
  const { find, wanted } = tab;
  const again = () => openLayer(tab, wanted.layer);
  find(".layer-choice").addEventListener("change", (event) => openLayer(tab, event.target.value));
  find(".tools-more").addEventListener("click", (event) => {
    const unfolded = find(".layer-tools").classList.toggle("unfolded");
    event.currentTarget.setAttribute("aria-expanded", String(unfolded));
  });
  find(".target").addEventListener("change", (event) => {
    wanted.class = Number(event.target.value);
    again();
  });
  for (const [name, step] of [[".page-back", -1], [".page-on", 1]]) {
    find(name).addEventListener("click", () => {
      wanted.page = Math.min(tab.layer.pages - 1, Math.max(0, tab.layer.page + step));
      again();
    });
  }
  for (const name of ["sort", "scale"]) {
    find("." + name).addEventListener("change", (event) => {
      Object.assign(wanted, { [name]: event.target.value, page: 0 });
      showWanted(tab);
      again();
    });
  }
  showWanted(tab);
}

/** What is asked for of a layer, in the menus; what they do not know becomes their first. */
export function showWanted({ find, wanted }) {
  for (const name of ["sort", "scale"]) {
    const menu = find("." + name);
    menu.value = wanted[name];
    if (!menu.value) menu.value = wanted[name] = menu.options[0].value;
  }
  find(".target-field").hidden = wanted.sort !== "contribution";
}
