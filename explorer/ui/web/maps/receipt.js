// The card of an opened unit: its value and its map, and patch × kernel of one contributor. The sum: maps_terms.js.

/** Fill a card with a receipt. `act`: open(unit), up(), close(), jump(step), down(), silence(), send(kernel). */
function drawReceipt(card, receipt, path, act) {
  const printed = ledger(receipt);
  const left = made("div", "receipt-left");
  left.append(unitMap(receipt, act), windowPlace(), fieldView(openSheet()));
  const right = made("div", "receipt-right");
  right.append(headline(receipt, path, act), sumOf(card, receipt, printed, act));
  if (receipt.terms.length && !isOne(receipt)) (isShort(receipt) || receipt.map.numbers.length > 1 ? right.lastChild : left).append(ledgerLines(receipt, printed));
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
  if (receipt.from) head.append(made("p", "soft", "Kept: " + receipt.from));
  head.append(made("p", "soft", receipt.pixel ? "A number of the picture itself." : receipt.kind + (receipt.formula ? ": " + receipt.formula : "")));
  if (receipt.note && receipt.recomputed !== null && !receipt.pixel) head.append(made("p", "soft", receipt.note));
  const verdict = receipt.agrees ? "agrees" : receipt.recomputed === null ? "" : "differs";
  head.append(made("p", "badge " + verdict, (receipt.agrees ? "✓ " : verdict ? "✗ " : "") + badgeText(receipt)));
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
  if (!receipt.pixel && !receipt.says) offer("Silence channel " + receipt.channel, "Set this whole channel to 0 and see what the network says then", act.silence);
  head.append(buttons, made("div", "silenced"));
  return head;
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

// --- patch × kernel

function windowPlace() {
  return made("section", "window");
}

/** Patch × kernel of one contributor, cell by cell. */
function showWindow(card, receipt, at) {
  const place = card.querySelector(".window");
  const hole = receipt.windows[at];
  if (!hole) {
    const factors = isShort(receipt) ? null : factorsOf(receipt, at);
    place.replaceChildren(...(factors ? [made("p", "number window-line", productText(receipt.terms[at], factors))] : []));
    return;
  }
  const [patchReach, kernelReach] = [hole.patch, hole.kernel].map((values) => Math.max(...values.map(Math.abs)));
  const sum = "Σ = " + fixedText(hole.product.reduce((total, one) => total + one, 0), ledger(receipt).decimals);
  const line = made("p", "number window-line");
  const grid = made("div", "window-grid scroll-x");
  grid.style.gridTemplateColumns = "repeat(" + hole.width + ", minmax(74px, 1fr))";
  hole.patch.forEach((value, cell) => {
    const tile = made("div", "window-cell" + (hole.padding[cell] ? " padded" : ""));
    const number = made("span", "number patch-number", hole.padding[cell] ? "0" : fittedText(value, 5, 8));
    const weight = made("span", "number", "×" + fittedText(hole.kernel[cell], 5, 7));
    if (!hole.padding[cell]) paintCell(number, value, patchReach, receipt.places[at].scheme);
    paintCell(weight, hole.kernel[cell], kernelReach, "diverging");
    tile.append(number, weight);
    tile.addEventListener("pointerenter", () => (line.textContent = cellText(hole, cell)));
    grid.append(tile);
  });
  grid.addEventListener("pointerleave", () => (line.textContent = sum));
  const term = receipt.terms[at];
  const words = receipt.words.window + " " + term.channel;
  line.textContent = sum;
  place.replaceChildren(made("h3", "", words), grid, line);
}

/** One cell of a window with all its digits. */
function cellText(hole, cell) {
  const value = hole.padding[cell] ? "padding" : shortText(hole.patch[cell], 7);
  return value + " × " + shortText(hole.kernel[cell], 7) + " = " + shortText(hole.product[cell], 7);
}

/** One term of a long sum with all its digits. */
function productText(term, { value, weight }) {
  return "ch " + term.channel + ": " + shortText(value, 9) + " × " + shortText(weight, 9) + " = " + shortText(term.amount, 7);
}

function paintCell(cell, value, reach, scheme) {
  const share = reach > 0 ? value / reach : 0;
  const colour = colourAt(scheme, scheme === "diverging" ? 0.5 + share / 2 : share);
  cell.style.background = "rgb(" + colour.join(",") + ")";
  cell.style.color = inkOn(colour);
}
