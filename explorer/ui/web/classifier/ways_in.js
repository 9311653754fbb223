// How files come into a panel: an input to choose them with, and a place to drop them.

import { make } from "../shared/dom.js";
import { named } from "../shared/dropped.js";

/** An input for files; `take` is called with what was chosen, [{file, name}]. */
export function fileInput(attributes, take) {
  const input = make("input", { type: "file", class: "many-files", ...attributes });
  input.addEventListener("change", () => {
    take(named(input.files));
    input.value = "";
  });
  return input;
}

/**
 * Let an element take drops, and show while one is above it; `dropped` is called with what was let go.
 * @param {HTMLElement} zone
 * @param {(transfer: DataTransfer) => void} dropped
 */
export function takeDrops(zone, dropped) {
  zone.addEventListener("dragover", (event) => {
    event.preventDefault();
    zone.classList.add("over");
  });
  zone.addEventListener("dragleave", () => zone.classList.remove("over"));
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    zone.classList.remove("over");
    dropped(event.dataTransfer);
  });
}
