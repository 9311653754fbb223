// The card of an opened unit: the way to it, its value, its map. The sum is in terms.js, patch × kernel in window.js.

import { cellUnder } from "../shared/canvas.js";
import { made, make } from "../shared/dom.js";
import { pictureButtons } from "../shared/drawing.js";
import { byTouch } from "../shared/page.js";
import { colourBar, mapCanvas } from "./draw.js";
import { fieldView } from "./fields.js";
import { insideOf } from "./inside.js";
import { badgeText, isOne, isShort, ledger } from "./ledger.js";
import { exactText } from "./numbers.js";
import { foldedPath } from "./path.js";
import { ledgerLines, sumOf } from "./terms.js";
import { showWindow } from "./window.js";

const MAP_SIDE = 240; // units of type:  the longer side of the unit's map

/**
 * Fill a card with a receipt.
 * @param {any} card
 * @param {any} receipt
 * @param {{ path: any[], picture: any, act: any }} about the way to it; what the network sees; what a visitor can do:
 *   open(unit), beside(unit), jump(step), up(), close(), down(), look(unit), silence(); and words(): of its file's name
 */
export function drawReceipt(card, receipt, { path, picture, act }) {
  const printed = ledger(receipt);
  const [left, right, body] = ["receipt-left", "receipt-right", "receipt-body"].map((name) => made("div", name));
  const place = made("section", "window");
  const showTerm = (at) => showWindow(place, receipt, printed, at);
  left.append(unitMap(receipt, act), place, fieldView(picture));
  const sum = sumOf(receipt, printed, { ...act, showTerm });
  right.append(headline(receipt, path, act), sum);
  if (receipt.terms.length && !isOne(receipt)) {
    const room = isShort(receipt) || receipt.map.numbers.length > 1 ? sum : left; // a long sum's left side is empty
    room.append(ledgerLines(receipt, printed));
  }
  right.append(...insideOf(receipt));
  body.append(left, right);
  card.replaceChildren(crumbs(path, act), body);
  card.setAttribute("aria-label", "Opened: " + receipt.label);
  showTerm(0);
}

function crumbs(path, act) {
  const bar = made("div", "receipt-bar");
  const nav = make("nav", { class: "crumbs", "aria-label": "The way from where you began" });
  for (const step of foldedPath(path)) {
    if (nav.children.length) nav.append(made("span", "soft", "←"));
    nav.append(step.folded ? made("span", "soft", step.folded + " more") : make("button", {
      type: "button", class: "quiet crumb", "aria-current": step.at === path.length - 1 ? "step" : null,
      onclick: () => act.jump(step.at),
    }, step.unit.label || ""));
  }
  bar.append(nav, make("button", {
    type: "button", class: "quiet close", "data-live": true, onclick: act.close,
    "aria-label": "Close", title: "Esc goes up one step",
  }, "×"));
  return bar;
}

function headline(receipt, path, act) {
  const head = made("header", "receipt-head");
  const kind = [receipt.kind, receipt.formula].filter(Boolean).join(": ");
  head.append(made("h2", "", receipt.label), made("p", "receipt-value number", "= " + exactText(receipt.value)));
  if (receipt.from) head.append(made("p", "soft", "Kept: " + receipt.from));
  head.append(made("p", "soft", receipt.pixel ? "A number of the picture itself." : kind));
  if (receipt.note && receipt.recomputed !== null && !receipt.pixel) head.append(made("p", "soft", receipt.note));
  head.append(badge(receipt), buttons(receipt, path, act), made("div", "silenced"));
  return head;
}

function badge(receipt) {
  if (receipt.recomputed === null && !receipt.agrees) return made("p", "badge", badgeText(receipt));
  const [verdict, sign] = receipt.agrees ? ["agrees", "✓ "] : ["differs", "✗ "];
  return made("p", "badge " + verdict, sign + badgeText(receipt));
}

function buttons(receipt, path, act) {
  const row = make("div", { class: "receipt-buttons", "data-live": true });
  const offer = (text, title, onclick) => row.append(make("button", { type: "button", title, onclick }, text));
  if (path.length > 1) offer("Up", "Back to the unit before (Esc)", act.up);
  if (!receipt.pixel) offer("Down to a pixel", "Follow the biggest term, step by step, to the picture", act.down);
  if (!receipt.pixel && !receipt.says) {
    const title = "Set this whole channel to 0 and see what the network says then";
    offer("Silence channel " + receipt.channel, title, act.silence);
  }
  row.append(...pictureButtons(() => row.closest(".receipt"), act.words));
  return row;
}

/** The unit's map enlarged, its own number marked; every other number of it can be read and opened. */
function unitMap(receipt, act) {
  const { height, width, numbers } = receipt.map;
  if (height * width === 1) return made("div", "unit-map single");
  const [place, frame, cell] = [made("div", "unit-map"), made("div", "unit-frame"), made("i", "cell")];
  const canvas = mapCanvas("pixels", numbers, 0, receipt.map, receipt.map);
  canvas.style.aspectRatio = `${width} / ${height}`;
  canvas.title = (byTouch() ? "Tap" : "Click") + " another number of this map to open it";
  Object.assign(cell.style, {
    top: (100 * receipt.y) / height + "%", left: (100 * receipt.x) / width + "%",
    width: 100 / width + "%", height: 100 / height + "%",
  });
  frame.style.width = `min(100%, calc(${(MAP_SIDE * width) / Math.max(height, width)} * var(--type)))`;
  frame.append(canvas, cell);
  const line = made("p", "number unit-line");
  readMap(canvas, line, receipt, act);
  place.append(frame, line, colourBar(receipt.map));
  return place;
}

/** Let the pointer read and open the numbers of a unit's map. */
function readMap(canvas, line, receipt, act) {
  const { layer, channel, map: { height, width, numbers } } = receipt;
  const rest = () => { line.textContent = `row ${receipt.y}, column ${receipt.x}`; };
  const at = (event) => {
    const { row: y, column: x } = cellUnder(canvas, event, { height, width });
    return { y, x };
  };
  canvas.addEventListener("pointermove", (event) => {
    const { y, x } = at(event);
    line.textContent = `(${y}, ${x}) = ${exactText(numbers[y * width + x])}`;
    act.look({ layer, channel, y, x });
  });
  canvas.addEventListener("pointerleave", () => {
    rest();
    act.look(receipt);
  });
  canvas.addEventListener("click", (event) => act.beside({ layer, channel, ...at(event) }));
  rest();
}
