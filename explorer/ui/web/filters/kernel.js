// Kernels as text: what a visitor types or pastes, what is printed, and the PyTorch code that does the same.

const MOST_CELLS = 11; // rows and columns of a kernel
const LARGEST_WEIGHT = 1e6;

/** The number in a cell: decimals, fractions like 1/9, a comma for a point; NaN where it is none. */
function cellNumber(text) {
  const plain = String(text).trim().replace(/[−–]/g, "-").replace(/^([^,]*),([^,]*)$/, "$1.$2");
  const number = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i;
  const [above, below, ...more] = plain.split("/").map((part) => part.trim());
  if (more.length || !number.test(above) || (below !== undefined && !number.test(below))) return NaN;
  const value = below === undefined ? Number(above) : Number(above) / Number(below);
  return Number.isFinite(value) && Math.abs(value) <= LARGEST_WEIGHT ? value : NaN;
}

/** Pasted text as {rows} or {error}: rows by line, semicolon or bracket; numbers by space, tab or comma. */
function parseKernel(text) {
  if (text.length > 20000) return { error: "This text is too long for a kernel; 11 rows of 11 numbers are the most." };
  const inner = text.replace(/\b(np\.array|torch\.tensor|array|tensor)\b/g, "").replace(/[()]/g, " ");
  const lines = inner.replace(/\]\s*,?/g, "\n").replace(/\[/g, " ").split(/[\n;]/);
  const rows = lines.map((line) => line.replace(/\s*\/\s*/g, "/").split(/[\s,]+/).filter(Boolean)).filter((row) => row.length);
  if (!rows.length) return { error: "There is no number in this text. Write a row of numbers a line, such as 1 0 -1." };
  for (const [at, row] of rows.entries()) {
    const odd = row.find((word) => Number.isNaN(cellNumber(word)));
    if (odd !== undefined) return { error: `“${odd.slice(0, 20)}” in row ${at + 1} is not a number that a kernel can hold.` };
    if (row.length !== rows[0].length) return { error: `Row ${at + 1} has ${row.length} numbers and row 1 has ${rows[0].length}; every row needs as many.` };
  }
  if (rows.length > MOST_CELLS || rows[0].length > MOST_CELLS) {
    return { error: `A kernel has at most ${MOST_CELLS} rows and ${MOST_CELLS} columns; this text has ${rows.length} × ${rows[0].length}.` };
  }
  return { rows: rows.map((row) => row.map(cellNumber)) };
}

/** A number for reading: at most `digits` that matter, whole and short numbers as they are, a real minus sign. */
function numberText(value, digits = 7) {
  const exact = Number(value.toPrecision(12));
  const text = String(exact);
  const short = text.replace(/[-.]/g, "").length <= digits + 1 ? text : String(Number(value.toPrecision(digits)));
  return (Object.is(exact, -0) ? "0" : short).replace("-", "−");
}

/** A number as it can be read back exactly: what goes into links and code. */
const plainNumber = (value) => String(Object.is(value, -0) ? 0 : value);

/** Rows of weights as whole numbers and what they are divided by, where they are such; else as they are, over 1. */
function wholeNumbers(rows) {
  const all = rows.flat();
  for (const divisor of [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 16, 25, 32, 49, 64, 81, 100, 121, 128, 256, 512, 1024, 4096]) {
    const exact = all.every((value) => Math.abs(Math.round(value * divisor) - value * divisor) < 1e-9 && Math.abs(value * divisor) < 1e5);
    if (exact) return { rows: rows.map((row) => row.map((value) => Math.round(value * divisor) + 0)), divisor };
  }
  return { rows, divisor: 1 };
}

/** The kernel's rows as lines of text. */
const kernelText = (rows) => rows.map((row) => row.map(plainNumber).join(" ")).join("\n");

/** The rows in another size: cut or filled with zeros around the centre. */
function resizedRows(rows, height, width) {
  const [down, across] = [Math.floor((height - rows.length) / 2), Math.floor((width - rows[0].length) / 2)];
  return Array.from({ length: height }, (_, y) => Array.from({ length: width }, (__, x) => (rows[y - down] || [])[x - across] || 0));
}

/** Turned by half a turn: what a mathematician's convolution does to its kernel. */
const flippedRows = (rows) => rows.map((row) => [...row].reverse()).reverse();

/** Ten or so lines of PyTorch that give the page's numbers, for `layer` with kernels as rows. */
function torchCode(layer) {
  const { colour, planes } = layer;
  const cells = layer.height * layer.width;
  const rowsOf = (flat) => "[" + Array.from({ length: layer.height }, (_, y) => "[" + [...flat.slice(y * layer.width, (y + 1) * layer.width)].map(plainNumber).join(", ") + "]").join(",\n     ") + "]";
  const planesOf = (kernel) => (planes === 3 ? [0, 1, 2].map((at) => kernel.slice(at * cells, (at + 1) * cells)) : [kernel]);
  const tensor = (kernel) => `torch.tensor(\n    [${planesOf(kernel).map(rowsOf).join(",\n     ")}], dtype=torch.float64)${layer.divisor === 1 ? "" : " / " + plainNumber(layer.divisor)}`;
  const border = layer.border.some(Boolean) && layer.padding && layer.mode === "zeros";
  const lines = [
    "import numpy as np", "import torch", "from PIL import Image", "from torch.nn import functional as F", "",
    'image = np.array(Image.open("photo.png").convert("RGB"))  # (H, W, 3), 0 to 255',
    "pixels = torch.from_numpy(image).permute(2, 0, 1).double()  # (3, H, W)",
  ];
  if (border) lines.push(`border = torch.tensor([${layer.border.map(plainNumber).join(", ")}], dtype=torch.float64)[:, None, None]`, "pixels = pixels - border  # so that zeros in the border stand for its colour");
  if (colour === "rgb") lines.push("batch = pixels[:, None]  # each colour by itself: (3, 1, H, W)");
  if (colour === "grey") lines.push("grey = (299 * pixels[0] + 587 * pixels[1] + 114 * pixels[2]) / 1000", "batch = grey[None, None]  # (1, 1, H, W)");
  if (colour === "sum") lines.push(planes === 3 ? "batch = pixels[None]  # (1, 3, H, W)" : "batch = pixels.sum(0)[None, None]  # the three colours added up: (1, 1, H, W)");
  if (layer.padding) lines.push(`batch = F.pad(batch, (${Array(4).fill(layer.padding).join(", ")}), mode="${layer.mode === "zeros" ? "constant" : layer.mode}")`);
  layer.kernels.forEach((kernel, at) => {
    lines.push(`kernel${at || ""} = ${tensor([...kernel])}`);
    lines.push(`answer${at || ""} = F.conv2d(batch, kernel${at || ""}[None], stride=${layer.stride}, dilation=${layer.dilation})${border ? ` + (kernel${at || ""} * border).sum()${planes === 3 ? "" : " / 3"}` : ""}`);
  });
  if (layer.magnitude) lines.push(layer.kernels.length > 1 ? "answer = torch.hypot(answer, answer1)" : "answer = answer.abs()");
  if (layer.bias) lines.push(`answer = answer + ${plainNumber(layer.bias)}`);
  lines.push('print(answer.shape, answer.min().item(), answer.max().item())');
  return lines.join("\n") + "\n";
}
