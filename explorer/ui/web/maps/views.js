// The two views: the whole network as one sheet, or one layer.

import { openLayer } from "./one.js";
import { closeCard } from "./unit.js";

/** Show "sheet" or "layer"; what was opened on the other one is closed. */
export function show(tab, view) {
  const { find } = tab;
  tab.view = view;
  find(".sheet-view").hidden = view !== "sheet";
  find(".layer-view").hidden = view !== "layer";
  if (tab.card.isConnected) closeCard(tab);
  for (const name of ["sheet", "layer"]) find(".view-" + name).setAttribute("aria-pressed", String(name === view));
  tab.writeState();
}

/** Connect the switch between them. */
export function bindViews(tab) {
  tab.find(".view-sheet").addEventListener("click", () => show(tab, "sheet"));
  tab.find(".view-layer").addEventListener("click", () => {
    show(tab, "layer");
    const { sheet, layer, wanted } = tab;
    if (sheet && (!layer || layer.token !== sheet.token)) openLayer(tab, wanted.layer);
  });
  show(tab, tab.view);
}
