// Pointer and keys on the pictures: what is pointed at, what is held, what is let go.

import { keyPlayback } from "../shared/playback.js";
import { movedAnswer, sweepStep } from "./view.js";

const TRANSPORT_KEYS = ["ArrowLeft", "ArrowRight", "Home", "End"];

/**
 * @param {import("./tab.js").Tab} tab
 * @param {import("./bench.js").Bench} bench
 * @param {import("./sweep.js").Sweep} sweep
 */
export function wirePointer(tab, bench, sweep) {
  const onKey = (event) => keyOnPicture(event, tab, sweep);
  for (const [name, canvas] of Object.entries(bench.canvases)) {
    canvas.addEventListener("pointermove", (event) => hover(tab, bench.pointed(event, name)));
    canvas.addEventListener("pointerleave", () => hover(tab, null));
    canvas.addEventListener("click", (event) => {
      const place = bench.pointed(event, name);
      if (place) hold(tab, sweep, place);
    });
    canvas.addEventListener("keydown", onKey);
  }
  tab.find(".numbers-canvas").addEventListener("keydown", onKey);
  tab.find(".transport").addEventListener("keydown", (event) => {
    if (event.target.closest("button") && TRANSPORT_KEYS.includes(event.key)) onKey(event);
  });
  tab.element.addEventListener("keydown", (event) => keyOnTab(event, tab, sweep));
}

function keyOnTab(event, tab, sweep) {
  if (event.target.closest("input, textarea, select")) return;
  if (event.key === "Escape") release(tab, sweep);
  if ((event.ctrlKey || event.metaKey) && event.key === "z") {
    event.preventDefault();
    tab.undo();
  }
}

function hover(tab, place) {
  const same = place && tab.hovered ? place.y === tab.hovered.y && place.x === tab.hovered.x : place === tab.hovered;
  if (tab.playback || same) return;
  tab.hovered = place;
  tab.draw();
}

/** Keep the sum of an answer open. */
function hold(tab, sweep, place) {
  [tab.pin, tab.hovered, tab.pinnedByHand] = [place, null, true];
  if (tab.playback) sweep.standAt(place);
  if (sweepStep(tab.parts().output, place.y, place.x) === null) tab.centre = place;
  tab.change({ y: place.y, x: place.x });
}

function release(tab, sweep) {
  if (tab.playback) {
    sweep.close();
    return;
  }
  [tab.pin, tab.hovered, tab.pinnedByHand] = [null, null, true];
  tab.change({ y: null, x: null });
}

function keyOnPicture(event, tab, sweep) {
  if (!tab.answer || event.ctrlKey || event.metaKey || event.altKey) return;
  if (tab.playback || event.key === " ") keyOnSweep(event, tab, sweep);
  else moveBy(event, tab, sweep);
}

function keyOnSweep(event, tab, sweep) {
  const { playback } = tab;
  const next = playback && keyPlayback(playback, event.key, tab.parts().output.width);
  if (playback && !next) return;
  event.preventDefault();
  if (playback) sweep.set(next);
  else sweep.open(true);
}

/** A first arrow key holds what is in the middle; others move from what is held. */
function moveBy(event, tab, sweep) {
  const { answer, pin } = tab;
  const from = pin || { y: Math.floor(answer.height / 2), x: Math.floor(answer.width / 2) };
  const end = { Home: { y: 0, x: 0 }, End: { y: answer.height - 1, x: answer.width - 1 } }[event.key];
  const place = end || movedAnswer(event.key, from, answer, event.shiftKey);
  if (!place) return;
  event.preventDefault();
  hold(tab, sweep, pin || end ? place : from);
}
