// The overview sheet: a column a stage, its strongest maps as pictures, wires between them, the classes at the right.

/** Fill `inner` with the columns of a sheet. `act` is told what the visitor does: point, leave, open, openLayer, unfold. */
function drawSheet(inner, sheet, act) {
  const columns = inner.querySelector(".sheet-columns");
  columns.replaceChildren(pictureColumn(sheet), ...sheet.columns.map((column, at) => mapColumn(sheet, column, at, act)), classColumn(sheet, act));
  inner.style.setProperty("--columns", sheet.columns.length);
}

function pictureColumn(sheet) {
  const column = made("section", "sheet-column picture-column");
  column.append(columnHead("What it sees", sheet.picture.width + " × " + sheet.picture.height + " pixels"), fieldView());
  return column;
}

function columnHead(title, shape, titleHint) {
  const head = made("header", "column-head");
  const name = made("h2", "", title);
  name.title = titleHint || title;
  head.append(name, made("p", "soft column-shape", shape));
  return head;
}

function mapColumn(sheet, data, at, act) {
  const column = made("section", "sheet-column");
  column.dataset.column = at;
  const head = columnHead(data.title, shapeText(data.shape), data.title + ": " + data.layer + " (" + data.kind + ")");
  const tiles = made("div", "tiles");
  data.channels.forEach((channel, index) => tiles.append(mapTile(sheet, data, at, index)));
  const bar = colourBar(data.scheme, data.low, data.high);
  bar.title = "Colours of this column";
  column.append(head, tiles, bar, countLine(data, at, act));
  return column;
}

function mapTile(sheet, data, at, index) {
  const tile = made("button", "tile");
  tile.type = "button";
  Object.assign(tile.dataset, { column: at, tile: index });
  const [row, column] = data.strongest[index];
  const start = data.start + index * data.height * data.width;
  const value = sheet.values[start + row * data.width + column];
  const place = data.height * data.width > 1 ? ", strongest at row " + row + ", column " + column + ": " : ": ";
  tile.setAttribute("aria-label", data.layer + ", channel " + data.channels[index] + place + shortText(value));
  const canvas = made("canvas", data.width * 2 > 76 ? "smooth" : "pixels");
  paintMap(canvas, sheet.values, start, data.height, data.width, data.scheme, data.low, data.high);
  tile.append(canvas);
  if (data.height * data.width === 1) {
    const ink = inkOn(colourAt(data.scheme, colourPlace(value, data.low, data.high) / 255));
    tile.append(Object.assign(made("span", "number tile-number", shortText(value)), { style: "color:" + ink }));
  }
  tile.append(made("i", "cell"));
  return tile;
}

function countLine(data, at, act) {
  const line = made("p", "counts");
  const all = made("button", "quiet all-maps", data.channels.length + " of " + data.shape[0]);
  all.type = "button";
  all.title = "Show all " + data.shape[0] + " of " + data.layer;
  all.addEventListener("click", () => act.openLayer(data.layer));
  line.append(all);
  if (data.folded > 1 || data.unfolded) {
    const fold = made("button", "quiet fold", data.unfolded ? "fold" : "+ " + (data.folded - 1) + " layers");
    fold.type = "button";
    fold.title = data.unfolded ? "Fold these layers into one column" : "Unfold the " + data.folded + " layers of " + data.title;
    fold.setAttribute("aria-expanded", String(Boolean(data.unfolded)));
    fold.addEventListener("click", () => act.unfold(data.stage));
    line.append(fold);
  }
  return line;
}

function classColumn(sheet, act) {
  const column = made("section", "sheet-column class-column");
  const count = sheet.classes.length + " of " + sheet.n_classes;
  column.append(columnHead("What it says", sheet.trained ? count + " classes" : "untrained, " + count));
  const rows = made("div", "class-rows");
  const most = Math.max(...sheet.classes.map((one) => one.probability || 0), 1e-9);
  sheet.classes.forEach((one, index) => {
    const row = made("button", "class-row");
    row.type = "button";
    Object.assign(row.dataset, { column: sheet.columns.length, tile: index });
    row.append(made("span", "class-name", one.label), made("span", "class-share number", percent(one.probability)));
    const bar = made("span", "class-bar");
    bar.style.width = (100 * (one.probability || 0)) / most + "%";
    row.append(bar);
    row.setAttribute("aria-label", one.label + ": " + percent(one.probability) + ", logit " + shortText(one.logit, 4));
    row.title = "logit " + exactText(one.logit);
    rows.append(row);
  });
  column.append(rows, made("p", "counts soft", "click: its logit’s sum"));
  return column;
}

/** What a tile of the sheet stands for: its layer, channel, strongest unit and numbers; of a class, its logit. */
function unitOf(sheet, tile) {
  const [at, index] = [Number(tile.dataset.column), Number(tile.dataset.tile)];
  if (at === sheet.columns.length) {
    return { at, index, layer: sheet.output, channel: sheet.classes[index].index, y: 0, x: 0, label: sheet.classes[index].label };
  }
  const data = sheet.columns[at];
  const [y, x] = data.strongest[index];
  return { at, index, layer: data.layer, channel: data.channels[index], y, x, data, start: data.start + index * data.height * data.width };
}

/** The wires on their canvas: faint ones for all, and those that feed the pointed tile in colour. */
function drawWires(inner, sheet, pointed) {
  const canvas = inner.querySelector(".wires");
  const box = inner.getBoundingClientRect();
  if (!box.width) return;
  const context = sizeCanvas(canvas, inner.scrollWidth, inner.scrollHeight);
  const places = tilePlaces(inner, box);
  const weights = pointed ? funnel(sheet.links, pointed.at + 1, pointed.index) : [];
  const inks = { positive: inkOf("--positive"), negative: inkOf("--negative"), faint: inkOf("--ink-soft") };
  for (let gap = 0; gap <= sheet.columns.length; gap += 1) {
    (sheet.links[gap] || []).forEach((shares, target) => {
      const next = pointed && gap === pointed.at ? (target === pointed.index ? 1 : 0) : weights[gap + 1] && weights[gap + 1][target];
      shares.forEach((share, source) => drawWire(context, places[gap] && places[gap][source], places[gap + 1] && places[gap + 1][target], wireLook(share, pointed ? next || 0 : null, inks)));
    });
  }
  return weights;
}

/** Width, colour and strength of a wire; `next` is how much its target feeds the pointed tile, null if none is pointed at. */
function wireLook(share, next, inks) {
  if (next === null) return { width: 0.6 + 2 * Math.abs(share), ink: inks.faint, alpha: 0.1 + 0.35 * Math.min(1, Math.abs(share) * 2) };
  if (next * Math.abs(share) < 0.004) return { width: 0.6, ink: inks.faint, alpha: 0.05 };
  const strong = next * Math.abs(share);
  return { width: 0.8 + 6 * strong, ink: share < 0 ? inks.negative : inks.positive, alpha: Math.min(0.95, 0.2 + strong * 1.6) };
}

function drawWire(context, from, to, look) {
  if (!from || !to) return;
  const middle = (from.right + to.left) / 2;
  context.globalAlpha = look.alpha;
  context.strokeStyle = look.ink;
  context.lineWidth = look.width;
  context.beginPath();
  context.moveTo(from.right, from.y);
  context.bezierCurveTo(middle, from.y, middle, to.y, to.left, to.y);
  context.stroke();
}

/** Where the tiles of each column lie inside the sheet: the picture first, the classes last. */
function tilePlaces(inner, box) {
  return [...inner.querySelectorAll(".sheet-column")].map((column) =>
    [...column.querySelectorAll(".field-frame, .tile, .class-row")].map((tile) => {
      const place = tile.getBoundingClientRect();
      return { left: place.left - box.left, right: place.right - box.left, y: (place.top + place.bottom) / 2 - box.top };
    }),
  );
}

/** Fade what does not feed the pointed tile; `weights` are the funnel's, a column an entry. */
function fadeTiles(inner, sheet, pointed, weights) {
  for (const tile of inner.querySelectorAll(".tile, .class-row")) {
    const [at, index] = [Number(tile.dataset.column), Number(tile.dataset.tile)];
    const itself = pointed && at === pointed.at && index === pointed.index;
    const feeds = pointed && at < pointed.at ? (weights[at + 1] && weights[at + 1][index]) || 0 : 0;
    tile.style.opacity = !pointed || itself ? "" : String(at < pointed.at ? 0.22 + 0.78 * Math.sqrt(feeds) : 0.35);
    tile.classList.toggle("pointed", Boolean(itself));
  }
}
