// The tab "Output sizes": one layer, or a stack of layers. Its state stands in the page's link.

const part = (name) => element.querySelector(`.sizes-${name}`);
const link = explorer.readLink("sizes");
const state = { view: link.view === "stack" ? "stack" : "layer", layer: {}, stack: {} };

function keepLink() {
  explorer.writeLink("sizes", state.view === "stack" ? { view: "stack", ...state.stack } : state.layer);
}

const layerView = new LayerView(part("layer"), (settings) => {
  state.layer = settingsToLink(settings);
  keepLink();
});

const stackView = new StackView(part("stack"), server, (stack) => {
  state.stack = stack;
  keepLink();
}, (settings) => {
  layerView.apply({ ...startSettings(), ...settings });
  open("layer");
});

function open(view) {
  state.view = view;
  for (const button of element.querySelectorAll(".sizes-switch button")) button.setAttribute("aria-pressed", String(button.dataset.part === view));
  for (const name of ["layer", "lead-layer"]) part(name).hidden = view !== "layer";
  for (const name of ["stack", "lead-stack"]) part(name).hidden = view !== "stack";
  layerView.relayout();
  stackView.draw();
  keepLink();
  return view === "stack" ? stackView.begin(link) : null;
}

for (const button of element.querySelectorAll(".sizes-switch button")) button.addEventListener("click", () => open(button.dataset.part));

// The layer as it is drawn goes to the end of the visitor's stack.
part("to-stack").addEventListener("click", async () => {
  const line = layerCode(layerView.settings);
  await open("stack");
  if (stackView.network) return;
  stackView.openLines([...stackView.lines, line], stackView.shape, { edited: true });
});

layerView.apply(settingsFromLink(link));
open(state.view);

// The canvas draws before the page's bold face has come; paint anew when it has.
document.fonts.load(`600 14px ${readInk(element).font}`).then(repaint, () => {});

// Another width, another theme, another zoom: paint anew.
function repaint() {
  layerView.relayout();
  stackView.draw();
}
new ResizeObserver(repaint).observe(part("scroll"));
new ResizeObserver(repaint).observe(part("tower-scroll"));
new MutationObserver(repaint).observe(document.body, { attributes: true, attributeFilter: ["class"] });
