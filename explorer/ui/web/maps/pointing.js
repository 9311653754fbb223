// Pointing at the sheet, by mouse and keyboard: what feeds a map, and the number under the pointer.

import { cellUnder } from "../shared/canvas.js";
import { percent } from "../shared/wording.js";
import { lookAt } from "./fields.js";
import { exactText } from "./numbers.js";
import { unitOf } from "./sheet.js";
import { openPath } from "./unit.js";
import { drawWires, fadeTiles } from "./wires.js";

const WALKS = ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End"];
const TILES = ".tile, .class-row";
const ITEMS = ".tile, .class-row, .counts button";

/** Point at a tile, or at none; without an event, at its strongest number. */
function pointAt(tab, tile, event = null) {
  const unit = tile && unitOf(tab.sheet, tile);
  if (tile !== tab.pointedTile) {
    Object.assign(tab, { pointedTile: tile, pointed: unit });
    fadeTiles(tab.find(".sheet-inner"), unit, drawWires(tab));
  }
  if (unit) {
    tab.find(".reading").textContent = unit.data ? readCell(tab, tile, unit, event) : readClass(tab, unit);
    return;
  }
  tab.find(".reading").textContent = "";
  lookAt(tab, tab.openUnit);
}

function readClass(tab, unit) {
  const { label, logit, probability } = tab.sheet.classes[unit.index];
  lookAt(tab, unit);
  return `${label}: logit ${exactText(logit)}, probability ${percent(probability)}`;
}

/** Mark the number under the pointer; gives back what it is, in words. */
function readCell(tab, tile, unit, event) {
  const { height, width, values, channels } = unit.data;
  let [row, column] = [unit.y, unit.x];
  if (event) ({ row, column } = cellUnder(tile.querySelector("canvas"), event, unit.data));
  Object.assign(tile.querySelector(".cell").style, {
    top: (100 * row) / height + "%", left: (100 * column) / width + "%",
    width: 100 / width + "%", height: 100 / height + "%",
  });
  lookAt(tab, { layer: unit.layer, channel: unit.channel, y: row, x: column });
  const place = height * width > 1 ? `, row ${row}, column ${column}` : "";
  const value = exactText(values[unit.start + row * width + column]);
  return `${unit.layer}, channel ${channels[unit.index]}${place} = ${value}`;
}

/** What an arrow key, Home or End leads to: the columns' tiles, and below them what unfolds and shows all. */
function itemBeside(inner, item, key) {
  const shown = (column) => [...column.querySelectorAll(ITEMS)].filter((one) => one.offsetParent);
  const columns = [...inner.querySelectorAll(".sheet-column")].map(shown).filter((items) => items.length);
  const across = columns.findIndex((items) => items.includes(item));
  const down = columns[across].indexOf(item);
  const [to, row] = {
    ArrowLeft: [across - 1, down], ArrowRight: [across + 1, down], ArrowUp: [across, down - 1],
    ArrowDown: [across, down + 1], Home: [0, 0], End: [columns.length - 1, 0],
  }[key] || [];
  const items = columns[to];
  return items && items[Math.min(items.length - 1, row)];
}

/** Make this the one item of the sheet that the key Tab reaches. */
function restAt(inner, item) {
  for (const one of inner.querySelectorAll(ITEMS)) one.tabIndex = one === item ? 0 : -1;
}

/** Connect the sheet. */
export function bindPointing(tab) {
  const inner = tab.find(".sheet-inner");
  const tileOf = (event) => tab.sheet && event.target.closest(TILES);
  inner.addEventListener("pointermove", (event) => {
    if (tab.sheet) pointAt(tab, tileOf(event), event);
  });
  inner.addEventListener("pointerleave", () => {
    if (tab.sheet) pointAt(tab, null);
  });
  inner.addEventListener("focusin", (event) => {
    const [tile, item] = [tileOf(event), event.target.closest(ITEMS)];
    if (item) restAt(inner, item);
    if (tile && tile.matches(":focus-visible")) pointAt(tab, tile);
  });
  inner.addEventListener("keydown", (event) => {
    const item = event.target.closest(ITEMS);
    if (!item || !WALKS.includes(event.key)) return;
    const next = itemBeside(inner, item, event.key);
    event.preventDefault();
    if (next) next.focus();
  });
  inner.addEventListener("click", (event) => {
    const tile = tileOf(event);
    if (!tile) return;
    const { layer, channel, y, x } = unitOf(tab.sheet, tile);
    openPath(tab, [{ layer, channel, y, x }], { from: tile });
  });
}
