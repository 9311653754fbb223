// Where a unit looks: a box on every picture of what the network sees, the rest darkened.

import { made, make } from "../shared/dom.js";
import * as explorer from "../shared/page.js";
import { fieldBox, fieldText } from "./layout.js";

const MOST_LAYERS = 120; // that one request may ask for

/** The network's picture with a box to be moved over it, and a line below that says its size. */
export function fieldView({ path, width, height }) {
  const [view, frame] = [made("div", "field-view"), made("div", "field-frame")];
  const alt = `What the network sees of the photograph, ${width} by ${height} pixels`;
  frame.style.aspectRatio = width + " / " + height;
  frame.append(make("img", { class: "input-picture", src: explorer.fileUrl(path), alt }), made("span", "field-box"));
  view.append(frame, made("p", "field-note soft"));
  return view;
}

/** Show on the network's picture what a unit sees, on all of them. */
export function lookAt(tab, unit) {
  tab.looked = unit;
  for (const frame of tab.root.querySelectorAll(".field-frame")) {
    const of = tab.card.contains(frame) ? tab.openSheet : tab.sheet;
    const field = unit && of && (unit.field || of.fields[unit.layer]);
    const [box, note] = [frame.querySelector(".field-box"), frame.parentElement.querySelector(".field-note")];
    box.style.display = field ? "block" : "none";
    if (!field) {
      note.textContent = "";
      continue;
    }
    const { height, width } = of.picture;
    const place = fieldBox(field, unit.y, unit.x, height, width);
    for (const side of ["top", "left", "width", "height"]) box.style[side] = 100 * place[side] + "%";
    note.textContent = fieldText(place, height, width);
  }
}

/** Ask for the fields of layers of a sheet, once a layer. */
export async function askFields(tab, layers, of = tab.sheet) {
  const missing = [...new Set(layers)].filter((key) => !of.fields[key]).slice(0, MOST_LAYERS);
  if (!missing.length) return;
  try {
    Object.assign(of.fields, await explorer.ask(tab.server.fields({ token: of.token, layers: missing })));
    if (of === tab.sheet || of === tab.openSheet) lookAt(tab, tab.looked); // what was pointed at meanwhile
  } catch (error) {
    tab.showProblem(error.message);
  }
}
