// The sum of an output cell, written out so that it can be redone by hand.

const MOST_TERMS = 32;

/** The pieces of an output cell's sum: [{text, padding}], and the number it comes to. */
function sumPieces(layer, place) {
  if (cutOff(layer, place) || termCount(layer) > MOST_SUMMED) return [];
  const total = { text: ` = ${cellText(outputNumber(layer, place))}`, total: true };
  if (termCount(layer) > MOST_TERMS) return [...channelPieces(layer, place), total];
  const terms = termsOf(layer, place);
  const joinTerms = (between, text) => terms.flatMap((term, at) => [
    ...(at ? [{ text: between }] : []), { text: text(term), padding: term.padding },
  ]);
  if (layer.kind === "max") return [{ text: "max(" }, ...joinTerms(", ", (t) => (t.padding ? "–" : cellText(t.value))), { text: ")" }, total];
  if (!hasWeights(layer)) {
    return [{ text: "(" }, ...joinTerms(" + ", (t) => cellText(t.value)), { text: `) / ${averageDivisor(layer, place)}` }, total];
  }
  const factor = (value) => (value < 0 ? `(${cellText(value)})` : cellText(value));
  return [...joinTerms(" + ", (t) => `${cellText(t.value)}·${factor(t.weight)}`), { text: layer.bias ? " + bias 0" : "" }, total];
}

/** One number a channel where the terms are too many to write out. */
function channelPieces(layer, place) {
  const [first, last] = channelsOf(layer, place.slice);
  if (last - first < 2 || last - first > MOST_TERMS) return [{ text: `the sum of ${counted(termCount(layer), "term")}` }];
  const sums = new Map();
  for (const term of termsOf(layer, place)) sums.set(term.channel, (sums.get(term.channel) || 0) + term.amount);
  return [...sums].map(([channel, sum], at) => ({ text: `${at ? " + " : ""}channel ${channel}: ${cellText(sum)}` }));
}

/** PyTorch code that gives the very numbers of the picture. */
function checkingCode(settings, layer) {
  const rows = layer.rows.axis.size;
  const columns = layer.columns.axis.size;
  const lines = ["import torch", "from torch import nn", "", `layer = ${layerCode(settings)}`];
  const small = layer.channels * rows * columns <= 1024 && layer.channels * layer.filters <= 64;
  if (!small) return [...lines, `x = torch.zeros(1, ${layer.channels}, ${rows}, ${columns})`, "print(layer(x).shape)"].join("\n");
  const grid = (height, width, number) => `[${countTo(height).map((y) => `[${countTo(width).map((x) => number(y, x)).join(", ")}]`).join(", ")}]`;
  const input = countTo(layer.channels).map((slice) => grid(rows, columns, (y, x) => inputNumber(layer, { slice, y, x })));
  lines.push(`x = torch.tensor([[${input.join(",\n  ")}]], dtype=torch.float32)`);
  if (hasWeights(layer)) {
    const [kernelRows, kernelColumns] = [layer.rows.axis.kernel_size, layer.columns.axis.kernel_size];
    const kernel = (filter, channel) => grid(kernelRows, kernelColumns, (y, x) => weightNumber(filter, channel, y, x));
    lines.push("with torch.no_grad():", `    layer.weight.copy_(torch.tensor([${kernels(settings.kind, layer, kernel).join(",\n      ")}]))`, ...(layer.bias ? ["    layer.bias.zero_()"] : []));
  }
  return [...lines, "print(layer(x))"].join("\n");
}

/** The kernels in the order that torch keeps them: by filter, or by channel where the convolution is transposed. */
function kernels(kind, layer, kernel) {
  const list = (from, to, item) => `[${countTo(to - from).map((at) => item(from + at)).join(", ")}]`;
  if (kind === "conv") return countTo(layer.filters).map((filter) => list(...channelsOf(layer, filter), (channel) => kernel(filter, channel)));
  return countTo(layer.channels).map((channel) => list(...filtersOf(layer, channel), (filter) => kernel(filter, channel)));
}
