// Both pictures, drawn: what only changes with the answer is kept, so that a moved pointer costs two copies and two frames.
// Part of filters.js's scope; everything here reads the answer that is shown and the picture it was made from.

const kept = { key: "", input: document.createElement("canvas"), output: document.createElement("canvas") };
let themeColours = null; // of the page, until light and dark change

function draw() {
  cancelAnimationFrame(drawing);
  drawing = requestAnimationFrame(drawNow);
}

function drawNow() {
  if (!answer || !bench.clientWidth) return;
  themeColours = themeColours || pageColours(element);
  layout();
  const { layer: itsLayer, source: from } = answer;
  geometry.parts = shownParts(itsLayer, from, answer, history.state.zoom, centre);
  geometry.inputFit = fitted(geometry.parts.input, geometry.width, geometry.height);
  geometry.outputFit = fitted(geometry.parts.output, geometry.width, geometry.height);
  const key = JSON.stringify([answer.turn, geometry.parts, geometry.width, geometry.height, history.state.channel, window.devicePixelRatio, themeColours.paper]);
  if (key !== kept.key) keepPictures(itsLayer, themeColours);
  kept.key = key;
  const current = currentAnswer();
  const [inputPen, outputPen] = [[inputCanvas, kept.input], [outputCanvas, kept.output]].map(([canvas, picture]) => {
    const pen = readyCanvas(canvas, geometry.width, geometry.height);
    pen.drawImage(picture, 0, 0, geometry.width, geometry.height);
    return pen;
  });
  if (playback) coverUnswept(outputPen, themeColours);
  if (current) {
    drawFrame(inputPen, onCanvas(geometry.parts.input, geometry.inputFit, windowOf(itsLayer, current.y, current.x)), themeColours.pointer);
    drawFrame(outputPen, onCanvas(geometry.parts.output, geometry.outputFit, { ...current, height: 1, width: 1 }), themeColours.pointer);
  }
  openSum(itsLayer, current);
  drawGrid(itsLayer, themeColours, current);
}

function currentAnswer() {
  if (playback) return sweptAnswer(geometry.parts.output, playback.at);
  return hovered || pin;
}

/** The sum stands between the pictures where there is room for it, else below them. */
function layout() {
  const { layer: itsLayer, source: from } = answer;
  const width = bench.clientWidth;
  const blocks = itsLayer.kernels.length * itsLayer.planes;
  const digit = itsLayer.width <= 3 && blocks === 1 ? 10.9 : 9.7; // pixels of a digit of 18 or 16 pixels
  const sumWidth = itsLayer.width * (tileCharacters(itsLayer) * digit + 26) + 8;
  const left = Math.floor((width - Math.max(sumWidth, blocks > 1 ? 340 : 250) - 2 * 16) / 2);
  const beside = left >= 190 && itsLayer.height * blocks <= 7;
  bench.classList.toggle("beside", beside);
  const { input } = shownParts(itsLayer, from, answer, history.state.zoom, centre);
  const stacked = !beside && width < 560 && isReadable(input);
  bench.classList.toggle("stacked", stacked);
  const aspect = Math.min(1.2, Math.max(0.62, stacked ? input.height / input.width : from.height / from.width));
  const each = beside ? Math.min(left, 360) : stacked ? Math.min(width, 400) : Math.floor((width - 16) / 2);
  const height = Math.min(beside ? 380 : stacked ? 400 : 264, Math.round(each * aspect));
  Object.assign(geometry, { width: beside ? each : Math.min(each, Math.max(200, Math.round(height / aspect))), height });
  for (const view of all(".view")) view.style.width = geometry.width + "px";
}

/** Draw both pictures with their numbers and marks, but without the window, onto canvases that are kept. */
function keepPictures(itsLayer, colours) {
  keepInput(itsLayer, colours);
  const part = geometry.parts.output;
  const pen = readyCanvas(kept.output, geometry.width, geometry.height);
  drawPart(pen, answer.canvas, part, geometry.outputFit, answer, colours);
  const plane = answer.channels === 3 ? history.state.channel * answer.height * answer.width : 0;
  drawNumbers(pen, part, geometry.outputFit, colours, (y, x) => answer.values[plane + y * answer.width + x], (value, y, x) => pixelAt(answer, y, x));
  showBar();
}

function keepInput(itsLayer, colours) {
  const from = answer.source;
  const [part, fit] = [geometry.parts.input, geometry.inputFit];
  const pen = readyCanvas(kept.input, geometry.width, geometry.height);
  const shown = inputPicture();
  drawPart(pen, shown.canvas, part, fit, from, colours);
  drawNumbers(pen, part, fit, colours, (y, x) => inputValue(itsLayer, y, x), (value, y, x) => inputColour(shown, y, x, colours));
  const rows = readPositions(from.height, itsLayer.height, answer.height, itsLayer);
  const columns = readPositions(from.width, itsLayer.width, answer.width, itsLayer);
  drawUnread(pen, part, fit, rows, columns, colours);
  const [bottom, right] = [unreadTail(rows), unreadTail(columns)];
  const many = (count, word) => (count ? [`${count} ${word}${count === 1 ? "" : "s"}`] : []);
  const lost = bottom || right ? ` Crossed out: ${[...many(bottom, "row"), ...many(right, "column")].join(" and ")} that no window reads.` : "";
  const name = from.name === "photograph" ? "Photograph" : READY_PICTURES[from.name].label;
  find(".input-caption").textContent = `${name}, ${from.height} × ${from.width}${itsLayer.padding ? ` + ${itsLayer.padding} on each side` : ""}.${lost}`;
}

/** The planes that the shown answer was made from; made once a colour. */
function readPlanes() {
  const { layer: itsLayer, source: from } = answer;
  const key = itsLayer.colour + itsLayer.planes;
  from.planes[key] = from.planes[key] || picturePlanes(from.rgba, from.height * from.width, itsLayer.colour, itsLayer.planes);
  return from.planes[key];
}

/** What the input picture shows: grey where the filter reads grey. */
function inputPicture() {
  const from = answer.source;
  if (answer.layer.colour !== "grey") return from;
  if (!from.grey) {
    const rgba = new Uint8ClampedArray(from.rgba.length);
    readPlanes()[0].forEach((value, at) => { rgba[at * 4] = rgba[at * 4 + 1] = rgba[at * 4 + 2] = value; rgba[at * 4 + 3] = 255; });
    from.grey = { rgba, canvas: pixelCanvas(rgba, from.width, from.height), height: from.height, width: from.width };
  }
  return from.grey;
}

/** The number in a cell of the input, the border's included. */
function inputValue(itsLayer, y, x) {
  const from = answer.source;
  const [sy, sx] = [sourceIndex(y, from.height, itsLayer.mode), sourceIndex(x, from.width, itsLayer.mode)];
  const plane = readPlanes().length === 3 ? history.state.channel : 0;
  return sy < 0 || sx < 0 ? itsLayer.border[plane] : readPlanes()[plane][sy * from.width + sx];
}

function inputColour(shown, y, x, colours) {
  if (y < 0 || x < 0 || y >= shown.height || x >= shown.width) return colours.ink.startsWith("#f") ? [30, 30, 30] : [255, 255, 255];
  return pixelAt(shown, y, x);
}

/** [red, green, blue] of a cell of something with rgba. */
function pixelAt({ rgba, width }, y, x) {
  const at = (y * width + x) * 4;
  return [rgba[at], rgba[at + 1], rgba[at + 2]];
}

/** Hide the answers that the sweep has not come to yet. */
function coverUnswept(pen, colours) {
  const part = geometry.parts.output;
  pen.fillStyle = colours.sheet;
  for (let at = playback.at + 1; at < part.height * part.width; at += 1) {
    pen.fillRect(...onCanvas(part, geometry.outputFit, { ...sweptAnswer(part, at), height: 1, width: 1 }));
  }
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
