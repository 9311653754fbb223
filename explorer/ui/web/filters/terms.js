// The opened sum: a tile a term, pixel over weight, block by block, and the equation that they make.

import { made, make } from "../shared/dom.js";
import { finishSums } from "./convolve.js";
import { CHANNEL_NAMES, numberText, printedNumber } from "./kernel.js";
import { paint, paintWeight } from "./paint.js";

/** What a number is read as once it is printed. */
const asRead = (value, digits = undefined) => printedNumber(numberText(value, digits));

/** What the printed numbers add up to, as a reader with a calculator would find. */
function readersValue(blocks, layer) {
  const sums = layer.kernels.map((_, kernel) => blocks
    .filter((block) => block.kernel === kernel)
    .flatMap((block) => block.terms)
    .reduce((all, term) => all + asRead(term.value) * asRead(term.weight), 0));
  const out = [0];
  const printed = { magnitude: layer.magnitude, divisor: asRead(layer.divisor), bias: asRead(layer.bias) };
  finishSums(out, sums.map((sum) => [sum]), printed);
  return out[0];
}

/** The line under the tiles: "= −312.458" or "−2,344 ÷ 9 + 4 = ..."; as parts {text, kind}. */
export function equationParts(opened, layer) {
  const parts = [];
  const add = (text, kind = "") => parts.push({ text, kind });
  const divided = layer.divisor !== 1;
  const sum = (total) => (divided ? `${numberText(total)} ÷ ${numberText(layer.divisor)}` : numberText(total));
  const squared = (total) => (total < 0 || divided ? `(${sum(total)})²` : `${sum(total)}²`);
  if (layer.magnitude) add(`√(${opened.sums.map(squared).join(" + ")})`);
  else if (divided || layer.bias || opened.blocks.length > 1) add(sum(opened.sums[0]));
  if (layer.bias) add(`${layer.bias < 0 ? "−" : "+"} ${numberText(Math.abs(layer.bias))} bias`);
  add("=", "equals");
  add(numberText(opened.value), "value");
  return parts;
}

/** What a rounding line says, or "". */
export function roundingText(opened, layer) {
  const printed = asRead(opened.value);
  const left = printed - readersValue(opened.blocks, layer);
  if (Math.abs(left) <= 1e-9 * Math.max(1, Math.abs(printed))) return "";
  const given = numberText(Number((printed - left).toPrecision(10)), 10);
  return `The printed terms give ${given}; rounding makes up ${numberText(Number(left.toPrecision(2)))}.`;
}

/** Characters in the widest tile that a layer can have: fixed, so that tiles stay where the pointer finds them. */
export function tileCharacters(layer) {
  const weights = layer.kernels.flatMap((kernel) => [...kernel].map((weight) => numberText(weight).length + 1));
  const border = layer.padding ? layer.border.map((value) => numberText(value).length) : [];
  return Math.max(3, layer.colour === "grey" ? 7 : 3, ...weights, ...border);
}

/** Draws sums into `root`; tiles are kept and only their numbers change while the pointer moves. */
export class Terms {
  constructor(root, onWeight) {
    this.root = root;
    this.onWeight = onWeight;
    this.shape = "";
    this.tiles = [];
    this.titles = [];
  }

  /** `shadeOf` gives the [red, green, blue] behind a number of the picture. */
  show(opened, layer, shadeOf) {
    const shape = [opened.blocks.length, layer.height, layer.width, tileCharacters(layer)].join();
    if (shape !== this.shape) this.build(opened, layer);
    this.shape = shape;
    const reach = Math.max(...layer.kernels.map((kernel) => Math.max(...kernel.map(Math.abs)))) || 1;
    const several = opened.blocks.length > 1;
    opened.blocks.forEach((block, at) => {
      this.titles[at].textContent = several ? `${blockName(block, layer)}: ${numberText(block.sum)}` : "";
      this.titles[at].hidden = !several;
      block.terms.forEach((term, cell) => showTerm(this.tiles[at][cell], term, shadeOf(term.value), reach));
    });
  }

  build(opened, layer) {
    this.titles = opened.blocks.map(() => made("p", "product-title"));
    this.tiles = opened.blocks.map((block) => block.terms.map((term) => makeTile(term, this.onWeight)));
    this.root.style.setProperty("--tile", tileCharacters(layer));
    this.root.classList.toggle("wide", layer.width > 3 || opened.blocks.length > 1);
    this.root.replaceChildren(...this.titles.map((title, at) => {
      const grid = make("div", { class: "product-grid" }, ...this.tiles[at].map(({ tile }) => tile));
      grid.style.setProperty("--columns", layer.width);
      return make("div", { class: "product-block" }, title, grid);
    }));
  }
}

/** What tells one of several blocks from the others: they are of two kernels, or of one over three colours. */
export function blockName(block, layer) {
  if (layer.kernels.length === 1) return CHANNEL_NAMES[block.plane];
  return block.kernel ? "second kernel" : "first kernel";
}

function makeTile({ row, column }, onWeight) {
  const value = made("span", "product-pixel");
  const weight = make("button", {
    type: "button", class: "product-weight", tabindex: -1, onclick: () => onWeight(row, column),
  });
  const plus = made("span", "product-plus", row || column ? "+" : "");
  return { tile: make("div", { class: "product" }, plus, value, weight), value, weight };
}

function showTerm({ tile, value, weight }, term, shade, reach) {
  value.textContent = numberText(term.value);
  weight.textContent = `×${numberText(term.weight)}`;
  paint(value, shade);
  paintWeight(weight, term.weight, reach);
  tile.classList.toggle("padding-product", term.padding);
  tile.classList.toggle("zero-product", term.weight === 0);
  value.title = term.padding ? "in the padding" : `row ${term.y}, column ${term.x}`;
}
