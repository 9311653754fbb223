// The Compare group: before and after under one line, the histogram, ReLU and pooling, several filters side by side.

const SIDE_BY_SIDE = 300; // pixels: the height of the before-and-after picture, at the most

/** Before at the left of the line, after at the right, both filling one frame. */
function drawWipe(canvas, width, before, after, percent, colours) {
  const height = Math.min(SIDE_BY_SIDE, Math.round((width * before.height) / before.width));
  const wide = Math.round((height * before.width) / before.height);
  const context = readyCanvas(canvas, wide, height);
  const line = Math.round((wide * percent) / 100);
  context.imageSmoothingEnabled = wide < before.width;
  context.drawImage(before, 0, 0, wide, height);
  context.save();
  context.beginPath();
  context.rect(line, 0, wide, height);
  context.clip();
  context.imageSmoothingEnabled = wide < after.width;
  context.fillStyle = colours.paper;
  context.fillRect(0, 0, wide, height);
  context.drawImage(after, 0, 0, wide, height);
  context.restore();
  context.fillStyle = colours.pointer;
  context.fillRect(line - 1, 0, 2, height);
}

/** A small picture of an answer with its name, its size and the numbers of its colours. */
function answerTile(title, answer, onChoose) {
  const tile = made(onChoose ? "button" : "figure", "answer-tile");
  if (onChoose) {
    tile.type = "button";
    tile.addEventListener("click", onChoose);
  }
  const picture = pixelCanvas(answer.rgba, answer.width, answer.height);
  picture.className = answer.width < 120 ? "pixels" : "";
  picture.setAttribute("role", "img");
  picture.setAttribute("aria-label", title);
  const range = `${numberText(Number(answer.scale.low.toPrecision(4)))} to ${numberText(Number(answer.scale.high.toPrecision(4)))}`;
  tile.append(picture, made("strong", "", title), made("span", "soft", `${answer.height} × ${answer.width}`), made("span", "soft number", range));
  return tile;
}

/** Draws the group's parts while it is open. `tab` gives the state, the source, the answer and asks for more. */
function makeCompare(root, tab) {
  const at = (selector) => root.querySelector(selector);
  let turn = 0;

  function wipe() {
    const { answer, source } = tab.now();
    if (!answer || !root.open) return;
    const width = at(".wipe-part").clientWidth;
    if (width) drawWipe(at(".wipe-canvas"), width, source.canvas, answer.canvas, Number(at(".wipe").value), pageColours(root));
  }

  function histogram() {
    const { answer } = tab.now();
    const width = at(".histogram-part").clientWidth;
    if (!width) return;
    drawHistogram(at(".histogram"), width, 180, answer, pageColours(root));
    const { low, high, mean } = answer.range;
    const text = `From ${numberText(low)} to ${numberText(high)}, mean ${numberText(Number(mean.toPrecision(3)))}; heights are logarithms of the counts.`;
    at(".histogram-says").textContent = text;
    at(".histogram").setAttribute("aria-label", "Histogram of the answer. " + text);
  }

  async function rows() {
    const { layer, state, known } = tab.now();
    turn += 1;
    const mine = turn;
    const family = at(".family-menu").value;
    const names = Object.values(known).filter((one) => one.family === family).map((one) => one.name);
    const layers = names.map((name) => stateLayer({ ...state, kernel: name, rows: null, planes: null, border: null, divideBySum: false, bias: 0 }, known));
    const { source } = tab.now();
    const fits = layers.map((each) => layerRefusal(each, source.height, source.width) === null);
    const jobs = [{ layer, view: tab.view(layer), pooling: at(".pooling").value }, ...layers.filter((_, index) => fits[index]).map((each) => ({ layer: each, view: tab.view(each) }))];
    const [steps, ...several] = await tab.ask(jobs);
    if (mine !== turn) return;
    at(".pipeline").replaceChildren(...steps.map((answer, index) => answerTile(["Convolution", "ReLU", "Pooling"][index], answer)));
    const shown = names.filter((_, index) => fits[index]);
    at(".several").replaceChildren(...several.map(([answer], index) => answerTile(shown[index], answer, () => tab.choose(shown[index]))));
  }

  function update() {
    if (!root.open || !tab.now().answer) return;
    wipe();
    histogram();
    rows().catch((error) => tab.problem(error.message));
  }

  at(".wipe").addEventListener("input", wipe);
  for (const menu of [".pooling", ".family-menu"]) at(menu).addEventListener("change", update);
  root.addEventListener("toggle", update);
  return { update, resize: () => { if (root.open && tab.now().answer) { wipe(); histogram(); } } };
}
