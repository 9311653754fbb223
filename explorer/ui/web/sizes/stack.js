// A stack of layers: rows to add, edit, move and remove; ready-made ones; text in, code and tables out.
// The server reads the text and walks the stack; an answer that comes late never replaces a newer one.

class StackView {
  constructor(root, server, tell, look) {
    Object.assign(this, { root, server, tell, look, turn: 0, lines: [], shape: [3, 32, 32], network: "", lesson: "", chosen: 0, edited: false, marked: -1 });
    this.find(".sizes-new").append(...newLayerLine(undefined, []).map((kind) => makeNode("option", { value: kind, textContent: kind })));
    listenToStack(this);
  }

  find(selector) {
    return this.root.querySelector(selector);
  }

  /** Fill the menu and open what a link asks for, else the first lesson. */
  async begin(link) {
    if (this.begun) return;
    this.begun = true;
    try {
      this.lessons = await explorer.ask(this.server.stack_menu({}));
    } catch (error) {
      this.begun = false;
      this.showProblem(error.message);
      return;
    }
    const menu = this.find(".sizes-menu");
    const option = (value, text) => makeNode("option", { value, textContent: text });
    menu.append(makeNode("optgroup", { label: "Lessons" }, this.lessons.map((lesson) => option(`lesson:${lesson.name}`, lesson.title))));
    const asked = stackFromLink(link);
    if (asked.network) await this.openNetwork(asked.network, asked.shape);
    else if (asked.lines.length) await this.openLines(asked.lines, asked.shape || this.shape, { edited: true });
    else await this.openLesson(this.lessons.some((each) => each.name === asked.lesson) ? asked.lesson : "start", asked.chosen);
    if (!this.result) await this.openInstead("start");
    const groups = await explorer.ask(this.server.network_menu({})).catch(() => []);
    for (const group of groups) {
      menu.append(makeNode("optgroup", { label: group.label }, group.names.map((name) => option(`network:${name}`, name.replace("torchvision/", "")))));
    }
    this.showMenu();
  }

  /** A lesson where a link asks for what cannot be shown; the reason stays on the page. */
  async openInstead(lesson) {
    const reason = this.find(".sizes-stack-problem").textContent;
    await this.openLesson(lesson);
    if (this.result) this.showProblem(`${reason} The link asks for it; a ready-made stack is shown instead.`);
  }

  showMenu() {
    const menu = this.find(".sizes-menu");
    menu.value = this.network ? `network:${this.network}` : this.lesson && !this.edited ? `lesson:${this.lesson}` : "";
  }

  async openLesson(name, chosen = 0) {
    const lesson = this.lessons.find((each) => each.name === name);
    const at = Math.min(Math.max(0, chosen), lesson.stacks.length - 1);
    const texts = lesson.stacks.map((stack) => stack.text);
    await this.ask(() => this.server.walk_stacks({ texts, shape: lesson.shape }), (results) => {
      Object.assign(this, { lesson: name, chosen: at, network: "", edited: false, compared: results });
      this.show(results[at]);
    });
  }

  /** Walk these lines for a picture of `shape`; on an error the table from before stays. */
  async openLines(lines, shape, { edited }) {
    await this.ask(() => this.server.walk_stacks({ texts: [lines.join("\n")], shape }), ([result]) => {
      Object.assign(this, { network: "", edited, compared: null });
      this.show(result);
    });
  }

  async openNetwork(network, shape = null) {
    const sides = shape ? { height: shape[1], width: shape[2] } : {};
    await this.ask(() => this.server.trace_stack({ network, ...sides }), (result) => {
      Object.assign(this, { network: result.network, lesson: "", edited: false, compared: null });
      this.show(result);
    });
  }

  /** Ask the server; while it works the table is dimmed, and a late answer is dropped. */
  async ask(request, use) {
    this.turn += 1;
    const mine = this.turn;
    this.root.classList.add("sizes-waiting");
    try {
      const answer = await explorer.ask(request());
      if (mine !== this.turn) return;
      this.showProblem("");
      use(answer);
    } catch (error) {
      if (mine === this.turn) this.showProblem(error.message);
    } finally {
      if (mine === this.turn) this.root.classList.remove("sizes-waiting");
    }
  }

  showProblem(text) {
    this.find(".sizes-stack-problem").textContent = text;
    this.find(".sizes-stack-problem").hidden = !text;
  }

  /** Show a walked or traced stack. */
  show(result) {
    this.result = result;
    this.shape = result.shape;
    this.lines = this.network ? [] : result.rows.map((row) => row.name);
    this.marked = result.rows.findIndex((row) => row.error);
    if (this.marked < 0) this.marked = result.rows.length - 1;
    for (const box of this.root.querySelectorAll(".sizes-side")) {
      box.value = this.shape[Number(box.dataset.side)];
      box.removeAttribute("aria-invalid");
      box.disabled = Boolean(this.network) && box.dataset.side === "0";
    }
    this.showMenu();
    showLesson(this);
    fillBreak(this.find(".sizes-break"), result, (...action) => this.act(...action));
    fillStackTable(this.find(".sizes-rows"), result, !this.network, (...action) => this.act(...action));
    this.find(".sizes-totals").textContent = `In all ${totalsText(result)}.`;
    this.find(".sizes-add").hidden = this.find(".sizes-text-in").hidden = Boolean(this.network);
    this.find(".sizes-stack-code").textContent = result.code || networkCode(result);
    const square = [1, 3].includes(this.shape[0]) && this.shape[1] === this.shape[2];
    this.find(".sizes-stack-open").disabled = Boolean(this.network) || !square || result.rows.some((row) => row.error);
    this.find(".sizes-stack-open").title = square ? "" : "A stack is opened on square pictures of 1 or 3 channels";
    this.draw();
    const broken = result.rows.some((row) => row.error);
    this.find(".sizes-tower-scroll").scrollLeft = broken ? this.find(".sizes-tower").clientWidth : 0; // show where it breaks
    const link = stackToLink(this);
    this.find(".sizes-stack-link").disabled = !Object.keys(link).length;
    this.find(".sizes-unlinked").hidden = !this.find(".sizes-stack-link").disabled;
    this.tell(link);
  }

  /** What a row's controls ask for. */
  act(name, at, value) {
    const lines = [...this.lines];
    if (name === "mark") {
      this.mark(at);
      return;
    }
    if (name === "look") {
      this.look(this.result.rows[at].settings);
      return;
    }
    if (name === "edit") lines.splice(at, 1, ...value.split("\n"));
    if (name === "remove") lines.splice(at, 1);
    if (name === "up") lines.splice(at - 1, 0, ...lines.splice(at, 1));
    if (name === "down") lines.splice(at + 1, 0, ...lines.splice(at, 1));
    const taken = this.openLines(name === "fix" ? value : lines, this.shape, { edited: true });
    if (name === "edit") taken.then(() => this.markUnread(at, value));
  }

  /** A line that could not be read stays in its box, marked. */
  markUnread(at, text) {
    const box = this.root.querySelectorAll(".sizes-rows tbody input")[at];
    const refused = !this.find(".sizes-stack-problem").hidden && box && box.value === text;
    if (refused) box.setAttribute("aria-invalid", "true");
  }

  mark(at) {
    if (this.marked === at) return;
    this.marked = at;
    this.draw();
  }

  draw() {
    const scroll = this.find(".sizes-tower-scroll");
    if (!this.result || !scroll.clientWidth) return;
    this.tower = towerLayout(this.result, scroll.clientWidth - 4);
    paintTower(this.find(".sizes-tower"), this.result, this.tower, this.marked, readInk(this.root));
    sayRow(this);
  }
}

/** The lesson's sentence and its stacks side by side; for a network, what is to be known of its numbers. */
function showLesson(view) {
  const lesson = view.lessons.find((each) => each.name === view.lesson);
  const open = lesson && !view.network && !view.edited;
  const joins = view.network && view.result.rows.some((row) => row.joins);
  const note = view.network ? `Traced from the network itself, without running it, with ${view.result.classes.toLocaleString("en")} classes.`
    + (joins ? " Where branches meet, what a unit sees is an upper bound." : "") : "";
  const place = view.find(".sizes-lesson");
  place.textContent = open ? lesson.text : note;
  place.hidden = !place.textContent;
  const table = view.find(".sizes-compare");
  const many = open && view.compared && view.compared.length > 1;
  table.parentElement.hidden = !many;
  if (many) fillCompare(table, lesson.stacks.map((stack) => stack.label), view.compared, view.chosen, (at) => view.openLesson(view.lesson, at));
}

/** Under the tower: the row that is looked at, in words. */
function sayRow(view) {
  const row = view.result.rows[view.marked];
  const seen = row && row.receptive_field ? ` One unit sees ${fieldText(row.receptive_field, view.result.shape)} of the picture’s ${view.result.shape[1]} × ${view.result.shape[2]} pixels.` : "";
  const words = row && row.shape ? `${row.name} gives ${shapeText(row.shape)}.${seen}` : "";
  view.find(".sizes-row-says").textContent = words;
}

function networkCode(result) {
  const torchvision = result.network.startsWith("torchvision/");
  const name = result.network.replace("torchvision/", "");
  const build = torchvision ? `torchvision.models.get_model("${name}")` : `build_model("${name}", in_channels=${result.shape[0]})`;
  const from = torchvision ? "import torchvision" : "from explorer.models import build_model";
  return `import torch\n${from}\n\nmodel = ${build}.eval()\nprint(model(torch.zeros(1, ${result.shape.join(", ")})).shape)\n`;
}

function listenToStack(view) {
  const on = (selector, name, act) => view.find(selector).addEventListener(name, act);
  on(".sizes-menu", "change", (event) => {
    const [kind, name] = event.target.value.split(":");
    if (kind === "lesson") view.openLesson(name);
    else if (kind === "network") view.openNetwork(name);
    else if (view.lines.length) view.openLines(view.lines, view.shape, { edited: true });
  });
  for (const box of view.root.querySelectorAll(".sizes-side")) box.addEventListener("change", () => takeSide(view, box));
  on(".sizes-add-button", "click", () => {
    const reached = view.result ? view.result.rows.filter((row) => row.shape) : [];
    const shape = reached.length ? reached[reached.length - 1].shape : view.shape;
    view.openLines([...view.lines, newLayerLine(view.find(".sizes-new").value, shape)], view.shape, { edited: true });
  });
  on(".sizes-read-text", "click", () => view.openLines([view.find(".sizes-text").value], view.shape, { edited: true }));
  on(".sizes-tower", "pointermove", (event) => {
    const box = event.target.getBoundingClientRect();
    const row = view.tower ? towerRowAt(view.tower, ((event.clientX - box.left) / box.width) * view.tower.width) : null;
    if (row !== null && row >= 0) view.mark(row);
  });
  on(".sizes-tower-scroll", "keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step || !view.result) return;
    event.preventDefault();
    view.mark(Math.min(view.result.rows.length - 1, Math.max(0, view.marked + step)));
  });
  const name = () => (view.network || view.lesson || "stack").replace(/\W+/g, "-");
  on(".sizes-stack-copy", "click", (event) => copyText(event.target, view.find(".sizes-stack-code").textContent));
  on(".sizes-stack-csv", "click", () => saveFile(new Blob([view.result.csv], { type: "text/csv" }), `${name()}.csv`));
  on(".sizes-stack-png", "click", () => view.find(".sizes-tower").toBlob((blob) => saveFile(blob, `${name()}.png`)));
  on(".sizes-stack-link", "click", (event) => copyText(event.target, location.href));
  on(".sizes-stack-open", "click", () => {
    explorer.set("network", { name: `stack:${view.shape.join("x")}:${view.lines.join(";")}`, label: "Your stack" });
    openTab("maps");
  });
}

/** A visitor typed the picture's channels, height or width. */
function takeSide(view, box) {
  const value = Number(box.value.trim());
  if (!/^\d{1,4}$/.test(box.value.trim()) || value < 1) {
    box.setAttribute("aria-invalid", "true");
    view.showProblem(`The picture's sides must be whole numbers from 1 to 8,192; “${box.value.slice(0, 20)}” is none. The stack stays as it was.`);
    return;
  }
  const shape = view.shape.map((side, at) => (at === Number(box.dataset.side) ? value : side));
  if (view.network) view.openNetwork(view.network, shape);
  else view.openLines(view.lines, shape, { edited: true });
}
