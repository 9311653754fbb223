// The kernel as a grid of boxes. What is no number is marked and stays; the last good kernel stays in use meanwhile.

import { make } from "../shared/dom.js";
import { cellNumber, numberText, printedNumber } from "./kernel.js";
import { paintWeight } from "./paint.js";

const SAME = 1e-11; // of a weight: what a sum of decimals is off by
const KEYS = { ArrowUp: -1, ArrowDown: 1, Enter: 1 };

export class Editor {
  /**
   * @param {any} root
   * @param {any} says
   * @param {(rows: number[][]) => void} changed called once every box holds a number
   */
  constructor(root, says, changed) {
    this.root = root;
    this.says = says;
    this.changed = changed;
    this.boxes = [];
    this.shown = "";
  }

  /** Show a kernel, unless it is shown already. */
  show(rows, editable) {
    const now = JSON.stringify([rows, editable]);
    if (now === this.shown) return;
    this.shown = now;
    this.says.textContent = "";
    this.root.style.setProperty("--columns", rows[0].length);
    this.boxes = rows.map((row, y) => row.map((value, x) => this.makeBox(value, y, x, editable)));
    this.paint(rows);
    this.root.replaceChildren(...this.boxes.flat());
  }

  /** Put the cursor into a box. */
  focus(y, x) {
    const box = this.boxes[y] && this.boxes[y][x];
    if (!box) return false;
    box.focus();
    box.select();
    return true;
  }

  makeBox(value, y, x, editable) {
    return make("input", {
      class: "kernel-cell", value: boxText(value), inputmode: "decimal", autocomplete: "off", disabled: !editable,
      "aria-label": `Row ${y + 1}, column ${x + 1}`,
      onchange: () => this.read(),
      onkeydown: (event) => {
        if (event.key in KEYS && this.focus(y + KEYS[event.key], x)) event.preventDefault();
      },
    });
  }

  read() {
    this.shown = ""; // what is shown is the visitor's from now on
    const rows = this.boxes.map((row) => row.map((box) => cellNumber(box.value)));
    const wrong = rows.flat().filter(Number.isNaN).length;
    this.paint(rows);
    this.says.textContent = wrong ? wrongText(wrong) : "";
    if (!wrong) this.changed(rows);
  }

  paint(rows) {
    const reach = Math.max(...rows.flat().filter((weight) => !Number.isNaN(weight)).map(Math.abs)) || 1;
    this.boxes.forEach((row, y) => row.forEach((box, x) => {
      const wrong = Number.isNaN(rows[y][x]);
      box.setAttribute("aria-invalid", String(wrong));
      if (wrong) box.style.background = box.style.color = "";
      else paintWeight(box, rows[y][x], reach);
    }));
  }
}

/** A weight as its box shows it: short where nothing is lost, for an edit of one box reads all of them. */
export function boxText(value) {
  const short = numberText(value);
  const same = Math.abs(printedNumber(short) - value) <= SAME * Math.abs(value);
  return same ? short.replace("−", "-") : String(value);
}

function wrongText(wrong) {
  const cells = wrong === 1 ? "One cell is" : `${wrong} cells are`;
  return `${cells} not a number of at most a million, such as −1.5 or 1/9. The picture keeps the last good kernel.`;
}
