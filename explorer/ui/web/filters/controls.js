// From the controls to the state: menus, buttons, the window's boxes, the kernel's editor.

import { make } from "../shared/dom.js";
import { cellNumber, MOST_CELLS, parseKernel, resizedRows } from "./kernel.js";
import { READY_PICTURES } from "./ready.js";
import {
  cellSum, chosenKernel, FILTER_LIMITS, FILTER_STATE, ownKernel, stateKernels, wholeWithin, workedKernel,
} from "./state.js";

const FIRST_FAMILY = "Edges"; // side by side in the Compare group

/**
 * Fill the menus with the named kernels and their families.
 * @param {import("./tab.js").Tab} tab
 */
export function fillMenus({ find, known }) {
  const families = new Map();
  for (const one of Object.values(known)) families.set(one.family, [...(families.get(one.family) || []), one.name]);
  for (const [family, names] of families) {
    const options = names.map((name) => make("option", { value: name }, name));
    find(".kernel-menu").append(make("optgroup", { label: family }, ...options));
    find(".family-menu").append(make("option", { value: family }, family));
  }
  find(".family-menu").value = FIRST_FAMILY;
  for (const menu of [".rows-menu", ".columns-menu"]) {
    for (let size = 1; size <= MOST_CELLS; size += 1) find(menu).append(make("option", { value: size }, String(size)));
  }
}

/**
 * Listen to all controls that change the state.
 * @param {import("./tab.js").Tab} tab
 */
export function wireControls(tab) {
  wireMenus(tab);
  wireReady(tab);
  const forget = wireWindow(tab);
  wireEditor(tab);
  wirePaste(tab);
  tab.find(".undo").addEventListener("click", () => tab.undo());
  tab.find(".reset").addEventListener("click", () => {
    forget();
    tab.change({ ...FILTER_STATE });
  });
}

function wireMenus(tab) {
  tab.find(".kernel-menu").addEventListener("change", ({ target }) => {
    if (target.value) tab.change(chosenKernel(tab.state, target.value));
  });
  for (const name of ["colour", "view", "mode"]) {
    tab.find(`.${name}-menu`).addEventListener("change", ({ target }) => tab.change({ [name]: target.value }));
  }
  for (const button of tab.all("[data-channel]")) {
    button.addEventListener("click", () => tab.change({ channel: Number(button.dataset.channel) }));
  }
  for (const button of tab.all("[data-zoom]")) button.addEventListener("click", () => tab.zoom(button.dataset.zoom));
}

function wireReady(tab) {
  const ready = { photograph: { label: "The photograph" }, ...READY_PICTURES };
  tab.find(".ready").replaceChildren(...Object.entries(ready).map(([name, { label, kernel }]) => {
    const onclick = () => tab.change({ picture: name, ...(kernel ? workedKernel(kernel) : {}) });
    return make("button", { type: "button", "data-picture": name, onclick }, label);
  }));
}

/** The window's boxes; a wrong text is said below them. Gives back what forgets all wrong texts. */
function wireWindow(tab) {
  const { find } = tab;
  const line = find(".window-problem");
  const wrong = new Map(); // box → sentence

  function sayWrong() {
    line.textContent = [...wrong.values()].join(" ");
    line.hidden = wrong.size === 0;
  }

  function wire(name, read, sentence) {
    find(`.${name}`).addEventListener("change", ({ target }) => {
      const value = read(target.value);
      const good = value !== null && !Number.isNaN(value);
      if (good) wrong.delete(target);
      else wrong.set(target, sentence);
      target.setAttribute("aria-invalid", String(!good));
      sayWrong();
      if (good) tab.change({ [name]: value });
    });
  }

  for (const [name, limits] of Object.entries(FILTER_LIMITS)) {
    const title = name[0].toUpperCase() + name.slice(1);
    const sentence = `${title} is a whole number from ${limits[0]} to ${limits[1]}.`;
    wire(name, (text) => wholeWithin(text, limits), sentence);
  }
  wire("bias", cellNumber, "Bias is a number of at most a million.");

  return () => {
    for (const box of wrong.keys()) box.setAttribute("aria-invalid", "false");
    wrong.clear();
    sayWrong();
  };
}

/**
 * The editor's rows become the kernel.
 * @param {import("./tab.js").Tab} tab
 */
export function editRows(tab, rows) {
  const { state, known } = tab;
  if (state.planes) {
    const planes = state.planes.map((plane, at) => (at === state.channel ? rows : plane));
    tab.change({ kernel: "custom", planes });
  } else {
    tab.change({ kernel: "custom", rows, divisor: stateKernels({ ...state, divideBySum: false }, known).divisor });
  }
}

function wireEditor(tab) {
  const { find } = tab;
  const current = () => {
    const { kernels, divisor } = stateKernels({ ...tab.state, flip: false, divideBySum: false }, tab.known);
    return { rows: kernels[0], divisor };
  };
  const resize = () => {
    const { rows, divisor } = current();
    const [height, width] = [find(".rows-menu"), find(".columns-menu")].map((menu) => Number(menu.value));
    tab.change({ kernel: "custom", rows: resizedRows(rows, height, width), divisor });
  };
  find(".rows-menu").addEventListener("change", resize);
  find(".columns-menu").addEventListener("change", resize);
  find(".flip").addEventListener("change", ({ target }) => tab.change({ flip: target.checked }));
  find(".divide").addEventListener("change", ({ target }) => {
    const { rows, divisor } = current();
    if (target.checked && cellSum(rows) === null) {
      target.checked = false;
      find(".cells-says").textContent = "The cells add up to 0, so they cannot be divided by their sum.";
      return;
    }
    tab.change({ divideBySum: target.checked, kernel: "custom", rows, divisor: target.checked ? divisor : 1 });
  });
}

function wirePaste(tab) {
  const { find } = tab;
  find(".use-pasted").addEventListener("click", () => {
    const { rows, error } = parseKernel(find(".pasted").value);
    find(".pasted-problem").textContent = error || "";
    find(".pasted-problem").hidden = !error;
    find(".pasted").setAttribute("aria-invalid", String(Boolean(error)));
    if (rows) tab.change(ownKernel(rows));
  });
}
