// Pointer, keys and the sweep over a close view; the grid of bare numbers. Part of filters.js's scope.

const WATCHED_MOST = 400; // answers that a sweep over the whole picture may have; else it looks closer

function wirePointer() {
  for (const [canvas, isInput] of [[inputCanvas, true], [outputCanvas, false]]) {
    canvas.addEventListener("pointermove", (event) => hover(pointed(event, canvas, isInput)));
    canvas.addEventListener("pointerleave", () => hover(null));
    canvas.addEventListener("click", (event) => {
      const place = pointed(event, canvas, isInput);
      if (place) hold(place);
    });
    canvas.addEventListener("keydown", keyOnPicture);
  }
  find(".numbers-canvas").addEventListener("keydown", keyOnPicture);
  element.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, textarea, select");
    if (event.key === "Escape" && !typing) release();
    if ((event.ctrlKey || event.metaKey) && event.key === "z" && !typing) { event.preventDefault(); undo(); }
  });
}

/** The answer that the pointer means: under it in the answer, or the one whose window it is in the middle of. */
function pointed(event, canvas, isInput) {
  if (!answer || !geometry.parts) return null;
  const box = canvas.getBoundingClientRect();
  const scale = geometry.width / (box.width || 1);
  const [left, top] = [(event.clientX - box.left) * scale, (event.clientY - box.top) * scale];
  if (!isInput) return cellUnder(geometry.parts.output, geometry.outputFit, left, top);
  if (!cellUnder(geometry.parts.input, geometry.inputFit, left, top)) return null;
  const { input } = geometry.parts;
  const place = answerAt(answer.layer, answer, input.y + (top - geometry.inputFit.top) / geometry.inputFit.cell, input.x + (left - geometry.inputFit.left) / geometry.inputFit.cell);
  const { output } = geometry.parts;
  return { y: Math.min(output.y + output.height - 1, Math.max(output.y, place.y)), x: Math.min(output.x + output.width - 1, Math.max(output.x, place.x)) };
}

function hover(place) {
  if (playback) return;
  if (hovered === place || (hovered && place && hovered.y === place.y && hovered.x === place.x)) return;
  hovered = place;
  draw();
}

/** Keep the sum of an answer open. */
function hold(place) {
  [pin, hovered, pinnedByHand] = [place, null, true];
  if (playback) playback = { ...jumpPlayback(playback, sweepStep(geometry.parts.output, place.y, place.x) ?? playback.at), playing: false };
  if (geometry.parts && sweepStep(geometry.parts.output, place.y, place.x) === null) centre = place;
  showTransport();
  change({ y: place.y, x: place.x });
}

function release() {
  if (playback) return closeSweep();
  [pin, hovered] = [null, null];
  pinnedByHand = true;
  change({ y: null, x: null });
}

function keyOnPicture(event) {
  if (!answer || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === " ") {
    event.preventDefault();
    if (!playback) openSweep(true);
    else setPlayback(togglePlayback(playback));
    return;
  }
  if (playback) {
    const next = keyPlayback(playback, event.key, geometry.parts.output.width);
    if (!next) return;
    event.preventDefault();
    setPlayback(next);
    return;
  }
  const from = pin || { y: Math.floor(answer.height / 2), x: Math.floor(answer.width / 2) };
  const ends = { Home: { y: 0, x: 0 }, End: { y: answer.height - 1, x: answer.width - 1 } };
  const place = ends[event.key] || movedAnswer(event.key, from, answer, event.shiftKey);
  if (!place) return;
  event.preventDefault();
  hold(pin || ends[event.key] ? place : from);
}

// --- the sweep

function wireSweep() {
  find(".sweep-button").addEventListener("click", () => (playback ? closeSweep() : openSweep(motion.smooth)));
  find(".sweep-close").addEventListener("click", closeSweep);
  find(".play").addEventListener("click", () => setPlayback(togglePlayback(playback)));
  find(".step-back").addEventListener("click", () => setPlayback(stepPlayback(playback, -1)));
  find(".step-on").addEventListener("click", () => setPlayback(stepPlayback(playback, 1)));
  find(".scrub").addEventListener("input", (event) => setPlayback({ ...jumpPlayback(playback, Number(event.target.value)), playing: false }));
  find(".speed").addEventListener("change", (event) => { if (playback) setPlayback({ ...playback, speed: Number(event.target.value) }); });
  for (const selector of [".transport"]) find(selector).addEventListener("keydown", (event) => {
    if (event.target.closest("button") && ["ArrowLeft", "ArrowRight", "Home", "End"].includes(event.key)) keyOnPicture(event);
  });
}

/** Begin a sweep over what is shown, close enough to see the window move; from its first answer. */
function openSweep(playing) {
  if (!answer) return;
  if (history.state.zoom === "whole" && answer.height * answer.width > WATCHED_MOST) {
    if (pin) centre = pin;
    history = recorded(history, { ...history.state, zoom: "close" });
    showControls();
    explorer.writeLink("filters", stateLink(history.state));
  }
  const { output } = shownParts(answer.layer, answer.source, answer, history.state.zoom, centre);
  const start = startPlayback(output.height * output.width, Number(find(".speed").value));
  hovered = null;
  setPlayback(playing ? togglePlayback(start) : start);
}

function closeSweep() {
  clearTimeout(clock);
  if (playback) pin = currentAnswer();
  playback = null;
  showTransport();
  draw();
}

function setPlayback(next) {
  clearTimeout(clock);
  playback = next;
  pin = geometry.parts ? sweptAnswer(geometry.parts.output, playback.at) : pin;
  if (playback.playing) clock = setTimeout(() => setPlayback(tickPlayback(playback)), 1000 / playback.speed);
  showTransport();
  draw();
}

function showTransport() {
  find(".transport").hidden = !playback;
  find(".sweep-button").setAttribute("aria-expanded", String(Boolean(playback)));
  find(".sweep-button").textContent = playback ? "■ Stop" : "▶ Watch";
  if (!playback) return;
  find(".play").textContent = playback.playing ? "❚❚ Pause" : "▶ Play";
  find(".scrub").max = playback.count - 1;
  find(".scrub").value = playback.at;
  find(".scrub-says").textContent = `${playback.at + 1} of ${playback.count}`;
}

// --- the photograph as numbers

/** The picture around the window as a bare grid of numbers. */
function drawGrid(itsLayer, colours, current) {
  const group = find(".numbers-group");
  const width = group.clientWidth;
  if (!group.open || !width) return;
  const cell = 40;
  const size = { height: Math.min(answer.source.height, 12), width: Math.min(answer.source.width, Math.max(4, Math.floor(width / cell))) };
  const frame = current ? windowOf(itsLayer, current.y, current.x) : { y: 0, x: 0, height: 1, width: 1 };
  const start = (middle, shown, most) => Math.min(most - shown, Math.max(0, Math.round(middle - shown / 2)));
  const part = { y: start(frame.y + frame.height / 2, size.height, answer.source.height), x: start(frame.x + frame.width / 2, size.width, answer.source.width), ...size };
  const fit = { cell, left: 0, top: 0 };
  const context = readyCanvas(find(".numbers-canvas"), size.width * cell, size.height * cell);
  const coloured = find(".numbers-colour").checked;
  const shown = inputPicture();
  if (coloured) drawPart(context, shown.canvas, part, fit, answer.source, colours);
  const plain = colours.ink.startsWith("#f") ? [20, 20, 20] : [255, 255, 255];
  drawNumbers(context, part, fit, colours, (y, x) => inputValue(itsLayer, y, x), (value, y, x) => (coloured ? inputColour(shown, y, x, colours) : plain));
  if (current) drawFrame(context, onCanvas(part, fit, frame), colours.pointer);
  const names = { grey: "0.299 red + 0.587 green + 0.114 blue, here rounded", rgb: CHANNEL_NAMES[history.state.channel], sum: readPlanes().length === 3 ? CHANNEL_NAMES[history.state.channel] : "red + green + blue" };
  find(".numbers-says").textContent = `${answer.source.height} rows of ${answer.source.width} numbers for ${itsLayer.colour === "grey" ? "grey" : "each colour"}, here rows ${part.y} to ${part.y + part.height - 1} and columns ${part.x} to ${part.x + part.width - 1} (${names[itsLayer.colour]}).`;
}
