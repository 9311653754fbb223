// The network in use: asked what it makes of the photograph; its sheet, and all that goes with it, anew.

import * as explorer from "../shared/page.js";
import { photoWord } from "../shared/save.js";
import { counted } from "../shared/wording.js";
import { paintSheet } from "./columns.js";
import { fieldView } from "./fields.js";
import { floatsAt } from "./files.js";
import { askKernels } from "./kernels.js";
import { fillLayers, openLayer, showWanted } from "./one.js";
import { unitFromWord } from "./path.js";
import { askTakeAway } from "./take.js";
import { closeCard, openPath } from "./unit.js";
import { show } from "./views.js";
import { clearWhatIf } from "./whatif.js";

const WATCH_MS = 700; // between two questions how far a network is

/** The photograph and the network in use, in a word; "" before there are both. */
function inUse() {
  const [photo, network] = [explorer.get("photo"), explorer.get("network")];
  return photo && network ? photo.token + " " + network.name : "";
}

/** Run the photograph through the network; what was shown stays, dimmed, until the new one is there. */
export async function openNetwork(tab) {
  const [photo, network, asked] = [explorer.get("photo"), explorer.get("network"), inUse()];
  if (!asked) return;
  tab.stale = !tab.element.offsetParent;
  if (tab.stale) return;
  if (asked === tab.asked) return;
  tab.asked = asked;
  const mine = tab.asking.network.next();
  tab.root.classList.add("waiting");
  tab.find(".maps-note").textContent = `${network.label} is looking at the photograph…`;
  const watching = watchLoading(tab, network, mine);
  try {
    const reply = await explorer.ask(tab.server.open_network({
      photo: photo.token, network: network.name, asks: mine.asks,
    }));
    const values = await floatsAt(reply.column_values);
    watching.stop();
    if (mine.late) return;
    await takeSheet(tab, { ...sheetOf(reply, values, { photo, network }), asked }, network);
    if (!mine.late) tab.showProblem("");
  } catch (error) {
    if (mine.late) return;
    tab.showProblem(error.message);
    tab.asked = "";
  } finally {
    watching.stop();
    if (!mine.late) tab.root.classList.remove("waiting");
  }
}

/** A network that is fetched or built for the first time takes a while: say how far it is, until told to stop. */
function watchLoading({ find, server }, network, mine) {
  let watching = true;
  const timer = setInterval(async () => {
    const answer = await server.loading({ network: network.name });
    const text = answer && "ok" in answer ? answer.ok : "";
    if (watching && !mine.late) find(".maps-note").textContent = text || `${network.label} is being made ready…`;
  }, WATCH_MS);
  return {
    stop() {
      watching = false;
      clearInterval(timer);
    },
  };
}

/** What open_network said, with what the tab needs to know besides: of what, in words, and as its files are called. */
function sheetOf(reply, values, { photo, network }) {
  const [from, called] = [`${photo.title}, ${network.label}`, { network: network.label, photo: photoWord(photo) }];
  const columns = reply.columns.map((column, stage) => {
    const { title, layers } = reply.stages[stage];
    return { ...column, title, stage, folded: layers.length, values };
  });
  return { ...reply, columns, from, called, fields: {} };
}

async function takeSheet(tab, sheet, network) {
  tab.sheet = sheet;
  tab.folded = sheet.columns.map((column) => [column]);
  tab.find(".lens-field").replaceChildren(fieldView(sheet.picture));
  const note = sheet.note ? " " + sheet.note : "";
  const size = `${counted(sheet.layers.length, "layer")} in ${counted(sheet.stages.length, "stage")}.`;
  tab.find(".maps-note").textContent = `${network.label}: ${size}${note}`;
  fillLayers(tab);
  if (tab.view === "layer") await openLayer(tab, tab.wanted.layer); // what is in sight comes first
  if (sheet !== tab.sheet) return;
  paintSheet(tab);
  if (tab.path.length) openPath(tab, tab.path, { focus: false });
  else openLinked(tab);
  openPending(tab);
  askKernels(tab);
  askTakeAway(tab);
  clearWhatIf(tab);
}

/** Open the unit that a link names, once. */
function openLinked(tab) {
  const linked = unitFromWord(tab.linked);
  tab.linked = "";
  if (linked) openPath(tab, [linked], { focus: false });
}

/** Begin anew with another state of the page; where another sheet is on its way, it takes that up when it comes. */
export async function restart(tab, link) {
  const { find, treeOpen, wanted } = tab;
  closeCard(tab); // and what is asked for it
  tab.readState(link);
  if (tab.treeOpen !== treeOpen) {
    tab.treeOpen = treeOpen;
    find(".tree-toggle").click();
  }
  showWanted(tab);
  show(tab, tab.view);
  if (!tab.sheet || tab.sheet.asked !== inUse()) return;
  clearWhatIf(tab);
  if (tab.view === "layer") await openLayer(tab, wanted.layer);
  openLinked(tab);
}

/** Another tab asks for a unit: {layer, channel}, its strongest number, or {y, x} besides. */
export function openChannel(tab, asked) {
  tab.pending = asked;
  if (tab.sheet && !tab.root.classList.contains("waiting")) openPending(tab);
}

function openPending(tab) {
  const unit = tab.pending;
  tab.pending = null;
  if (!unit || !unit.layer || !tab.sheet.layers.some((one) => one.key === unit.layer)) return;
  show(tab, "sheet");
  const { layer, channel, y = 0, x = 0 } = unit;
  openPath(tab, [{ layer, channel, y, x }], { focus: false });
}
