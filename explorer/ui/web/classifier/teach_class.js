// One class of a lesson: its name, its photographs as thumbnails, and the ways in: drop, paste, choose, camera.

import { filesDropped, named, PICTURES, withoutClutter } from "../shared/dropped.js";
import { make, made } from "../shared/dom.js";
import { counted } from "../shared/wording.js";
import { MOST_PHOTOGRAPHS } from "./lesson.js";
import { fileInput, takeDrops } from "./ways_in.js";

const MOVED = "text/x-lesson"; // what is dragged from class to class

/** @typedef {{ id: string, name: string, thumbnail: string }} Pupil one photograph of a lesson */

export class ClassCard {
  /** @type {Pupil[]} */
  pupils = [];
  /** @type {Set<Pupil>} */
  chosen = new Set(); // marked, to be moved or removed together

  /**
   * @param {string} name
   * @param {{ take: Function, fail: Function, move: Function, remove: Function, others: Function, changed: Function,
   *   hold: Function, release: Function }} panel what a class asks of the lesson that it is part of
   */
  constructor(name, panel) {
    this.panel = panel;
    this.input = make("input", { type: "text", class: "class-name", maxlength: 60, "aria-label": "Name of the class" });
    this.input.value = name;
    this.input.addEventListener("input", () => panel.changed());
    this.count = made("span", "soft class-count");
    this.list = make("ul", { class: "pupils", "aria-label": "Photographs of this class" });
    this.target = make("select", { "aria-label": "Move to the class", onchange: () => this.moveChosen() });
    this.tools = make("div", { class: "row class-tools", hidden: true },
      make("label", { class: "field" }, "Move to", this.target),
      make("button", { type: "button", onclick: () => this.removeChosen() }, "Remove"));
    this.video = make("video", { class: "class-camera", playsinline: true, muted: true, hidden: true });
    this.root = make("section", { class: "card class-card", tabindex: 0 },
      make("div", { class: "row class-head" }, this.input, this.count,
        make("button", { type: "button", class: "quiet", onclick: () => panel.remove(this) }, "Remove class")),
      make("div", { class: "row" }, ...this.waysIn()), this.video, this.list, this.tools);
    this.wire();
    this.draw();
  }

  get name() {
    return this.input.value.trim();
  }

  waysIn() {
    const files = fileInput(
      { multiple: true, accept: PICTURES, tabindex: -1, "aria-label": "Photographs of this class" },
      (chosen) => this.panel.take(chosen, this),
    );
    const camera = make("button", { type: "button", class: "burst" }, "Hold for camera");
    camera.addEventListener("pointerdown", () => this.panel.hold(this));
    for (const end of ["pointerup", "pointerleave", "pointercancel", "blur", "keyup"]) {
      camera.addEventListener(end, () => this.panel.release());
    }
    camera.addEventListener("keydown", (event) => {
      if ([" ", "Enter"].includes(event.key) && !event.repeat) this.panel.hold(this);
    });
    return [make("button", { type: "button", onclick: () => files.click() }, "Choose photographs"), files, camera];
  }

  wire() {
    takeDrops(this.root, (transfer) => {
      if (transfer.types.includes(MOVED)) {
        this.panel.move(transfer.getData(MOVED).split("\n"), this);
        return;
      }
      filesDropped(transfer, MOST_PHOTOGRAPHS)
        .then((found) => this.panel.take(found, this), (error) => this.panel.fail(error.message));
    });
    this.root.addEventListener("paste", (event) => {
      const files = [...event.clipboardData.files];
      if (!files.length) return;
      event.preventDefault();
      event.stopPropagation(); // the page would take it for the photograph in use
      this.panel.take(withoutClutter(named(files)), this);
    });
  }

  add(pupil) {
    this.pupils.push(pupil);
    this.list.append(this.thumbnail(pupil));
    this.drawCount();
  }

  /** Take photographs out; what was taken is given back. */
  drop(ids) {
    const gone = this.pupils.filter(({ id }) => ids.includes(id));
    this.pupils = this.pupils.filter((one) => !gone.includes(one));
    for (const one of gone) this.chosen.delete(one);
    if (gone.length) this.draw();
    return gone;
  }

  moveChosen() {
    const other = this.panel.others(this)[this.target.selectedIndex - 1];
    if (other) this.panel.move([...this.chosen].map(({ id }) => id), other);
  }

  removeChosen() {
    this.drop([...this.chosen].map(({ id }) => id));
    this.panel.changed();
  }

  thumbnail(pupil) {
    const button = make("button", { type: "button", draggable: "true", title: pupil.name, "aria-pressed": "false" },
      make("img", { src: pupil.thumbnail, alt: pupil.name }));
    button.addEventListener("click", () => {
      const marked = !this.chosen.delete(pupil);
      if (marked) this.chosen.add(pupil);
      button.setAttribute("aria-pressed", String(marked));
      this.drawTools();
    });
    button.addEventListener("dragstart", (event) => {
      const moved = this.chosen.has(pupil) ? [...this.chosen] : [pupil];
      event.dataTransfer.setData(MOVED, moved.map(({ id }) => id).join("\n"));
    });
    return make("li", {}, button);
  }

  draw() {
    this.list.replaceChildren(...this.pupils.map((one) => this.thumbnail(one)));
    this.chosen.clear();
    this.drawCount();
    this.drawTools();
  }

  drawCount() {
    this.count.textContent = this.pupils.length ? counted(this.pupils.length, "photograph") : "drop or paste some here";
  }

  drawTools() {
    this.tools.hidden = !this.chosen.size;
    const names = this.panel.others(this).map((one) => new Option(one.name));
    this.target.replaceChildren(new Option(`${this.chosen.size} to…`), ...names);
  }
}
