// Tab 3: the network as one sheet, one layer as a mosaic. Everything that hovers is drawn here from numbers at hand.

const root = element.querySelector(".maps");
const find = (selector) => root.querySelector(selector);
const [sheetView, layerView, inner, problem, note] = [".sheet-view", ".layer-view", ".sheet-inner", ".maps-problem", ".maps-note"].map(find);
const mosaic = find(".mosaic");
const link = explorer.readLink("maps");
let turn = 0; // counts what was asked for, so that a slow answer never replaces a newer one
let watched = 0; // the turn whose network is still being made ready
let sheet = null;
let folded = null; // the sheet's columns as they came, by stage
let layer = null; // the state of the layer view
let layout = null;
let stale = true;
let pending = null; // a unit that another tab asked for
let view = link.view === "layer" ? "layer" : "sheet";
const wanted = { layer: link.layer || "", sort: link.sort || "index", scale: link.scale || "layer", page: 0, class: 0 };

function showProblem(text) {
  problem.textContent = text;
  problem.hidden = !text;
}

/** Run the photograph through the network; what was shown stays, dimmed, until the new one is there. */
async function openNetwork() {
  const [photo, network] = [explorer.get("photo"), explorer.get("network")];
  if (!photo || !network) return;
  if (!element.offsetParent) {
    stale = true;
    return;
  }
  stale = false;
  const asked = photo.token + " " + network.name;
  if (asked === openNetwork.asked) return;
  openNetwork.asked = asked;
  turn += 1;
  const mine = turn;
  root.classList.add("waiting");
  note.textContent = network.label + " is looking at the photograph…";
  watched = mine;
  const watching = setInterval(() => watchLoading(network, mine), 700);
  try {
    const reply = await explorer.ask(server.open_network({ photo: photo.token, network: network.name }));
    reply.values = await floatsAt(reply.column_values);
    clearInterval(watching);
    if (mine !== turn) return;
    watched = 0;
    await takeSheet(reply, network);
    if (mine !== turn) return;
    showProblem("");
  } catch (error) {
    if (mine === turn) {
      showProblem(error.message);
      openNetwork.asked = "";
    }
  } finally {
    clearInterval(watching);
    if (mine === turn) root.classList.remove("waiting");
  }
}

/** A network that is fetched or built for the first time takes a while: say how far it is. */
async function watchLoading(network, mine) {
  const answer = await server.loading({ network: network.name });
  if (mine === turn && mine === watched) note.textContent = (answer && answer.ok) || network.label + " is being made ready…";
}

async function takeSheet(reply, network) {
  reply.fields = {};
  reply.columns.forEach((column, at) => {
    const stage = reply.stages[at];
    Object.assign(column, { title: stage.title, stage: at, folded: stage.layers.length, from: 0, values: reply.values });
  });
  sheet = reply;
  find(".lens-field").replaceChildren(fieldView());
  folded = reply.columns.map((column) => [column]);
  note.textContent = network.label + ": " + sheet.layers.length + " layers in " + sheet.stages.length + " stages." + (sheet.note ? " " + sheet.note : "");
  fillLayers();
  if (view === "layer") await openLayer(wanted.layer); // what is in sight comes first
  if (sheet !== reply) return;
  paintSheet();
  const linked = path.length ? null : unitFromWord(link.unit);
  link.unit = "";
  if (linked) openPath([linked], null);
  else if (path.length) openPath(path, null);
  openPending();
  refreshExtras();
}

function paintSheet() {
  sheet.columns = folded.flat();
  sheet.links = evenLinks([1, ...sheet.columns.map((column) => column.channels.length), sheet.classes.length]);
  const open = path.length && card.isConnected;
  drawSheet(inner, sheet, { openLayer: (key) => (show("layer"), openLayer(key)), unfold });
  if (open && view === "sheet") placeCard(null);
  requestAnimationFrame(() => drawWires(inner, sheet, null));
  askLinks(sheet);
  askFields([...sheet.columns.map((column) => column.layer), sheet.output]);
}

/** The real shares between neighbouring columns; until they are there, every map feeds every one alike. */
async function askLinks(of) {
  const columns = of.columns;
  try {
    const gaps = await explorer.ask(server.links({ token: of.token, layers: columns.map((column) => column.layer) }));
    if (of !== sheet || columns !== sheet.columns || !gaps.length) return;
    sheet.links = [sheet.links[0], ...gaps];
    drawWires(inner, sheet, null);
  } catch (error) {
    showProblem(error.message);
  }
}

async function unfold(stage) {
  const column = folded[stage][0];
  try {
    if (column.unfolded) {
      folded[stage] = [column.whole];
    } else {
      const keys = sheet.stages[stage].layers;
      const reply = await explorer.ask(server.columns({ token: sheet.token, layers: keys }));
      const values = await floatsAt(reply.column_values);
      folded[stage] = reply.columns.map((one) => ({ ...one, title: one.layer, stage, folded: 1, values }));
      Object.assign(folded[stage][0], { unfolded: true, whole: column });
    }
    paintSheet();
    const button = inner.querySelector('[data-column="' + sheet.columns.indexOf(folded[stage][0]) + '"] .fold');
    if (button) button.focus();
  } catch (error) {
    showProblem(error.message);
  }
}

// --- the two views

function show(name) {
  view = name;
  sheetView.hidden = name !== "sheet";
  layerView.hidden = name !== "layer";
  if (card.isConnected) closeCard();
  find(".view-sheet").setAttribute("aria-pressed", String(name === "sheet"));
  find(".view-layer").setAttribute("aria-pressed", String(name === "layer"));
  writeState();
}

function writeState() {
  const shown = view === "layer";
  explorer.writeLink("maps", {
    view: shown ? "layer" : "", layer: shown && layer ? layer.layer : "",
    tree: treeOpen() ? 1 : "",
    unit: path.length && !path[0].sheet ? unitWord(path[path.length - 1]) : "",
    sort: wanted.sort === "index" ? "" : wanted.sort, scale: wanted.scale === "layer" ? "" : wanted.scale,
  });
}

find(".view-sheet").addEventListener("click", () => show("sheet"));
find(".view-layer").addEventListener("click", () => {
  show("layer");
  if (sheet && (!layer || layer.token !== sheet.token)) openLayer(wanted.layer);
});

// --- what other tabs ask for

/** Another tab asks for a unit: {layer, channel}, its strongest number. */
function openChannel(asked) {
  pending = asked;
  if (sheet && !root.classList.contains("waiting")) openPending();
}

function openPending() {
  const unit = pending;
  pending = null;
  if (!unit || !unit.layer || !sheet.layers.some((one) => one.key === unit.layer)) return;
  show("sheet");
  openPath([{ layer: unit.layer, channel: unit.channel, y: unit.y || 0, x: unit.x || 0 }], null);
}

const resized = new ResizeObserver(() => {
  if (!element.offsetParent) return;
  if (stale) openNetwork();
  if (sheet) drawWires(inner, sheet, null);
  paintLayer();
});
resized.observe(root);
bindPointing();
bindMosaic();
bindLayerControls();
bindExtras();
bindCompare();
bindOwn();
bindTree();
show(view);
explorer.on("openChannel", openChannel);
explorer.on("photo", openNetwork);
explorer.on("network", openNetwork);
