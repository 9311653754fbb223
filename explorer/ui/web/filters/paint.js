// Elements in the colours of their numbers.

import { colourAt, inkOn } from "../shared/colour.js";

/**
 * Paint behind an element, with an ink that reads well on it.
 * @param {any} element
 * @param {any} colour [red, green, blue]
 */
export function paint(element, colour) {
  element.style.background = `rgb(${colour.join(",")})`;
  element.style.color = inkOn(colour);
}

/** The same for a weight; one of the size `reach` has the full colour. */
export function paintWeight(element, weight, reach) {
  paint(element, colourAt("diverging", 0.5 + weight / (2 * reach)));
}
