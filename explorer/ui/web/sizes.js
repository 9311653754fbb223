// The tab "Output sizes": one layer, or a stack of layers. Its state stands in the page's link.

const part = (name) => element.querySelector(`.sizes-${name}`);
const link = explorer.readLink("sizes");
const state = { view: link.view === "stack" ? "stack" : "layer", layer: {}, stack: {} };

function keepLink() {
  const view = state.view === "stack" ? { view: "stack" } : {};
  explorer.writeLink("sizes", { ...state.layer, ...state.stack, ...view });
}

const layerView = new LayerView(part("layer"), (settings) => {
  state.layer = settingsToLink(settings);
  keepLink();
});

function open(view) {
  state.view = view;
  for (const button of element.querySelectorAll(".sizes-switch button")) button.setAttribute("aria-pressed", String(button.dataset.part === view));
  part("layer").hidden = view !== "layer";
  part("stack").hidden = view !== "stack";
  layerView.relayout();
  keepLink();
}

for (const button of element.querySelectorAll(".sizes-switch button")) button.addEventListener("click", () => open(button.dataset.part));
layerView.apply(settingsFromLink(link));
open(state.view);

// Another width, another theme, another zoom: paint anew.
new ResizeObserver(() => layerView.relayout()).observe(part("scroll"));
new MutationObserver(() => layerView.relayout()).observe(document.body, { attributes: true, attributeFilter: ["class"] });
