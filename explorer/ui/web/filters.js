// Tab 1, Filters: reads the controls, keeps the state and its history, asks the worker, and draws both pictures and the sum.

const find = (selector) => element.querySelector(selector);
const all = (selector) => [...element.querySelectorAll(selector)];
const [bench, inputCanvas, outputCanvas, says, problem] = [".bench", ".input-canvas", ".output-canvas", ".says", ".lead ~ .problem"].map(find);
const motion = { smooth: !explorer.reducedMotion() };
const worker = makeFilterWorker();
let known = {};
let history = startHistory(FILTER_STATE);
let layer = null;
let source = null; // the picture that is filtered: {rgba, height, width, name, photo, planes by colour}
let answer = null;
let asked = ""; // what the newest request asked for
let turn = 0;
let pin = null; // the answer whose sum stays open
let pinnedByHand = false;
let hovered = null;
let centre = { y: 0, x: 0 }; // of the close view
let playback = null;
let clock = 0;
let drawing = 0;
const geometry = {}; // of the last drawing: parts and fits, for the pointer

const showTerms = makeTerms(find(".products"), (row, column) => {
  find(".kernel-group").open = true;
  const [y, x] = history.state.flip ? [layer.height - 1 - row, layer.width - 1 - column] : [row, column];
  editor.focus(y, x);
});
const editor = makeEditor(find(".cells"), find(".cells-says"), editRows);
const compare = makeCompare(find(".compare-group"), {
  now: () => ({ answer, source, layer, known, state: history.state }),
  view: shownView,
  ask: (jobs) => worker.ask(jobs),
  choose: chooseKernel,
  problem: showProblem,
});
makeLearned(find(".learned-group"), (network) => explorer.ask(server.learned({ network })), (state) => change(state));

// --- the state

function showProblem(text) {
  problem.textContent = text;
  problem.hidden = !text;
}

/** Change the state; what follows from it is computed and drawn. */
function change(patch) {
  history = recorded(history, { ...history.state, ...patch });
  settle();
}

function settle() {
  const { state } = history;
  layer = stateLayer(state, known);
  showControls();
  explorer.writeLink("filters", stateLink(state));
  if (source && source.name !== state.picture) return takePicture();
  return filter();
}

async function filter() {
  if (!source) return;
  const refusal = layerRefusal(layer, source.height, source.width);
  showProblem(refusal || "");
  if (refusal) return;
  const job = { layer, view: shownView(layer) };
  const wanted = JSON.stringify([job, layer.kernels.map((kernel) => [...kernel]), source.turn]);
  if (wanted === asked) return void draw();
  asked = wanted;
  outputCanvas.classList.add("stale");
  try {
    const [[made_]] = await worker.ask([job]);
    if (wanted !== asked) return;
    takeAnswer({ ...made_, layer, canvas: pixelCanvas(made_.rgba, made_.width, made_.height) });
  } catch (error) {
    showProblem(error.message);
  }
}

function takeAnswer(made_) {
  const before = answer;
  answer = made_;
  const inside = pin && pin.y < answer.height && pin.x < answer.width;
  const { y, x } = history.state;
  if (!before && y !== null && x !== null && y < answer.height && x < answer.width) [pin, pinnedByHand] = [{ y, x }, true];
  else if (!inside || !pinnedByHand) pin = pin === null && before ? null : strongestAnswer(answer);
  if (pin && (!before || !inside || !pinnedByHand)) centre = pin;
  outputCanvas.classList.remove("stale");
  showTexts(history.state);
  if (playback) openSweep(false);
  draw();
  compare.update();
}

function shownView(itsLayer) {
  return history.state.view === "fitting" ? fittingView(itsLayer) : history.state.view;
}

// --- the picture

async function takePicture() {
  const { picture } = history.state;
  turn += 1;
  const mine = turn;
  try {
    const next = picture === "photograph" ? await photographPixels() : readyPixels(picture);
    if (!next || mine !== turn) return;
    source = { ...next, name: picture, turn: mine, planes: {} };
    source.canvas = pixelCanvas(source.rgba, source.width, source.height);
    source.grey = null;
    worker.setPicture(source.rgba.slice(), source.height, source.width);
    if (!pinnedByHand) pin = pin || { y: 0, x: 0 };
    await filter();
  } catch (error) {
    if (mine === turn) showProblem(error.message);
  }
}

function readyPixels(name) {
  const { rows } = READY_PICTURES[name];
  return { rgba: rowsPixels(rows), height: rows.length, width: rows[0].length };
}

async function photographPixels() {
  const photo = explorer.get("photo");
  const photographs = explorer.get("photographs");
  if (!photo || !photographs) return null;
  const { path, width, height } = await photographs.workingPicture(photo.token);
  const image = new Image();
  image.src = explorer.fileUrl(path);
  await image.decode();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [width, height];
  const context = canvas.getContext("2d", { colorSpace: "srgb", willReadFrequently: true });
  context.drawImage(image, 0, 0);
  return { rgba: context.getImageData(0, 0, width, height).data, height, width, photo };
}

/** The planes that the current layer reads; made once a colour. */
function planes() {
  const key = layer.colour + layer.planes;
  source.planes[key] = source.planes[key] || picturePlanes(source.rgba, source.height * source.width, layer.colour, layer.planes);
  return source.planes[key];
}

/** What the input picture shows: grey where the filter reads grey. */
function inputPicture() {
  if (layer.colour !== "grey") return source;
  if (!source.grey) {
    const rgba = new Uint8ClampedArray(source.rgba.length);
    planes()[0].forEach((value, at) => rgba.set([value, value, value, 255], at * 4));
    source.grey = { rgba, canvas: pixelCanvas(rgba, source.width, source.height), height: source.height, width: source.width };
  }
  return source.grey;
}

// --- drawing

function draw() {
  cancelAnimationFrame(drawing);
  drawing = requestAnimationFrame(drawNow);
}

function drawNow() {
  if (!answer || !source || !bench.clientWidth) return;
  layout();
  const colours = pageColours(element);
  const { state } = history;
  const itsLayer = answer.layer;
  geometry.parts = shownParts(itsLayer, source, answer, state.zoom, centre);
  const current = currentAnswer();
  drawInput(itsLayer, colours, current);
  drawOutput(colours, current);
  showBar();
  openSum(itsLayer, current);
  drawGrid(itsLayer, colours, current);
}

function currentAnswer() {
  if (playback) return sweptAnswer(geometry.parts.output, playback.at);
  return hovered || pin;
}

/** The sum stands between the pictures where there is room for it, else below them. */
function layout() {
  const width = bench.clientWidth;
  const blocks = layer.kernels.length * layer.planes;
  const large = layer.width <= 3 && blocks === 1;
  const sumWidth = layer.width * (tileCharacters(layer) * (large ? 10.9 : 9.7) + 26) + 8;
  const left = Math.floor((width - Math.max(sumWidth, blocks > 1 ? 340 : 250) - 2 * 16) / 2);
  const beside = left >= 190 && layer.height * blocks <= 7;
  bench.classList.toggle("beside", beside);
  const aspect = Math.min(1.2, Math.max(0.62, source.height / source.width));
  const each = beside ? Math.min(left, 360) : Math.floor((width - 16) / 2);
  const height = Math.min(beside ? 380 : 264, Math.round(each * aspect));
  Object.assign(geometry, { width: beside ? each : Math.min(each, Math.max(200, Math.round(height / aspect))), height });
  for (const view of all(".view")) view.style.width = geometry.width + "px";
}

function drawInput(itsLayer, colours, current) {
  const part = geometry.parts.input;
  const fit = fitted(part, geometry.width, geometry.height);
  geometry.inputFit = fit;
  const context = readyCanvas(inputCanvas, geometry.width, geometry.height);
  const shown = inputPicture();
  drawPart(context, shown.canvas, part, fit, source, colours);
  drawNumbers(context, part, fit, colours, (y, x) => inputValue(itsLayer, y, x), (value, y, x) => inputColour(shown, y, x, colours));
  const rows = readPositions(source.height, itsLayer.height, answer.height, itsLayer);
  const columns = readPositions(source.width, itsLayer.width, answer.width, itsLayer);
  drawUnread(context, part, fit, rows, columns, colours);
  if (current) drawFrame(context, onCanvas(part, fit, windowOf(itsLayer, current.y, current.x)), colours.pointer, false);
  const [bottom, right] = [unreadTail(rows), unreadTail(columns)];
  const lost = bottom || right ? ` Crossed out: ${[bottom && `${bottom} rows`, right && `${right} columns`].filter(Boolean).join(" and ")} that no window reads.` : "";
  find(".input-caption").textContent = `${history.state.picture === "photograph" ? "Photograph" : READY_PICTURES[history.state.picture].label}, ${source.height} × ${source.width}${itsLayer.padding ? ` + ${itsLayer.padding} on each side` : ""}.${lost}`;
}

/** The number in a cell of the input, the border's included. */
function inputValue(itsLayer, y, x) {
  const [sy, sx] = [sourceIndex(y, source.height, itsLayer.mode), sourceIndex(x, source.width, itsLayer.mode)];
  const plane = planes().length === 3 ? history.state.channel : 0;
  return sy < 0 || sx < 0 ? itsLayer.border[plane] : planes()[plane][sy * source.width + sx];
}

function inputColour(shown, y, x, colours) {
  if (y < 0 || x < 0 || y >= source.height || x >= source.width) return colours.ink.startsWith("#f") ? [30, 30, 30] : [255, 255, 255];
  return [...shown.rgba.slice((y * source.width + x) * 4, (y * source.width + x) * 4 + 3)];
}

function drawOutput(colours, current) {
  const part = geometry.parts.output;
  const fit = fitted(part, geometry.width, geometry.height);
  geometry.outputFit = fit;
  const context = readyCanvas(outputCanvas, geometry.width, geometry.height);
  drawPart(context, answer.canvas, part, fit, answer, colours);
  const count = answer.height * answer.width;
  const plane = answer.channels === 3 ? history.state.channel * count : 0;
  const until = playback ? playback.at : Infinity;
  const swept = (y, x) => sweepStep(part, y, x) <= until;
  drawNumbers(context, part, fit, colours, (y, x) => (swept(y, x) ? answer.values[plane + y * answer.width + x] : null), (value, y, x) => [...answer.rgba.slice((y * answer.width + x) * 4, (y * answer.width + x) * 4 + 3)]);
  if (playback) {
    context.fillStyle = colours.sheet;
    for (let at = until + 1; at < part.height * part.width; at += 1) {
      const cell = sweptAnswer(part, at);
      context.fillRect(...onCanvas(part, fit, { ...cell, height: 1, width: 1 }));
    }
  }
  if (current) drawFrame(context, onCanvas(part, fit, { ...current, height: 1, width: 1 }), colours.pointer, false);
}

function showBar() {
  const { scale, view } = answer;
  drawBar(find(".bar"), Math.min(geometry.width, 360), scale);
  const middle = view === "signed" && geometry.width > 150 ? ["0"] : [];
  const ends = [scale.low, scale.high].map((value) => numberText(Number(value.toPrecision(4))));
  if (answer.range.low < scale.low) ends[0] = "≤ " + ends[0];
  if (Math.max(answer.range.high, view === "absolute" ? -answer.range.low : -Infinity) > scale.high) ends[1] = "≥ " + ends[1];
  const texts = [ends[0], ...middle, ends[1]];
  find(".bar-numbers").replaceChildren(...texts.map((text) => made("span", "", text)));
  find(".bar-numbers").style.width = Math.min(geometry.width, 360) + "px";
  const words = { signed: answer.channels === 1 ? "blue below zero, orange above" : "each colour by itself, grey is zero", absolute: "size without sign", rescaled: "from its smallest to its largest", clipped: "as it is, clipped" };
  find(".bar").setAttribute("aria-label", `Colour bar from ${ends[0]} to ${ends[1]}: ${words[view]}`);
  find(".output-caption").textContent = `Answer, ${answer.height} × ${answer.width}: ${words[view]}.`;
}

// --- the sum

function openSum(itsLayer, current) {
  const sum = find(".sum");
  sum.classList.toggle("empty", !current);
  for (const button of all("[data-channel]")) button.setAttribute("aria-pressed", String(Number(button.dataset.channel) === history.state.channel));
  find(".channel-choice").hidden = planes().length < 3;
  find(".channel-choice").setAttribute("aria-label", itsLayer.colour === "rgb" ? "Colour whose sum is shown" : "Colour whose weights can be edited");
  if (!current) {
    find(".equation").textContent = "";
    find(".rounding").hidden = true;
    return speak("Nothing is held. Point at a picture, or press an arrow key.");
  }
  const opened = openPixel(planes(), source.height, source.width, itsLayer, current.y, current.x, history.state.channel);
  const shade = (value) => { const grey = Math.round(Math.min(255, Math.max(0, itsLayer.colour === "sum" && itsLayer.planes === 1 ? value / 3 : value))); return [grey, grey, grey]; };
  showTerms(opened, itsLayer, shade);
  showEquation(opened, itsLayer, current);
  const window = windowOf(itsLayer, current.y, current.x);
  speak(`Row ${current.y}, column ${current.x} of the answer: rows ${window.y} to ${window.y + window.height - 1}, columns ${window.x} to ${window.x + window.width - 1} of the picture give ${numberText(opened.value)}.`);
}

function showEquation(opened, itsLayer, current) {
  const at = (current.y * answer.width + current.x) * 4;
  const colour = [...answer.rgba.slice(at, at + 3)];
  find(".equation").replaceChildren(...equationParts(opened, itsLayer).map(({ text, kind }) => {
    const part = made("span", kind, text);
    if (kind === "value") Object.assign(part.style, { background: `rgb(${colour.join(",")})`, color: inkOn(colour) });
    return part;
  }));
  const rounding = roundingText(opened, itsLayer);
  find(".rounding").textContent = rounding;
  find(".rounding").hidden = !rounding;
  find(".sum").dataset.place = `${current.y},${current.x}`;
}

let [speaking, spoken] = [0, 0];
/** Put a sentence into the live line; while the window runs, one every second and a half. */
function speak(text) {
  clearTimeout(speaking);
  const wait = playback && playback.playing ? Math.max(0, spoken + 1500 - Date.now()) : 60;
  speaking = setTimeout(() => { if (says.textContent !== text) [says.textContent, spoken] = [text, Date.now()]; }, wait);
}

startControls();
