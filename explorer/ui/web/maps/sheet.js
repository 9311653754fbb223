// The overview sheet: a column a stage, its strongest maps as pictures, the classes at the right. The wires: wires.js.

import { colourAt, inkOn } from "../shared/colour.js";
import { made, make } from "../shared/dom.js";
import { byTouch } from "../shared/page.js";
import { percent } from "../shared/wording.js";
import { colourBar, colourPlace, mapCanvas } from "./draw.js";
import { fieldView } from "./fields.js";
import { exactText, shapeText, shortText } from "./numbers.js";

const SMOOTH_FROM = 38; // numbers across a map: a tile then has fewer than two pixels a number

/**
 * Fill the columns of a sheet.
 * @param {any} columns the element that holds them
 * @param {any} sheet
 * @param {{ openLayer: (key: string) => void, unfold: (stage: number) => void }} act what the visitor asks for
 */
export function drawSheet(columns, sheet, act) {
  const maps = sheet.columns.map((column, at) => mapColumn(column, at, act));
  columns.replaceChildren(pictureColumn(sheet), ...maps, classColumn(sheet));
}

function pictureColumn(sheet) {
  const column = made("section", "sheet-column picture-column");
  const { width, height } = sheet.picture;
  column.append(columnHead("What it sees", `${width} × ${height} pixels`), fieldView(sheet.picture));
  return column;
}

function columnHead(title, shape, hint = title) {
  const head = made("header", "column-head");
  head.append(make("h2", { title: hint }, title), made("p", "soft column-shape", shape));
  return head;
}

function mapColumn(data, at, act) {
  const column = make("section", { class: "sheet-column", "data-column": at });
  const head = columnHead(data.title, shapeText(data.shape), `${data.title}: ${data.layer} (${data.kind})`);
  const tiles = made("div", "tiles");
  data.channels.forEach((_, index) => tiles.append(mapTile(data, at, index)));
  const bar = colourBar(data);
  bar.title = "Colours of this column";
  column.append(head, tiles, bar, countLine(data, act));
  return column;
}

function mapTile(data, at, index) {
  const [row, column] = data.strongest[index];
  const start = data.start + index * data.height * data.width;
  const value = data.values[start + row * data.width + column];
  const alone = data.height * data.width === 1;
  const place = alone ? ": " : `, strongest at row ${row}, column ${column}: `;
  const tile = make("button", {
    type: "button", class: "tile", tabindex: at || index ? -1 : 0, "data-column": at, "data-tile": index,
    "aria-label": `${data.layer}, channel ${data.channels[index]}${place}${shortText(value)}`,
  });
  const frame = made("span", "tile-map");
  frame.style.aspectRatio = `${data.width} / ${data.height}`;
  frame.style.width = `${100 * Math.min(1, data.width / data.height)}%`;
  frame.append(mapCanvas(data.width > SMOOTH_FROM ? "smooth" : "pixels", data.values, start, data, data));
  frame.append(made("i", "cell"));
  tile.append(frame);
  if (alone) {
    const ink = inkOn(colourAt(data.scheme, colourPlace(value, data.low, data.high) / 255));
    tile.append(make("span", { class: "number tile-number", style: "color:" + ink }, shortText(value)));
  }
  return tile;
}

function countLine(data, act) {
  const line = made("p", "counts");
  line.append(make("button", {
    type: "button", class: "quiet all-maps", tabindex: -1, title: `Show all ${data.shape[0]} of ${data.layer}`,
    onclick: () => act.openLayer(data.layer),
  }, `${data.channels.length} of ${data.shape[0]}`));
  if (data.folded > 1 || data.unfolded) {
    const unfolds = `Unfold the ${data.folded} layers of ${data.title}`;
    line.append(make("button", {
      type: "button", class: "quiet fold", tabindex: -1,
      title: data.unfolded ? "Fold these layers into one column" : unfolds,
      "aria-expanded": String(Boolean(data.unfolded)), onclick: () => act.unfold(data.stage),
    }, data.unfolded ? "fold" : `+ ${data.folded - 1} layers`));
  }
  return line;
}

function classColumn(sheet) {
  const column = made("section", "sheet-column class-column");
  if (sheet.no_logits) {
    column.append(columnHead("What it says", "nothing"), made("p", "counts soft", sheet.no_logits));
    return column;
  }
  const count = `${sheet.classes.length} of ${sheet.n_classes}`;
  const rows = made("div", "class-rows");
  const most = Math.max(...sheet.classes.map((one) => one.probability || 0), 1e-9);
  rows.append(...sheet.classes.map((one, index) => classRow(one, index, sheet.columns.length, most)));
  const head = columnHead("What it says", sheet.trained ? `${count} classes` : `untrained, ${count}`);
  const hint = (byTouch() ? "tap" : "click") + ": its logit’s sum";
  column.append(head, rows, make("p", { class: "counts soft", "data-live": true }, hint));
  return column;
}

function classRow(one, index, at, most) {
  const bar = made("span", "class-bar");
  bar.style.width = (100 * (one.probability || 0)) / most + "%";
  const words = [made("span", "class-name", one.label), made("span", "class-share number", percent(one.probability))];
  return make("button", {
    type: "button", class: "class-row", tabindex: -1, "data-column": at, "data-tile": index,
    title: "logit " + exactText(one.logit),
    "aria-label": `${one.label}: ${percent(one.probability)}, logit ${shortText(one.logit, 4)}`,
  }, ...words, bar);
}

/** What a tile of the sheet stands for: its layer, channel, strongest unit and numbers; of a class, its logit. */
export function unitOf(sheet, tile) {
  const [at, index] = [Number(tile.dataset.column), Number(tile.dataset.tile)];
  if (at === sheet.columns.length) {
    const { index: channel, label } = sheet.classes[index];
    return { at, index, layer: sheet.output, channel, y: 0, x: 0, label };
  }
  const data = sheet.columns[at];
  const [y, x] = data.strongest[index];
  const start = data.start + index * data.height * data.width;
  return { at, index, layer: data.layer, channel: data.channels[index], y, x, data, start };
}
