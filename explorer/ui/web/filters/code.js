// The lines of PyTorch that give the page's numbers, of the picture that goes with them: upright, moved, in sRGB.

import { kernelRows, plainNumber } from "./kernel.js";

const IMPORTS = [
  "import numpy as np", "import torch", "from PIL import Image", "from torch.nn import functional as F", "",
];
const pixelLines = (file) => [
  `image = np.array(Image.open(${JSON.stringify(file)}).convert("RGB"))  # (H, W, 3), 0 to 255`,
  "pixels = torch.from_numpy(image).permute(2, 0, 1).double()  # (3, H, W)",
];
const GREY = [
  "grey = (299 * pixels[0] + 587 * pixels[1] + 114 * pixels[2]) / 1000", "batch = grey[None, None]  # (1, 1, H, W)",
];

/**
 * The whole text.
 * @param {import("./convolve.js").Layer} layer
 * @param {string} file the picture's, in the folder of these lines
 */
export function torchCode(layer, file) {
  const coloured = layer.border.some(Boolean) && layer.padding > 0 && layer.mode === "zeros";
  const lines = [...IMPORTS, ...pixelLines(file)];
  if (coloured) {
    const border = `torch.tensor([${layer.border.map(plainNumber).join(", ")}], dtype=torch.float64)[:, None, None]`;
    lines.push(`border = ${border}`);
    lines.push("pixels = pixels - border  # so that zeros in the border stand for its colour");
  }
  lines.push(...batchLines(layer));
  layer.kernels.forEach((kernel, at) => lines.push(...kernelLines(layer, kernel, at || "", coloured)));
  if (layer.magnitude) {
    lines.push(layer.kernels.length > 1 ? "answer = torch.hypot(answer, answer1)" : "answer = answer.abs()");
  }
  if (layer.bias) lines.push(`answer = answer + ${plainNumber(layer.bias)}`);
  lines.push("print(answer.shape, answer.min().item(), answer.max().item())");
  return lines.join("\n") + "\n";
}

function batchLines({ colour, planes, padding, mode }) {
  const lines = {
    rgb: ["batch = pixels[:, None]  # each colour by itself: (3, 1, H, W)"],
    grey: GREY,
    sum: planes === 3
      ? ["batch = pixels[None]  # (1, 3, H, W)"]
      : ["batch = pixels.sum(0)[None, None]  # the three colours added up: (1, 1, H, W)"],
  }[colour];
  if (!padding) return lines;
  const sides = Array(4).fill(padding).join(", ");
  return [...lines, `batch = F.pad(batch, (${sides}), mode="${mode === "zeros" ? "constant" : mode}")`];
}

/** One kernel and its answer; `name` is "" for the first, and what their names end with for others. */
function kernelLines(layer, kernel, name, coloured) {
  const row = (weights) => `[${weights.map(plainNumber).join(", ")}]`;
  const planes = kernelRows(layer, kernel).map((rows) => `[${rows.map(row).join(",\n     ")}]`);
  const divided = layer.divisor === 1 ? "" : ` / ${plainNumber(layer.divisor)}`;
  const seen = layer.planes === 3 ? "" : " / 3";
  const border = coloured ? ` + (kernel${name} * border).sum()${seen}` : "";
  const call = `F.conv2d(batch, kernel${name}[None], stride=${layer.stride}, dilation=${layer.dilation})`;
  return [
    `kernel${name} = torch.tensor(\n    [${planes.join(",\n     ")}], dtype=torch.float64)${divided}`,
    `answer${name} = ${call}${border}`,
  ];
}
