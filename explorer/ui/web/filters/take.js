// What can be taken away: the picture at full resolution, the kernel, the code, the link.

import { pixelCanvas } from "../shared/canvas.js";
import * as explorer from "../shared/page.js";
import { copied, linkWords, saveFile, saveFrom } from "../shared/save.js";
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
  copy(".copy-code", "The PyTorch code is", () => takenCode(tab));
  copy(".copy-link", "The link is", () => location.href);
  const offer = (selector, doing, save) => find(selector).addEventListener("click", async () => {
    find(selector).disabled = true;
    tell(doing);
    try {
      tell(await save());
    } catch (error) {
      tell(error.message);
    }
    find(selector).disabled = false;
  });
  offer(".download", "Filtering the picture at full resolution…",
    () => (tab.state.picture === "photograph" ? savePhotograph(tab) : saveReady(tab)));
  offer(".save-picture", "Saving the picture…", () => saveSource(tab));
}

/** The lines of PyTorch, which read the picture that is filtered by the name under which it is saved. */
export const takenCode = ({ layer, source }) => torchCode(layer, source ? source.file.name : "picture.png");

/** Save the picture that is filtered, pixel for pixel; gives the sentence to show. */
async function saveSource({ source }) {
  if (!source) return "There is no picture yet.";
  const { path, name } = source.file;
  if (path) await saveFrom(path, name);
  else saveFile(await canvasPng(source.canvas), name);
  return `Saved ${name}, as this tab reads it: put it beside the code.`;
}

const canvasPng = (canvas) => new Promise((done) => canvas.toBlob(done, "image/png"));

/** The kernel in use as text, divided out, so that it can be pasted anywhere. */
function takenKernel({ state, known }) {
  const { kernels, divisor } = stateKernels(state, known);
  return (state.planes || kernels).map((rows) => kernelText(dividedRows(rows, divisor))).join("\n\n");
}

const dividedRows = (rows, divisor) => rows.map((row) => row.map((weight) => weight / divisor));

/** Save the answer over a ready-made picture; gives the sentence to show. */
async function saveReady({ answer, state }) {
  const file = await canvasPng(pixelCanvas(answer.rgba, answer.width, answer.height));
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
  await saveFrom(made.path, made.name);
  return `Saved ${made.name}, made from the photograph at full resolution with the colours that are shown here.`;
}
