// The sum of an output cell, written out so that it can be redone by hand, by a reader or by PyTorch.

import { counted } from "../shared/wording.js";
import { countTo } from "./links.js";
import {
  averageDivisor, cellText, channelsOf, cutOff, filtersOf, hasWeights, inputNumber, outputNumber, termCount, termsOf,
  weightNumber,
} from "./numbers.js";
import { layerCode } from "./settings.js";
import { MOST_SUMMED } from "./words.js";

const MOST_TERMS = 32; // that are written out

/** The pieces of an output cell's sum: [{text, padding, total}], the last one what it comes to. */
export function sumPieces(layer, place) {
  if (cutOff(layer, place) || termCount(layer) > MOST_SUMMED) return [];
  const total = { text: ` = ${cellText(outputNumber(layer, place))}`, total: true };
  if (termCount(layer) > MOST_TERMS) return [...channelPieces(layer, place), total];
  return [...termPieces(layer, place, termsOf(layer, place)), total];
}

/** Every term of the sum, of the mean or of the largest. */
function termPieces(layer, place, terms) {
  const joined = (between, textOf) => terms.flatMap((term, at) => [
    ...(at ? [{ text: between }] : []), { text: textOf(term), padding: term.padding },
  ]);
  if (layer.kind === "max") {
    return [{ text: "max(" }, ...joined(", ", (term) => (term.padding ? "–" : cellText(term.value))), { text: ")" }];
  }
  if (!hasWeights(layer)) {
    const divided = { text: `) / ${averageDivisor(layer, place)}` };
    return [{ text: "(" }, ...joined(" + ", (term) => cellText(term.value)), divided];
  }
  const factor = (value) => (value < 0 ? `(${cellText(value)})` : cellText(value));
  const products = joined(" + ", (term) => `${cellText(term.value)}·${factor(term.weight)}`);
  return layer.bias ? [...products, { text: " + bias 0" }] : products;
}

/** One number a channel where the terms are too many to write out. */
function channelPieces(layer, place) {
  const [first, last] = channelsOf(layer, place.slice);
  if (last - first < 2 || last - first > MOST_TERMS) {
    return [{ text: `the sum of ${counted(termCount(layer), "term")}` }];
  }
  const sums = new Map();
  for (const term of termsOf(layer, place)) sums.set(term.channel, (sums.get(term.channel) || 0) + term.amount);
  return [...sums].map(([channel, sum], at) => ({ text: `${at ? " + " : ""}channel ${channel}: ${cellText(sum)}` }));
}

/** PyTorch code that gives the very numbers of the picture, or of a large layer the shape. */
export function checkingCode(settings, layer) {
  const [rows, columns] = [layer.rows.axis.size, layer.columns.axis.size];
  const lines = ["import torch", "from torch import nn", "", `layer = ${layerCode(settings)}`];
  const small = layer.channels * rows * columns <= 1024 && layer.channels * layer.filters <= 64;
  if (!small) {
    lines.push(`x = torch.zeros(1, ${layer.channels}, ${rows}, ${columns})`, "print(layer(x).shape)");
    return lines.join("\n");
  }
  const channel = (slice) => gridText(rows, columns, (y, x) => inputNumber(layer, { slice, y, x }));
  lines.push(`x = torch.tensor([[${countTo(layer.channels).map(channel).join(",\n  ")}]], dtype=torch.float32)`);
  if (hasWeights(layer)) {
    const weights = kernelTexts(layer).join(",\n      ");
    lines.push("with torch.no_grad():", `    layer.weight.copy_(torch.tensor([${weights}]))`);
    if (layer.bias) lines.push("    layer.bias.zero_()");
  }
  return [...lines, "print(layer(x))"].join("\n");
}

const listText = (items) => `[${items.join(", ")}]`;

/** A grid of numbers as a Python list of lists. */
function gridText(height, width, number) {
  return listText(countTo(height).map((y) => listText(countTo(width).map((x) => number(y, x)))));
}

/** The kernels in the order that torch keeps them: by filter, or by channel where the convolution is transposed. */
function kernelTexts(layer) {
  const [height, width] = [layer.rows.axis.kernel_size, layer.columns.axis.kernel_size];
  const kernel = (filter, channel) => gridText(height, width, (y, x) => weightNumber(filter, channel, y, x));
  const group = (range, item) => listText(countTo(range[1] - range[0]).map((at) => item(range[0] + at)));
  if (layer.kind === "conv") {
    const ofFilter = (filter) => group(channelsOf(layer, filter), (channel) => kernel(filter, channel));
    return countTo(layer.filters).map(ofFilter);
  }
  const ofChannel = (channel) => group(filtersOf(layer, channel), (filter) => kernel(filter, channel));
  return countTo(layer.channels).map(ofChannel);
}
