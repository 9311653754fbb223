// Two photographs, or two networks, at one layer: what was kept stands beside what is shown, with one cursor for both.

let kept = null; // {state, from}: a layer as it was shown, and of which photograph and network

/** Keep the layer that is shown, to be compared with whatever comes after it. */
function keepToCompare() {
  if (!layer) return;
  kept = { state: layer, from: explorer.get("photo").title + ", " + explorer.get("network").label };
  drawKept();
  paintLayer();
  explorer.say("Kept. Choose another photograph or network to compare.");
}

function letGo() {
  kept = null;
  drawKept();
  paintLayer();
}

/** The kept layer's map of the same channel, its cursor at the same place of the picture. */
function drawKept() {
  find(".kept").hidden = !kept;
  find(".layer-body").classList.toggle("comparing", Boolean(kept));
  find(".keep").textContent = kept ? "Keep this one instead" : "Keep to compare";
  if (!kept || !layer) return;
  const same = sameUnit(kept.state, layer);
  find(".kept-from").textContent = "Kept: " + kept.from + ", " + kept.state.layer;
  find(".kept-map").hidden = !same;
  find(".kept-title").textContent = same ? placeText(same) : "It has no channel " + layer.order[layer.at] + " here.";
  find(".kept-value").textContent = same ? valueText(same) : "";
  if (same) drawEnlarged(find(".kept-map"), same);
}

function bindCompare() {
  find(".keep").addEventListener("click", keepToCompare);
  find(".let-go").addEventListener("click", letGo);
}
