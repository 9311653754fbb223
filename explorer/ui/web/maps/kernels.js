// The weights of the network's first convolution, a picture a kernel; a click looks at one in the tab "Filters".

import { kernelPixels, pixelCanvas } from "../shared/canvas.js";
import { made, make } from "../shared/dom.js";
import * as explorer from "../shared/page.js";
import { openTab } from "../shared/tabs.js";
import { floatsAt } from "./files.js";

/** Fill the group for the network in use, once, when it is looked at. */
export async function askKernels(tab) {
  const { find, sheet, server } = tab;
  const [place, note] = [find(".kernels"), find(".kernels-note")];
  if (!find(".kernels-group").open || !sheet || place.dataset.token === sheet.token) return;
  place.dataset.token = sheet.token;
  try {
    const kernels = await explorer.ask(server.kernels({ token: sheet.token }));
    const weights = await floatsAt(kernels.values);
    if (sheet !== tab.sheet) return;
    const [count, planes, height, width] = kernels.shape;
    const size = `${count} kernels of ${planes} × ${height} × ${width}`;
    const click = planes === 3 ? ` ${explorer.byTouch() ? "Tap" : "Click"} one to look at it in Filters.` : "";
    note.textContent = `${kernels.layer}: ${size}, as colours; grey is zero.${click}`;
    const tiles = Array.from({ length: count }, (_, index) => kernelTile(tab, kernels.shape, weights, index));
    place.replaceChildren(...tiles);
  } catch (error) {
    if (sheet !== tab.sheet) return;
    place.dataset.token = "";
    note.textContent = error.message;
    place.replaceChildren();
  }
}

function kernelTile(tab, [, planes, height, width], weights, index) {
  const size = planes * height * width;
  const part = weights.subarray(index * size, (index + 1) * size);
  const canvas = pixelCanvas(kernelPixels(part, planes, height * width), width, height);
  canvas.className = "pixels";
  return make("button", {
    type: "button", class: "kernel", disabled: planes !== 3, onclick: () => sendKernel(tab, index),
    "aria-label": `Send kernel ${index} to Filters`,
  }, canvas, made("span", "soft", String(index)));
}

async function sendKernel(tab, index) {
  const name = `${explorer.get("network").label}, filter ${index}`;
  try {
    const kernel = await explorer.ask(tab.server.folded_kernel({ token: tab.sheet.token, channel: index }));
    explorer.set("learned-kernel", { ...kernel, name });
    openTab("filters");
  } catch (error) {
    tab.showProblem(error.message);
  }
}

/** Connect the group. */
export function bindKernels(tab) {
  tab.find(".kernels-group").addEventListener("toggle", () => askKernels(tab));
}
