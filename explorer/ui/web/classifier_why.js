// "Why this answer": Grad-CAM, the exact sum and occlusion, for any class, or two side by side.

const REASONS = {
  cam: ["Grad-CAM", "Bright cells are places whose features at this layer, were they stronger, would raise the class's logit. It tells where, roughly and only at this layer's few cells; not which feature, and not whether the network would still answer the same without them."],
  sum: ["The exact sum", ""],
  hide: ["Hiding a piece", "A grey square covers one place after the other and the network answers anew: orange where the class loses probability, blue where it gains. It tells what this network really does without that piece; not why, and two things that can stand in for each other both look unimportant."],
};
const SUM_POOLED = "The network averages its last maps and adds them up, so this sum is the logit, to the last digit: no estimate. It tells which maps count and in which places; not what a map stands for. Open one to see.";
const SUM_HIDDEN = "The last layer adds up these features; that sum is exact. Hidden layers stand between them and the pictures' places, so no map can be drawn here: open the logit in Feature maps and follow it down.";
const PATCH_PARTS = [[8, "an eighth"], [6, "a sixth"], [4, "a quarter"], [3, "a third"]];

class WhyPanel {
  constructor(root, server) {
    Object.assign(this, { server, kind: "cam", answer: null, network: "", turn: 0 });
    const changed = { onchange: () => this.run() };
    [this.target, this.versus, this.layer] = [0, 1, 2].map(() => make("select", changed));
    this.patch = make("select", changed, ...PATCH_PARTS.map(([part, text]) => new Option(text + " of the width", part, part === 6, part === 6)));
    this.smooth = make("input", { type: "checkbox", ...changed });
    this.layerField = make("label", { class: "field" }, "Layer", this.layer);
    this.patchField = make("label", { class: "field" }, "Square", this.patch);
    this.stopButton = make("button", { type: "button", hidden: true, onclick: () => this.stop() }, "Stop");
    this.progress = make("progress", { max: 1, value: 0, "aria-label": "Progress" });
    this.note = make("p", { class: "note soft" });
    this.status = make("p", { class: "soft why-status", "aria-live": "polite" });
    this.sides = [this.makeSide(), this.makeSide()];
    this.segments = make("div", { class: "segments", role: "group", "aria-label": "Kind of reason" },
      ...Object.entries(REASONS).map(([kind, [title]]) => make("button", { type: "button", "data-kind": kind, onclick: () => this.choose(kind) }, title)));
    root.append(
      make("div", { class: "row" }, this.segments, make("label", { class: "field" }, "Class", this.target), make("label", { class: "field" }, "Beside", this.versus), this.layerField, this.patchField,
        make("label", { class: "check" }, this.smooth, "smooth between cells"), this.stopButton),
      this.note, make("div", { class: "why-status-line" }, this.progress, this.status), make("div", { class: "sides spread" }, ...this.sides.map((side) => side.root)));
  }

  makeSide() {
    const title = make("h2");
    const heat = new Heat((value, row, column) => "row " + row + ", column " + column + ": " + this.cellWords(value));
    const terms = make("div", { class: "sum-terms" });
    return { root: make("section", { class: "side" }, title, make("div", { class: "spread" }, heat.root, terms)), title, heat, terms };
  }

  cellWords(value) {
    if (this.kind === "hide") return (value >= 0 ? "loses " : "gains ") + percent(Math.abs(value)).replace("\u202f%", " points");
    return this.kind === "sum" ? plus(value, 4) + " of the logit" : value.toPrecision(4);
  }

  show(answer, wanted) {
    answer.byClass ||= softmaxOpened(answer.logits, answer.temperature).probabilities;
    this.answer = answer;
    this.fillClasses(wanted);
    return this.run();
  }

  fillClasses(wanted) {
    const { classes, logits, byClass } = this.answer;
    const order = descending(logits);
    const options = () => order.map((index) => new Option(readable(classes[index]) + ", " + percent(byClass[index]), index));
    const before = this.versus.value;
    this.target.replaceChildren(...options());
    this.versus.replaceChildren(new Option("no second class", ""), ...options());
    this.target.value = wanted === null ? order[0] : wanted;
    this.versus.value = before;
  }

  async fillLayers() {
    const { name } = this.answer.network;
    if (this.network === name) return;
    const layers = await explorer.ask(this.server.layers({ network: name }));
    this.network = name;
    this.layer.replaceChildren(...layers.map((one) => new Option(one.name + " · " + one.shape.join(" × "), one.name)));
    this.layer.selectedIndex = layers.length - 1;
  }

  choose(kind) {
    this.kind = kind;
    this.run();
  }

  stop() {
    this.turn += 1;
    this.stopButton.hidden = this.progress.hidden = true;
    this.status.textContent = "Stopped; what was found stays.";
  }

  /** Find the reason anew; whatever is still under way for an older question is dropped when it comes. */
  async run() {
    const { answer, kind } = this;
    this.turn += 1;
    const mine = this.turn;
    const current = () => mine === this.turn;
    const indices = this.versus.value === "" ? [Number(this.target.value)] : [Number(this.target.value), Number(this.versus.value)];
    this.prepare(indices);
    try {
      const said = await { cam: () => this.runCam(answer, indices, current), sum: () => this.runSum(answer, indices, current), hide: () => this.runHide(answer, indices, current) }[kind]();
      if (current()) this.status.textContent = said;
    } catch (error) {
      if (current()) this.status.textContent = error.message;
    } finally {
      if (current()) this.stopButton.hidden = this.progress.hidden = true;
    }
  }

  prepare(indices) {
    const { answer, kind } = this;
    for (const button of this.segments.children) button.setAttribute("aria-pressed", String(button.dataset.kind === kind));
    this.layerField.hidden = kind !== "cam";
    this.patchField.hidden = kind !== "hide";
    this.stopButton.hidden = this.progress.hidden = true;
    this.note.textContent = REASONS[kind][1];
    this.status.textContent = "Asking the network…";
    this.sides[1].root.hidden = indices.length < 2;
    indices.forEach((index, place) => (this.sides[place].title.textContent = readable(answer.classes[index]) + ", " + percent(answer.byClass[index]) + ", logit " + signed(answer.logits[index])));
  }

  /** One request a class, at the same time. */
  ask(method, answer, indices, more = {}) {
    return Promise.all(indices.map((target) => explorer.ask(this.server[method]({ photo: answer.photo.token, network: answer.network.name, target, ...more }))));
  }

  /** Draw one map a class, all on one scale; null leaves that side without a map. */
  showHeats(answer, indices, grids, { words, ...look }) {
    grids.forEach((grid, place) => {
      const { heat } = this.sides[place];
      heat.root.hidden = !grid;
      if (grid) heat.show(grid, answer.saw, { ...look, smooth: this.smooth.checked, label: words + readable(answer.classes[indices[place]]) });
    });
  }

  async runCam(answer, indices, current) {
    await this.fillLayers();
    const maps = await this.ask("grad_cam", answer, indices, { layer: this.layer.value });
    if (!current()) return "";
    const reach = Math.max(...maps.flatMap((map) => map.values));
    for (const side of this.sides) side.terms.replaceChildren();
    this.showHeats(answer, indices, maps, { scheme: "sequential", reach, words: "Grad-CAM for " });
    return maps[0].height + " × " + maps[0].width + " cells" + (reach > 0 ? "" : ": nothing at this layer speaks for the class");
  }

  async runSum(answer, indices, current) {
    const sums = await this.ask("exact_sum", answer, indices);
    if (!current()) return "";
    this.note.textContent = sums[0].places ? SUM_POOLED : SUM_HIDDEN;
    const reach = Math.max(...sums.flatMap((sum) => (sum.places ? sum.places.values.map(Math.abs) : [0])));
    this.showHeats(answer, indices, sums.map((sum) => sum.places), { scheme: "diverging", reach, words: "Each place's share in the logit of " });
    sums.forEach((sum, place) => this.sides[place].terms.replaceChildren(sumTable(sum, indices[place])));
    return sums[0].places ? "The map and the terms are the same sum, by place and by map." : "";
  }

  async runHide(answer, indices, current) {
    const size = Math.max(2, Math.round(answer.size / Number(this.patch.value)));
    this.stopButton.hidden = this.progress.hidden = false;
    for (const side of this.sides) side.terms.replaceChildren();
    const grids = [];
    let count = 1;
    for (let row = 0; row < count; row += 1) {
      const replies = await this.ask("occlusion", answer, indices, { patch: size, row });
      if (!current()) return "";
      count = replies[0].starts.length;
      replies.forEach(({ probabilities }, place) => {
        grids[place] ||= { height: count, width: count, values: new Array(count * count).fill(null) };
        probabilities.forEach((share, column) => (grids[place].values[row * count + column] = answer.byClass[indices[place]] - share));
      });
      const reach = Math.max(0.01, ...grids.flatMap((grid) => grid.values.map((value) => Math.abs(value || 0))));
      this.showHeats(answer, indices, grids, { scheme: "diverging", reach, words: "What hiding each place costs " });
      this.progress.value = (row + 1) / count;
      this.status.textContent = (row + 1) * count + " of " + count ** 2 + " places";
    }
    return count ** 2 + " places, " + size + " × " + size + " pixels hidden at a time";
  }
}

/** The terms of an exact sum as a table; a term's button opens its map in Feature maps. */
function sumTable(sum, classIndex) {
  const lines = sumLines(sum);
  const reach = Math.max(...sum.terms.map((term) => Math.abs(term.amount)));
  const words = { rest: (line) => line.count + (sum.source ? " more maps" : " more features"), bias: () => "bias", rounding: () => "rounding of the last digit" };
  const row = (line) => {
    const name = line.kind === "term"
      ? make("td", {}, sum.source ? make("button", { type: "button", class: "quiet", title: "Open this map in Feature maps", onclick: () => openChannel(sum.source, line.feature) }, "map " + line.feature) : "feature " + line.feature)
      : make("td", {}, words[line.kind](line));
    const product = line.kind === "term" ? signed(line.weight, 5) + " × " + signed(line.value, 4) : "";
    const share = Math.min(50, (50 * Math.abs(line.amount)) / (reach || 1)); // the rest and the bias may be longer than any term
    const bar = make("span", { class: "term-bar " + (line.amount < 0 ? "below" : "above"), style: `width:${share.toFixed(2)}%;` });
    return make("tr", { class: "sum-" + line.kind }, name, make("td", { class: "number" }, product), make("td", { class: "number" }, line.printed), make("td", { class: "term-track", "aria-hidden": true }, bar));
  };
  const table = make("table", {},
    make("thead", {}, make("tr", {}, make("th", {}, sum.source ? "from" : "feature"), make("th", { class: "number" }, sum.source ? "weight × mean" : "weight × value"), make("th", { class: "number" }, "amount"), make("td", { class: "term-track" }))),
    make("tbody", {}, ...lines.map(row)),
    make("tfoot", {}, make("tr", {}, make("td", {}, "logit"), make("td"), make("td", { class: "number" }, plus(sum.logit, 4)), make("td"))));
  const open = make("button", { type: "button", onclick: () => openChannel(sum.layer, classIndex) }, "Open this logit in Feature maps");
  return make("div", { class: "scroll-x" }, table, open);
}

/** Show one channel of a layer in the Feature maps tab. */
function openChannel(layer, channel) {
  explorer.set("openChannel", { layer, channel });
  explorer.openTab("Feature maps");
}
