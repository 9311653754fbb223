// Tab 1, Filters: a kernel over the photograph, every answer of which can be opened. Puts the tab together.

import { onScale } from "../shared/canvas.js";
import * as explorer from "../shared/page.js";
import { openTab } from "../shared/tabs.js";
import { Bench } from "./bench.js";
import { Compare } from "./compare.js";
import { editRows, fillMenus, wireControls } from "./controls.js";
import { Editor } from "./editor.js";
import { drawGrid } from "./grid.js";
import { wireLearned } from "./learned.js";
import { linkState } from "./link.js";
import { wirePointer } from "./pointer.js";
import { READY_PICTURES } from "./ready.js";
import { showControls, showTexts } from "./show.js";
import { learnedState } from "./state.js";
import { Sum } from "./sum.js";
import { Sweep } from "./sweep.js";
import { Tab } from "./tab.js";
import { wireTake } from "./take.js";

/**
 * Draw the tab.
 * @param {import("../types").Part<import("../types").FiltersServer>} part
 */
export async function start(part) {
  const tab = new Tab(part);
  let kernels;
  try {
    kernels = await explorer.ask(part.server.kernels({}));
  } catch (error) {
    tab.showProblem(error.message);
    return;
  }
  tab.known = Object.fromEntries(kernels.map((one) => [one.name, one]));
  fillMenus(tab);
  wire(tab);
  const pictures = ["photograph", ...Object.keys(READY_PICTURES)];
  tab.begin(linkState(explorer.readLink("filters"), tab.known, pictures));
  explorer.on("photo", () => tab.takePhoto());
  if (tab.state.picture !== "photograph") tab.takePicture();
  explorer.onState("filters", (link) => tab.restart(linkState(link, tab.known, pictures)));
  explorer.on("learned-kernel", (sent) => {
    tab.change(learnedState(sent));
    openTab("filters");
  });
}

/** Connect what changes the tab with what shows it. */
function wire(tab) {
  const { find, server } = tab;
  const editor = new Editor(find(".cells"), find(".cells-says"), (rows) => editRows(tab, rows));
  const bench = new Bench(tab);
  const sum = new Sum(tab, (row, column) => editWeight(tab, editor, row, column));
  tab.on("state", () => showControls(tab, editor));
  tab.on("answer", () => showTexts(tab));
  tab.on("draw", () => {
    if (!bench.shown()) return;
    bench.draw();
    sum.show();
    drawGrid(tab, bench.colours);
  });
  find(".numbers-group").addEventListener("toggle", () => tab.draw());
  find(".numbers-colour").addEventListener("change", () => tab.draw());
  wireControls(tab);
  wirePointer(tab, bench, new Sweep(tab));
  wireTake(tab);
  const first = (network) => explorer.ask(server.learned({ network }));
  wireLearned(find(".learned-group"), first, (patch) => tab.change(patch));
  observe(tab, bench, new Compare(tab));
}

/** A weight of the sum was chosen: its box in the editor, which shows the kernel as it was before it was turned. */
function editWeight({ find, layer, state }, editor, row, column) {
  find(".kernel-group").open = true;
  editor.focus(state.flip ? layer.height - 1 - row : row, state.flip ? layer.width - 1 - column : column);
}

/** Draw anew when the tab gets another size, or the page other colours. */
function observe(tab, bench, compare) {
  const repaint = () => {
    if (tab.behind && tab.element.offsetParent) tab.takePicture();
    tab.draw();
    compare.draw();
  };
  new ResizeObserver(repaint).observe(bench.root);
  onScale(repaint);
  new MutationObserver(() => {
    bench.forgetColours();
    tab.draw();
  }).observe(document.body, { attributes: true, attributeFilter: ["class"] });
}
