// The sum behind an opened unit: its contributors as tiles, with the digits that are needed to do it again by hand.

import { made, make } from "../shared/dom.js";
import { equationText, factorTexts, factorsOf, isOne, isShort, pixelEquation } from "./ledger.js";
import { exactText, fittedText, shapeText, shortText } from "./numbers.js";
import { paintCell } from "./window.js";

/** The sum as an element. `act`: what a visitor can do on the card, and showTerm(at). */
export function sumOf(receipt, printed, act) {
  const place = made("section", "sum");
  if (receipt.pixel) place.append(...pixelSteps(receipt));
  if (receipt.recomputed === null) place.append(...inputsOf(receipt, act));
  if (!receipt.terms.length) return place;
  const several = receipt.terms.length + receipt.rest_count;
  const first = receipt.rest_count ? ", the biggest first" : "";
  const heading = several === 1 ? "It comes from" : `It is the sum of ${several} terms${first}`;
  const tiles = made("div", isShort(receipt) ? "terms short" : "terms");
  tiles.append(...receipt.terms.map((_, at) => termTile(receipt, at, printed, act)));
  place.append(made("h3", "", heading), ...pooledNote(receipt), tiles, ...workings(receipt));
  if (receipt.factors.length) place.append(factorLine(receipt, act));
  return place;
}

/** Which maps stand behind numbers that have none of their own. */
function pooledNote({ places }) {
  const layers = new Set(places.flatMap(({ behind }) => (behind ? [behind.layer] : [])));
  const text = `Behind each number: the map of ${[...layers].join(", ")} that it is made of.`;
  return layers.size ? [made("p", "soft", text)] : [];
}

/** From the byte to what the network got, a line a step. */
function pixelSteps(receipt) {
  const steps = [
    ["the byte in the picture", String(receipt.pixel.byte)],
    ["over 255, less the mean, by the deviation (float64)", pixelEquation(receipt)],
    ["what the network got (float32)", exactText(receipt.value)],
  ];
  return steps.flatMap(([name, text]) => [made("p", "soft step-name", name), made("p", "number step", text)]);
}

/** A short sum, or what a function makes of one number, in a line that can be done again. */
function workings(receipt) {
  if (!isShort(receipt)) return [];
  const text = isOne(receipt) ? receipt.formula + " = " + exactText(receipt.value) : equationText(receipt);
  return text ? [made("p", "number step workings", text)] : [];
}

/** What an operation reads that this explorer cannot take apart. */
function inputsOf(receipt, act) {
  if (!receipt.inputs.length) return [];
  const row = made("div", "receipt-buttons");
  for (const { layer, shape } of receipt.inputs) {
    const [channels = 1, height = 1, width = 1] = shape.slice(1);
    const unit = {
      layer,
      channel: Math.min(receipt.channel, channels - 1),
      y: Math.min(receipt.y, height - 1),
      x: Math.min(receipt.x, width - 1),
    };
    row.append(make("button", {
      type: "button", onclick: () => act.open(unit),
    }, `${layer}, ${shapeText(shape.slice(1))}`));
  }
  return [made("h3", "", "It reads"), row];
}

const unitOf = ({ layer, channel, y, x }) => ({ layer, channel, y, x });

function termTile(receipt, at, printed, act) {
  const [term, amount] = [receipt.terms[at], printed.terms[at]];
  const words = made("span", "term-words");
  words.append(...(isShort(receipt) ? shortWords(receipt, at, amount) : longWords(receipt, at, printed)));
  const show = () => {
    act.showTerm(at);
    act.look(term);
  };
  const { layer, channel, y, x } = term;
  return make("button", {
    type: "button", class: "term", onclick: () => act.open(unitOf(term)),
    onpointermove: show, onfocus: show, onpointerleave: () => act.look(receipt),
    "aria-label": `Open ${layer} channel ${channel} at row ${y}, column ${x}, which adds ${amount}`,
  }, termPicture(receipt, at), words);
}

const channelName = (term) => term.colour || "ch " + term.channel; // a colour if it is one of the picture

function amountText(term, amount) {
  return made("span", "number amount " + (term.amount < 0 ? "minus" : "plus"), amount);
}

/** Beside a tile of a long sum: value × weight in so many digits that they give the amount. */
function longWords(receipt, at, printed) {
  const [term, factors] = [receipt.terms[at], factorsOf(receipt, at)];
  const layer = new Set(receipt.terms.map((one) => one.layer)).size > 1 ? term.layer + " " : "";
  const words = [amountText(term, printed.terms[at]), made("span", "soft term-name", layer + channelName(term))];
  if (!factors) return words;
  const [value, weight] = factorTexts(factors.value, factors.weight, term.amount, printed.decimals);
  const product = factors.weight === 1 ? [value] : [value, "× " + weight];
  return [...product.map((text) => made("span", "number factor", text)), ...words];
}

/** Beside a tile of a short sum: where the number came from and the number itself, exactly. */
function shortWords(receipt, at, amount) {
  const [term, factors] = [receipt.terms[at], factorsOf(receipt, at)];
  const value = term.value === null ? factors && factors.value : term.value;
  const single = receipt.by_channel || receipt.places[at].number !== null;
  const place = single ? "" : ` (${term.y}, ${term.x})`;
  const words = [made("span", "soft term-name", (term.colour ? "" : term.layer + " ") + channelName(term) + place)];
  const name = term.weight === null ? "v = " : "";
  if (value !== null) words.push(made("span", "number term-value", name + exactText(value)));
  if (factors && factors.weight !== 1) words.push(made("span", "number factor", "× " + shortText(factors.weight, 9)));
  return isOne(receipt) ? words : [...words, amountText(term, amount)];
}

/** A contributor's map, or its number in its colour, before the map that it was pooled from. */
function termPicture(receipt, at) {
  const [picture, place] = [made("span", "thumb"), receipt.places[at]];
  if (place.height * place.width > 1) picture.append(thumbnail(receipt, at));
  if (place.number !== null && !place.behind) {
    const reach = Math.max(...receipt.places.map((one) => Math.abs(one.number || 0)));
    const signed = receipt.places.some((one) => one.number < 0);
    paintCell(picture, place.number, reach, signed ? "diverging" : "sequential");
    picture.append(made("span", "number", fittedText(place.number, 3, 7)));
  }
  return picture;
}

/** One contributor's map out of the picture that holds them all, its window or cell marked. */
function thumbnail(receipt, at) {
  const [term, place, hole] = [receipt.terms[at], receipt.places[at], receipt.windows[at]];
  const [height, width] = place.shown;
  const [canvas, frame] = [make("canvas", { class: "pixels", width, height }), made("span", "thumb-frame")];
  canvas.getContext("2d").drawImage(receipt.picture, place.left, 0, width, height, 0, 0, width, height);
  frame.append(canvas);
  const { y, x } = place.behind || term;
  if (y === null) return frame; // all of its cells alike
  const looked = hole && !place.behind;
  const [top, bottom] = looked ? endsOf(hole.rows) : [y, y + 1];
  const [left, right] = looked ? endsOf(hole.columns) : [x, x + 1];
  const along = (value, most) => (100 * Math.min(most, Math.max(0, value))) / most;
  const mark = made("i", "cell");
  Object.assign(mark.style, {
    top: along(top, place.height) + "%",
    left: along(left, place.width) + "%",
    height: along(bottom, place.height) - along(top, place.height) + "%",
    width: along(right, place.width) - along(left, place.width) + "%",
  });
  frame.append(mark);
  return frame;
}

/** Where a window's rows (or columns) begin and where they end. */
const endsOf = (places) => [places[0], places[places.length - 1] + 1];

/** The sum in lines: the tiles together, the rest, the bias, what rounding leaves over, and the value. */
export function ledgerLines(receipt, printed) {
  const list = made("dl", "ledger");
  const line = (name, text, className = "") => {
    list.append(made("dt", className, name), made("dd", "number " + className, text));
  };
  const most = receipt.rest_count ? "the biggest " : "all ";
  if (!isShort(receipt)) line(`${most}${receipt.terms.length} together`, printed.shown, "subtotal");
  if (printed.rest !== null) line(`the other ${receipt.rest_count} together`, printed.rest);
  if (printed.bias !== null) line(receipt.words.bias, printed.bias);
  if (printed.rounding !== null) line("rounding of the printed digits", printed.rounding);
  if (printed.off !== null) line("does not add up: difference", printed.off, "off");
  line("the value", "= " + printed.total, "total");
  return list;
}

function factorLine(receipt, act) {
  const line = made("p", "factors", receipt.words.factors + " ");
  for (const factor of receipt.factors) {
    const text = `${exactText(factor.value)} from ${factor.layer} ch ${factor.channel}`;
    line.append(make("button", { type: "button", onclick: () => act.open(unitOf(factor)) }, text));
  }
  return line;
}
