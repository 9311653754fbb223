// One layer of the network: asking for its maps, walking over them, the controls above. Sees maps.js.

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
  markStrip(find(".strip"), wanted.layer);
  try {
    const reply = await explorer.ask(server.layer_maps({ token: sheet.token, ...wanted }));
    const next = layerState({ ...reply, token: sheet.token });
    next.at = strongestMap(next);
    next.picture = await pictureAt(reply.mosaic);
    if (mine !== openLayer.turn) return;
    takeLayer(next);
    askFields([next.layer]);
    next.exact = await floatsAt(reply.values);
    if (layer !== next) return;
    if (!next.pointed) Object.assign(next, strongestHere(next, next.at));
    if (mosaic.dataset.painted === next.token + " " + next.mosaic) repoint();
    openKept();
  } catch (error) {
    if (mine === openLayer.turn) showProblem(error.message);
  } finally {
    if (mine === openLayer.turn) {
      layerView.classList.remove("stale");
      if (!sheet.strip) askStrip();
      askTree();
    }
  }
}

function takeLayer(next) {
  layer = ownColours(next);
  if (kept) kept.leads = false;
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
  paintKept();
  mosaic.dataset.painted = layer.token + " " + layer.mosaic;
  repoint();
}

/** Move the cursor; `leads` is false where it follows the kept mosaic's. */
function moveTo(at, row, column, leads = true) {
  const before = layer.at;
  Object.assign(layer, { at, row: Math.min(row, layer.height - 1), column: Math.min(column, layer.width - 1) });
  markTile(mosaic, layer, layout, before);
  drawLens(root, layer);
  if (leads) followKept();
  lookAt({ layer: layer.layer, y: layer.row, x: layer.column });
  if (before !== at || !find(".facts").children.length) drawFacts(find(".lens"), layer);
}

/** Where a map's strongest number lies, as far as it is known yet. */
function strongestHere(state, at) {
  return state.exact ? strongestCell(state.exact, at * state.height * state.width, state.height, state.width) : { row: 0, column: 0 };
}

/** Let pointer and arrow keys walk over a mosaic; `shown` gives its {state, layout} or null. */
function bindCells(canvas, shown, move) {
  const point = (event) => {
    const { state, layout } = shown() || {};
    const hit = state && layout && mosaicHit(layout, state.height, state.width, event.offsetX, event.offsetY);
    if (!hit) return;
    state.pointed = true;
    move(hit.at, hit.row, hit.column);
  };
  canvas.addEventListener("pointermove", point);
  canvas.addEventListener("pointerdown", point); // a finger that taps does not move
  canvas.addEventListener("keydown", (event) => {
    const { state, layout } = shown() || {};
    const next = state && layout ? walked(event.key, state.at, state.order.length, layout.across) : undefined;
    if (next === undefined) return;
    const cell = strongestHere(state, next);
    state.pointed = true;
    move(next, cell.row, cell.column);
    event.preventDefault();
  });
}

/** Enter and the space bar click. */
function opensByKey(canvas) {
  canvas.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    canvas.click();
    event.preventDefault();
  });
}

/** Connect mosaic and lens; called once all of maps.js is there. */
function bindMosaic() {
  bindCells(mosaic, () => layer && { state: layer, layout }, moveTo);
  mosaic.addEventListener("click", () => {
    if (layer) openPath([{ layer: layer.layer, channel: layer.order[layer.at], y: layer.row, x: layer.column }], mosaic);
  });
  opensByKey(mosaic);
  find(".lens-map").addEventListener("keydown", (event) => {
    if (!layer) return;
    const next = walked(event.key, layer.row * layer.width + layer.column, layer.height * layer.width, layer.width);
    if (event.key === "Enter") mosaic.click();
    else if (next === undefined) return;
    else moveTo(layer.at, Math.floor(next / layer.width), next % layer.width);
    event.preventDefault();
  });
}

/** Connect strip, menus and pages. */
function bindLayerControls() {
  find(".layer-choice").addEventListener("change", (event) => openLayer(event.target.value));
  find(".tools-more").addEventListener("click", (event) => {
    event.currentTarget.setAttribute("aria-expanded", String(find(".layer-tools").classList.toggle("unfolded")));
  });
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
  find(".target-field").hidden = wanted.sort !== "contribution";
}
