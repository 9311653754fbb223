// Where many photographs come from: chosen files, a folder, a drop.

import { make, made } from "../shared/dom.js";
import { filesDropped, isZip, MOST_PHOTOGRAPHS, PICTURES, withoutClutter } from "../shared/dropped.js";
import { fileInput, takeDrops } from "./ways_in.js";

const ACCEPTED = `${PICTURES},.zip,.csv,.tsv,.xlsx,.ods`;
const HINT = "Folders named after a class or a label, or a table (CSV, xlsx or ods) with the columns file and label, "
  + "give accuracy and a confusion matrix.";

/** What of [{file, name}] cannot be taken together, as a sentence; "" where all can. */
export function pileProblem(chosen) {
  const zips = chosen.filter(({ file }) => isZip(file)).length;
  if (!zips || chosen.length === 1) return "";
  const others = chosen.length - zips;
  const parts = [zips > 1 ? `${zips} zips` : "a zip"];
  if (others) parts.push(others > 1 ? `${others} other files` : "1 other file");
  return `One zip at a time, or photographs: these are ${parts.join(" and ")}, and nothing was taken of them.`;
}

/** The place to drop or choose; `take` is called with [{file, name}], without clutter, `fail` with a sentence. */
export function pileDrop(take, fail) {
  const chooser = (attributes) => fileInput(attributes, (chosen) => take(withoutClutter(chosen)));
  const files = chooser({ multiple: true, accept: ACCEPTED, "aria-label": "Photographs or a zip" });
  const folder = chooser({ webkitdirectory: true, "aria-label": "A folder of photographs" });
  const zone = make("div", { class: "many-drop" },
    make("p", {}, made("b", "", `Drop up to ${MOST_PHOTOGRAPHS} photographs, a folder or a zip here.`)),
    made("p", "soft", HINT),
    make("div", { class: "row" },
      make("button", { type: "button", class: "primary", onclick: () => files.click() }, "Choose files"),
      make("button", { type: "button", onclick: () => folder.click() }, "Choose a folder"), files, folder));
  takeDrops(zone, (transfer) => filesDropped(transfer).then(take, (error) => fail(error.message)));
  return zone;
}
