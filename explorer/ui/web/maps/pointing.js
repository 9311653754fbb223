// Pointing at the sheet, by mouse and keyboard: what feeds a map, and the number under the pointer.

import { cellUnder } from "../shared/canvas.js";
import { percent } from "../shared/wording.js";
import { lookAt } from "./fields.js";
import { exactText } from "./numbers.js";
import { unitOf } from "./sheet.js";
import { openPath } from "./unit.js";
import { drawWires, fadeTiles } from "./wires.js";

const TILES = ".tile, .class-row";

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

/** The tile that an arrow key leads to. */
function tileBeside(inner, tile, key) {
  const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  const [across, down] = steps[key];
  const column = Number(tile.dataset.column) + across;
  const tiles = [...inner.querySelectorAll(`[data-column="${column}"][data-tile]`)];
  return tiles[Math.min(tiles.length - 1, Number(tile.dataset.tile) + down)];
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
    const tile = tileOf(event);
    if (tile && tile.matches(":focus-visible")) pointAt(tab, tile);
  });
  inner.addEventListener("keydown", (event) => {
    const tile = tileOf(event);
    if (!tile || !event.key.startsWith("Arrow")) return;
    const next = tileBeside(inner, tile, event.key);
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
