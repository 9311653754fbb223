// Tab 4, Classifier. The left column asks for the answer (it stands on every tab); this draws it and opens it up.

const find = (selector) => element.querySelector(selector);
const figure = find(".figure");
const kInput = find(".k");
const state = { k: 5, set: "", open: "", target: null, answer: null };
const bars = [];
let middles = new Map();

const readCard = cardReader(server);
const panels = {
  why: new WhyPanel(find(".panel[data-panel=why]"), server),
  softmax: new SoftmaxPanel(find(".panel[data-panel=softmax]")),
  views: viewsPanel(find(".panel[data-panel=views]"), server),
  mistakes: new MistakesPanel(find(".panel[data-panel=mistakes]"), server),
  many: new ManyPanel(find(".panel[data-panel=many]"), server, upload),
  card: cardPanel(find(".panel[data-panel=card]"), readCard),
};

function readState() {
  const link = explorer.readLink("classifier");
  const k = Number(link.k);
  if (Number.isInteger(k) && k >= 1 && k <= 10) state.k = k;
  state.set = link.names || "";
  if (link.open in panels) state.open = link.open;
}

function writeState() {
  explorer.writeLink("classifier", { k: state.k === 5 ? "" : state.k, names: state.set, open: state.open });
}

// --- the picture

function ranking() {
  const { answer } = state;
  const rows = state.set && answer.sets[state.set] ? answer.sets[state.set] : answer.ranking;
  return rows.slice(0, state.k).map((row) => {
    const index = answer.classes.indexOf(row.label);
    return { ...row, index: !state.set && index >= 0 ? index : undefined };
  });
}

function showBars() {
  const rows = ranking();
  const list = find(".bars");
  while (bars.length < rows.length) {
    bars.push(makeBar(pressed, pointed));
    list.append(bars[bars.length - 1].item);
  }
  bars.forEach((bar, place) => {
    bar.item.hidden = place >= rows.length;
    if (place < rows.length) bar.show(rows[place]);
  });
  const top = list.getBoundingClientRect().top;
  const ends = rows.map((row, place) => {
    const box = bars[place].item.getBoundingClientRect();
    return { ...row, from: middles.get(row.index), to: box.top - top + box.height / 2 };
  });
  for (const part of find(".logit-chart").querySelectorAll("[data-index]")) part.classList.toggle("shown", rows.some((row) => String(row.index) === part.dataset.index));
  drawFlow(find(".flow svg"), ends, Math.max(find(".logit-chart").clientHeight, 100));
}

function showAnswer(answer) {
  find(".problem").hidden = !answer.error;
  find(".problem").textContent = answer.error || "";
  figure.classList.toggle("stale", Boolean(answer.error));
  if (answer.error) return;
  state.answer = answer;
  figure.setAttribute("aria-busy", "false");
  fillSets(answer);
  find(".source").textContent = (answer.trained ? "" : "untrained, so its answers mean nothing · ") + answer.network.label + " · " + answer.classes.length + " classes · " + answer.duration_s.toFixed(3) + " s";
  showTrained(answer.network.name);
  const picture = find(".saw img");
  picture.src = answer.saw;
  picture.alt = "The photograph as the network gets it, " + answer.size + " by " + answer.size + " pixels";
  find(".saw-note").textContent = answer.size + " × " + answer.size + " pixels, " + MODE_WORDS[answer.mode];
  showStrangeness(answer);
  drawFigure();
  if (state.open) panels[state.open].show(answer, state.target);
}

/** The one line that says what the checkpoint is worth, from its card. */
async function showTrained(network) {
  const card = await readCard(network).catch(() => null); // the card's own panel says what went wrong
  if (state.answer.network.name !== network) return;
  find(".trained").textContent = card ? network + ": " + (trainedLine(card) || (card.provenance || {}).note || "its card states no accuracy") : "";
}

function drawFigure() {
  if (!state.answer || !figure.clientWidth) return;
  middles = drawLogits(find(".logit-chart"), state.answer.classes, state.answer.logits, pointed);
  showBars();
  pointed(null);
}

function fillSets(answer) {
  const menu = find(".sets");
  const names = Object.keys(answer.sets);
  find(".sets-field").hidden = !names.length;
  menu.replaceChildren(new Option("all " + answer.classes.length + " classes", ""), ...names.map((name) => new Option(name + " (" + answer.sets[name].length + ")", name)));
  if (!names.includes(state.set)) state.set = "";
  menu.value = state.set;
}

function showStrangeness({ strangeness, threshold, strange }) {
  const box = find(".strange");
  box.hidden = threshold === null;
  figure.classList.toggle("unlike", strange === true);
  if (threshold === null) return;
  const reach = Math.max(Math.abs(strangeness - threshold) * 1.25, Math.abs(threshold) * 0.5, 1);
  find(".mark").style.left = (50 + (50 * (strangeness - threshold)) / reach).toFixed(1) + "%";
  find(".verdict").textContent = strange ? "Unlike anything it was trained on: none of these may be right." : "Yes, by this measure.";
  find(".verdict-numbers").textContent = "strangeness " + signed(strangeness) + ", limit " + signed(threshold);
}

function pointed(index) {
  const { answer } = state;
  const known = answer && index !== null && index !== undefined;
  pointAt(figure, known ? index : null);
  const read = known ? index : descending(answer.logits)[0];
  find(".readout").textContent = followed(answer.classes[read], answer.logits, read, answer.temperature);
}

function pressed(row) {
  state.target = row.index === undefined ? null : row.index;
  openPanel("why", true);
}

// --- the panels, one open at a time

function openPanel(name, keep) {
  state.open = state.open === name && !keep ? "" : name;
  for (const button of element.querySelectorAll(".closer button")) button.setAttribute("aria-expanded", String(button.dataset.panel === state.open));
  for (const panel of element.querySelectorAll(".panel")) panel.hidden = panel.dataset.panel !== state.open;
  writeState();
  if (!state.open) return;
  if (state.answer) panels[state.open].show(state.answer, state.target);
  const behavior = explorer.reducedMotion() ? "auto" : "smooth";
  find(".closer").scrollIntoView({ block: "start", behavior });
}

for (const button of element.querySelectorAll(".closer button")) button.addEventListener("click", () => openPanel(button.dataset.panel));
kInput.addEventListener("input", () => {
  state.k = Number(kInput.value);
  find(".k-shown").textContent = kInput.value;
  writeState();
  if (state.answer) showBars();
});
find(".sets").addEventListener("change", (event) => {
  state.set = event.target.value;
  writeState();
  showBars();
});
element.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && state.open) openPanel(state.open);
});

readState();
kInput.value = state.k;
find(".k-shown").textContent = state.k;
if (state.open) {
  find(`.panel[data-panel=${state.open}]`).hidden = false;
  find(`.closer button[data-panel=${state.open}]`).setAttribute("aria-expanded", "true");
}
new ResizeObserver(drawFigure).observe(figure);
explorer.on("answering", (busy) => figure.classList.toggle("waiting", busy));
explorer.on("answer", showAnswer);
explorer.on("answer", () => (state.target = null));
