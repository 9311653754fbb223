// Tab 3: the network as one sheet, one layer as a mosaic. Everything that hovers is drawn here from numbers at hand.

const root = element.querySelector(".maps");
const find = (selector) => root.querySelector(selector);
const [sheetView, layerView, inner, problem, note] = [".sheet-view", ".layer-view", ".sheet-inner", ".maps-problem", ".maps-note"].map(find);
const mosaic = find(".mosaic");
const link = explorer.readLink("maps");
let turn = 0; // counts what was asked for, so that a slow answer never replaces a newer one
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
  const watching = setInterval(() => watchLoading(network, mine), 700);
  try {
    const reply = await explorer.ask(server.open_network({ photo: photo.token, network: network.name }));
    reply.values = await floatsAt(reply.column_values);
    if (mine !== turn) return;
    takeSheet(reply, network);
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
  if (mine === turn && root.classList.contains("waiting")) note.textContent = (answer && answer.ok) || network.label + " is being made ready…";
}

function takeSheet(reply, network) {
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
  paintSheet();
  if (view === "layer") openLayer(wanted.layer);
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

// --- pointing at the sheet

let pointedTile = null;

function pointAt(tile, event) {
  const unit = tile && unitOf(sheet, tile);
  if (tile !== pointedTile) {
    pointedTile = tile;
    fadeTiles(inner, sheet, unit, drawWires(inner, sheet, unit));
  }
  if (unit) readCell(tile, unit, event);
  else {
    find(".reading").textContent = "";
    lookAt(path[path.length - 1]);
  }
}

/** The number under the pointer, in words below the sheet; the keyboard's pointer is the strongest number. */
function readCell(tile, unit, event) {
  const reading = find(".reading");
  if (!unit.data) {
    const one = sheet.classes[unit.index];
    lookAt({ layer: unit.layer, y: 0, x: 0 });
    reading.textContent = one.label + ": logit " + exactText(one.logit) + ", probability " + shareText(one.probability);
    return;
  }
  const { height, width, values, channels } = unit.data;
  let [row, column] = [unit.y, unit.x];
  if (event) {
    const box = tile.getBoundingClientRect();
    [row, column] = [cellAt(event.clientY - box.top, box.height, height), cellAt(event.clientX - box.left, box.width, width)];
  }
  const cell = tile.querySelector(".cell");
  Object.assign(cell.style, { top: (100 * row) / height + "%", left: (100 * column) / width + "%", width: 100 / width + "%", height: 100 / height + "%" });
  lookAt({ layer: unit.layer, y: row, x: column });
  const place = height * width > 1 ? ", row " + row + ", column " + column : "";
  reading.textContent = unit.layer + ", channel " + channels[unit.index] + place + " = " + exactText(values[unit.start + row * width + column]);
}

inner.addEventListener("pointermove", (event) => {
  if (sheet) pointAt(event.target.closest(".tile, .class-row"), event);
});
inner.addEventListener("pointerleave", () => sheet && pointAt(null));
inner.addEventListener("focusin", (event) => {
  const tile = event.target.closest(".tile, .class-row");
  if (sheet && tile && tile.matches(":focus-visible")) pointAt(tile, null);
});
inner.addEventListener("keydown", (event) => {
  const tile = event.target.closest(".tile, .class-row");
  if (!tile || !event.key.startsWith("Arrow")) return;
  const [across, down] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
  const column = Number(tile.dataset.column) + across;
  const tiles = [...inner.querySelectorAll('[data-column="' + column + '"]')].filter((one) => one.dataset.tile);
  const next = tiles[Math.min(tiles.length - 1, Number(tile.dataset.tile) + down)];
  event.preventDefault();
  if (next) next.focus();
});

inner.addEventListener("click", (event) => {
  const tile = sheet && event.target.closest(".tile, .class-row");
  if (!tile) return;
  const { layer: key, channel, y, x } = unitOf(sheet, tile);
  openPath([{ layer: key, channel, y, x }], tile);
});

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
    unit: path.length ? unitWord(path[path.length - 1]) : "",
    sort: wanted.sort === "index" ? "" : wanted.sort, scale: wanted.scale === "layer" ? "" : wanted.scale,
  });
}

find(".view-sheet").addEventListener("click", () => show("sheet"));
find(".view-layer").addEventListener("click", () => {
  show("layer");
  if (sheet && (!layer || layer.token !== sheet.token)) openLayer(wanted.layer);
});

// --- one layer

function fillLayers() {
  const menu = find(".layer-choice");
  menu.replaceChildren(...sheet.layers.map((one) => new Option(one.key + " · " + one.kind + " · " + shapeText(one.shape), one.key)));
  const before = wanted.class;
  find(".target").replaceChildren(...sheet.classes.map((one) => new Option(one.label, one.index)));
  if (sheet.classes.some((one) => one.index === before)) find(".target").value = before;
  wanted.class = Number(find(".target").value) || 0;
}

async function askStrip() {
  const of = sheet;
  try {
    const strip = await explorer.ask(server.strip({ token: of.token }));
    if (of !== sheet) return;
    fillStrip(find(".strip"), sheet, strip, openLayer);
    of.strip = strip;
    markStrip(find(".strip"), wanted.layer);
  } catch (error) {
    showProblem(error.message);
  }
}

async function openLayer(key) {
  if (!sheet) return;
  const known = sheet.layers.some((one) => one.key === key);
  const chosen = known ? key : sheet.columns[0].layer;
  if (chosen !== wanted.layer) wanted.page = 0;
  wanted.layer = chosen;
  const mine = (openLayer.turn = (openLayer.turn || 0) + 1);
  layerView.classList.add("stale");
  if (!sheet.strip) askStrip();
  markStrip(find(".strip"), wanted.layer);
  try {
    const reply = await explorer.ask(server.layer_maps({ token: sheet.token, ...wanted }));
    const next = layerState({ ...reply, token: sheet.token });
    next.picture = await pictureAt(reply.mosaic);
    if (mine !== openLayer.turn) return;
    takeLayer(next);
    askFields([next.layer]);
    next.exact = await floatsAt(reply.values);
    if (layer === next) drawLens(root, layer);
  } catch (error) {
    if (mine === openLayer.turn) showProblem(error.message);
  } finally {
    if (mine === openLayer.turn) layerView.classList.remove("stale");
  }
}

function takeLayer(next) {
  layer = next;
  layer.places = placesOf(layer.picture, layer.scheme);
  find(".layer-choice").value = layer.layer;
  const shown = layer.pages > 1 ? layer.order.length + " of " + layer.shape[0] : "all " + layer.shape[0];
  const dead = layer.dead ? "; " + layer.dead + " of the layer’s channels are zero everywhere on this photograph" : "";
  find(".layer-note").textContent = layer.kind + ", " + shapeText(layer.shape) + ": " + shown + " channels" + dead + ".";
  find(".pages").hidden = layer.pages < 2;
  find(".page-text").textContent = layer.page + 1 + " of " + layer.pages;
  drawHistogram(find(".histogram"), layer.histogram);
  find(".facts").replaceChildren();
  paintLayer();
  writeState();
  askTakeAway();
}

function paintLayer() {
  if (!layer || layerView.hidden || !mosaic.parentElement.clientWidth) return;
  layout = drawMosaic(mosaic, layer);
  moveTo(layer.at, layer.row, layer.column);
}

function moveTo(at, row, column) {
  const before = layer.at;
  Object.assign(layer, { at, row: Math.min(row, layer.height - 1), column: Math.min(column, layer.width - 1) });
  markTile(mosaic, layer, layout, before);
  drawLens(root, layer);
  lookAt({ layer: layer.layer, y: layer.row, x: layer.column });
  if (before !== at || !find(".facts").children.length) drawFacts(root, layer);
}

mosaic.addEventListener("pointermove", (event) => {
  if (!layer) return;
  const hit = mosaicHit(layout, layer.height, layer.width, event.offsetX, event.offsetY);
  if (hit) moveTo(hit.at, hit.row, hit.column);
});
mosaic.addEventListener("click", () => {
  if (layer) openPath([{ layer: layer.layer, channel: layer.order[layer.at], y: layer.row, x: layer.column }], mosaic);
});
mosaic.addEventListener("keydown", (event) => {
  if (!layer) return;
  const next = walked(event.key, layer.at, layer.order.length, layout.across);
  if (event.key === "Enter" || event.key === " ") mosaic.click();
  else if (next === undefined) return;
  else {
    const cell = strongestHere(next);
    moveTo(next, cell.row, cell.column);
  }
  event.preventDefault();
});
find(".lens-map").addEventListener("keydown", (event) => {
  if (!layer) return;
  const next = walked(event.key, layer.row * layer.width + layer.column, layer.height * layer.width, layer.width);
  if (event.key === "Enter") mosaic.click();
  else if (next === undefined) return;
  else moveTo(layer.at, Math.floor(next / layer.width), next % layer.width);
  event.preventDefault();
});

/** Where a map's strongest number lies, as far as it is known yet. */
function strongestHere(at) {
  return layer.exact ? strongestCell(layer.exact, at * layer.height * layer.width, layer.height, layer.width) : { row: 0, column: 0 };
}

find(".layer-choice").addEventListener("change", (event) => openLayer(event.target.value));
find(".strip").addEventListener("keydown", (event) => {
  const at = sheet.layers.findIndex((one) => one.key === wanted.layer);
  const next = walked(event.key, at, sheet.layers.length, 1);
  if (next === undefined) return;
  event.preventDefault();
  openLayer(sheet.layers[next].key);
  const button = find('.strip-layer[tabindex="0"]');
  if (button) button.focus({ preventScroll: true });
});
find(".target").addEventListener("change", (event) => {
  wanted.class = Number(event.target.value);
  openLayer(wanted.layer);
});
for (const [name, step] of [["page-back", -1], ["page-on", 1]]) {
  find("." + name).addEventListener("click", () => {
    wanted.page = Math.min(layer.pages - 1, Math.max(0, layer.page + step));
    openLayer(wanted.layer);
  });
}
for (const name of ["sort", "scale"]) {
  find("." + name).value = wanted[name];
  if (!find("." + name).value) find("." + name).value = wanted[name] = find("." + name).options[0].value;
  find("." + name).addEventListener("change", (event) => {
    wanted[name] = event.target.value;
    wanted.page = 0;
    find(".target-field").hidden = wanted.sort !== "contribution";
    openLayer(wanted.layer);
  });
}

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
bindExtras();
show(view);
find(".target-field").hidden = wanted.sort !== "contribution";
explorer.on("openChannel", openChannel);
explorer.on("photo", openNetwork);
explorer.on("network", openNetwork);
