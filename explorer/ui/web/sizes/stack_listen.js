// The events of a stack's view: the menu, the picture's size, what is added or pasted, the tower, what is taken along.

import { pointIn } from "../shared/canvas.js";
import { pictureButtons } from "../shared/drawing.js";
import { set } from "../shared/page.js";
import { copyFrom, copyLinkFrom, fileName, saveCsv } from "../shared/save.js";
import { openTab } from "../shared/tabs.js";
import { towerRowAt } from "./stack_draw.js";
import { newLayerLine } from "./stack_words.js";

/** @typedef {import("./stack.js").StackView} StackView */

/** @param {StackView} view */
export function listenToStack(view) {
  view.find(".sizes-menu").addEventListener("change", (event) => {
    const [kind, name] = event.target.value.split(":");
    if (kind === "lesson") view.openLesson(name);
    else if (kind === "network") view.openNetwork(name);
    else if (view.lines.length) view.openLines(view.lines, view.shape);
  });
  view.sides.forEach((box, at) => box.addEventListener("change", () => takeSide(view, box, at)));
  view.find(".sizes-add-button").addEventListener("click", () => {
    const shape = view.lastShape();
    view.openLines([...view.lines, newLayerLine(view.find(".sizes-new").value, shape)], view.shape);
  });
  view.find(".sizes-read-text").addEventListener("click", () => {
    view.openLines([view.find(".sizes-text").value], view.shape, true);
  });
  listenToTower(view);
  listenToTakeAway(view);
}

/** @param {StackView} view */
function listenToTower(view) {
  view.find(".sizes-tower").addEventListener("pointermove", (event) => {
    if (!view.tower) return;
    const row = towerRowAt(view.tower, pointIn(view.find(".sizes-tower"), event, view.tower.width).x);
    if (row !== null && row >= 0) view.mark(row);
  });
  view.find(".sizes-tower-scroll").addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step || !view.result) return;
    event.preventDefault();
    view.mark(Math.min(view.result.rows.length - 1, Math.max(0, view.marked + step)));
  });
}

/** @param {StackView} view */
function listenToTakeAway(view) {
  const onClick = (selector, act) => view.find(selector).addEventListener("click", (event) => {
    if (view.result) act(event.target);
  });
  const words = () => [view.network || view.lesson || "stack"];
  onClick(".sizes-stack-copy", (button) => copyFrom(button, view.find(".sizes-stack-code").textContent));
  onClick(".sizes-stack-csv", () => saveCsv(view.result.csv, fileName(words(), "csv")));
  view.find(".sizes-stack-picture").append(...pictureButtons(() => view.find(".sizes-tower"), words));
  onClick(".sizes-stack-link", (button) => copyLinkFrom(button));
  onClick(".sizes-stack-open", () => {
    set("network", { name: `stack:${view.shape.join("x")}:${view.lines.join(";")}`, label: "Your stack" });
    openTab("maps");
  });
}

/** A visitor typed the picture's channels, height or width. */
function takeSide(view, box, at) {
  view.pasting = false;
  const value = Number(box.value);
  if (!/^\s*\d{1,4}\s*$/.test(box.value) || value < 1) {
    box.setAttribute("aria-invalid", "true");
    const given = `“${box.value.slice(0, 20)}” is none`;
    view.showProblem(`The picture's sides must be whole numbers from 1 to 8,192; ${given}. The stack stays as it was.`);
    return;
  }
  const shape = view.shape.map((side, each) => (each === at ? value : side));
  if (view.network) view.openNetwork(view.network, shape);
  else view.openLines(view.lines, shape);
}
