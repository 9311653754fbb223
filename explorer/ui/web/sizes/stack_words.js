// Words and numbers of a stack, the lines that a visitor may add, and what of a stack fits into a link.

const LONGEST_LINKED_TEXT = 1800; // characters; a longer stack is left out of the link, and the page says so

/** The layers that can be added, each with the line that fits a shape. */
function newLayerLine(kind, shape) {
  const channels = shape.length ? shape[0] : 1;
  const flat = shape.reduce((product, side) => product * side, 1);
  const lines = {
    "Conv2d": `nn.Conv2d(${channels}, ${Math.max(8, channels)}, 3, padding=1)`,
    "Depthwise Conv2d": `nn.Conv2d(${channels}, ${channels}, 3, padding=1, groups=${channels})`,
    "1 × 1 Conv2d": `nn.Conv2d(${channels}, ${Math.max(8, channels)}, 1)`,
    "ConvTranspose2d": `nn.ConvTranspose2d(${channels}, ${channels}, 2, stride=2)`,
    "MaxPool2d": "nn.MaxPool2d(2)",
    "AvgPool2d": "nn.AvgPool2d(2)",
    "AdaptiveAvgPool2d": "nn.AdaptiveAvgPool2d(1)",
    "BatchNorm2d": `nn.BatchNorm2d(${channels})`,
    "ReLU": "nn.ReLU()",
    "Dropout": "nn.Dropout(p=0.5)",
    "Flatten": "nn.Flatten()",
    "Linear": `nn.Linear(${shape.length === 1 ? channels : flat}, 10)`,
  };
  return kind === undefined ? Object.keys(lines) : lines[kind];
}

/** 3 × 224 × 224. */
function shapeText(shape) {
  return shape.map((side) => side.toLocaleString("en")).join(" × ");
}

/** A large number with a unit that is read at a glance: 15.5 G, 138 M, 61,706. */
function shortNumber(value) {
  const units = [[1e12, " T"], [1e9, " G"], [1e6, " M"]];
  const unit = units.find(([size]) => value >= size);
  if (!unit) return value.toLocaleString("en");
  const scaled = value / unit[0];
  return (scaled >= 99.95 ? Math.round(scaled).toLocaleString("en") : scaled.toPrecision(3)) + unit[1];
}

/** Bytes in kB or MB. */
function memoryText(bytes) {
  return bytes < 1e6 ? `${Math.ceil(bytes / 1000).toLocaleString("en")} kB` : `${(bytes / 1e6).toFixed(bytes < 1e8 ? 1 : 0)} MB`;
}

/** What a unit sees: "44", "8 × 10", or for a picture of `shape` that it is all of it. */
function fieldText(field, shape) {
  if (!field) return "";
  const size = field[0] === field[1] ? `${field[0]}` : `${field[0]} × ${field[1]}`;
  return shape && field[0] >= shape[1] && field[1] >= shape[2] ? `all (${size})` : size;
}

/** "61,706 parameters · 416,520 multiply-adds · 0.1 MB of activations". */
function totalsText(result) {
  const { parameters, mult_adds, memory } = result.totals;
  const broken = result.rows.find((row) => row.error);
  const sums = `${counted(parameters, "parameter")} · ${counted(mult_adds, "multiply-add")} · ${memoryText(memory)} of activations for one picture`;
  return broken ? `${sums}, up to the layer that breaks` : sums;
}

/** How many times more one number is than another: "8.4 ×"; nothing for the least itself. */
function ratioText(value, least) {
  if (!least || value === least) return "";
  const ratio = value / least;
  return ` (${ratio >= 100 ? Math.round(ratio).toLocaleString("en") : ratio.toPrecision(2)} ×)`;
}

/** A stack's part of the link. */
function stackToLink({ network, lesson, chosen, lines, shape, edited }) {
  if (network) return { network, shape: shape.join("x") };
  if (lesson && !edited) return { lesson, chosen: chosen || "" };
  const text = lines.join(";");
  return text.length > LONGEST_LINKED_TEXT ? {} : { stack: text, shape: shape.join("x") };
}

/** What a link says of a stack; what cannot be read is left out. */
function stackFromLink(link) {
  const sides = (link.shape || "").split("x").map(Number);
  const shape = sides.length === 3 && sides.every((side) => Number.isInteger(side) && side >= 1 && side <= 8192) ? sides : null;
  const lines = (link.stack || "").split(";").map((line) => line.trim()).filter(Boolean);
  const words = (text) => (typeof text === "string" && /^[\w/.-]{1,80}$/.test(text) ? text : "");
  return { network: words(link.network), lesson: words(link.lesson), chosen: /^\d{1,2}$/.test(link.chosen) ? Number(link.chosen) : 0, lines, shape };
}
