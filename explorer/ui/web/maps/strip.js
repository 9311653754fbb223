// The strip of all layers, each its strongest map with name and shape; walked with the arrow keys.

import { made, make } from "../shared/dom.js";
import * as explorer from "../shared/page.js";
import { walked } from "./layout.js";
import { shapeText } from "./numbers.js";

const SIDE = 72; // units of type: a map on the strip

/** Ask for the strip of the sheet's network; `open` is told the layer that the visitor chooses. */
export async function askStrip(tab, open) {
  const of = tab.sheet;
  try {
    const strip = await explorer.ask(tab.server.strip({ token: of.token }));
    if (of !== tab.sheet) return;
    const items = of.layers.map((layer, at) => stripItem(layer, at, of.layers.length, strip, open));
    tab.find(".strip").replaceChildren(...items);
    of.strip = strip;
    markStrip(tab);
  } catch (error) {
    tab.showProblem(error.message);
  }
}

/** A length that grows with the page's type. */
const inType = (units) => `calc(${units} * var(--type))`;

function stripItem(layer, at, count, { path, across }, open) {
  const picture = made("span", "strip-map pixels");
  Object.assign(picture.style, {
    backgroundImage: `url(${JSON.stringify(explorer.fileUrl(path))})`,
    backgroundSize: `${inType(across * SIDE)} ${inType(Math.ceil(count / across) * SIDE)}`,
    backgroundPosition: `${inType(-(at % across) * SIDE)} ${inType(-Math.floor(at / across) * SIDE)}`,
  });
  const shape = shapeText(layer.shape);
  const words = [made("span", "strip-name", layer.key), made("span", "soft strip-shape", shape)];
  return make("li", {}, make("button", {
    type: "button", class: "strip-layer", "data-layer": layer.key, tabindex: -1,
    title: `${layer.key}, ${layer.kind}, ${shape}`, onclick: () => open(layer.key),
  }, picture, ...words));
}

/** Mark the layer in use on the strip and bring it into sight, without moving the page. */
export function markStrip({ find, wanted }) {
  const strip = find(".strip");
  for (const button of strip.querySelectorAll(".strip-layer")) {
    const here = button.dataset.layer === wanted.layer;
    button.tabIndex = here ? 0 : -1;
    if (!here) {
      button.removeAttribute("aria-current");
      continue;
    }
    button.setAttribute("aria-current", "true");
    const left = button.offsetLeft - strip.offsetLeft - strip.clientWidth / 2 + 50;
    strip.scrollTo({ left, behavior: explorer.reducedMotion() ? "auto" : "smooth" });
  }
}

/** Let the arrow keys walk along the strip. */
export function bindStrip(tab, open) {
  tab.find(".strip").addEventListener("keydown", (event) => {
    if (!tab.sheet) return;
    const { layers } = tab.sheet;
    const next = walked(event.key, layers.findIndex((one) => one.key === tab.wanted.layer), layers.length, 1);
    if (next === undefined) return;
    event.preventDefault();
    open(layers[next].key);
    const button = tab.find('.strip-layer[tabindex="0"]');
    if (button) button.focus({ preventScroll: true });
  });
}
