// The tab's menus, boxes and buttons: what they show and what they change. Part of filters.js's scope.

/** Fetch the kernels, restore the link, wire everything, and begin. */
async function startControls() {
  try {
    const list = await explorer.ask(server.kernels({}));
    known = Object.fromEntries(list.map((one) => [one.name, one]));
  } catch (error) {
    return showProblem(error.message);
  }
  fillMenus();
  history = startHistory(linkState(explorer.readLink("filters"), known, ["photograph", ...Object.keys(READY_PICTURES)]));
  wireMenus();
  wireWindow();
  wireEditor();
  wirePointer();
  wireSweep();
  wireTake();
  new ResizeObserver(() => { if (behind && element.offsetParent) takePicture(); draw(); compare.resize(); }).observe(bench);
  new MutationObserver(() => { themeColours = null; draw(); }).observe(document.body, { attributes: true, attributeFilter: ["class"] });
  layer = stateLayer(history.state, known);
  showControls();
  explorer.on("photo", takePhoto);
  explorer.on("photographs", () => takePicture());
  explorer.on("learned-kernel", (sent) => { change(learnedState(sent)); openTab("filters"); });
}

/** Another photograph: what was held open in the one before is let go. */
function takePhoto() {
  if (history.state.picture !== "photograph") return showControls();
  if (answer) {
    pinnedByHand = false;
    history = { ...history, state: { ...history.state, y: null, x: null } };
    pin = pin || { y: 0, x: 0 };
  }
  return takePicture();
}

function fillMenus() {
  const families = new Map();
  for (const one of Object.values(known)) families.set(one.family, [...(families.get(one.family) || []), one]);
  for (const [family, members] of families) {
    const group = document.createElement("optgroup");
    group.label = family;
    group.append(...members.map((one) => new Option(one.name, one.name)));
    find(".kernel-menu").append(group);
    find(".family-menu").append(new Option(family, family));
  }
  find(".family-menu").value = "Edges";
  for (const menu of [".rows-menu", ".columns-menu"]) for (let size = 1; size <= MOST_CELLS; size += 1) find(menu).append(new Option(size, size));
  const ready = { photograph: { label: "The photograph" }, ...READY_PICTURES };
  find(".ready").replaceChildren(...Object.entries(ready).map(([name, { label, kernel }]) => {
    const button = made("button", "", label);
    button.type = "button";
    button.dataset.picture = name;
    button.addEventListener("click", () => change({ picture: name, ...(kernel ? { kernel: "custom", rows: kernel, divisor: 1, planes: null, border: null, divideBySum: false, flip: false, bias: 0, stride: 1, padding: 0, dilation: 1, colour: "grey", view: "fitting" } : {}) }));
    return button;
  }));
}

function chooseKernel(name) {
  change({ kernel: name, rows: null, divisor: 1, ...(isLearned(history.state) || history.state.border ? { colour: "grey", bias: 0, stride: 1, padding: 0, dilation: 1 } : {}), planes: null, border: null, divideBySum: false });
}

// --- from the state to the controls

function showControls() {
  const { state } = history;
  const menu = find(".kernel-menu");
  const special = state.rows || state.planes ? state.kernel : "";
  for (const option of [...menu.querySelectorAll("option.special")]) option.remove();
  if (special) menu.prepend(Object.assign(new Option(special, ""), { className: "special" }));
  menu.value = special ? "" : state.kernel;
  for (const name of ["colour", "view", "mode"]) find(`.${name}-menu`).value = state[name];
  find(".colour-menu").disabled = Boolean(state.planes || state.border);
  for (const button of all("[data-zoom]")) button.setAttribute("aria-pressed", String(button.dataset.zoom === state.zoom));
  for (const button of all("[data-picture]")) button.setAttribute("aria-pressed", String(button.dataset.picture === state.picture));
  for (const name of ["stride", "padding", "dilation"]) if (find("." + name).getAttribute("aria-invalid") !== "true") find("." + name).value = state[name];
  if (find(".bias").getAttribute("aria-invalid") !== "true") find(".bias").value = plainNumber(state.bias);
  find(".undo").disabled = history.past.length === 0;
  showEditor(state);
  showTexts(state);
}

function showEditor(state) {
  const { kernels, divisor, magnitude } = stateKernels({ ...state, flip: false }, known);
  const rows = state.planes ? state.planes[state.channel] : kernels[0];
  editor.show(rows, !magnitude);
  [find(".rows-menu").value, find(".columns-menu").value] = [rows.length, rows[0].length];
  for (const selector of [".rows-menu", ".columns-menu", ".divide", ".flip"]) find(selector).disabled = magnitude || Boolean(state.planes);
  find(".divide").checked = state.divideBySum;
  find(".flip").checked = state.flip;
  find(".divisor-says").textContent = divisor === 1 ? "" : `÷ ${numberText(divisor)}`;
  find(".flip-says").textContent = magnitude ? "Two kernels, whose length is taken; choose one of them to edit it."
    : state.planes ? `The weights on ${CHANNEL_NAMES[state.channel]}; the colour buttons at the sum show the others.`
    : state.flip ? "Turned by half a turn before it slides: convolution as mathematics has it." : "Not turned: cross-correlation, which is what networks call convolution.";
}

function learnedText(state) {
  const planes = state.planes ? "three planes of weights, one a colour" : "one plane of weights, over the grey picture";
  return `A learned kernel${state.kernel === "custom" ? ", edited" : ""}: ${planes}, with the network's normalisation folded in.`;
}

function showTexts(state) {
  const one = known[state.kernel];
  find(".kernel-says").textContent = isLearned(state) ? learnedText(state) : state.rows ? "Your own kernel." : one.text;
  if (source) {
    const [rows, columns] = [windowPositions(source.height, layer.height, layer), windowPositions(source.width, layer.width, layer)];
    const formula = (size, kernel, positions) => `⌊(${size} + 2·${layer.padding} − ${layer.dilation}·(${kernel} − 1) − 1) ÷ ${layer.stride}⌋ + 1 = ${positions}`;
    find(".size-says").textContent = `Height ${formula(source.height, layer.height, rows)}; width ${formula(source.width, layer.width, columns)}.`;
  }
  find(".code").textContent = torchCode(layer);
  const { photo } = explorer.get("photo") ? { photo: explorer.get("photo") } : {};
  const full = photo && state.picture === "photograph" ? ` (${photo.full_width || photo.width} × ${photo.full_height || photo.height})` : "";
  find(".download").textContent = `Download the picture${full}`;
}

// --- from the controls to the state

function wireMenus() {
  find(".kernel-menu").addEventListener("change", (event) => { if (event.target.value) chooseKernel(event.target.value); });
  for (const name of ["colour", "view"]) find(`.${name}-menu`).addEventListener("change", (event) => change({ [name]: event.target.value }));
  for (const button of all("[data-zoom]")) button.addEventListener("click", () => { if (pin) centre = pin; change({ zoom: button.dataset.zoom }); if (playback) openSweep(false); });
  for (const button of all("[data-channel]")) button.addEventListener("click", () => change({ channel: Number(button.dataset.channel) }));
  find(".undo").addEventListener("click", undo);
  find(".reset").addEventListener("click", () => {
    for (const box of all("[aria-invalid=true]")) box.setAttribute("aria-invalid", "false");
    find(".window-problem").hidden = true;
    change({ ...FILTER_STATE });
  });
}

function undo() {
  history = undone(history);
  settle();
}

function wireWindow() {
  const line = find(".window-problem");
  const wrong = {};
  const mark = (box, name, sentence) => {
    wrong[name] = sentence;
    box.setAttribute("aria-invalid", String(Boolean(sentence)));
    line.textContent = Object.values(wrong).filter(Boolean).join(" ");
    line.hidden = !line.textContent;
  };
  for (const [name, limits] of Object.entries(FILTER_LIMITS)) {
    find("." + name).addEventListener("change", (event) => {
      const value = wholeWithin(event.target.value, limits);
      mark(event.target, name, value === null ? `${name[0].toUpperCase() + name.slice(1)} is a whole number from ${limits[0]} to ${limits[1]}.` : "");
      if (value !== null) change({ [name]: value });
    });
  }
  find(".bias").addEventListener("change", (event) => {
    const value = cellNumber(event.target.value);
    mark(event.target, "bias", Number.isNaN(value) ? "Bias is a number of at most a million." : "");
    if (!Number.isNaN(value)) change({ bias: value });
  });
  find(".mode-menu").addEventListener("change", (event) => change({ mode: event.target.value }));
}

/** The editor's rows become the kernel. */
function editRows(rows) {
  const { state } = history;
  if (state.planes) return change({ kernel: "custom", planes: state.planes.map((plane, at) => (at === state.channel ? rows : plane)) });
  const { divisor } = stateKernels({ ...state, divideBySum: false }, known);
  return change({ kernel: "custom", rows, divisor });
}

function wireEditor() {
  const current = () => stateKernels({ ...history.state, flip: false, divideBySum: false }, known);
  const resize = () => change({ kernel: "custom", rows: resizedRows(current().kernels[0], Number(find(".rows-menu").value), Number(find(".columns-menu").value)), divisor: current().divisor });
  find(".rows-menu").addEventListener("change", resize);
  find(".columns-menu").addEventListener("change", resize);
  find(".divide").addEventListener("change", (event) => {
    const { kernels, divisor } = current();
    const sum = kernels[0].flat().reduce((total, weight) => total + weight, 0);
    if (event.target.checked && Math.abs(sum) <= 1e-9) {
      event.target.checked = false;
      find(".cells-says").textContent = "The cells add up to 0, so they cannot be divided by their sum.";
      return;
    }
    change({ divideBySum: event.target.checked, kernel: "custom", rows: kernels[0], divisor: event.target.checked ? divisor : 1 });
  });
  find(".flip").addEventListener("change", (event) => change({ flip: event.target.checked }));
  find(".use-pasted").addEventListener("click", () => {
    const { rows, error } = parseKernel(find(".pasted").value);
    find(".pasted-problem").textContent = error || "";
    find(".pasted-problem").hidden = !error;
    find(".pasted").setAttribute("aria-invalid", String(Boolean(error)));
    if (rows) change({ kernel: "custom", rows, divisor: 1, planes: null, border: null, divideBySum: false });
  });
}
