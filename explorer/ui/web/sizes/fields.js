// The boxes for whole numbers, with a step down and up; one box, or two where height and width are set apart.

/** An element with properties and children. */
function makeNode(tag, properties = {}, children = []) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("aria-") || name === "role" || name === "for") node.setAttribute(name, value);
    else node[name] = value;
  }
  node.append(...children);
  return node;
}

/** A box for a setting. `change(name, text, side)` is called when a visitor has typed or stepped. */
function makeSettingField(name, change) {
  const label = SETTING_NAMES[name];
  const paired = PAIRED_SETTINGS.includes(name);
  const inputs = (paired ? [" height", " width"] : [""]).map((words, side) => {
    const input = makeNode("input", { type: "text", inputMode: "numeric", autocomplete: "off", className: "number" });
    input.setAttribute("aria-label", label + words);
    input.addEventListener("change", () => change(name, input.value, side));
    input.addEventListener("keydown", (event) => {
      const step = { ArrowUp: 1, ArrowDown: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      change(name, String(Number(input.value) + step), side);
    });
    return input;
  });
  const stepper = (sign, step) => {
    const button = makeNode("button", { type: "button", textContent: sign, "aria-label": `${label}: ${step > 0 ? "one more" : "one less"}` });
    button.addEventListener("click", () => inputs.forEach((input, side) => {
      if (!input.hidden) change(name, String(Number(input.value) + step), side);
    }));
    return button;
  };
  const times = makeNode("span", { textContent: "×", className: "sizes-times" });
  const boxes = paired ? [inputs[0], times, inputs[1]] : inputs;
  const row = makeNode("div", { className: "sizes-stepper" }, [stepper("−", -1), ...boxes, stepper("+", 1)]);
  const field = makeNode("div", { className: "field", role: "group", "aria-label": label }, [makeNode("span", { textContent: label }), row]);
  return { name, field, inputs, times };
}

/** Show values in a box; the second one only where the sides are apart. */
function fillSettingField(box, values, apart) {
  box.inputs.forEach((input, side) => {
    input.value = values[side];
    input.removeAttribute("aria-invalid");
  });
  if (box.inputs.length < 2) return;
  box.inputs[1].hidden = box.times.hidden = !apart;
  box.inputs[0].setAttribute("aria-label", SETTING_NAMES[box.name] + (apart ? " height" : ""));
}
