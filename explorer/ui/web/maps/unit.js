// Opening units: where the card stands, the way that one went, Esc, what if. Sees maps.js's `root`, `sheet` and `view`.

const card = made("section", "receipt card");
card.tabIndex = -1;
let path = []; // the units from where one began to the one that is open
let opener = null; // what the focus goes back to

/** The sheet that the open unit is of: the shown one, or, if its path began there, the kept one. */
const openSheet = () => (path.length && path[0].sheet) || sheet;

/** Open the last unit of a path. The card stays as it is, dimmed, until the new receipt is there. */
async function openPath(next, from) {
  const [unit, of] = [next[next.length - 1], next[0].sheet || sheet];
  const mine = (openPath.turn = (openPath.turn || 0) + 1);
  card.classList.add("stale");
  try {
    const receipt = await explorer.ask(server.open_unit({ token: of.token, layer: unit.layer, channel: unit.channel, y: unit.y, x: unit.x }));
    const [numbers, picture] = await Promise.all([floatsAt(receipt.map.values), receipt.thumbnails ? pictureAt(receipt.thumbnails) : null]);
    if (mine !== openPath.turn) return;
    receipt.map.numbers = numbers;
    receipt.picture = picture;
    receipt.from = next[0].from || "";
    path = next;
    askFields([receipt.layer, ...receipt.terms.map((term) => term.layer)], of);
    path[path.length - 1].label = receipt.label;
    if (from) opener = from;
    placeCard(from);
    drawReceipt(card, receipt, path, receiptActs);
    lookAt(receipt);
    if (from !== null) focusCard();
    explorer.say(receipt.label + " = " + shortText(receipt.value, 5) + ", the sum of " + (receipt.terms.length + receipt.rest_count) + " terms");
    writeState();
    showProblem("");
  } catch (error) {
    if (mine === openPath.turn) showProblem(error.message);
  } finally {
    if (mine === openPath.turn) card.classList.remove("stale");
  }
}

/** The focus moves to the card; its head is brought into sight where it opened above or below. */
function focusCard() {
  card.focus({ preventScroll: true });
  const { top } = card.getBoundingClientRect();
  if (top < 0 || top > innerHeight - 200) card.scrollIntoView({ block: "start", behavior: explorer.reducedMotion() ? "auto" : "smooth" });
}

const receiptActs = {
  open: (unit) => openPath([...path, unit]),
  beside: (unit) => openPath([...path.slice(0, -1), { ...unit, sheet: path[0].sheet, from: path[0].from }]),
  jump: (at) => openPath(path.slice(0, at + 1)),
  up: () => (path.length > 1 ? openPath(path.slice(0, -1)) : closeCard()),
  close: closeCard,
  look: lookAt,
  down: goDown,
  silence: () => whatIf({ token: openSheet().token, kind: "silence", layer: path[path.length - 1].layer, channels: [path[path.length - 1].channel] }, card.querySelector(".silenced")),
};

/** Put the card where the unit was clicked: left of its column in the sheet, or beside the mosaic. */
function placeCard(from) {
  const tile = from && from.closest && from.closest(".tile, .class-row");
  const columns = find(".sheet-columns");
  if (view === "layer") {
    find(".layer-body").classList.add("parted");
    if (card.parentElement !== find(".layer-body")) find(".layer-body").append(card);
    paintLayer();
    return;
  }
  const shown = tile ? Number(tile.dataset.column) : columnOf(path[0]);
  const all = [...columns.querySelectorAll(".sheet-column")];
  const anchor = all[shown + 1];
  if (card.nextElementSibling !== anchor) columns.insertBefore(card, anchor);
  columns.classList.add("parted");
  all.forEach((column, at) => column.classList.toggle("beside", at === shown || at === shown + 1));
  card.style.setProperty("--room", find(".sheet").clientWidth + "px");
  requestAnimationFrame(() => {
    const sheetBox = find(".sheet");
    const left = anchor.offsetLeft + anchor.offsetWidth + 8 - sheetBox.clientWidth;
    sheetBox.scrollTo({ left: Math.max(0, Math.min(left, card.offsetLeft - 6)), behavior: explorer.reducedMotion() ? "auto" : "smooth" });
    drawWires(inner, sheet, null);
  });
}

/** The column of the sheet that a unit belongs to: its own layer's, or that of its stage; the classes for the rest. */
function columnOf(unit) {
  const own = sheet.columns.findIndex((column) => column.layer === unit.layer);
  if (own >= 0) return own;
  const stage = sheet.stages.findIndex((one) => one.layers.includes(unit.layer));
  const of = sheet.columns.findIndex((column) => column.stage === stage);
  return of >= 0 ? of : sheet.columns.length;
}

function closeCard() {
  openPath.turn = (openPath.turn || 0) + 1; // what is still asked for opens no more
  path = [];
  card.classList.remove("stale");
  card.remove();
  find(".layer-body").classList.remove("parted");
  find(".sheet-columns").classList.remove("parted");
  for (const column of root.querySelectorAll(".sheet-column.beside")) column.classList.remove("beside");
  if (view === "layer") paintLayer();
  else requestAnimationFrame(() => drawWires(inner, sheet, null));
  writeState();
  if (opener && opener.isConnected) opener.focus({ preventScroll: true });
}

/** Follow the biggest term down to a pixel: the whole way as a breadcrumb, the pixel's sum open. */
async function goDown() {
  const unit = path[path.length - 1];
  try {
    const way = await explorer.ask(server.way_down({ token: openSheet().token, layer: unit.layer, channel: unit.channel, y: unit.y, x: unit.x }));
    await openPath([...path, ...way.slice(1)]);
  } catch (error) {
    showProblem(error.message);
  }
}

/** Ask what the network would say, and show before and after as bars. */
async function whatIf(request, place) {
  try {
    const answer = await explorer.ask(server.what_if({ token: sheet.token, ...request }));
    place.replaceChildren(made("p", "soft", answer.text), changeTable(answer.classes));
    explorer.say(answer.text + " First now: " + answer.first);
  } catch (error) {
    showProblem(error.message);
  }
}

/** The classes that move: share and logit before and after, as numbers and as bars. */
function changeTable(classes) {
  const table = made("div", "changes");
  const moved = movedClasses(classes);
  for (const one of moved) {
    const row = made("p", "change");
    const arrow = percent(one.before) === percent(one.after) ? "" : one.after > one.before ? " ▲" : " ▼";
    row.append(made("span", "class-name", one.label), made("span", "number", percent(one.before) + " → " + percent(one.after) + arrow));
    const bars = made("span", "change-bars");
    for (const [name, share] of [["was", one.before], ["is", one.after]]) {
      const bar = made("i", name);
      bar.style.width = 100 * share + "%";
      bars.append(bar);
    }
    row.append(bars, made("span", "number soft change-logit", logitText(one)));
    table.append(row);
  }
  const still = classes.length - moved.length;
  if (still) table.append(made("p", "soft", still + (still === 1 ? " more class does" : " more classes do") + " not move visibly."));
  return table;
}

/** Show on the network's picture what a unit sees; the rest is darkened. Fields are asked for once a layer. */
function lookAt(unit) {
  lookAt.last = unit;
  for (const frame of root.querySelectorAll(".field-frame")) {
    const of = card.contains(frame) ? openSheet() : sheet;
    const field = unit && of && (unit.field || of.fields[unit.layer]);
    const [box, note] = [frame.querySelector(".field-box"), frame.parentElement.querySelector(".field-note")];
    box.style.display = field ? "block" : "none";
    if (!field) {
      note.textContent = "";
      continue;
    }
    const { height, width } = of.picture;
    const place = fieldBox(field, unit.y, unit.x, height, width);
    for (const side of ["top", "left", "width", "height"]) box.style[side] = 100 * place[side] + "%";
    note.textContent = fieldText(place, height, width);
  }
}

/** The network's picture with a box to be moved over it, and a line below that says its size. */
function fieldView({ picture: { path: file, width, height } } = sheet) {
  const view = made("div", "field-view");
  const [frame, picture] = [made("div", "field-frame"), made("img", "input-picture")];
  picture.src = explorer.fileUrl(file);
  picture.alt = "What the network sees of the photograph, " + width + " by " + height + " pixels";
  frame.style.aspectRatio = width + " / " + height;
  frame.append(picture, made("span", "field-box"));
  view.append(frame, made("p", "field-note soft"));
  return view;
}

async function askFields(layers, of = sheet) {
  const missing = layers.filter((key) => !of.fields[key]);
  if (!missing.length) return;
  try {
    Object.assign(of.fields, await explorer.ask(server.fields({ token: of.token, layers: [...new Set(missing)].slice(0, 120) })));
    if (of === sheet || of === openSheet()) lookAt(lookAt.last); // what was pointed at meanwhile
  } catch (error) {
    showProblem(error.message);
  }
}

/** Esc goes up wherever the focus is, but in a field or a dialog, which have an Esc of their own. */
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.defaultPrevented || !path.length || !element.offsetParent) return;
  if (event.target.closest && event.target.closest("input, select, textarea, dialog, [contenteditable]")) return;
  event.preventDefault();
  receiptActs.up();
});
