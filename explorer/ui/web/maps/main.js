// The tab "Feature maps": the network as one sheet, one layer as a mosaic, every number of which can be opened.
// Whatever hovers is drawn from numbers at hand: nothing is asked while the pointer moves.

import { onScale } from "../shared/canvas.js";
import * as explorer from "../shared/page.js";
import { bindCompare } from "./compare.js";
import { paintLayer } from "./cursor.js";
import { bindKernels } from "./kernels.js";
import { openChannel, openNetwork, restart } from "./network.js";
import { bindLayerControls, bindMosaic, openLayer } from "./one.js";
import { bindOwn } from "./own.js";
import { bindPointing } from "./pointing.js";
import { MapsTab } from "./state.js";
import { bindStrip } from "./strip.js";
import { bindTakeAway } from "./take.js";
import { bindTree } from "./tree.js";
import { bindEscape } from "./unit.js";
import { bindViews } from "./views.js";
import { bindWhatIf } from "./whatif.js";
import { drawWires } from "./wires.js";

/** Draw anew what depends on the tab's size; it is also how the tab learns that it has come into sight. */
function resized(tab) {
  if (!tab.element.offsetParent) return;
  if (tab.stale) openNetwork(tab);
  if (tab.sheet) drawWires(tab);
  paintLayer(tab);
}

/**
 * Draw the tab.
 * @param {import("../types").Part<import("../types").MapsServer>} part
 */
export function start(part) {
  const tab = new MapsTab(part);
  const open = (layer) => openLayer(tab, layer);
  new ResizeObserver(() => resized(tab)).observe(tab.root);
  onScale(() => resized(tab));
  bindPointing(tab);
  bindMosaic(tab);
  bindLayerControls(tab);
  bindWhatIf(tab);
  bindKernels(tab);
  bindTakeAway(tab);
  bindCompare(tab);
  bindOwn(tab);
  bindStrip(tab, open);
  bindTree(tab, open);
  bindEscape(tab);
  bindViews(tab);
  explorer.on("openChannel", (unit) => openChannel(tab, unit));
  explorer.onState("maps", (link) => restart(tab, link));
  explorer.on("photo", () => openNetwork(tab));
  explorer.on("network", () => openNetwork(tab));
}
