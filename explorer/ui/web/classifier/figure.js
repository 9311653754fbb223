// The tab's one picture: pixels → logits → softmax → probabilities. Drawn as SVG and HTML; every name is set as text.

const SVG = "http://www.w3.org/2000/svg";
const CHART_ROWS = 34;
const CHART_HEIGHT = 500; // pixels of the logit chart, shared by its rows

/** An element with attributes and children; strings become text, never markup. */
function make(tag, attributes = {}, ...children) {
  const made = tag.startsWith("svg:") ? document.createElementNS(SVG, tag.slice(4)) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value !== undefined && value !== null && value !== false) made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children);
  return made;
}

/** Draw every class with its logit as a bar about zero. Gives the middle of each row by class index, in pixels. */
function drawLogits(svg, classes, logits, onPoint) {
  const { order, hidden } = chartRows(logits, CHART_ROWS);
  const rowHeight = Math.min(18, Math.max(14.5, CHART_HEIGHT / order.length));
  const width = svg.clientWidth || 280;
  const height = order.length * rowHeight + 24;
  const name = Math.min(116, width * 0.44);
  const low = Math.min(0, ...order.map((index) => logits[index]));
  const high = Math.max(0, ...order.map((index) => logits[index]));
  const scale = (width - name - 12) / (high - low || 1);
  const at = (value) => name + 6 + (value - low) * scale;
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.style.height = height + "px";
  svg.replaceChildren(make("svg:line", { class: "zero", x1: at(0), x2: at(0), y1: 0, y2: order.length * rowHeight }));
  const middles = new Map();
  order.forEach((index, row) => {
    const y = row * rowHeight;
    const [from, to] = [at(Math.min(0, logits[index])), at(Math.max(0, logits[index]))];
    const group = make("svg:g", { class: "logit-row " + (logits[index] < 0 ? "below" : "above"), "data-index": index, onpointerenter: () => onPoint(index), onpointerleave: () => onPoint(null) },
      make("svg:rect", { class: "hit", x: 0, y, width, height: rowHeight }),
      make("svg:text", { x: name, y: y + rowHeight / 2 + 4.5, "text-anchor": "end" }, readable(classes[index])),
      make("svg:line", { class: "leader", x1: to, x2: width, y1: y + rowHeight / 2, y2: y + rowHeight / 2 }),
      make("svg:rect", { class: "bar", x: from, y: y + 3, width: Math.max(1, to - from), height: rowHeight - 6, rx: 2 }),
    );
    svg.append(group);
    middles.set(index, y + rowHeight / 2);
  });
  const bottom = height - 5;
  if (low < 0) svg.append(make("svg:text", { class: "scale", x: at(low), y: bottom }, signed(low, 1)));
  svg.append(make("svg:text", { class: "scale", x: at(high), y: bottom, "text-anchor": "end" }, signed(high, 1)));
  if (hidden) svg.append(make("svg:text", { class: "scale", x: 0, y: bottom }, "+ " + hidden + " lower"));
  svg.setAttribute("aria-label", "Logits: " + descending(logits).slice(0, 3).map((index) => readable(classes[index]) + " " + signed(logits[index])).join(", ") + ", and " + (logits.length - 3) + " lower");
  return middles;
}

/** Ribbons from each shown class's logit to its bar; as wide as its probability. */
function drawFlow(svg, rows, height) {
  const width = svg.clientWidth || 80;
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.style.height = height + "px";
  svg.replaceChildren(...rows.filter((row) => row.from !== undefined).map((row) =>
    make("svg:path", {
      class: "ribbon", "data-index": row.index, "stroke-width": (1 + 15 * row.probability).toFixed(2),
      d: `M0 ${row.from} C${width / 2} ${row.from} ${width / 2} ${row.to} ${width} ${row.to}`,
    })));
}

/** One bar of the answer. `row` is {label, probability, logit, index}; pressing it asks why. */
function makeBar(onPress, onPoint) {
  const parts = { label: make("span", { class: "bar-label" }), logit: make("span", { class: "number bar-logit" }), share: make("span", { class: "number bar-share" }), fill: make("span", { class: "bar-fill" }) };
  const button = make("button", { type: "button" },
    make("span", { class: "bar-line" }, parts.label, parts.logit, parts.share), make("span", { class: "bar-track", "aria-hidden": true }, parts.fill));
  const item = make("li", {}, button);
  let shown = null;
  button.addEventListener("click", () => onPress(shown));
  for (const name of ["pointerenter", "focus"]) button.addEventListener(name, () => onPoint(shown.index));
  for (const name of ["pointerleave", "blur"]) button.addEventListener(name, () => onPoint(null));
  function show(row) {
    shown = row;
    parts.label.textContent = readable(row.label);
    parts.logit.textContent = signed(row.logit);
    parts.share.textContent = percent(row.probability);
    parts.fill.style.width = (row.probability * 100).toFixed(3) + "%";
    button.setAttribute("aria-label", readable(row.label) + ", " + percent(row.probability) + ", logit " + signed(row.logit) + ". Show why.");
    if (row.index === undefined) delete item.dataset.index;
    else item.dataset.index = row.index;
  }
  return { item, show };
}

/** Mark one class wherever it is drawn; null takes the mark away. */
function pointAt(root, index) {
  for (const part of root.querySelectorAll("[data-index]")) part.classList.toggle("pointed", index !== null && part.dataset.index === String(index));
}
