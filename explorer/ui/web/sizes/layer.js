// One layer: its settings, its picture, the walk over it and what is under the pointer. Nothing here asks the server.

class LayerView {
  constructor(root, tell) {
    this.root = root;
    this.tell = tell; // called with the settings after each change, for the link
    this.canvas = this.find(".sizes-picture canvas");
    this.still = document.createElement("canvas");
    this.playback = startPlayback(1);
    Object.assign(this, { walk: "output", filter: 0, hover: null, pin: null, revealing: false, look: { cells: "numbers", hues: false } });
    this.buildFields();
    this.buildChips();
    listenToPicture(this);
    listenToTransport(this);
    listenToGroups(this);
  }

  find(selector) {
    return this.root.querySelector(selector);
  }

  buildFields() {
    const change = (name, text, side) => this.typed(name, text, side);
    const rows = { ".sizes-fields": ["size", "kernel_size", "stride", "padding"], ".sizes-more-fields": ["dilation", "output_padding"],
      ".sizes-channel-fields": ["channels", "filters", "groups"] };
    this.fields = Object.entries(rows).flatMap(([place, names]) => names.map((name) => {
      const field = makeSettingField(name, change);
      this.find(place).append(field.field);
      return field;
    }));
    this.shownFilter = makeNode("select", { className: "sizes-filter" });
    this.shownFilter.setAttribute("aria-label", "Filter whose weights are shown");
    this.shownFilter.addEventListener("change", () => this.showFilter(Number(this.shownFilter.value)));
    this.filterField = makeNode("label", { className: "field", textContent: "Weights shown" }, [this.shownFilter]);
    this.find(".sizes-channel-fields").append(this.filterField);
  }

  buildChips() {
    for (const row of this.root.querySelectorAll("[data-presets]")) {
      for (const preset of SIZES_PRESETS.filter((each) => each.group === row.dataset.presets)) {
        const sizes = makeNode("span", { className: "soft", textContent: ` ${presetSizes(preset)}` });
        const chip = makeNode("button", { type: "button" }, [preset.name, sizes]);
        chip.addEventListener("click", () => {
          this.apply(preset.settings);
          this.find(".sizes-picture").scrollIntoView({ block: "nearest", behavior: explorer.reducedMotion() ? "auto" : "smooth" });
        });
        row.append(chip);
      }
    }
  }

  /** A visitor typed into a box, or stepped it: take it, or say what is expected and keep the picture. */
  typed(name, text, side) {
    const box = this.fields.find((field) => field.name === name);
    const read = readSetting(name, text);
    if (read.problem) {
      const input = box.inputs[PAIRED_SETTINGS.includes(name) ? side : 0];
      input.value = text;
      input.setAttribute("aria-invalid", "true");
      this.showProblem(`${read.problem} “${String(text).slice(0, 20)}” is none; the picture stays as it was.`, []);
      return;
    }
    const one = PAIRED_SETTINGS.includes(name) && !this.apart ? null : side;
    this.apply(withSetting(this.wanted, name, read.value, one));
  }

  /** Take settings: draw them where torch accepts them, else say why not and what is nearest. */
  apply(settings) {
    this.wanted = settings;
    if (PAIRED_SETTINGS.some((name) => settings[name][0] !== settings[name][1])) this.apart = true;
    this.fillFields();
    const refusal = settingsRefusal(settings);
    this.root.classList.toggle("sizes-refused", Boolean(refusal));
    if (refusal) {
      this.playback = { ...this.playback, playing: false };
      this.showProblem(refusal.reason, refusal.changes);
      if (this.layer) this.draw();
      else this.applyOver(startSettings(), settings); // a link asks for what cannot be
      return;
    }
    this.showProblem("", []);
    this.settings = settings;
    this.layer = makeLayer(settings);
    Object.assign(this, { hover: null, pin: null, revealing: false, view: null });
    this.filter = Math.min(this.filter, this.layer.filters - 1);
    if (this.walk === "weight" && !hasWeights(this.layer)) this.walk = "output";
    this.playback = { ...startPlayback(1, this.playback.speed) };
    showAnswer(this);
    this.restart();
    this.tell(settings);
  }

  /** Draw settings that can be drawn, then say of the others why they cannot. */
  applyOver(drawn, settings) {
    this.apply(drawn);
    this.apply(settings);
  }

  showProblem(sentence, changes) {
    const place = this.find(".sizes-problem");
    place.hidden = !sentence;
    place.textContent = sentence;
    if (changes.length) place.append(" Nearest that work: ", ...changes.map((change) => this.changeChip(change, this.wanted)));
  }

  /** A button that puts one setting to another value. */
  changeChip([name, value, side], settings) {
    const where = side === null || side === undefined ? "" : [" (height)", " (width)"][side];
    const text = value === true ? "round up" : `${(SETTING_NAMES[name] || name).toLowerCase()} ${value}${where}`;
    const chip = makeNode("button", { type: "button", textContent: text });
    chip.addEventListener("click", () => this.apply(withSetting(settings, name, value, side === undefined ? null : side)));
    return chip;
  }

  fillFields() {
    const settings = this.wanted;
    const shown = settingsOfKind(settings.kind);
    this.find(".sizes-kind").value = settings.kind;
    for (const field of this.fields) {
      field.field.hidden = !shown.includes(field.name);
      fillSettingField(field, [settings[field.name]].flat(), this.apart);
    }
    const pooled = settings.kind === "max" || settings.kind === "average";
    this.find(".sizes-ceil-row").hidden = !pooled;
    this.find(".sizes-ceil").checked = settings.ceil_mode;
    this.find(".sizes-apart").checked = Boolean(this.apart);
    this.find(".sizes-bias-row").hidden = !hasWeights(settings);
    this.find(".sizes-bias").checked = settings.bias;
    const kernel = this.fields.find((field) => field.name === "kernel_size");
    kernel.field.firstChild.textContent = settings.kind === "adaptive" ? "Output" : "Kernel";
    this.filterField.hidden = !hasWeights(settings) || settings.filters < 2;
    const filters = Math.min(settings.filters, 64);
    this.shownFilter.replaceChildren(...countTo(filters).map((at) => makeNode("option", { value: at, textContent: `of filter ${at}` })));
    this.shownFilter.value = Math.min(this.filter, filters - 1);
    this.find('.sizes-walk option[value="weight"]').disabled = !hasWeights(settings);
  }

  showFilter(filter) {
    this.filter = filter;
    this.shownFilter.value = filter;
    this.pin = null;
    this.relayout();
  }

  /** A click on another filter's output: its weights are shown, and the cell stays pinned. */
  showFilterKeepingPin(cell) {
    this.showFilter(cell.slice);
    this.pin = cell;
    this.draw();
  }

  /** The walk begins anew over the part that it goes over. */
  restart() {
    this.find(".sizes-walk").value = this.walk;
    this.playback = startPlayback(walkCount(this.layer, this.walk, this.filter), this.playback.speed);
    this.revealing = false;
    this.relayout();
  }

  /** The cell that is highlighted: under the pointer, else pinned, else where the walk stands. */
  cell() {
    return this.hover || this.pin || walkCell(this.layer, this.walk, this.playback.at, this.filter);
  }

  /** Arrange and paint everything anew: for another layer, width, theme or part of the layer. */
  relayout() {
    if (!this.layer) return;
    const width = this.find(".sizes-scroll").clientWidth;
    if (!width) return;
    this.view = makeView(this.layer, this.filter, this.view);
    this.showWalk();
    const height = width > 700 ? Math.min(462, Math.max(300, window.innerHeight - 440)) : 560;
    this.layout = layoutPicture(this.layer, this.view, width, height);
    this.picture = preparePicture(this);
    paintStill(prepareCanvas(this.still, this.layout.width, this.layout.height), this.picture);
    this.context = prepareCanvas(this.canvas, this.layout.width, this.layout.height);
    sayPart(this);
    showLegend(this);
    this.draw();
  }

  /** Move the part that is drawn so that the walk's cell and its window are in it; true where it moved. */
  showWalk() {
    const cell = this.pin || walkCell(this.layer, this.walk, this.playback.at, this.filter);
    const marks = marksOf(this.layer, cell, this.filter);
    let moved = false;
    if (cell.part !== "output") {
      const slices = rangeShowing(this.view.inputSlices, cell.slice, cell.slice, [0, this.layer.channels]);
      moved = slices[0] !== this.view.inputSlices[0];
      this.view.inputSlices = slices;
    }
    for (const [part, side] of [["input", "input"], ["output", "output"]]) {
      for (const [name, map] of [["rows", this.layer.rows], ["columns", this.layer.columns]]) {
        const at = [...marks[part][name].keys()];
        if (!at.length || cell.part === "weight") continue;
        const range = `${part}${name === "rows" ? "Rows" : "Columns"}`;
        const next = rangeShowing(this.view[range], Math.min(...at), Math.max(...at), [map[`${side}From`], map[`${side}To`]]);
        moved = moved || next[0] !== this.view[range][0];
        this.view[range] = next;
      }
    }
    return moved;
  }

  draw() {
    const { context, layout, layer } = this;
    if (!context) return;
    const cell = this.cell();
    context.drawImage(this.still, 0, 0, layout.width, layout.height);
    if (this.revealing && !this.hover && !this.pin && cell.part === "output") veilAhead(context, this.picture, cell);
    paintMarks(context, this.picture, marksOf(layer, cell, this.filter), cell);
    sayCell(this, cell);
    showTransport(this);
  }
}
