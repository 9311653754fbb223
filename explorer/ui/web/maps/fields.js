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

/** Show on the network's picture what a unit sees: on all of them but the card's, which belongs to the open unit. */
export function lookAt(tab, unit) {
  tab.looked = unit;
  for (const frame of tab.root.querySelectorAll(".field-frame")) {
    if (!tab.card.contains(frame)) frameField(frame, tab.sheet, unit);
  }
}

/** Show what the open unit sees, or one of its terms that is pointed at: on the card, and on the sheet beside it. */
export function lookInCard(tab, unit) {
  tab.lookedInCard = unit;
  const frame = tab.card.querySelector(".field-frame");
  if (frame) frameField(frame, tab.openSheet, unit);
  if (tab.view === "sheet" && tab.openSheet === tab.sheet) lookAt(tab, unit);
}

/** Put a frame's box over what a unit of a sheet sees, once that is known, and say how much it is. */
function frameField(frame, of, unit) {
  const field = unit && of && of.fields[unit.layer];
  const [box, note] = [frame.querySelector(".field-box"), frame.parentElement.querySelector(".field-note")];
  box.style.display = field ? "block" : "none";
  note.textContent = "";
  if (!field) return;
  const { height, width } = of.picture;
  const place = fieldBox(field, unit, height, width);
  for (const side of ["top", "left", "width", "height"]) box.style[side] = 100 * place[side] + "%";
  note.textContent = fieldText(place, height, width);
}

/** Ask for the fields of layers of a sheet, once a layer. */
export async function askFields(tab, layers, of = tab.sheet) {
  const missing = [...new Set(layers)].filter((key) => !of.fields[key]).slice(0, MOST_LAYERS);
  if (!missing.length) return;
  try {
    Object.assign(of.fields, await explorer.ask(tab.server.fields({ token: of.token, layers: missing })));
    if (of === tab.sheet) lookAt(tab, tab.looked); // what was pointed at meanwhile
    if (of === tab.openSheet && tab.openUnit) lookInCard(tab, tab.lookedInCard);
  } catch (error) {
    tab.showProblem(error.message);
  }
}
