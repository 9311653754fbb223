// The table of "Many photographs": sorted, filtered, and with labels that can be corrected.

import { make, made } from "../shared/dom.js";
import * as explorer from "../shared/page.js";
import { percent, readable } from "../shared/wording.js";
import { isWrong, shownLines } from "./table.js";

const CHOICES = [
  ["all", "all"], ["wrong", "answered otherwise than labelled"], ["unsure", "below 50 %"],
  ["strange", "unlike the training photographs"], ["unread", "could not be read"],
];
const HEADS = [["file", "file"], ["answer", "answer"], ["share", "score of the first three"], ["", "label"]];
const ORDERS = [
  ["order", "as they came"], ["worst", "wrong and strange first"], ["file", "file"], ["answer", "answer"],
  ["share", "score"],
];

const field = (words, control) => make("label", { class: "field" }, words, control);
const options = (pairs) => pairs.map(([value, text]) => new Option(text, value));

export class LineTable {
  lines = [];
  known = []; // names that a label can have
  cell = null; // of the confusion matrix, {label, answer}
  sort = "order";
  down = false;

  /** @param {() => void} changed called when a label was corrected */
  constructor(changed) {
    this.changed = changed;
    this.choice = make("select", { onchange: () => this.paint() }, ...options(CHOICES));
    this.text = make("input", { type: "search", placeholder: "file or label", oninput: () => this.paint() });
    this.sorting = make("select", { onchange: () => this.order(this.sorting.value, false) }, ...options(ORDERS));
    this.controls = [field("Show", this.choice), field("Sort", this.sorting), field("Search", this.text)];
    this.body = make("tbody");
    this.narrowed = make("p", { class: "soft", hidden: true });
    this.none = make("p", { class: "soft", hidden: true }, "No line is like that.");
    const head = make("thead", {}, make("tr", {}, make("td"), ...HEADS.map(([sort, title]) => this.head(sort, title))));
    this.table = make("div", { class: "scroll-x lines", hidden: true }, make("table", {}, head, this.body));
    this.root = make("div", {}, this.narrowed, this.none, this.table);
  }

  head(sort, title) {
    const click = () => this.order(sort, this.sort === sort ? !this.down : highestFirst(sort));
    const attributes = { type: "button", class: "quiet", "data-sort": sort, onclick: click };
    return make("th", { scope: "col" }, sort ? make("button", attributes, title) : title);
  }

  order(sort, down) {
    this.sort = this.sorting.value = sort;
    this.down = down;
    this.paint();
  }

  /** Only the lines of one cell of the confusion matrix; null shows all again. */
  narrow(cell) {
    this.cell = cell;
    this.paint();
    const behavior = explorer.reducedMotion() ? "auto" : "smooth";
    if (cell) this.narrowed.scrollIntoView({ block: "nearest", behavior });
  }

  show(lines, known) {
    Object.assign(this, { lines, known });
    if (!lines.length) this.cell = null;
    this.paint();
  }

  paint() {
    const { lines, known, cell, sort, down } = this;
    const shown = shownLines(lines, { cell, sort, down, filter: this.choice.value, text: this.text.value });
    this.body.replaceChildren(...shown.map((line) => (line.row ||= lineRow(line, known, this.changed))));
    for (const button of this.table.querySelectorAll("[data-sort]")) {
      const ordered = down ? "descending" : "ascending";
      button.parentElement.setAttribute("aria-sort", button.dataset.sort === sort ? ordered : "none");
    }
    this.table.hidden = !lines.length;
    this.none.hidden = !lines.length || shown.length > 0;
    this.narrowed.hidden = !cell;
    if (!cell) return;
    const words = `Shown: labelled ${readable(cell.label)}, answered ${readable(cell.answer)}. `;
    const showAll = make("button", { type: "button", onclick: () => this.narrow(null) }, "Show all");
    this.narrowed.replaceChildren(words, showAll);
  }
}

const highestFirst = (sort) => sort === "share";

function lineRow(line, known, changed) {
  const file = made("td", "line-file", line.file);
  if (line.remark) file.append(made("p", "soft", line.remark));
  if (line.error) return make("tr", { class: "unread" }, make("td"), file, make("td", { colspan: 3 }, line.error));
  const pick = labelMenu(line, known);
  const verdict = made("span", "line-verdict");
  const picture = make("img", { src: line.thumbnail, alt: "", class: "thumbnail" });
  const row = make("tr", {}, make("td", {}, picture), file,
    make("td", {}, made("b", "", readable(line.top[0].label)), verdict),
    make("td", { class: "line-top" }, ...line.top.map(shareLine)),
    make("td", {}, pick));
  const judge = () => {
    verdict.textContent = verdictWords(line);
    row.classList.toggle("wrong-line", isWrong(line));
  };
  pick.addEventListener("change", () => {
    line.said = line.label = pick.value;
    line.foreign = Boolean(line.label) && !known.includes(line.label);
    judge();
    changed();
  });
  judge();
  return row;
}

const shareLine = ({ label, probability }) =>
  make("span", {}, made("span", "number", percent(probability)), " " + readable(label));

function labelMenu(line, known) {
  const names = line.label && !known.includes(line.label) ? [line.label, ...known] : known;
  const labels = names.map((label) => new Option(readable(label), label, false, label === line.label));
  return make("select", { "aria-label": "Label of " + line.file }, new Option("no label", ""), ...labels);
}

function verdictWords(line) {
  return [judgement(line), line.strange ? "unlike the training photographs" : ""].filter(Boolean).join("; ");
}

function judgement(line) {
  if (!line.label) return "";
  if (line.foreign) return `labelled ${readable(line.label)}, which is none of these names`;
  return isWrong(line) ? `✗ labelled ${readable(line.label)}` : "✓ as labelled";
}
