// The events of one layer's view: pointer and keys on the picture, the transport, the groups below.

function listenToPicture(view) {
  const picture = view.find(".sizes-picture");
  const under = (event) => {
    const box = view.canvas.getBoundingClientRect();
    const zoom = box.width / (view.layout ? view.layout.width : 1) || 1;
    return view.layout ? cellAt(view.layout, (event.clientX - box.left) / zoom, (event.clientY - box.top) / zoom) : null;
  };
  const sameCell = (a, b) => a === b || (a && b && a.part === b.part && a.slice === b.slice && a.y === b.y && a.x === b.x);
  picture.addEventListener("pointermove", (event) => {
    const cell = under(event);
    if (sameCell(cell, view.hover)) return;
    view.hover = cell;
    drawSoon(view);
  });
  picture.addEventListener("pointerleave", () => {
    view.hover = null;
    drawSoon(view);
  });
  picture.addEventListener("click", (event) => {
    const cell = under(event);
    if (!cell) return;
    view.playback = { ...view.playback, playing: false };
    view.pin = sameCell(cell, view.pin) ? null : cell;
    if (event.pointerType === "touch") view.hover = null;
    if (cell.part === "output" && cell.slice !== view.filter) view.showFilterKeepingPin(cell);
    else drawSoon(view);
  });
  picture.addEventListener("keydown", (event) => onPictureKey(view, event));
}

/** Draw once with the next frame, however many events come before it. */
function drawSoon(view) {
  if (view.drawing) return;
  view.drawing = requestAnimationFrame(() => {
    view.drawing = null;
    view.draw();
  });
}

function onPictureKey(view, event) {
  if (event.ctrlKey || event.metaKey || event.altKey || !view.layer) return;
  if (event.key === "Escape" || event.key === "Enter") {
    event.preventDefault();
    const here = view.cell();
    view.pin = event.key === "Enter" && !view.pin ? here : null;
    view.hover = null;
    view.playback = { ...view.playback, playing: false };
    view.draw();
    return;
  }
  const next = keyPlayback(view.playback, event.key, walkGrid(view.layer, view.walk).columns);
  if (!next) return;
  event.preventDefault();
  moveWalk(view, next);
}

/** Take a new state of the walk, show its place and keep the clock running while it plays. */
function moveWalk(view, next) {
  const wasPlaying = view.playback.playing;
  view.playback = next;
  Object.assign(view, { pin: null, hover: null });
  if (next.playing) view.revealing = true;
  if (view.showWalk()) view.relayout();
  else view.draw();
  if (next.playing && !wasPlaying) runClock(view);
}

function runClock(view) {
  let last = performance.now();
  const tick = (now) => {
    if (!view.playback.playing || !view.root.isConnected) return;
    const step = 1000 / view.playback.speed;
    if (now - last >= step && view.canvas.offsetParent) {
      last = Math.max(last + step, now - step);
      moveWalk(view, tickPlayback(view.playback));
    }
    requestAnimationFrame(tick);
  };
  requestAnimationFrame(tick);
}

function listenToTransport(view) {
  const on = (selector, name, act) => view.find(selector).addEventListener(name, act);
  on(".sizes-play", "click", () => moveWalk(view, togglePlayback(view.playback)));
  on(".sizes-back", "click", () => moveWalk(view, stepPlayback(view.playback, -1)));
  on(".sizes-on", "click", () => moveWalk(view, stepPlayback(view.playback, 1)));
  on(".sizes-home", "click", () => moveWalk(view, keyPlayback(view.playback, "Home", 1)));
  on(".sizes-end", "click", () => moveWalk(view, keyPlayback(view.playback, "End", 1)));
  on(".sizes-scrub", "input", (event) => moveWalk(view, { ...jumpPlayback(view.playback, Number(event.target.value)), playing: false }));
  on(".sizes-speed", "change", (event) => {
    view.playback = { ...view.playback, speed: Number(event.target.value) };
  });
  on(".sizes-walk", "change", (event) => {
    view.walk = event.target.value;
    view.restart();
  });
}

function listenToGroups(view) {
  const on = (selector, name, act) => view.find(selector).addEventListener(name, act);
  on(".sizes-kind", "change", (event) => {
    view.walk = event.target.value === "transposed" ? "input" : "output"; // a transposed one stamps each input cell
    view.apply({ ...view.wanted, kind: event.target.value });
  });
  on(".sizes-ceil", "change", (event) => view.apply({ ...view.wanted, ceil_mode: event.target.checked }));
  on(".sizes-bias", "change", (event) => view.apply({ ...view.wanted, bias: event.target.checked }));
  on(".sizes-apart", "change", (event) => {
    view.apart = event.target.checked;
    const first = Object.fromEntries(PAIRED_SETTINGS.map((name) => [name, [view.wanted[name][0], view.wanted[name][0]]]));
    view.apply(view.apart ? view.wanted : { ...view.wanted, ...first });
  });
  on(".sizes-reads", "change", (event) => {
    view.look = { ...view.look, cells: event.target.checked ? "reads" : "numbers" };
    view.relayout();
  });
  on(".sizes-hues", "change", (event) => {
    view.look = { ...view.look, hues: event.target.checked };
    view.relayout();
  });
  on(".sizes-copy-code", "click", (event) => copyText(event.target, view.find(".sizes-code").textContent));
  on(".sizes-link", "click", (event) => copyText(event.target, location.href));
  on(".sizes-png", "click", () => view.canvas.toBlob((blob) => saveFile(blob, "layer.png")));
}

/** Put text on the clipboard and say so on the button. */
async function copyText(button, text) {
  const words = button.dataset.words || button.textContent;
  button.dataset.words = words;
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
  } catch {
    button.textContent = "Not allowed here";
  }
  setTimeout(() => { button.textContent = words; }, 1600);
}

/** Give the visitor a file made in the browser. */
function saveFile(blob, name) {
  const link = makeNode("a", { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}
