// The table of a stack: a row a layer, editable where the stack is the visitor's own.

import { make, made } from "../shared/dom.js";
import { cellText } from "./numbers.js";
import { settingsFit } from "./settings.js";
import { fieldText, memoryText, ratioText, shapeText, shortNumber } from "./stack_words.js";

const COLUMNS = [
  ["Layer", ""], ["Output", "shape"], ["Parameters", "number"], ["Mult-adds", "number"], ["Memory", "number"],
  ["Sees", "number"],
];
const OWN_COLUMNS = [...COLUMNS, ["Jump", "number"]];
const UNREACHED = "–";

const headCell = (text, kind = "") => make("th", { scope: "col", class: kind || null }, text);
const numberCell = (text, title) => make("td", { class: "number", title }, text);

/** Head and rows; `view` is told what their controls ask for. */
export function fillStackTable(table, result, editable, view) {
  const head = (editable ? OWN_COLUMNS : COLUMNS).map(([title, kind]) => headCell(title, kind));
  if (editable) head.push(headCell(made("span", "sr-only", "Move or remove")));
  table.tHead.replaceChildren(make("tr", {}, ...head));
  const last = result.rows.length - 1;
  const rows = result.rows.map((row, at) => (editable ? ownRow(row, at, last, view) : tracedRow(row, at, view)));
  table.tBodies[0].replaceChildren(...rows);
}

function ownRow(row, at, last, view) {
  const moves = make("td", { class: "sizes-moves" }, ...moveButtons(row, at, last, view));
  const cells = [nameCell(lineBox(row, at, view)), ...numberCells(row), numberCell(jumpText(row)), moves];
  return tableRow(row, at, cells, view);
}

function tracedRow(row, at, view) {
  const kind = made("span", "soft", ` ${row.kind}${row.joins ? " – branches meet" : ""}`);
  const name = make("span", { class: "sizes-traced" }, made("span", "number", row.name), kind);
  return tableRow(row, at, [nameCell(name), ...numberCells(row)], view);
}

const nameCell = (child) => make("td", { class: "sizes-name" }, child);

function tableRow(row, at, cells, view) {
  const mark = () => view.mark(at);
  const kind = row.error ? "sizes-broken" : "sizes-unreached";
  return make("tr", { class: row.shape ? null : kind, onpointerenter: mark, onfocusin: mark }, ...cells);
}

/** Shape, parameters, multiply-adds, memory and receptive field. */
function numberCells(row) {
  const countCell = (count) => numberCell(shortNumber(count), count.toLocaleString("en"));
  const unknown = (count) => Array.from({ length: count }, () => numberCell(UNREACHED));
  if (!row.shape) return [...unknown(1), ...(row.parameters ? [countCell(row.parameters)] : unknown(1)), ...unknown(3)];
  const counts = [countCell(row.parameters), countCell(row.mult_adds)];
  const shape = numberCell(shapeText(row.shape).replaceAll(" × ", "×"));
  return [shape, ...counts, numberCell(memoryText(row.memory)), numberCell(fieldText(row.receptive_field))];
}

function jumpText({ jump }) {
  if (!jump) return UNREACHED;
  const [down, across] = jump.map(cellText);
  return down === across ? down : `${down} × ${across}`;
}

function lineBox(row, at, view) {
  return make("input", {
    type: "text", class: "number", spellcheck: "false", autocomplete: "off", "aria-label": `Layer ${at + 1}`,
    value: row.name, style: `min-width: ${row.name.length + 3}ch`,
    onchange: (event) => view.edit(at, event.target.value),
  });
}

function moveButtons(row, at, last, view) {
  const button = (text, words, onclick, disabled = false) => make("button", {
    type: "button", class: "quiet", disabled, title: words, "aria-label": `${words} layer ${at + 1}`, onclick,
  }, text);
  const moves = [
    button("↑", "Move up", () => view.move(at, -1), at === 0),
    button("↓", "Move down", () => view.move(at, 1), at === last),
    button("✕", "Remove", () => view.remove(at)),
  ];
  if (row.settings && settingsFit(row.settings)) moves.push(button("Look", "Look at this", () => view.lookAt(at)));
  return moves;
}

/** Why a layer breaks, and the ways out; empty where none does. `openLines(lines)` takes one of them. */
export function fillBreak(place, result, openLines) {
  const at = result.rows.findIndex((row) => row.error);
  place.hidden = at < 0;
  if (at < 0) return;
  const { name, error, fixes } = result.rows[at];
  const buttons = fixes.map((fix) => (
    make("button", { type: "button", onclick: () => openLines(fix.lines) }, fix.text)
  ));
  const where = made("span", "number", `Layer ${at + 1}, ${name}: `);
  place.replaceChildren(where, `${error}${fixes.length ? " Ways out: " : ""}`, ...buttons);
}

/** The stacks of a lesson side by side; `choose(at)` opens one. */
export function fillCompare(table, labels, results, chosen, choose) {
  const titles = ["Stack", "Output", "Sees", "Parameters", "Multiply-adds"];
  table.tHead.replaceChildren(make("tr", {}, ...titles.map((title) => headCell(title))));
  const least = (name) => Math.min(...results.map((result) => result.totals[name]));
  const rows = results.map(({ rows: layers, shape, totals }, at) => {
    const { shape: output, receptive_field } = layers[layers.length - 1];
    const pressed = { type: "button", "aria-pressed": String(at === chosen), onclick: () => choose(at) };
    const sum = (name) => numberCell(totals[name].toLocaleString("en") + ratioText(totals[name], least(name)));
    return make(
      "tr", {}, make("td", {}, make("button", pressed, labels[at])),
      numberCell(output ? shapeText(output) : "breaks"),
      numberCell(output ? fieldText(receptive_field, shape) : UNREACHED),
      sum("parameters"), sum("mult_adds"),
    );
  });
  table.tBodies[0].replaceChildren(...rows);
}
