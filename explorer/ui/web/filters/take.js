// What can be taken away: the picture at full resolution, the kernel, the code, the link.

import { pixelCanvas } from "../shared/canvas.js";
import * as explorer from "../shared/page.js";
import { copied, linkWords, saveFile } from "../shared/save.js";
import { torchCode } from "./code.js";
import { kernelRows, kernelText } from "./kernel.js";
import { stateKernels } from "./state.js";

const LONGEST_SAID = 2000; // characters of what could not be copied

/** @param {import("./tab.js").Tab} tab */
export function wireTake(tab) {
  const { find } = tab;
  const tell = (text) => { find(".take-says").textContent = text; };
  const copy = (selector, what, text) => find(selector).addEventListener("click", async () => {
    const done = await copied(text());
    const shown = `The browser does not allow copying here. ${what}: ${text().slice(0, LONGEST_SAID)}`;
    tell(done ? `${what} copied. ${selector === ".copy-link" ? linkWords() : ""}` : shown);
  });
  copy(".copy-kernel", "The kernel is", () => takenKernel(tab));
  copy(".copy-code", "The PyTorch code is", () => torchCode(tab.layer));
  copy(".copy-link", "The link is", () => location.href);
  find(".download").addEventListener("click", async () => {
    find(".download").disabled = true;
    tell("Filtering the picture at full resolution…");
    try {
      tell(tab.state.picture === "photograph" ? await savePhotograph(tab) : await saveReady(tab));
    } catch (error) {
      tell(error.message);
    }
    find(".download").disabled = false;
  });
}

/** The kernel in use as text, divided out, so that it can be pasted anywhere. */
function takenKernel({ state, known }) {
  const { kernels, divisor } = stateKernels(state, known);
  return (state.planes || kernels).map((rows) => kernelText(dividedRows(rows, divisor))).join("\n\n");
}

const dividedRows = (rows, divisor) => rows.map((row) => row.map((weight) => weight / divisor));

/** Save the answer over a ready-made picture; gives the sentence to show. */
async function saveReady({ answer, state }) {
  const canvas = pixelCanvas(answer.rgba, answer.width, answer.height);
  const file = await new Promise((done) => canvas.toBlob(done, "image/png"));
  saveFile(file, `${state.picture} filtered.png`);
  return `Saved: ${answer.width} × ${answer.height} pixels.`;
}

/** Save the filtered photograph as the server makes it from the full picture; gives the sentence to show. */
async function savePhotograph({ answer, layer, source, server }) {
  const kernels = layer.kernels.map((kernel) => {
    const planes = kernelRows(layer, kernel).map((rows) => dividedRows(rows, layer.divisor));
    return layer.planes === 3 ? planes : planes[0];
  });
  const { magnitude, bias, stride, padding, dilation, colour, border } = layer;
  const { low, high } = answer.scale;
  const made = await explorer.ask(server.make_picture({
    photo: source.photo.token, kernels, magnitude, bias, stride, padding, padding_mode: layer.mode, dilation, colour,
    border, view: answer.view, low, high,
  }));
  const file = await fetch(explorer.fileUrl(made.path)); // a link to it would be saved under the server's name for it
  if (!file.ok) throw new Error("The picture was made but could not be fetched; please try again.");
  saveFile(await file.blob(), made.name);
  return `Saved ${made.name}, made from the photograph at full resolution with the colours that are shown here.`;
}
