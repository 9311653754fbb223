// Two photographs, or two networks, at one layer: two whole mosaics with one cursor. Sees maps.js.

let kept = null; // {sheet, from, layer, state, layout, leads}: what was kept; `leads`: the pointer was on its mosaic last
const keptMosaic = () => find(".kept-mosaic");

/** Keep what is shown, to be compared with whatever photograph, network or layer comes after it. */
function keepToCompare() {
  if (!layer) return;
  kept = { sheet, from: fromText(), layer: layer.layer, state: null, layout: null, leads: false };
  find(".kept-layer").replaceChildren(...sheet.layers.map((one) => new Option(one.key + " · " + shapeText(one.shape), one.key)));
  explorer.say("Kept. Choose another photograph or network to compare.");
  openKept();
}

const fromText = () => explorer.get("photo").title + ", " + explorer.get("network").label;

function letGo() {
  kept = null;
  Object.assign(layer, layer.own);
  showSides();
  paintLayer();
  drawFacts(find(".lens"), layer);
}

/** Ask for the kept one's maps of the shown layer, or of its own choice where it has no such layer; the same channels. */
async function openKept(chosen = "") {
  if (!kept || !layer) return;
  const [mine, of] = [(openKept.turn = (openKept.turn || 0) + 1), kept];
  const key = chosen || (of.sheet.layers.some((one) => one.key === layer.layer) ? layer.layer : of.layer);
  const same = of.sheet.layers.find((one) => one.key === key).shape[0] === layer.shape[0];
  try {
    const reply = await explorer.ask(server.layer_maps({ token: of.sheet.token, layer: key, scale: wanted.scale, ...(same && { channels: layer.order }) }));
    const next = layerState({ ...reply, token: of.sheet.token });
    next.exact = await floatsAt(reply.values);
    next.picture = await pictureAt(reply.mosaic);
    if (mine !== openKept.turn || of !== kept) return;
    Object.assign(kept, { layer: key, state: ownColours(next), leads: false });
    find(".kept-layer").value = key;
    showSides();
    shareScale();
    paintLayer();
    drawFacts(find(".lens"), layer);
  } catch (error) {
    if (mine !== openKept.turn) return;
    showProblem("What was kept cannot be shown. " + error.message);
    letGo();
  }
}

/** A layer's state that remembers its own colours. */
function ownColours(state) {
  const { picture, scheme, low, high } = state;
  return Object.assign(state, { own: { picture, scheme, low, high } });
}

/** One scale for both, so that the same colour is the same number; with a scale per map each keeps its own. */
function shareScale() {
  if (!kept || !kept.state || !layer || !layer.exact || wanted.scale !== "layer") return;
  const range = sharedRange([kept.state.own, layer.own]);
  for (const state of [kept.state, layer]) {
    const [low, high] = [range.low, range.high].map((end) => Array(state.order.length).fill(end));
    Object.assign(state, { scheme: range.scheme, low, high, picture: mosaicPicture(state, range) });
  }
}

/** What stands above the two mosaics. */
function showSides() {
  const on = Boolean(kept && kept.state);
  find(".layer-body").classList.toggle("comparing", on);
  for (const name of [".kept-side", ".kept", ".pair", ".shown-from"]) find(name).hidden = !on;
  find(".keep").textContent = on ? "Keep this one instead" : "Keep to compare";
  if (!on) return;
  find(".kept-from").textContent = "Kept: " + kept.from;
  const alike = kept.sheet.token === sheet.token;
  find(".shown-from").textContent = alike ? "Shown: the same. Choose another photograph or network." : "Shown: " + fromText() + ", " + layer.layer;
}

function paintKept() {
  if (!kept || !kept.state || !keptMosaic().parentElement.clientWidth) return;
  kept.layout = drawMosaic(keptMosaic(), kept.state);
  keptMosaic().dataset.painted = kept.state.token + " " + kept.state.mosaic;
}

/** The kept mosaic's cursor where the shown one's is, or nowhere if it does not show that channel. */
function followKept() {
  if (!kept || !kept.state) return;
  const same = sameUnit(kept.state, layer);
  kept.leads = false;
  markKept(Boolean(same), same || kept.state);
  drawPair(same ? kept.state : null, layer);
}

/** The pointer is on the kept mosaic: the shown one's cursor follows. */
function moveKept(at, row, column) {
  kept.leads = true;
  markKept(true, { at, row, column });
  const same = sameUnit(layer, kept.state);
  if (same) moveTo(same.at, same.row, same.column, false);
  else markTile(mosaic, layer, layout, layer.at, false);
  drawPair(kept.state, same ? layer : null);
}

/** Mark anew what was pointed at, after a repaint. */
function repoint() {
  const { at, row, column } = kept && kept.leads ? kept.state : layer;
  (kept && kept.leads ? moveKept : moveTo)(at, row, column);
}

function markKept(there, { at, row, column }) {
  const before = kept.state.at;
  Object.assign(kept.state, { at, row, column });
  if (kept.layout) markTile(keptMosaic(), kept.state, kept.layout, before, there);
}

/** Both numbers and their difference, and the kept map enlarged. A side that does not show the channel is null. */
function drawPair(old, now) {
  find(".pair").replaceChildren(...pairTexts(old, now).map((text) => made("span", "", text)));
  for (const name of [".kept-map", ".kept .bar", ".kept .facts"]) find(name).hidden = !old;
  find(".kept-title").textContent = old ? placeText(old) : "The kept one does not show this channel.";
  find(".kept-value").textContent = old ? valueText(old) : "";
  if (!old) return;
  drawEnlarged(find(".kept-map"), old);
  drawFacts(find(".kept"), old);
}

/** What the line above the two mosaics says: the place once if it is one and the same. */
function pairTexts(old, now) {
  const places = [old, now].map((state) => state && placeText(state));
  const alike = places[0] === places[1];
  const word = (name, state) => name + " " + (!state ? "does not show it" : (alike ? "" : placeText(state) + " ") + valueText(state));
  const gap = old && now && old.exact && now.exact ? ["difference " + shortText(exactValue(now) - exactValue(old), 6)] : [];
  return [...(alike ? [places[0] + ":"] : []), word("kept", old), word("shown", now), ...gap];
}

/** The sum of the number that is marked on the kept mosaic, on its own photograph and network. */
function openKeptUnit() {
  if (!kept || !kept.state) return;
  const { layer: key, order, at, row, column } = kept.state;
  openPath([{ layer: key, channel: order[at], y: row, x: column, sheet: kept.sheet, from: kept.from }], keptMosaic());
}

function bindCompare() {
  find(".keep").addEventListener("click", keepToCompare);
  find(".let-go").addEventListener("click", () => {
    letGo();
    find(".keep").focus({ preventScroll: true });
  });
  find(".kept-layer").addEventListener("change", (event) => openKept(event.target.value));
  opensByKey(keptMosaic());
  keptMosaic().addEventListener("click", openKeptUnit);
  bindCells(keptMosaic(), () => kept && kept.state && { state: kept.state, layout: kept.layout }, moveKept);
  const scrolls = [keptMosaic(), mosaic].map((canvas) => canvas.parentElement);
  scrolls.forEach((one, at) => one.addEventListener("scroll", () => {
    if (kept && kept.layout && kept.layout.rows === layout.rows) scrolls[1 - at].scrollTop = one.scrollTop;
  }));
}
