// From the state to the controls: what the menus, boxes and sentences show.

import { make } from "../shared/dom.js";
import * as explorer from "../shared/page.js";
import { takenCode } from "./take.js";
import { windowPositions } from "./convolve.js";
import { CHANNEL_NAMES, numberText, plainNumber } from "./kernel.js";
import { isLearned, stateKernels } from "./state.js";

const BOXES = ["stride", "padding", "dilation", "bias"];

/**
 * All controls.
 * @param {import("./tab.js").Tab} tab
 * @param {import("./editor.js").Editor} editor
 */
export function showControls(tab, editor) {
  showMenus(tab);
  showBoxes(tab);
  showEditor(tab, editor);
  showTexts(tab);
}

function showMenus({ find, state, history, element }) {
  const menu = find(".kernel-menu");
  const special = state.rows || state.planes ? state.kernel : "";
  for (const option of menu.querySelectorAll("option.special")) option.remove();
  if (special) menu.prepend(make("option", { class: "special", value: "" }, special));
  menu.value = special ? "" : state.kernel;
  for (const name of ["colour", "view", "mode"]) find(`.${name}-menu`).value = state[name];
  find(".colour-menu").disabled = Boolean(state.planes || state.border);
  for (const name of ["zoom", "picture"]) {
    for (const button of element.querySelectorAll(`[data-${name}]`)) {
      button.setAttribute("aria-pressed", String(button.dataset[name] === state[name]));
    }
  }
  find(".undo").disabled = history.past.length === 0;
}

/** Boxes with a wrong text keep it: their visitor is still at it. */
function showBoxes({ find, state }) {
  for (const name of BOXES) {
    const box = find(`.${name}`);
    if (box.getAttribute("aria-invalid") !== "true") box.value = plainNumber(state[name]);
  }
}

function showEditor({ find, state, known }, editor) {
  const { kernels, divisor, magnitude } = stateKernels({ ...state, flip: false }, known);
  const rows = state.planes ? state.planes[state.channel] : kernels[0];
  editor.show(rows, !magnitude);
  find(".rows-menu").value = rows.length;
  find(".columns-menu").value = rows[0].length;
  for (const selector of [".rows-menu", ".columns-menu", ".divide", ".flip"]) {
    find(selector).disabled = magnitude || Boolean(state.planes);
  }
  find(".divide").checked = state.divideBySum;
  find(".flip").checked = state.flip;
  find(".divisor-says").textContent = divisor === 1 ? "" : `÷ ${numberText(divisor)}`;
  find(".flip-says").textContent = editorText(state, magnitude);
}

function editorText(state, magnitude) {
  if (magnitude) return "Two kernels, whose length is taken; choose one of them to edit it.";
  if (state.planes) {
    return `The weights on ${CHANNEL_NAMES[state.channel]}; the colour buttons at the sum show the others.`;
  }
  if (state.flip) return "Turned by half a turn before it slides: convolution as mathematics has it.";
  return "Not turned: cross-correlation, which is what networks call convolution.";
}

/** What is written about the kernel, the answer's size, the code and the picture to take away. */
export function showTexts(tab) {
  const { find, state, source, layer, known } = tab;
  find(".kernel-says").textContent = kernelSays(state, known);
  if (source) find(".size-says").textContent = sizeSays(source, layer);
  find(".code").textContent = takenCode(tab);
  find(".download").textContent = `Download the picture${savedSize(explorer.get("photo"), state, layer)}`;
}

/** How large the answer over the whole photograph is, in brackets. */
function savedSize(photo, { picture }, layer) {
  if (!photo || picture !== "photograph") return "";
  const width = windowPositions(photo.full_width, layer.width, layer);
  return ` (${width} × ${windowPositions(photo.full_height, layer.height, layer)})`;
}

function kernelSays(state, known) {
  if (isLearned(state)) return learnedSays(state);
  return state.rows ? "Your own kernel." : known[state.kernel].text;
}

function learnedSays(state) {
  const edited = state.kernel === "custom" ? ", edited" : "";
  const planes = state.planes ? "three planes of weights, one a colour" : "one plane of weights, over the grey picture";
  return `A learned kernel${edited}: ${planes}, with the network's normalisation folded in.`;
}

/** Both sides of the answer, worked out. */
function sizeSays(source, layer) {
  const side = (size, kernelSize) => {
    const padded = `${size} + 2·${layer.padding} − ${layer.dilation}·(${kernelSize} − 1) − 1`;
    return `⌊(${padded}) ÷ ${layer.stride}⌋ + 1 = ${windowPositions(size, kernelSize, layer)}`;
  };
  return `Height ${side(source.height, layer.height)}; width ${side(source.width, layer.width)}.`;
}
