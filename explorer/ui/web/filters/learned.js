// Learned kernels: the first layer of the network in use, folded so that each filter looks at raw pixels.

import { kernelPixels, pixelCanvas } from "../shared/canvas.js";
import { finder, made, make } from "../shared/dom.js";
import { newest } from "../shared/newest.js";
import * as explorer from "../shared/page.js";
import { learnedState } from "./state.js";

/**
 * Fill the group when it is opened, and anew when another network is chosen.
 * @param {any} root
 * @param {(network: string) => Promise<any>} load gives a network's first layer
 * @param {(patch: object) => void} choose is handed what a filter changes in the state
 */
export function wireLearned(root, load, choose) {
  const find = finder(root);
  const [says, list] = [find(".learned-says"), find(".learned")];
  const asking = newest();
  let shown = ""; // or on its way

  async function update() {
    const network = explorer.get("network");
    if (!root.open || !network || network.name === shown) return;
    const mine = asking.next();
    shown = network.name;
    says.textContent = `Reading the first layer of ${network.label}…`;
    try {
      const layer = await load(network.name);
      if (mine.late) return;
      says.textContent = layerSays(network, layer);
      list.replaceChildren(...layer.filters.map((filter, at) => filterTile(network, layer, filter, at, choose)));
    } catch (error) {
      if (mine.late) return;
      shown = "";
      list.replaceChildren();
      says.textContent = error.message;
    }
  }

  root.addEventListener("toggle", update);
  explorer.on("network", update);
}

function layerSays(network, { layer, filters }) {
  const [first] = filters[0].weights;
  const over = filters[0].weights.length === 1 ? "the grey picture" : "red, green and blue";
  const size = `${first.length} × ${first[0].length}`;
  return `${filters.length} filters of ${network.label}, layer ${layer}, ${size} over ${over}; grey is zero. ` +
    "The network saw normalised pixels, so its mean and deviation are folded in, and the border is its mean colour. " +
    "Choose one.";
}

function filterTile(network, layer, filter, at, choose) {
  const [height, width] = [filter.weights[0].length, filter.weights[0][0].length];
  const pixels = kernelPixels(filter.weights.flat(2), filter.weights.length, height * width);
  const picture = pixelCanvas(pixels, width, height);
  picture.className = "pixels";
  const name = `${network.label}, filter ${at}`;
  const onclick = () => choose(learnedState({ ...layer, ...filter, name }));
  const attributes = { type: "button", class: "learned-tile", "aria-label": `Filter ${at} of ${network.label}` };
  return make("button", { ...attributes, onclick }, picture, made("span", "soft", String(at)));
}
