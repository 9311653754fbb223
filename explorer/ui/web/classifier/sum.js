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
  const open = make("button", { type: "button", onclick: () => openChannel(sum.end, classIndex) });
  open.textContent = `Open this ${sum.follows.length ? "number" : "logit"} in Feature maps`;
  const [from, product] = sum.source ? ["from", "weight × mean"] : ["feature", "weight × value"];
  const heads = [made("th", "", from), made("th", "number", product), made("th", "number", "amount")];
  const total = [make("td", { colspan: 2 }, totalWords(sum)), made("td", "number sum-amount", plus(sum.logit, DIGITS))];
  const table = make("table", {},
    make("thead", {}, make("tr", {}, ...heads, made("td", "term-track"))),
    make("tbody", {}, ...sumLines(sum).map((line) => sumRow(line, sum.source, reach))),
    make("tfoot", {}, make("tr", {}, ...total, made("td"))));
  return make("div", { class: "scroll-x" }, table, open);
}

/** What the terms add up to: the network's output only where nothing follows. */
export const totalWords = ({ follows }) => (follows.length ? "before " + listed(follows) : "logit");

/** What the sum is and what not: what stands behind it or is in its weights, and where its terms come from. */
export function sumWords({ layer, source, terms, output, counted_in: counted, follows, between, maps, places }) {
  if (!terms.length) return `The output is no sum of one layer's features: ${layer} and ${listed(follows)} make it.`;
  const scaled = counted.length ? `Behind ${layer} stands ${listed(counted)}, which the weights and the bias here have `
    + "in them. " : "";
  const behind = follows.length ? `The sum is not what the network gives: behind it comes ${listed(follows)}, which `
    + `makes ${signed(output, 4)} of it. It is the number before that, to the last digit. ` : "";
  if (places) {
    const exact = follows.length ? ". " : ", so this sum is the logit, to the last digit: no estimate. ";
    return `The network averages the maps of ${source} and adds them up${exact}${behind}${scaled}It tells which maps `
      + "count and in which places; not what a map stands for. Open one to see.";
  }
  const opened = follows.length ? "it" : "the logit";
  const where = `${wayWords(between, maps)} Open ${opened} in Feature maps and follow it down.`;
  return `The last layer adds up these features; that sum is exact. ${behind}${scaled}${where}`;
}

function wayWords(between, maps) {
  if (!maps) return "No maps with places stand before them.";
  if (!between.length) return `Each is one cell of ${maps}.`;
  return `They are no averages of maps: between ${maps} and them stands ${listed(between)}, so no map is drawn here.`;
}

const listed = (names) => names.join(", ").replaceAll("_", " ");

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
