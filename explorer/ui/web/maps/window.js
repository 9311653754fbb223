// Patch × kernel of one contributor, cell by cell.

import { colourAt, inkOn } from "../shared/colour.js";
import { made } from "../shared/dom.js";
import { factorsOf, fixedText, isShort } from "./ledger.js";
import { fittedText, shortText } from "./numbers.js";

/** Show the window of one term, or of a long sum's term that has none its product. */
export function showWindow(place, receipt, printed, at) {
  const hole = receipt.windows[at];
  if (hole) {
    place.replaceChildren(...windowCells(receipt, printed, at));
    return;
  }
  const factors = isShort(receipt) ? null : factorsOf(receipt, at);
  const text = factors && productText(receipt.terms[at], factors);
  place.replaceChildren(...(text ? [made("p", "number window-line", text)] : []));
}

function windowCells(receipt, printed, at) {
  const [hole, term] = [receipt.windows[at], receipt.terms[at]];
  const [patchReach, kernelReach] = [hole.patch, hole.kernel].map((values) => Math.max(...values.map(Math.abs)));
  const sum = "Σ = " + fixedText(hole.product.reduce((total, one) => total + one, 0), printed.decimals);
  const [line, grid] = [made("p", "number window-line", sum), made("div", "window-grid scroll-x")];
  grid.style.gridTemplateColumns = `repeat(${hole.width}, minmax(calc(74 * var(--type)), 1fr))`;
  hole.patch.forEach((value, cell) => {
    const padded = hole.padding[cell];
    const tile = made("div", "window-cell" + (padded ? " padded" : ""));
    const number = made("span", "number patch-number", padded ? "0" : fittedText(value, 5, 8));
    const weight = made("span", "number", "×" + fittedText(hole.kernel[cell], 5, 7));
    if (!padded) paintCell(number, value, patchReach, receipt.places[at].scheme);
    paintCell(weight, hole.kernel[cell], kernelReach, "diverging");
    tile.append(number, weight);
    tile.addEventListener("pointerenter", () => { line.textContent = cellText(hole, cell); });
    grid.append(tile);
  });
  grid.addEventListener("pointerleave", () => { line.textContent = sum; });
  return [made("h3", "", `${receipt.words.window} ${term.channel}`), grid, line];
}

/** One cell of a window with all its digits. */
function cellText(hole, cell) {
  const value = hole.padding[cell] ? "padding" : shortText(hole.patch[cell], 7);
  return `${value} × ${shortText(hole.kernel[cell], 7)} = ${shortText(hole.product[cell], 7)}`;
}

/** One term of a long sum with all its digits. */
function productText(term, { value, weight }) {
  return `ch ${term.channel}: ${shortText(value, 9)} × ${shortText(weight, 9)} = ${shortText(term.amount, 7)}`;
}

/** Give an element the colour of its number, and an ink that reads on it. */
export function paintCell(cell, value, reach, scheme) {
  const share = reach > 0 ? value / reach : 0;
  const colour = colourAt(scheme, scheme === "diverging" ? 0.5 + share / 2 : share);
  cell.style.background = `rgb(${colour.join(",")})`;
  cell.style.color = inkOn(colour);
}
