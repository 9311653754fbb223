// Learned kernels: the first layer of the network in use, folded so that each filter looks at raw pixels.

/** The planes of a filter, three or one, as one small picture; middle grey where a weight is zero. */
function filterPixels(weights) {
  const [red, green = red, blue = red] = weights.map((plane) => plane.flat());
  const reach = Math.max(...[...red, ...green, ...blue].map(Math.abs)) || 1;
  const shade = (weight) => 127.5 + (127.5 * weight) / reach;
  return Uint8ClampedArray.from(red.flatMap((weight, at) => [shade(weight), shade(green[at]), shade(blue[at]), 255]));
}

/** What a sent filter, over three colours or over grey, changes in the tab's state. `sent`: {name, weights, bias, stride, padding, padding_mode, dilation, border}. */
function learnedState(sent) {
  const grey = sent.weights.length === 1;
  return {
    kernel: sent.name, rows: grey ? sent.weights[0] : null, divisor: 1, planes: grey ? null : sent.weights, divideBySum: false, flip: false, bias: sent.bias, stride: sent.stride,
    dilation: sent.dilation, padding: sent.padding, mode: sent.padding_mode, border: sent.border.some(Boolean) ? sent.border : null, colour: grey ? "grey" : "sum", view: "fitting",
  };
}

/** Fills the group when it is opened, and anew when another network is chosen. */
function makeLearned(root, load, choose) {
  const [says, list] = [root.querySelector(".learned-says"), root.querySelector(".learned")];
  let shown = "";

  async function update() {
    const network = explorer.get("network");
    if (!root.open || !network || network.name === shown) return;
    shown = network.name;
    says.textContent = `Reading the first layer of ${network.label}…`;
    try {
      const layer = await load(network.name);
      if (network.name !== shown) return;
      const first = layer.filters[0].weights;
      says.textContent = `${layer.filters.length} filters of ${network.label}, layer ${layer.layer}, ${first[0].length} × ${first[0][0].length} over ${layer.filters[0].weights.length === 1 ? "the grey picture" : "red, green and blue"}; grey is zero. The network saw normalised pixels, so its mean and deviation are folded in, and the border is its mean colour. Choose one.`;
      list.replaceChildren(...layer.filters.map((filter, index) => tile(network, layer, filter, index)));
    } catch (error) {
      shown = "";
      list.replaceChildren();
      says.textContent = error.message;
    }
  }

  function tile(network, layer, filter, index) {
    const button = made("button", "learned-tile");
    button.type = "button";
    button.setAttribute("aria-label", `Filter ${index} of ${network.label}`);
    const picture = pixelCanvas(filterPixels(filter.weights), filter.weights[0][0].length, filter.weights[0].length);
    picture.className = "pixels";
    button.append(picture, made("span", "soft", String(index)));
    button.addEventListener("click", () => choose(learnedState({ ...layer, ...filter, name: `${network.label}, filter ${index}` })));
    return button;
  }

  root.addEventListener("toggle", update);
  explorer.on("network", update);
}
