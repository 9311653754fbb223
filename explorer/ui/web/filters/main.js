// Tab 1, Filters: reads the controls, keeps the state and its history, asks the worker, and draws both pictures and the sum.

const find = (selector) => element.querySelector(selector);
const all = (selector) => [...element.querySelectorAll(selector)];
const [bench, inputCanvas, outputCanvas, says, problem] = [".bench", ".input-canvas", ".output-canvas", ".says", ".lead ~ .problem"].map(find);
const motion = { smooth: !explorer.reducedMotion() };
const worker = makeFilterWorker();
let known = {};
let history = startHistory(FILTER_STATE);
let layer = null;
let behind = false; // another tab is open, and the picture has not been taken
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
  now: () => ({ answer, source: answer && answer.source, layer, known, state: history.state }),
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
  if (!source || source.name !== state.picture) return takePicture();
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
  const from = source;
  outputCanvas.classList.add("stale");
  try {
    const [[fresh]] = await worker.ask([job]);
    if (wanted !== asked) return;
    takeAnswer({ ...fresh, layer: job.layer, source: from, canvas: pixelCanvas(fresh.rgba, fresh.width, fresh.height) });
  } catch (error) {
    showProblem(error.message);
  }
}

function takeAnswer(fresh) {
  const before = answer;
  fresh.turn = (before ? before.turn : 0) + 1;
  answer = fresh;
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

/** The picture of the state, filtered; behind another tab it waits until this one is seen. */
async function takePicture() {
  behind = !element.offsetParent;
  if (behind) return void outputCanvas.classList.add("stale");
  const { picture } = history.state;
  turn += 1;
  const mine = turn;
  try {
    const next = picture === "photograph" ? await photographPixels() : readyPixels(picture);
    if (!next || mine !== turn || picture !== history.state.picture) return; // another was chosen meanwhile
    source = { ...next, name: picture, turn: mine, planes: {} };
    source.canvas = pixelCanvas(source.rgba, source.width, source.height);
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

// --- the sum

function openSum(itsLayer, current) {
  const sum = find(".sum");
  sum.classList.toggle("empty", !current);
  for (const button of all("[data-channel]")) button.setAttribute("aria-pressed", String(Number(button.dataset.channel) === history.state.channel));
  find(".channel-choice").hidden = readPlanes().length < 3;
  find(".channel-choice").setAttribute("aria-label", itsLayer.colour === "rgb" ? "Colour whose sum is shown" : "Colour whose weights can be edited");
  if (!current) {
    find(".equation").textContent = "";
    find(".rounding").hidden = true;
    return speak("Nothing is held. Point at a picture, or press an arrow key.");
  }
  const opened = openPixel(readPlanes(), answer.source.height, answer.source.width, itsLayer, current.y, current.x, history.state.channel);
  const shade = (value) => { const grey = Math.round(Math.min(255, Math.max(0, itsLayer.colour === "sum" && itsLayer.planes === 1 ? value / 3 : value))); return [grey, grey, grey]; };
  showTerms(opened, itsLayer, shade);
  showEquation(opened, itsLayer, current);
  const window = windowOf(itsLayer, current.y, current.x);
  speak(`Row ${current.y}, column ${current.x} of the answer: rows ${numberText(window.y)} to ${numberText(window.y + window.height - 1)}, columns ${numberText(window.x)} to ${numberText(window.x + window.width - 1)} of the picture give ${numberText(opened.value)}.`);
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
