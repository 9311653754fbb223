// One layer: its settings, its picture, the walk over it and what is under the pointer. Nothing here asks the server.

import { sizeCanvas, typeSize } from "../shared/canvas.js";
import { complain, finder, make, made } from "../shared/dom.js";
import { reducedMotion } from "../shared/page.js";
import { startPlayback } from "../shared/playback.js";
import { paintStill } from "./draw.js";
import { fillSettingField, makeSettingField } from "./fields.js";
import { paintMarks, veilAhead } from "./highlight.js";
import { layoutPicture, makeView, rangeShowing } from "./layout.js";
import { countTo } from "./links.js";
import { listenToGroups, listenToPicture, listenToTransport } from "./listen.js";
import { marksOf, walkCell, walkCount } from "./marks.js";
import { hasWeights } from "./numbers.js";
import { preparePicture } from "./picture.js";
import { presetSizes, SIZES_PRESETS } from "./presets.js";
import {
  makeLayer, PAIRED_SETTINGS, readSetting, SETTING_NAMES, settingsOfKind, settingsRefusal, sidesDiffer, startSettings,
  withSetting,
} from "./settings.js";
import { sayCell, sayPart, showAnswer, showLegend, showTransport } from "./show.js";

const MOST_FILTERS = 64; // whose weights the menu offers
const FIELDS = {
  ".sizes-fields": ["size", "kernel_size", "stride", "padding"],
  ".sizes-more-fields": ["dilation", "output_padding"],
  ".sizes-channel-fields": ["channels", "filters", "groups"],
};

export class LayerView {
  wanted = startSettings(); // what the boxes say
  settings = startSettings(); // what is drawn: the last that torch accepts
  layer = null; // what they make
  apart = false; // whether height and width have a box each
  look = { cells: "numbers", hues: false };
  filter = 0; // whose weights are shown
  drawn = null; // the parts of the layer that are drawn
  layout = null; // where they stand
  picture = null; // what the painters need to know
  context = null;
  walk = "output"; // what it goes over
  playback = startPlayback(1);
  clock = 0; // the frame that it waits for
  revealing = false; // whether outputs show only as the walk comes to them
  hover = null; // the cell under the pointer
  pin = null;
  willDraw = false;

  /**
   * @param {HTMLElement} root
   * @param {(settings: object) => void} tell called after each change, for the link
   */
  constructor(root, tell) {
    this.root = root;
    this.find = finder(root);
    this.tell = tell;
    this.canvas = this.find(".sizes-picture canvas");
    this.still = make("canvas");
    this.buildFields();
    this.buildChips();
    listenToPicture(this);
    listenToTransport(this);
    listenToGroups(this);
  }

  buildFields() {
    const change = (name, text, side) => this.typed(name, text, side);
    this.fields = Object.entries(FIELDS).flatMap(([place, names]) => names.map((name) => {
      const field = makeSettingField(name, change);
      this.find(place).append(field.field);
      return field;
    }));
    this.shownFilter = make("select", {
      class: "sizes-filter", "aria-label": "Filter whose weights are shown",
      onchange: () => this.showFilter(Number(this.shownFilter.value)),
    });
    this.filterField = make("label", { class: "field" }, "Weights shown", this.shownFilter);
    this.find(".sizes-channel-fields").append(this.filterField);
  }

  buildChips() {
    /** @type {NodeListOf<any>} */
    const rows = this.root.querySelectorAll("[data-presets]");
    for (const row of rows) {
      for (const preset of SIZES_PRESETS.filter((each) => each.group === row.dataset.presets)) {
        const onclick = () => this.openPreset(preset);
        const sizes = made("span", "soft", ` ${presetSizes(preset)}`);
        row.append(make("button", { type: "button", onclick }, preset.name, sizes));
      }
    }
  }

  openPreset(preset) {
    this.apply(preset.settings);
    const behavior = reducedMotion() ? "auto" : "smooth";
    this.find(".sizes-picture").scrollIntoView({ block: "nearest", behavior });
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
    if (sidesDiffer(settings)) this.apart = true;
    this.fillFields();
    const refusal = settingsRefusal(settings);
    this.root.classList.toggle("sizes-refused", Boolean(refusal));
    if (!refusal) this.take(settings);
    else if (this.layer) this.refuse(refusal);
    else {
      this.apply(startSettings()); // a link asks for what cannot be: there is to be a picture all the same
      this.apply(settings);
    }
  }

  refuse({ reason, changes }) {
    this.pause();
    this.showProblem(reason, changes);
    this.draw();
  }

  take(settings) {
    this.showProblem("", []);
    this.settings = settings;
    this.layer = makeLayer(settings);
    this.hover = null;
    this.pin = null;
    this.drawn = null;
    this.filter = Math.min(this.filter, this.layer.filters - 1);
    if (this.walk === "weight" && !hasWeights(this.layer)) this.walk = "output";
    showAnswer(this);
    this.restart();
    this.tell(settings);
  }

  showProblem(sentence, changes) {
    const place = this.find(".sizes-problem");
    complain(place, sentence);
    if (!changes.length) return;
    place.append(" Nearest that work: ", ...changes.map((change) => this.changeChip(change, this.wanted)));
  }

  /** A button that puts one setting to another value, on one side (0 or 1) or on both (null). */
  changeChip([name, value, side], settings) {
    const where = side === null ? "" : [" (height)", " (width)"][side];
    const text = name === "ceil_mode" ? "round up" : `${SETTING_NAMES[name].toLowerCase()} ${value}${where}`;
    const onclick = () => this.apply(withSetting(settings, name, value, side));
    return make("button", { type: "button", onclick }, text);
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
    this.find(".sizes-apart").checked = this.apart;
    this.find(".sizes-bias-row").hidden = !hasWeights(settings);
    this.find(".sizes-bias").checked = settings.bias;
    const kernel = this.fields.find((field) => field.name === "kernel_size");
    kernel.field.firstChild.textContent = settings.kind === "adaptive" ? "Output" : "Kernel";
    this.filterField.hidden = !hasWeights(settings) || settings.filters < 2;
    const filters = Math.min(settings.filters, MOST_FILTERS);
    this.shownFilter.replaceChildren(...countTo(filters).map((at) => make("option", { value: at }, `of filter ${at}`)));
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

  pause() {
    this.playback = { ...this.playback, playing: false };
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
    const unit = typeSize();
    const width = this.find(".sizes-scroll").clientWidth / unit;
    if (!width) return;
    this.drawn = makeView(this.layer, this.filter, this.drawn);
    this.showWalk();
    const [least, others] = unit > 1 ? [200, 330] : [300, 440]; // what else is to be seen on the screen
    const height = width > 700 ? Math.min(462, Math.max(least, window.innerHeight / unit - others)) : 560;
    this.layout = layoutPicture(this.layer, this.drawn, width, height);
    this.picture = preparePicture(this);
    paintStill(sizeCanvas(this.still, this.layout.width, this.layout.height, unit), this.picture);
    this.context = sizeCanvas(this.canvas, this.layout.width, this.layout.height, unit);
    sayPart(this);
    showLegend(this);
    this.draw();
  }

  /** Move the part that is drawn so that the walk's cell and its window are in it; true where it moved. */
  showWalk() {
    const cell = this.pin || walkCell(this.layer, this.walk, this.playback.at, this.filter);
    const marks = marksOf(this.layer, cell, this.filter);
    const moved = [];
    if (cell.part !== "output") moved.push(this.moveRange("inputSlices", [cell.slice], [0, this.layer.channels]));
    if (cell.part === "weight") return moved.some(Boolean); // it meets inputs and outputs everywhere
    for (const part of ["input", "output"]) {
      for (const [side, map] of [["rows", this.layer.rows], ["columns", this.layer.columns]]) {
        const range = `${part}${side === "rows" ? "Rows" : "Columns"}`;
        moved.push(this.moveRange(range, [...marks[part][side].keys()], [map[`${part}From`], map[`${part}To`]]));
      }
    }
    return moved.some(Boolean);
  }

  /** Move one range of what is drawn so that it holds these places, as far as it may go; true where it moved. */
  moveRange(name, places, whole) {
    if (!places.length) return false;
    const [before] = this.drawn[name];
    this.drawn[name] = rangeShowing(this.drawn[name], Math.min(...places), Math.max(...places), whole);
    return this.drawn[name][0] !== before;
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
