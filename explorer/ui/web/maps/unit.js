// Opening units: where the card stands, the way that one went, Esc. The card itself: receipt.js.

import * as explorer from "../shared/page.js";
import { counted } from "../shared/wording.js";
import { paintLayer } from "./cursor.js";
import { askFields, lookInCard } from "./fields.js";
import { floatsAt, pictureAt } from "./files.js";
import { shortText } from "./numbers.js";
import { unitWord } from "./path.js";
import { drawReceipt } from "./receipt.js";
import { wordsOf } from "./take.js";
import { whatIf } from "./whatif.js";
import { drawWires } from "./wires.js";

const OWN_ESC = "input, select, textarea, dialog, [contenteditable]"; // have an Esc of their own

/**
 * Open the last unit of a path. The card stays as it is, dimmed, until the new receipt is there.
 * @param {import("./state.js").MapsTab} tab
 * @param {any[]} path
 * @param {{ from?: any, focus?: boolean }} how `from`: what was clicked, which gets the focus back
 */
export async function openPath(tab, path, { from = null, focus = true } = {}) {
  const [unit, of] = [path[path.length - 1], path[0].sheet || tab.sheet];
  const mine = tab.asking.unit.next();
  tab.card.classList.add("stale");
  try {
    const receipt = await askReceipt(tab.server, of.token, { ...unit, asks: mine.asks });
    if (mine.late) return;
    if (of !== tab.sheet && !path[0].sheet) { // another photograph came meanwhile: the same unit of that one
      openPath(tab, path, { from, focus });
      return;
    }
    tab.asking.silence.drop();
    receipt.from = path[0].sheet ? of.from : "";
    unit.label = receipt.label;
    tab.path = path;
    if (from) tab.opener = from;
    of.fields[receipt.layer] = receipt.field;
    askFields(tab, receipt.terms.map((term) => term.layer), of);
    placeCard(tab, from);
    drawReceipt(tab.card, receipt, { path, picture: of.picture, act: receiptActs(tab) });
    lookInCard(tab, receipt);
    if (focus) focusCard(tab.card);
    if (tab.silencing) silence(tab);
    else if (tab.changed === "silence") tab.changed = ""; // of the unit before
    tab.silencing = false;
    const terms = receipt.terms.length + receipt.rest_count;
    explorer.say(`${receipt.label} = ${shortText(receipt.value, 5)}, the sum of ${counted(terms, "term")}`);
    tab.writeState();
    tab.showProblem("");
  } catch (error) {
    if (!mine.late) tab.showProblem(error.message);
  } finally {
    if (!mine.late) tab.card.classList.remove("stale");
  }
}

/** A unit's receipt, with the numbers of its map and the picture of its contributors' maps. */
async function askReceipt(server, token, { layer, channel, y, x, asks }) {
  const receipt = await explorer.ask(server.open_unit({ token, layer, channel, y, x, asks }));
  const { map, thumbnails } = receipt;
  const [numbers, picture] = await Promise.all([floatsAt(map.values), thumbnails ? pictureAt(thumbnails) : null]);
  return { ...receipt, map: { ...map, numbers }, picture };
}

/** The focus moves to the card; its head is brought into sight where it opened above or below. */
function focusCard(card) {
  card.focus({ preventScroll: true });
  const { top } = card.getBoundingClientRect();
  if (top >= 0 && top <= innerHeight - 200) return;
  card.scrollIntoView({ block: "start", behavior: explorer.reducedMotion() ? "auto" : "smooth" });
}

/** What a visitor can do on the card. */
function receiptActs(tab) {
  return {
    open: (unit) => openPath(tab, [...tab.path, unit]),
    beside: (unit) => openPath(tab, [...tab.path.slice(0, -1), { ...unit, sheet: tab.path[0].sheet }]),
    jump: (at) => openPath(tab, tab.path.slice(0, at + 1)),
    up: () => goUp(tab),
    close: () => closeCard(tab),
    down: () => goDown(tab),
    look: (unit) => lookInCard(tab, unit),
    silence: () => silence(tab),
    words: () => wordsOf(tab.openSheet, unitWord(tab.openUnit)),
  };
}

/** Put the card where the unit was clicked: left of its column in the sheet, or beside the mosaic. */
export function placeCard(tab, from = null) {
  if (tab.view === "layer") {
    const body = tab.find(".layer-body");
    body.classList.add("parted");
    if (tab.card.parentElement !== body) body.append(tab.card);
    paintLayer(tab);
    return;
  }
  const { card, find } = tab;
  const tile = from && from.closest(".tile, .class-row");
  const shown = tile ? Number(tile.dataset.column) : columnOf(tab.sheet, tab.path[0]);
  const [box, columns] = [find(".sheet"), find(".sheet-columns")];
  const all = [...columns.querySelectorAll(".sheet-column")];
  const anchor = all[shown + 1];
  if (card.nextElementSibling !== anchor) columns.insertBefore(card, anchor);
  columns.classList.add("parted");
  all.forEach((column, at) => column.classList.toggle("beside", at === shown || at === shown + 1));
  card.style.setProperty("--room", box.clientWidth + "px");
  requestAnimationFrame(() => {
    const left = Math.min(anchor.offsetLeft + anchor.offsetWidth + 8 - box.clientWidth, card.offsetLeft - 6);
    box.scrollTo({ left: Math.max(0, left), behavior: explorer.reducedMotion() ? "auto" : "smooth" });
    drawWires(tab);
  });
}

/** The column of the sheet that a unit belongs to: its own layer's, or that of its stage; the classes for the rest. */
function columnOf(sheet, unit) {
  const own = sheet.columns.findIndex((column) => column.layer === unit.layer);
  if (own >= 0) return own;
  const stage = sheet.stages.findIndex((one) => one.layers.includes(unit.layer));
  const of = sheet.columns.findIndex((column) => column.stage === stage);
  return of >= 0 ? of : sheet.columns.length;
}

/** Close the card, and open nothing that is still asked for. */
export function closeCard(tab) {
  const { card, find, opener } = tab;
  tab.asking.unit.drop();
  if (tab.changed === "silence") tab.changed = "";
  tab.path = [];
  card.classList.remove("stale");
  card.remove();
  for (const place of [".layer-body", ".sheet-columns"]) find(place).classList.remove("parted");
  for (const column of tab.root.querySelectorAll(".sheet-column.beside")) column.classList.remove("beside");
  if (tab.view === "layer") paintLayer(tab);
  else requestAnimationFrame(() => drawWires(tab));
  tab.writeState();
  if (opener && opener.isConnected) opener.focus({ preventScroll: true });
}

function goUp(tab) {
  if (tab.path.length > 1) openPath(tab, tab.path.slice(0, -1));
  else closeCard(tab);
}

/** Follow the biggest term down to a pixel: the whole way as a breadcrumb, the pixel's sum open. */
async function goDown(tab) {
  const [path, { layer, channel, y, x }] = [tab.path, tab.openUnit];
  const mine = tab.asking.unit.next();
  tab.card.classList.add("stale");
  try {
    const way = await explorer.ask(tab.server.way_down({
      token: tab.openSheet.token, layer, channel, y, x, asks: mine.asks,
    }));
    if (!mine.late) await openPath(tab, [...path, ...way.slice(1)]);
  } catch (error) {
    if (!mine.late) tab.showProblem(error.message);
  } finally {
    if (!mine.late) tab.card.classList.remove("stale");
  }
}

function silence(tab) {
  const { layer, channel } = tab.openUnit;
  const request = { token: tab.openSheet.token, kind: "silence", layer, channels: [channel] };
  whatIf(tab, request, tab.card.querySelector(".silenced"), tab.asking.silence);
}

/** Esc goes up wherever the focus is, but in a field or a dialog. */
export function bindEscape(tab) {
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented || !tab.openUnit || !tab.element.offsetParent) return;
    if (event.target instanceof Element && event.target.closest(OWN_ESC)) return;
    event.preventDefault();
    goUp(tab);
  });
}
