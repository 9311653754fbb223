// The exact sum of a logit as a table whose printed digits add up.

import { make, made } from "../shared/dom.js";
import * as explorer from "../shared/page.js";
import { openTab } from "../shared/tabs.js";
import { plus, signed } from "./numbers.js";

const DIGITS = 4; // decimals of an amount

/** An exact sum as printed lines whose last digits add up: terms, the rest, the bias, and what rounding left. */
export function sumLines({ terms, rest, rest_count: count, bias, logit }) {
  const lines = [
    ...terms.map((term) => ({ kind: "term", ...term })),
    ...(count ? [{ kind: "rest", count, amount: rest }] : []),
    { kind: "bias", amount: bias },
  ];
  const units = (value) => Math.round(value * 10 ** DIGITS);
  const left = units(logit) - lines.reduce((sum, line) => sum + units(line.amount), 0);
  if (left) lines.push({ kind: "rounding", amount: left / 10 ** DIGITS });
  return lines.map((line) => ({ ...line, printed: plus(line.amount, DIGITS) }));
}

/** The terms of an exact sum as a table; a term's button opens its map in Feature maps. */
export function sumTable(sum, classIndex) {
  const reach = Math.max(...sum.terms.map((term) => Math.abs(term.amount)));
  const open = make("button", { type: "button", onclick: () => openChannel(sum.layer, classIndex) });
  open.textContent = "Open this logit in Feature maps";
  const [from, product] = sum.source ? ["from", "weight × mean"] : ["feature", "weight × value"];
  const heads = [made("th", "", from), made("th", "number", product), made("th", "number", "amount")];
  const total = [make("td", { colspan: 2 }, "logit"), made("td", "number sum-amount", plus(sum.logit, DIGITS))];
  const table = make("table", {},
    make("thead", {}, make("tr", {}, ...heads, made("td", "term-track"))),
    make("tbody", {}, ...sumLines(sum).map((line) => sumRow(line, sum.source, reach))),
    make("tfoot", {}, make("tr", {}, ...total, made("td"))));
  return make("div", { class: "scroll-x" }, table, open);
}

function sumRow(line, source, reach) {
  const share = Math.min(50, (50 * Math.abs(line.amount)) / (reach || 1)); // the rest and the bias may be the longest
  const bar = make("span", {
    class: `term-bar ${line.amount < 0 ? "below" : "above"}`, style: `width:${share.toFixed(2)}%;`,
  });
  return make("tr", { class: "sum-" + line.kind },
    ...(line.kind === "term" ? termCells(line, source) : [make("td", { colspan: 2 }, lineWords(line, source))]),
    made("td", "number sum-amount", line.printed),
    make("td", { class: "term-track", "aria-hidden": "true" }, bar));
}

function termCells({ feature, weight, value }, source) {
  const open = () => openChannel(source, feature);
  const attributes = { type: "button", class: "quiet", title: "Open this map in Feature maps", onclick: open };
  const name = source ? make("button", attributes, "map " + feature) : "feature " + feature;
  return [make("td", {}, name), made("td", "number", `${signed(weight, 5)} × ${signed(value, 4)}`)];
}

function lineWords({ kind, count }, source) {
  if (kind === "rest") return `${count} more ${source ? "maps" : "features"}`;
  return kind === "bias" ? "bias" : "rounding of the last digit";
}

/** Show one channel of a layer in the Feature maps tab. */
function openChannel(layer, channel) {
  explorer.set("openChannel", { layer, channel });
  openTab("maps");
}
