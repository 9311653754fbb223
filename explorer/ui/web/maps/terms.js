// The sum behind an opened unit: its contributors as tiles, with the digits that are needed to do it again by hand.

const SHORT = 3; // a sum of so few terms is written out as one line

const isShort = (receipt) => receipt.terms.length + receipt.rest_count <= SHORT;

/** Whether the value is made of one number alone: by a function, or unchanged. */
function isOne({ terms: [term, ...others], rest_count, bias, recomputed }) {
  return Boolean(term) && !others.length && !rest_count && !bias && recomputed !== null && term.value !== null && (term.weight === null || term.weight === 1);
}

function sumOf(card, receipt, printed, act) {
  const place = made("section", "sum");
  if (receipt.pixel) place.append(...pixelSteps(receipt));
  if (receipt.recomputed === null) place.append(...inputsOf(receipt, act));
  if (!receipt.terms.length) return place;
  const several = receipt.terms.length + receipt.rest_count;
  const heading = several === 1 ? "It comes from" : "It is the sum of " + several + " terms" + (receipt.rest_count ? ", the biggest first" : "");
  const tiles = made("div", isShort(receipt) ? "terms short" : "terms");
  receipt.terms.forEach((term, at) => tiles.append(termTile(card, receipt, term, at, printed.terms[at], act)));
  place.append(made("h3", "", heading), ...pooledNote(receipt), tiles, ...workings(receipt));
  if (receipt.factors.length) place.append(factorLine(receipt, act));
  return place;
}

/** Which maps stand behind numbers that have none of their own. */
function pooledNote({ places }) {
  const layers = new Set(places.flatMap(({ behind }) => (behind ? [behind.layer] : [])));
  return layers.size ? [made("p", "soft", "Behind each number: the map of " + [...layers].join(", ") + " that it is made of.")] : [];
}

/** From the byte to what the network got, a line a step. */
function pixelSteps(receipt) {
  const steps = [["the byte in the picture", String(receipt.pixel.byte)], ["over 255, less the mean, by the deviation (float64)", pixelEquation(receipt)],
    ["what the network got (float32)", exactText(receipt.value)]];
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
  const buttons = receipt.inputs.map((source) => {
    const button = made("button", "", source.layer + ", " + shapeText(source.shape.slice(1)));
    const [channels = 1, height = 1, width = 1] = source.shape.slice(1);
    button.type = "button";
    button.disabled = ![2, 4].includes(source.shape.length);
    const least = (place, size) => Math.min(place, size - 1);
    button.addEventListener("click", () => act.open({ layer: source.layer, channel: least(receipt.channel, channels), y: least(receipt.y, height), x: least(receipt.x, width) }));
    return button;
  });
  const row = made("div", "receipt-buttons");
  row.append(...buttons);
  return buttons.length ? [made("h3", "", "It reads"), row] : [];
}

function termTile(card, receipt, term, at, amount, act) {
  const tile = made("button", "term");
  tile.type = "button";
  const words = made("span", "term-words");
  words.append(...(isShort(receipt) ? shortWords(receipt, term, at, amount) : longWords(receipt, term, at, amount)));
  tile.append(termPicture(receipt, term, at), words);
  tile.setAttribute("aria-label", "Open " + term.layer + " channel " + term.channel + " at row " + term.y + ", column " + term.x + ", which adds " + amount);
  tile.addEventListener("click", () => act.open({ layer: term.layer, channel: term.channel, y: term.y, x: term.x }));
  for (const kind of ["pointerenter", "focus"]) {
    tile.addEventListener(kind, () => {
      showWindow(card, receipt, at);
      act.look(term);
    });
  }
  tile.addEventListener("pointerleave", () => act.look(receipt));
  return tile;
}

const colourName = (term) => (term.pixel ? ["red", "green", "blue"][term.channel] || "grey" : "ch " + term.channel);

function amountText(term, amount) {
  return made("span", "number amount " + (term.amount < 0 ? "minus" : "plus"), amount);
}

/** Beside a tile of a long sum: value × weight in so many digits that they give the amount. */
function longWords(receipt, term, at, amount) {
  const factors = factorsOf(receipt, at);
  const layer = new Set(receipt.terms.map((one) => one.layer)).size > 1 ? term.layer + " " : "";
  const [value, weight] = factors ? factorTexts(factors.value, factors.weight, term.amount, ledger(receipt).decimals) : [];
  const product = !factors ? [] : factors.weight === 1 ? [value] : [value, "× " + weight];
  return [...product.map((text) => made("span", "number factor", text)), amountText(term, amount), made("span", "soft term-name", layer + colourName(term))];
}

/** Beside a tile of a short sum: where the number came from and the number itself, exactly. */
function shortWords(receipt, term, at, amount) {
  const factors = factorsOf(receipt, at);
  const value = term.value === null ? factors && factors.value : term.value;
  const single = receipt.by_channel || receipt.places[at].number !== null;
  const place = !single ? " (" + term.y + ", " + term.x + ")" : "";
  const words = [made("span", "soft term-name", (term.pixel ? "" : term.layer + " ") + colourName(term) + place)];
  if (value !== null) words.push(made("span", "number term-value", (term.weight === null ? "v = " : "") + exactText(value)));
  if (factors && factors.weight !== 1) words.push(made("span", "number factor", "× " + shortText(factors.weight, 9)));
  return isOne(receipt) ? words : [...words, amountText(term, amount)];
}

/** A contributor's map, or its number in its colour, before the map that it was pooled from. */
function termPicture(receipt, term, at) {
  const [picture, place] = [made("span", "thumb"), receipt.places[at]];
  if (place.height * place.width > 1) picture.append(thumbnail(receipt, place, term));
  if (place.number !== null && !place.behind) {
    const text = made("span", "number", fittedText(place.number, 3, 7));
    const reach = Math.max(...receipt.places.map((one) => Math.abs(one.number || 0)));
    paintCell(picture, place.number, reach, receipt.places.some((one) => one.number < 0) ? "diverging" : "sequential");
    picture.append(text);
  }
  return picture;
}

/** One contributor's map out of the picture that holds them all, its window or cell marked. */
function thumbnail(receipt, place, term) {
  const canvas = made("canvas", "pixels");
  const [height, width] = place.shown;
  [canvas.width, canvas.height] = [width, height];
  canvas.getContext("2d").drawImage(receipt.picture, place.left, 0, width, height, 0, 0, width, height);
  const frame = made("span", "thumb-frame");
  frame.append(canvas);
  const hole = !place.behind && receipt.windows.length && receipt.windows[receipt.terms.indexOf(term)];
  const { y, x } = place.behind || term;
  if (y === null) return frame; // all of its cells alike
  const mark = made("i", "cell");
  const [top, bottom] = hole ? [hole.rows[0], hole.rows[hole.rows.length - 1] + 1] : [y, y + 1];
  const [left, right] = hole ? [hole.columns[0], hole.columns[hole.columns.length - 1] + 1] : [x, x + 1];
  const along = (value, most) => (100 * Math.min(most, Math.max(0, value))) / most;
  Object.assign(mark.style, {
    top: along(top, place.height) + "%", left: along(left, place.width) + "%",
    height: along(bottom, place.height) - along(top, place.height) + "%", width: along(right, place.width) - along(left, place.width) + "%",
  });
  frame.append(mark);
  return frame;
}

/** The sum in lines: the tiles together, the rest, the bias, what rounding leaves over, and the value. */
function ledgerLines(receipt, printed) {
  const list = made("dl", "ledger");
  const line = (name, text, className = "") => list.append(made("dt", className, name), made("dd", "number " + className, text));
  if (!isShort(receipt)) line((receipt.rest_count ? "the biggest " : "all ") + receipt.terms.length + " together", printed.shown, "subtotal");
  if (printed.rest !== null) line("the other " + receipt.rest_count + " together", printed.rest);
  if (printed.bias !== null) line(receipt.words.bias, printed.bias);
  if (printed.rounding !== null) line("rounding of the printed digits", printed.rounding);
  if (printed.off !== null) line("does not add up: difference", printed.off, "off");
  line("the value", "= " + printed.total, "total");
  return list;
}

function factorLine(receipt, act) {
  const line = made("p", "factors", receipt.words.factors + " ");
  for (const factor of receipt.factors) {
    const button = made("button", "", exactText(factor.value) + " from " + factor.layer + " ch " + factor.channel);
    button.type = "button";
    button.addEventListener("click", () => act.open({ layer: factor.layer, channel: factor.channel, y: factor.y, x: factor.x }));
    line.append(button);
  }
  return line;
}
