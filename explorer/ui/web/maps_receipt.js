// The card of an opened unit: its map, the sum, the contributors as pictures, and patch × kernel of one of them.

/** Fill a card with a receipt. `act`: open(unit), up(), close(), jump(step), down(), silence(), send(kernel). */
function drawReceipt(card, receipt, path, act) {
  const printed = ledger(receipt);
  const left = made("div", "receipt-left");
  left.append(unitMap(receipt, act), windowPlace(), fieldView());
  const right = made("div", "receipt-right");
  right.append(headline(receipt, path, act), sumOf(card, receipt, printed, act));
  const body = made("div", "receipt-body");
  body.append(left, right);
  card.replaceChildren(crumbs(path, act), body);
  card.setAttribute("aria-label", "Opened: " + receipt.label);
  showWindow(card, receipt, 0);
}

function crumbs(path, act) {
  const bar = made("div", "receipt-bar");
  const nav = made("nav", "crumbs");
  nav.setAttribute("aria-label", "The way from where you began");
  for (const step of foldedPath(path)) {
    if (nav.children.length) nav.append(made("span", "soft", "←"));
    if (step.folded) {
      nav.append(made("span", "soft", step.folded + " more"));
      continue;
    }
    const crumb = made("button", "quiet crumb", step.unit.label);
    crumb.type = "button";
    if (step.at === path.length - 1) crumb.setAttribute("aria-current", "step");
    crumb.addEventListener("click", () => act.jump(step.at));
    nav.append(crumb);
  }
  const close = made("button", "quiet close", "×");
  close.type = "button";
  close.setAttribute("aria-label", "Close");
  close.title = "Esc goes up one step";
  close.addEventListener("click", act.close);
  bar.append(nav, close);
  return bar;
}

function headline(receipt, path, act) {
  const head = made("header", "receipt-head");
  head.append(made("h2", "", receipt.label), made("p", "receipt-value number", "= " + exactText(receipt.value)));
  const formula = receipt.pixel ? pixelText(receipt) : receipt.kind + (receipt.formula ? ": " + receipt.formula : "");
  head.append(made("p", "soft", formula));
  if (receipt.note && receipt.recomputed !== null && !receipt.pixel) head.append(made("p", "soft", receipt.note));
  const badge = made("p", "badge " + (receipt.agrees ? "agrees" : "differs"), (receipt.agrees ? "✓ " : "") + badgeText(receipt));
  head.append(badge);
  const buttons = made("div", "receipt-buttons");
  const offer = (text, title, run, on = true) => {
    const button = made("button", "", text);
    button.type = "button";
    button.title = title;
    button.disabled = !on;
    button.addEventListener("click", run);
    buttons.append(button);
  };
  if (path.length > 1) offer("Up", "Back to the unit before (Esc)", act.up);
  if (!receipt.pixel) offer("Down to a pixel", "Follow the biggest term, step by step, to the picture", act.down);
  if (!receipt.pixel) offer("Silence channel " + receipt.channel, "Set this whole channel to 0 and see what the network says then", act.silence);
  head.append(buttons, made("div", "silenced"));
  return head;
}

/** How a pixel's byte became the number that the network got. */
function pixelText(receipt) {
  const { byte, mean, std } = receipt.pixel;
  return "A pixel of the picture: (" + byte + " / 255 − " + mean + ") / " + std + " = " + exactText(receipt.value);
}

function unitMap(receipt, act) {
  const place = made("div", "unit-map");
  const { height, width, scheme, low, high, numbers } = receipt.map;
  if (height * width === 1) {
    place.classList.add("single");
    return place;
  }
  const canvas = made("canvas", "pixels");
  paintMap(canvas, numbers, 0, height, width, scheme, low, high);
  const longer = Math.max(height, width);
  canvas.style.aspectRatio = width + " / " + height;
  const cell = made("i", "cell");
  Object.assign(cell.style, { top: (100 * receipt.y) / height + "%", left: (100 * receipt.x) / width + "%", width: 100 / width + "%", height: 100 / height + "%" });
  const frame = made("div", "unit-frame");
  frame.style.width = "min(100%, " + (240 * width) / longer + "px)";
  frame.append(canvas, cell);
  const line = made("p", "number unit-line", "row " + receipt.y + ", column " + receipt.x);
  const at = (event) => {
    const box = canvas.getBoundingClientRect();
    return { y: cellAt(event.clientY - box.top, box.height, height), x: cellAt(event.clientX - box.left, box.width, width) };
  };
  canvas.addEventListener("pointermove", (event) => {
    const { y, x } = at(event);
    line.textContent = "(" + y + ", " + x + ") = " + exactText(numbers[y * width + x]);
    act.look({ layer: receipt.layer, y, x });
  });
  canvas.addEventListener("pointerleave", () => {
    line.textContent = "row " + receipt.y + ", column " + receipt.x;
    act.look(receipt);
  });
  canvas.addEventListener("click", (event) => act.beside({ layer: receipt.layer, channel: receipt.channel, ...at(event) }));
  canvas.title = "Click another number of this map to open it";
  place.append(frame, line, colourBar(scheme, low, high));
  return place;
}

// --- the sum

function sumOf(card, receipt, printed, act) {
  const place = made("section", "sum");
  if (!receipt.terms.length) return place;
  const several = receipt.terms.length + receipt.rest_count;
  const heading = several === 1 ? "It comes from" : "It is the sum of " + several + " terms" + (receipt.rest_count ? ", the biggest first" : "");
  const tiles = made("div", "terms");
  receipt.terms.forEach((term, at) => tiles.append(termTile(card, receipt, term, at, printed.terms[at], act)));
  place.append(made("h3", "", heading), tiles, ledgerLines(receipt, printed));
  if (receipt.factors.length) place.append(factorLine(receipt, act));
  return place;
}

function termTile(card, receipt, term, at, amount, act) {
  const tile = made("button", "term");
  tile.type = "button";
  const place = receipt.places[at];
  const picture = made("span", "thumb");
  if (place.height * place.width > 1) picture.append(thumbnail(receipt, place, term));
  else picture.append(made("span", "number", shortText(term.value === null ? place.high : term.value, 3)));
  const weight = term.weight === null || term.weight === 1 ? "" : "× " + shortText(term.weight, 3);
  const layer = new Set(receipt.terms.map((one) => one.layer)).size > 1 ? term.layer + " " : "";
  tile.append(picture, made("span", "number amount " + (term.amount < 0 ? "minus" : "plus"), amount));
  tile.append(made("span", "soft term-name", layer + (term.layer === "input" ? ["red", "green", "blue"][term.channel] || "grey" : "ch " + term.channel) + (weight ? " " + weight : "")));
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

/** One contributor's map out of the picture that holds them all, its window or cell marked. */
function thumbnail(receipt, place, term) {
  const canvas = made("canvas", "pixels");
  const [height, width] = place.shown;
  [canvas.width, canvas.height] = [width, height];
  canvas.getContext("2d").drawImage(receipt.picture, place.left, 0, width, height, 0, 0, width, height);
  const mark = made("i", "cell");
  const hole = receipt.windows.length && receipt.windows[receipt.terms.indexOf(term)];
  const [top, bottom] = hole ? [hole.rows[0], hole.rows[hole.rows.length - 1] + 1] : [term.y, term.y + 1];
  const [left, right] = hole ? [hole.columns[0], hole.columns[hole.columns.length - 1] + 1] : [term.x, term.x + 1];
  const percent = (value, most) => (100 * Math.min(most, Math.max(0, value))) / most;
  Object.assign(mark.style, {
    top: percent(top, place.height) + "%", left: percent(left, place.width) + "%",
    height: percent(bottom, place.height) - percent(top, place.height) + "%", width: percent(right, place.width) - percent(left, place.width) + "%",
  });
  const frame = made("span", "thumb-frame");
  frame.append(canvas, mark);
  return frame;
}

/** What stands below the pictures: the rest, the bias, what rounding leaves over, and the value. */
function ledgerLines(receipt, printed) {
  const list = made("dl", "ledger");
  const line = (name, text, className = "") => list.append(made("dt", className, name), made("dd", "number " + className, text));
  if (printed.rest !== null) line("the other " + receipt.rest_count + " together", printed.rest);
  if (printed.bias !== null) line(receipt.operation === "batch_norm" ? "shift" : "bias", printed.bias);
  if (printed.rounding !== null) line("rounding of the printed digits", printed.rounding);
  line("the value", "= " + printed.total, "total");
  return list;
}

function factorLine(receipt, act) {
  const line = made("p", "factors", "times ");
  for (const factor of receipt.factors) {
    const button = made("button", "", exactText(factor.value) + " from " + factor.layer + " ch " + factor.channel);
    button.type = "button";
    button.addEventListener("click", () => act.open({ layer: factor.layer, channel: factor.channel, y: factor.y, x: factor.x }));
    line.append(button);
  }
  return line;
}

// --- patch × kernel

function windowPlace() {
  return made("section", "window");
}

/** Patch × kernel of one contributor, cell by cell. */
function showWindow(card, receipt, at) {
  const place = card.querySelector(".window");
  const hole = receipt.windows[at];
  if (!hole) {
    place.replaceChildren();
    return;
  }
  const [patchReach, kernelReach] = [hole.patch, hole.kernel].map((values) => Math.max(...values.map(Math.abs)));
  const sum = "Σ = " + fixedText(hole.product.reduce((total, one) => total + one, 0), ledger(receipt).decimals);
  const line = made("p", "number window-line");
  const grid = made("div", "window-grid scroll-x");
  grid.style.gridTemplateColumns = "repeat(" + hole.width + ", minmax(74px, 1fr))";
  hole.patch.forEach((value, cell) => {
    const tile = made("div", "window-cell" + (hole.padding[cell] ? " padded" : ""));
    const number = made("span", "number patch-number", hole.padding[cell] ? "0" : fittedText(value, 4, 8));
    const weight = made("span", "number", "×" + fittedText(hole.kernel[cell], 3, 7));
    if (!hole.padding[cell]) paintCell(number, value, patchReach, receipt.places[at].scheme);
    paintCell(weight, hole.kernel[cell], kernelReach, "diverging");
    tile.append(number, weight);
    tile.addEventListener("pointerenter", () => (line.textContent = cellText(hole, cell)));
    grid.append(tile);
  });
  grid.addEventListener("pointerleave", () => (line.textContent = sum));
  const term = receipt.terms[at];
  const words = receipt.operation === "conv2d" ? "patch × kernel of channel " + term.channel : "the window on channel " + term.channel;
  line.textContent = sum;
  place.replaceChildren(made("h3", "", words), grid, line);
}

/** One cell of a window with all its digits. */
function cellText(hole, cell) {
  const value = hole.padding[cell] ? "padding" : shortText(hole.patch[cell], 7);
  return value + " × " + shortText(hole.kernel[cell], 7) + " = " + shortText(hole.product[cell], 7);
}

function paintCell(cell, value, reach, scheme) {
  const share = reach > 0 ? value / reach : 0;
  const colour = colourAt(scheme, scheme === "diverging" ? 0.5 + share / 2 : share);
  cell.style.background = "rgb(" + colour.join(",") + ")";
  cell.style.color = inkOn(colour);
}
