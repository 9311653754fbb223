// Words and numbers of a stack, the lines that a visitor may add, and what of a stack fits into a link.

import { counted } from "../shared/wording.js";

const LONGEST_LINKED_TEXT = 1800; // characters; a longer stack is left out of the link, and the page says so
const LARGEST_SIDE = 8192; // of a picture, as the server takes it

/** The layers that can be added: what they are called, and the line that fits what comes before. */
const NEW_LAYERS = {
  "Conv2d": ({ channels: c }) => `nn.Conv2d(${c}, ${Math.max(8, c)}, 3, padding=1)`,
  "Depthwise Conv2d": ({ channels: c }) => `nn.Conv2d(${c}, ${c}, 3, padding=1, groups=${c})`,
  "1 × 1 Conv2d": ({ channels: c }) => `nn.Conv2d(${c}, ${Math.max(8, c)}, 1)`,
  "ConvTranspose2d": ({ channels: c }) => `nn.ConvTranspose2d(${c}, ${c}, 2, stride=2)`,
  "MaxPool2d": () => "nn.MaxPool2d(2)",
  "AvgPool2d": () => "nn.AvgPool2d(2)",
  "AdaptiveAvgPool2d": () => "nn.AdaptiveAvgPool2d(1)",
  "BatchNorm2d": ({ channels: c }) => `nn.BatchNorm2d(${c})`,
  "ReLU": () => "nn.ReLU()",
  "Dropout": () => "nn.Dropout(p=0.5)",
  "Flatten": () => "nn.Flatten()",
  "Linear": ({ features }) => `nn.Linear(${features}, 10)`,
};
export const NEW_LAYER_NAMES = Object.keys(NEW_LAYERS);

/** The line of a new layer after an output of this shape. */
export function newLayerLine(name, shape) {
  const features = shape.reduce((product, side) => product * side, 1);
  return NEW_LAYERS[name]({ channels: shape[0], features });
}

/**
 * 3 × 224 × 224.
 * @param {number[]} shape
 */
export function shapeText(shape) {
  return shape.map((side) => side.toLocaleString("en")).join(" × ");
}

const UNITS = [{ size: 1e12, sign: " T" }, { size: 1e9, sign: " G" }, { size: 1e6, sign: " M" }];

/** A large number with a unit that is read at a glance: 15.5 G, 138 M, 61,706. */
export function shortNumber(value) {
  const unit = UNITS.find(({ size }) => value >= size);
  if (!unit) return value.toLocaleString("en");
  const scaled = value / unit.size;
  return (scaled >= 99.95 ? Math.round(scaled).toLocaleString("en") : scaled.toPrecision(3)) + unit.sign;
}

/** Bytes in kB or MB. */
export function memoryText(bytes) {
  if (bytes < 1e6) return `${Math.ceil(bytes / 1000).toLocaleString("en")} kB`;
  return `${(bytes / 1e6).toFixed(bytes < 1e8 ? 1 : 0)} MB`;
}

/** What a unit sees: "44", "8 × 10", or for a picture of `shape` that it is all of it. */
export function fieldText(field, shape = null) {
  if (!field) return "";
  const [height, width] = field;
  const size = height === width ? `${height}` : `${height} × ${width}`;
  return shape && height >= shape[1] && width >= shape[2] ? `all (${size})` : size;
}

/** "61,706 parameters · 416,520 multiply-adds · 0.1 MB of activations". */
export function totalsText(result) {
  const { parameters, mult_adds, memory } = result.totals;
  if (result.note) return counted(parameters, "parameter");
  const broken = result.rows.find((row) => row.error);
  const counts = `${counted(parameters, "parameter")} · ${counted(mult_adds, "multiply-add")}`;
  const sums = `${counts} · ${memoryText(memory)} of activations for one picture`;
  return broken ? `${sums}, up to the layer that breaks` : sums;
}

/** One row in words: what it gives, and how much of a picture of `shape` one of its units sees. */
export function rowText(row, shape) {
  if (!row || !row.shape) return "";
  const gives = `${row.name} gives ${shapeText(row.shape)}.`;
  if (!row.receptive_field) return gives;
  const seen = `${fieldText(row.receptive_field, shape)} of the picture’s ${shape[1]} × ${shape[2]} pixels`;
  return `${gives} One unit sees ${seen}.`;
}

/** How the numbers of a traced network came about. */
export function tracedText({ classes, rows }) {
  const traced = "Traced from the network itself, without running it, with";
  const bound = rows.some((row) => row.joins) ? " Where branches meet, what a unit sees is an upper bound." : "";
  return `${traced} ${classes.toLocaleString("en")} classes.${bound}`;
}

/** How many times more one number is than another: "8.4 ×"; nothing for the least itself. */
export function ratioText(value, least) {
  if (!least || value === least) return "";
  const ratio = value / least;
  return ` (${ratio >= 100 ? Math.round(ratio).toLocaleString("en") : ratio.toPrecision(2)} ×)`;
}

/** A stack's part of the link. */
export function stackToLink({ network, lesson, chosen, lines, shape, edited }) {
  if (network) return { network, shape: shape.join("x") };
  if (lesson && !edited) return { lesson, chosen: chosen || "" };
  const text = lines.join(";");
  return text.length > LONGEST_LINKED_TEXT ? {} : { stack: text, shape: shape.join("x") };
}

/** What a link says of a stack; what cannot be read is left out. */
export function stackFromLink(link) {
  const sides = (link.shape || "").split("x").map(Number);
  const fits = sides.length === 3 && sides.every((side) => Number.isInteger(side) && side >= 1 && side <= LARGEST_SIDE);
  const lines = (link.stack || "").split(";").map((line) => line.trim()).filter(Boolean);
  const name = (text) => (/^[\w/.-]{1,80}$/.test(text || "") ? text : "");
  const chosen = /^\d{1,2}$/.test(link.chosen) ? Number(link.chosen) : 0;
  return { network: name(link.network), lesson: name(link.lesson), chosen, lines, shape: fits ? sides : null };
}

/** PyTorch code that builds a traced network and prints the shape of its answer. */
export function networkCode(result) {
  const torchvision = result.network.startsWith("torchvision/");
  const name = result.network.replace("torchvision/", "");
  const build = torchvision
    ? `torchvision.models.get_model("${name}")` : `build_model("${name}", in_channels=${result.shape[0]})`;
  const from = torchvision ? "import torchvision" : "from explorer.models import build_model";
  const model = `model = ${build}.eval()\nprint(model(torch.zeros(1, ${result.shape.join(", ")})).shape)\n`;
  return `import torch\n${from}\n\n${model}`;
}
