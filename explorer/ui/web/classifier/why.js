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
    this.layerField = make("label", { class: "field why-layer" }, "Layer", this.layer);
    this.patchField = make("label", { class: "field why-layer" }, "Square", this.patch);
    this.stopButton = make("button", { type: "button", hidden: true, onclick: () => this.stop() }, "Stop");
    this.progress = make("progress", { max: 1, value: 0, "aria-label": "Progress" });
    this.note = make("p", { class: "note soft" });
    this.status = make("p", { class: "soft why-status", "aria-live": "polite" });
    this.sides = [this.makeSide(), this.makeSide()];
    this.segments = make("div", { class: "segments", role: "group", "aria-label": "Kind of reason" },
      ...Object.entries(REASONS).map(([kind, [title]]) => make("button", { type: "button", "data-kind": kind, onclick: () => this.choose(kind) }, title)));
    root.append(
      make("div", { class: "row why-controls" }, this.segments, make("label", { class: "field" }, "Class", this.target), make("label", { class: "field" }, "Beside", this.versus), this.layerField, this.patchField,
        make("label", { class: "check" }, this.smooth, "smooth"), this.stopButton),
      this.note, make("div", { class: "why-status-line" }, this.progress, this.status), make("div", { class: "sides spread" }, ...this.sides.map((side) => side.root)));
  }

  makeSide() {
    const [title, said, terms] = [make("h2"), make("p", { class: "note side-note", "aria-live": "polite" }), make("div", { class: "sum-terms" })];
    const heat = new Heat((value, row, column) => "row " + row + ", column " + column + ": " + this.cellWords(value));
    const body = make("div", { class: "spread side-body" }, heat.root, heat.colour, terms);
    return { root: make("section", { class: "side" }, title, said, body), title, said, heat, terms, body };
  }

  cellWords(value) {
    if (this.kind === "hide") return (value >= 0 ? "loses " : "gains ") + (this.byLogit ? Math.abs(value).toFixed(3) + " of the logit" : points(Math.abs(value)));
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
    this.versus.replaceChildren(new Option("none", ""), ...options());
    this.target.value = wanted === null ? order[0] : wanted;
    this.versus.value = before;
  }

  async fillLayers() {
    const { name } = this.answer.network;
    if (this.network === name) return;
    const layers = await explorer.ask(this.server.layers({ network: name }));
    this.network = name;
    this.layer.replaceChildren(...layers.map((one) => new Option(one.name + " · " + one.shape.join(" × ") + (one.read_by_head ? " · what the head reads" : ""), one.name)));
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
    this.dropStale();
  }

  /** Maps and terms that answer an older question are taken away; they must not stand under a newer heading. */
  dropStale() {
    for (const side of this.sides.filter(({ body }) => body.classList.contains("stale"))) {
      side.heat.root.hidden = side.heat.colour.hidden = true;
      side.terms.replaceChildren();
      side.body.classList.remove("stale");
    }
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
      if (current()) {
        this.dropStale();
        this.status.textContent = error.message;
      }
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
    this.sides[0].root.classList.toggle("alone", indices.length < 2 && kind !== "sum");
    for (const side of this.sides) {
      side.body.classList.add("stale");
      side.said.replaceChildren();
    }
    indices.forEach((index, place) => (this.sides[place].title.textContent = readable(answer.classes[index]) + ", " + percent(answer.byClass[index]) + ", logit " + signed(answer.logits[index])));
  }

  /** One request a class, at the same time. */
  ask(method, answer, indices, more = {}) {
    return Promise.all(indices.map((target) => explorer.ask(this.server[method]({ photo: answer.photo.token, network: answer.network.name, target, ...more }))));
  }

  /** Draw one map a class, all on one scale; null leaves that side without a map. */
  showHeats(answer, indices, grids, { words, ...look }) {
    grids.forEach((grid, place) => {
      const { heat, body } = this.sides[place];
      body.classList.remove("stale");
      heat.root.hidden = !grid;
      heat.colour.hidden = grids.length > 1 || this.kind === "sum";
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
    maps.forEach((map, place) => map.values.some((value) => value > 0) || this.sides[place].said.replaceChildren(...this.emptyWords(map, answer.classes[indices[place]])));
    return maps[0].height + " × " + maps[0].width + " cells";
  }

  /** An empty map said in words, with a button for a layer whose map is not. */
  emptyWords({ layer, elsewhere }, label) {
    const words = "Empty: nothing at " + layer + " speaks for " + readable(label);
    if (!elsewhere) return [words + ", nor at the layers around it."];
    return [words + ". ", make("button", { type: "button", onclick: () => {
      this.layer.value = elsewhere;
      this.run();
    } }, "Look at " + elsewhere)];
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
    const sides = indices.map((index) => ({ share: answer.byClass[index], logit: answer.logits[index], shares: [], logits: [] }));
    let count = 1;
    for (let row = 0; row < count; row += 1) {
      const replies = await this.ask("occlusion", answer, indices, { patch: size, row });
      if (!current()) return "";
      count = replies[0].starts.length;
      replies.forEach(({ probabilities, logits }, place) => {
        sides[place].shares.push(...probabilities);
        sides[place].logits.push(...logits);
      });
      this.showHidden(answer, indices, sides, count);
      this.progress.value = (row + 1) / count;
      this.status.textContent = (row + 1) * count + " of " + count ** 2 + " places";
    }
    sides.forEach((side, place) => (this.sides[place].said.textContent = hidingWords(side) + (this.byLogit ? " The map shows what each square takes from the logit." : "")));
    return count ** 2 + " places, " + size + " × " + size + " pixels hidden at a time";
  }

  /** What hiding each place costs, in points of probability; where that is next to nothing everywhere, in the logit. */
  showHidden(answer, indices, sides, count) {
    const costs = sides.map((side) => side.shares.map((share) => side.share - share));
    this.byLogit = Math.max(...costs.flat().map(Math.abs)) < HIDING_SHOWS;
    const values = this.byLogit ? sides.map((side) => side.logits.map((logit) => side.logit - logit)) : costs;
    const reach = Math.max(0.01, ...values.flat().map(Math.abs));
    const grids = values.map((known) => ({ height: count, width: count, values: [...known, ...new Array(count * count - known.length).fill(null)] }));
    this.showHeats(answer, indices, grids, { scheme: "diverging", reach, words: "What hiding each place costs " });
  }
}
