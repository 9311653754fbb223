// "Why this answer": Grad-CAM, the exact sum and occlusion, for any class, or two side by side.

const REASONS = {
  cam: ["Grad-CAM", "Bright cells are places whose features at this layer, were they stronger, would raise the class's logit. It tells where, roughly and only at this layer's few cells; not which feature, and not whether the network would still answer the same without them."],
  sum: ["The exact sum", ""],
  hide: ["Hiding a piece", "A grey square covers one place after the other and the network answers anew: orange where the class loses probability, blue where it gains. It tells what this network really does without that piece; not why, and two things that can stand in for each other both look unimportant."],
};
const SUM_POOLED = "The network averages its last maps and adds them up, so this sum is the logit, to the last digit: no estimate. It tells which maps count and in which places; not what a map stands for. Open one to see.";
const SUM_HIDDEN = "The last layer adds up these features; that sum is exact. Hidden layers stand between them and the pictures' places, so no map can be drawn here: open the logit in Feature maps and follow it down.";

function whyPanel(root, server) {
  const target = make("select");
  const versus = make("select");
  const layer = make("select");
  const patch = make("select", {}, ...[[8, "an eighth"], [6, "a sixth"], [4, "a quarter"], [3, "a third"]].map(([part, text]) => new Option(text + " of the width", part, part === 6, part === 6)));
  const smooth = make("input", { type: "checkbox" });
  const segments = make("div", { class: "segments", role: "group", "aria-label": "Kind of reason" });
  const layerField = make("label", { class: "field" }, "Layer", layer);
  const patchField = make("label", { class: "field" }, "Square", patch);
  const stop = make("button", { type: "button", hidden: true }, "Stop");
  const progress = make("progress", { max: 1, value: 0, "aria-label": "Progress" });
  const [note, status] = [make("p", { class: "note soft" }), make("p", { class: "soft why-status", "aria-live": "polite" })];
  const sides = [makeSide(), makeSide()];
  const state = { kind: "cam", answer: null, layers: null, turn: 0 };
  for (const [kind, [title]] of Object.entries(REASONS)) segments.append(make("button", { type: "button", "data-kind": kind, onclick: () => choose(kind) }, title));
  root.append(
    make("div", { class: "row" }, segments, make("label", { class: "field" }, "Class", target), make("label", { class: "field" }, "Beside", versus), layerField, patchField,
      make("label", { class: "check" }, smooth, "smooth between cells"), stop),
    note, make("div", { class: "why-status-line" }, progress, status), make("div", { class: "sides spread" }, ...sides.map((side) => side.root)));

  function makeSide() {
    const title = make("h2");
    const heat = makeHeat((value, row, column) => "row " + row + ", column " + column + ": " + cellWords(value));
    const terms = make("div", { class: "sum-terms" });
    return { root: make("section", { class: "side" }, title, make("div", { class: "spread" }, heat.root, terms)), title, heat, terms };
  }

  function cellWords(value) {
    if (state.kind === "hide") return (value >= 0 ? "loses " : "gains ") + percent(Math.abs(value)).replace("\u202f%", " points");
    return state.kind === "sum" ? plus(value, 4) + " of the logit" : value.toPrecision(4);
  }

  const targets = () => (versus.value === "" ? [Number(target.value)] : [Number(target.value), Number(versus.value)]);

  function choose(kind) {
    state.kind = kind;
    run();
  }

  function fillClasses(answer, wanted) {
    const order = descending(answer.logits);
    const options = () => order.map((index) => new Option(readable(answer.classes[index]) + ", " + percent(answer.byClass[index]), index));
    const before = versus.value;
    target.replaceChildren(...options());
    versus.replaceChildren(new Option("no second class", ""), ...options());
    target.value = wanted === null ? order[0] : wanted;
    versus.value = before;
  }

  async function fillLayers(answer) {
    if (state.network === answer.network.name) return;
    const layers = await explorer.ask(server.layers({ network: answer.network.name }));
    state.network = answer.network.name;
    layer.replaceChildren(...layers.map((one) => new Option(one.name + " · " + one.shape.join(" × "), one.name)));
    layer.selectedIndex = layers.length - 1;
  }

  async function run() {
    const { answer, kind } = state;
    state.turn += 1;
    const mine = state.turn;
    const current = () => mine === state.turn;
    for (const button of segments.children) button.setAttribute("aria-pressed", String(button.dataset.kind === kind));
    layerField.hidden = kind !== "cam";
    patchField.hidden = kind !== "hide";
    stop.hidden = true;
    progress.hidden = true;
    note.textContent = REASONS[kind][1];
    status.textContent = "Asking the network…";
    const indices = targets();
    sides[1].root.hidden = indices.length < 2;
    indices.forEach((index, place) => (sides[place].title.textContent = readable(answer.classes[index]) + ", " + percent(answer.byClass[index]) + ", logit " + signed(answer.logits[index])));
    try {
      await { cam: runCam, sum: runSum, hide: runHide }[kind](answer, indices, current);
      if (current()) status.textContent = state.said || "";
    } catch (error) {
      if (current()) status.textContent = error.message;
    } finally {
      if (current()) stop.hidden = progress.hidden = true;
    }
  }

  const asking = (answer, index) => ({ photo: answer.photo.token, network: answer.network.name, target: index });

  async function runCam(answer, indices, current) {
    await fillLayers(answer);
    const maps = await Promise.all(indices.map((index) => explorer.ask(server.grad_cam({ ...asking(answer, index), layer: layer.value }))));
    if (!current()) return;
    const reach = Math.max(...maps.flatMap((map) => map.values));
    state.said = maps[0].height + " × " + maps[0].width + " cells" + (reach > 0 ? "" : ": nothing at this layer speaks for the class");
    maps.forEach((map, place) => {
      sides[place].terms.replaceChildren();
      sides[place].heat.root.hidden = false;
      sides[place].heat.show(map, answer.saw, { scheme: "sequential", reach, smooth: smooth.checked, label: "Grad-CAM for " + readable(answer.classes[indices[place]]) });
    });
  }

  async function runSum(answer, indices, current) {
    const sums = await Promise.all(indices.map((index) => explorer.ask(server.exact_sum(asking(answer, index)))));
    if (!current()) return;
    note.textContent = sums[0].places ? SUM_POOLED : SUM_HIDDEN;
    const reach = Math.max(...sums.flatMap((sum) => (sum.places ? sum.places.values.map(Math.abs) : [0])));
    state.said = sums[0].places ? "The map and the terms are the same sum, by place and by map." : "";
    sums.forEach((sum, place) => {
      const { heat, terms } = sides[place];
      heat.root.hidden = !sum.places;
      if (sum.places) heat.show(sum.places, answer.saw, { scheme: "diverging", reach, smooth: smooth.checked, label: "Each place's share in the logit of " + readable(answer.classes[indices[place]]) });
      terms.replaceChildren(sumTable(sum, indices[place]));
    });
  }

  async function runHide(answer, indices, current) {
    const size = Math.max(2, Math.round(answer.size / Number(patch.value)));
    stop.hidden = progress.hidden = false;
    const grids = indices.map(() => null);
    for (let row = 0; grids[0] === null || row < grids[0].height; row += 1) {
      const replies = await Promise.all(indices.map((index) => explorer.ask(server.occlusion({ ...asking(answer, index), patch: size, row }))));
      if (!current()) return;
      replies.forEach((reply, place) => {
        const count = reply.starts.length;
        grids[place] ||= { height: count, width: count, values: new Array(count * count).fill(null) };
        reply.probabilities.forEach((share, column) => (grids[place].values[row * count + column] = answer.byClass[indices[place]] - share));
      });
      const reach = Math.max(0.01, ...grids.flatMap((grid) => grid.values.map((value) => Math.abs(value || 0))));
      grids.forEach((grid, place) => {
        sides[place].terms.replaceChildren();
        sides[place].heat.root.hidden = false;
        sides[place].heat.show(grid, answer.saw, { scheme: "diverging", reach, smooth: smooth.checked, label: "What hiding each place costs " + readable(answer.classes[indices[place]]) });
      });
      progress.value = (row + 1) / grids[0].height;
      status.textContent = (row + 1) * grids[0].width + " of " + grids[0].height ** 2 + " places";
    }
    state.said = grids[0].height ** 2 + " places, " + size + " × " + size + " pixels hidden at a time";
  }

  stop.addEventListener("click", () => {
    state.turn += 1;
    stop.hidden = progress.hidden = true;
    status.textContent = "Stopped; what was found stays.";
  });
  for (const control of [target, versus, layer, patch, smooth]) control.addEventListener("change", run);

  return {
    show(answer, wanted) {
      answer.byClass ||= softmaxOpened(answer.logits, answer.temperature).probabilities;
      state.answer = answer;
      fillClasses(answer, wanted);
      return run();
    },
  };
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
