// Pointing at the sheet, by mouse and keyboard: what feeds a map, and the number under the pointer. Sees maps.js.

let pointedTile = null;

function pointAt(tile, event) {
  const unit = tile && unitOf(sheet, tile);
  if (tile !== pointedTile) {
    pointedTile = tile;
    fadeTiles(inner, sheet, unit, drawWires(inner, sheet, unit));
  }
  if (unit) readCell(tile, unit, event);
  else {
    find(".reading").textContent = "";
    lookAt(path[path.length - 1]);
  }
}

/** The number under the pointer, in words below the sheet; the keyboard's pointer is the strongest number. */
function readCell(tile, unit, event) {
  const reading = find(".reading");
  if (!unit.data) {
    const one = sheet.classes[unit.index];
    lookAt({ layer: unit.layer, y: 0, x: 0 });
    reading.textContent = one.label + ": logit " + exactText(one.logit) + ", probability " + percent(one.probability);
    return;
  }
  const { height, width, values, channels } = unit.data;
  let [row, column] = [unit.y, unit.x];
  if (event) {
    const box = tile.getBoundingClientRect();
    [row, column] = [cellAt(event.clientY - box.top, box.height, height), cellAt(event.clientX - box.left, box.width, width)];
  }
  const cell = tile.querySelector(".cell");
  Object.assign(cell.style, { top: (100 * row) / height + "%", left: (100 * column) / width + "%", width: 100 / width + "%", height: 100 / height + "%" });
  lookAt({ layer: unit.layer, y: row, x: column });
  const place = height * width > 1 ? ", row " + row + ", column " + column : "";
  reading.textContent = unit.layer + ", channel " + channels[unit.index] + place + " = " + exactText(values[unit.start + row * width + column]);
}

/** Connect the sheet; called once all of maps.js is there. */
function bindPointing() {
  inner.addEventListener("pointermove", (event) => {
    if (sheet) pointAt(event.target.closest(".tile, .class-row"), event);
  });
  inner.addEventListener("pointerleave", () => sheet && pointAt(null));
  inner.addEventListener("focusin", (event) => {
    const tile = event.target.closest(".tile, .class-row");
    if (sheet && tile && tile.matches(":focus-visible")) pointAt(tile, null);
  });
  inner.addEventListener("keydown", (event) => {
    const tile = event.target.closest(".tile, .class-row");
    if (!tile || !event.key.startsWith("Arrow")) return;
    const [across, down] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    const column = Number(tile.dataset.column) + across;
    const tiles = [...inner.querySelectorAll('[data-column="' + column + '"]')].filter((one) => one.dataset.tile);
    const next = tiles[Math.min(tiles.length - 1, Number(tile.dataset.tile) + down)];
    event.preventDefault();
    if (next) next.focus();
  });

  inner.addEventListener("click", (event) => {
    const tile = sheet && event.target.closest(".tile, .class-row");
    if (!tile) return;
    const { layer: key, channel, y, x } = unitOf(sheet, tile);
    openPath([{ layer: key, channel, y, x }], tile);
  });
}
