// The events of one layer's view: pointer and keys on the picture, the transport, the groups below.

import { pointIn } from "../shared/canvas.js";
import { jumpPlayback, keyPlayback, stepPlayback, tickPlayback, togglePlayback } from "../shared/playback.js";
import { copyFrom, copyLinkFrom, saveFile } from "../shared/save.js";
import { cellAt } from "./layout.js";
import { walkGrid } from "./marks.js";
import { PAIRED_SETTINGS } from "./settings.js";

/** @typedef {import("./layer.js").LayerView} LayerView */

/** @param {LayerView} view */
export function listenToPicture(view) {
  const picture = view.find(".sizes-picture");
  const under = (event) => {
    if (!view.layout) return null;
    const { x, y } = pointIn(view.canvas, event, view.layout.width, view.layout.height);
    return cellAt(view.layout, x, y);
  };
  picture.addEventListener("pointermove", (event) => {
    const cell = under(event);
    if (sameCell(cell, view.hover)) return;
    view.hover = cell;
    drawSoon(view);
  });
  picture.addEventListener("pointerleave", () => {
    view.hover = null;
    drawSoon(view);
  });
  picture.addEventListener("click", (event) => {
    const cell = under(event);
    if (!cell) return;
    view.pause();
    view.pin = sameCell(cell, view.pin) ? null : cell;
    if (event.pointerType === "touch") view.hover = null;
    if (cell.part === "output" && cell.slice !== view.filter) view.showFilterKeepingPin(cell);
    else drawSoon(view);
  });
  picture.addEventListener("keydown", (event) => onPictureKey(view, event));
}

function sameCell(one, other) {
  if (!one || !other) return one === other;
  return one.part === other.part && one.slice === other.slice && one.y === other.y && one.x === other.x;
}

/** Draw once with the next frame, however many events come before it. */
function drawSoon(view) {
  if (view.willDraw) return;
  view.willDraw = true;
  requestAnimationFrame(() => {
    view.willDraw = false;
    view.draw();
  });
}

function onPictureKey(view, event) {
  if (event.ctrlKey || event.metaKey || event.altKey || !view.layer) return;
  if (event.key === "Escape" || event.key === "Enter") {
    event.preventDefault();
    const here = view.cell();
    view.pin = event.key === "Enter" && !view.pin ? here : null;
    view.hover = null;
    view.pause();
    view.draw();
    return;
  }
  const next = keyPlayback(view.playback, event.key, walkGrid(view.layer, view.walk).columns);
  if (!next) return;
  event.preventDefault();
  moveWalk(view, next);
}

/** Take a new state of the walk, show its place and keep the clock running while it plays. */
export function moveWalk(view, next) {
  const wasPlaying = view.playback.playing;
  view.playback = next;
  view.pin = null;
  view.hover = null;
  if (next.playing) view.revealing = true;
  if (view.showWalk()) view.relayout();
  else view.draw();
  if (next.playing && !wasPlaying) runClock(view);
}

function runClock(view) {
  cancelAnimationFrame(view.clock); // of a walk that was paused and goes on within one frame
  let last = performance.now();
  const tick = (now) => {
    if (!view.playback.playing || !view.root.isConnected) return;
    const step = 1000 / view.playback.speed;
    if (now - last >= step && view.canvas.offsetParent) {
      last = Math.max(last + step, now - step);
      moveWalk(view, tickPlayback(view.playback));
    }
    view.clock = requestAnimationFrame(tick);
  };
  view.clock = requestAnimationFrame(tick);
}

/** @param {LayerView} view */
export function listenToTransport(view) {
  const on = (selector, name, act) => view.find(selector).addEventListener(name, act);
  on(".sizes-play", "click", () => moveWalk(view, togglePlayback(view.playback)));
  on(".sizes-back", "click", () => moveWalk(view, stepPlayback(view.playback, -1)));
  on(".sizes-on", "click", () => moveWalk(view, stepPlayback(view.playback, 1)));
  on(".sizes-home", "click", () => moveWalk(view, keyPlayback(view.playback, "Home", 1)));
  on(".sizes-end", "click", () => moveWalk(view, keyPlayback(view.playback, "End", 1)));
  on(".sizes-scrub", "input", (event) => {
    moveWalk(view, { ...jumpPlayback(view.playback, Number(event.target.value)), playing: false });
  });
  on(".sizes-speed", "change", (event) => {
    view.playback = { ...view.playback, speed: Number(event.target.value) };
  });
  on(".sizes-walk", "change", (event) => {
    view.walk = event.target.value;
    view.restart();
  });
}

/** @param {LayerView} view */
export function listenToGroups(view) {
  const on = (selector, name, act) => view.find(selector).addEventListener(name, act);
  on(".sizes-kind", "change", (event) => {
    view.walk = event.target.value === "transposed" ? "input" : "output"; // a transposed one stamps each input cell
    view.apply({ ...view.wanted, kind: event.target.value });
  });
  on(".sizes-ceil", "change", (event) => view.apply({ ...view.wanted, ceil_mode: event.target.checked }));
  on(".sizes-bias", "change", (event) => view.apply({ ...view.wanted, bias: event.target.checked }));
  on(".sizes-apart", "change", (event) => {
    view.apart = event.target.checked;
    const heights = PAIRED_SETTINGS.map((name) => [name, [view.wanted[name][0], view.wanted[name][0]]]);
    view.apply(view.apart ? view.wanted : { ...view.wanted, ...Object.fromEntries(heights) });
  });
  on(".sizes-reads", "change", (event) => {
    view.look = { ...view.look, cells: event.target.checked ? "reads" : "numbers" };
    view.relayout();
  });
  on(".sizes-hues", "change", (event) => {
    view.look = { ...view.look, hues: event.target.checked };
    view.relayout();
  });
  on(".sizes-copy-code", "click", (event) => copyFrom(event.target, view.find(".sizes-code").textContent));
  on(".sizes-link", "click", (event) => copyLinkFrom(event.target));
  on(".sizes-png", "click", () => view.canvas.toBlob((blob) => saveFile(blob, "layer.png")));
}
