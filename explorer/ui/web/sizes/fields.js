// The boxes for whole numbers, with a step down and up; one box, or two where height and width are set apart.

import { make, made } from "../shared/dom.js";
import { PAIRED_SETTINGS, SETTING_NAMES } from "./settings.js";

/** A box for a setting. `change(name, text, side)` is called when a visitor has typed or stepped. */
export function makeSettingField(name, change) {
  const label = SETTING_NAMES[name];
  const sides = PAIRED_SETTINGS.includes(name) ? [" height", " width"] : [""];
  const step = (input, side, by) => change(name, String(Number(input.value) + by), side);
  const inputs = sides.map((words, side) => numberBox(label + words, {
    onchange: (event) => change(name, event.target.value, side),
    onkeydown: (event) => {
      const by = { ArrowUp: 1, ArrowDown: -1 }[event.key];
      if (!by) return;
      event.preventDefault();
      step(event.target, side, by);
    },
  }));
  const stepper = (sign, by) => make("button", {
    type: "button", "aria-label": `${label}: ${by > 0 ? "one more" : "one less"}`,
    onclick: () => inputs.forEach((input, side) => {
      if (!input.hidden) step(input, side, by);
    }),
  }, sign);
  const times = made("span", "sizes-times", "×");
  const boxes = inputs.length > 1 ? [inputs[0], times, inputs[1]] : inputs;
  const row = make("div", { class: "sizes-stepper" }, stepper("−", -1), ...boxes, stepper("+", 1));
  const field = make("div", { class: "field", role: "group", "aria-label": label }, made("span", "", label), row);
  return { name, field, inputs, times };
}

function numberBox(label, listeners) {
  const kind = { type: "text", inputmode: "numeric", autocomplete: "off", class: "number" };
  return make("input", { ...kind, "aria-label": label, ...listeners });
}

/** Show values in a box; the second one only where the sides are apart. */
export function fillSettingField(box, values, apart) {
  box.inputs.forEach((input, side) => {
    input.value = values[side];
    input.removeAttribute("aria-invalid");
  });
  if (box.inputs.length < 2) return;
  for (const second of [box.inputs[1], box.times]) second.hidden = !apart;
  box.inputs[0].setAttribute("aria-label", SETTING_NAMES[box.name] + (apart ? " height" : ""));
}
