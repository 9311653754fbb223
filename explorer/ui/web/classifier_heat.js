// A map laid over what the network saw: a canvas, its numbered colour bar, and the value of the cell under the pointer.

const HEAT_SIDE = 320; // pixels on the page; the canvas has twice as many

/** heat = makeHeat(words); heat.show(grid, saw, {scheme, reach, smooth}); `words(value, row, column)` reads a cell out. */
function makeHeat(words) {
  const canvas = make("canvas", { width: HEAT_SIDE * 2, height: HEAT_SIDE * 2, tabindex: 0, role: "img", "aria-label": "A map that is still being made" });
  const bar = make("canvas", { class: "heat-bar", width: 256, height: 1, "aria-hidden": true });
  const [low, middle, high] = ["span", "span", "span"].map((tag) => make(tag, { class: "number" }));
  const reading = make("p", { class: "number heat-reading", "aria-live": "polite" });
  const root = make("div", { class: "heat" }, canvas, bar, make("div", { class: "heat-scale" }, low, middle, high), reading);
  let shown = null;
  let at = null;

  function paint() {
    const context = canvas.getContext("2d");
    const side = canvas.width;
    context.fillStyle = "#777";
    context.fillRect(0, 0, side, side);
    if (shown.picture) {
      context.imageSmoothingEnabled = false;
      context.filter = "grayscale(1) contrast(0.8)";
      context.drawImage(shown.picture, 0, 0, side, side);
      context.filter = "none";
    }
    const { grid, scheme, reach } = shown;
    const small = new OffscreenCanvas(grid.width, grid.height);
    const pixels = new ImageData(grid.width, grid.height);
    grid.values.forEach((value, place) => value !== null && pixels.data.set(heatColour(value, reach, scheme), 4 * place));
    small.getContext("2d").putImageData(pixels, 0, 0);
    context.imageSmoothingEnabled = shown.smooth;
    context.imageSmoothingQuality = "high";
    context.drawImage(small, 0, 0, side, side);
    if (at) {
      const [w, h] = [side / grid.width, side / grid.height];
      context.lineWidth = 4;
      context.strokeStyle = getComputedStyle(canvas).getPropertyValue("--pointer");
      context.strokeRect(at.column * w + 2, at.row * h + 2, w - 4, h - 4);
    }
  }

  function paintBar() {
    const { scheme, reach } = shown;
    const pixels = new ImageData(256, 1);
    for (let x = 0; x < 256; x += 1) {
      const value = scheme === "diverging" ? ((x - 127.5) / 127.5) * reach : (x / 255) * reach;
      const [r, g, b, a] = heatColour(value, reach, scheme);
      const over = (colour) => Math.round((colour * a + 150 * (255 - a)) / 255);
      pixels.data.set([over(r), over(g), over(b), 255], 4 * x);
    }
    bar.getContext("2d").putImageData(pixels, 0, 0);
    const digits = reach >= 10 ? 1 : reach >= 0.1 ? 2 : 4;
    low.textContent = scheme === "diverging" ? signed(-reach, digits) : "0";
    middle.textContent = scheme === "diverging" ? "0" : "";
    high.textContent = plus(reach, digits).replace("+", scheme === "diverging" ? "+" : "");
  }

  function move(next) {
    at = next;
    paint();
    const value = at && shown.grid.values[at.row * shown.grid.width + at.column];
    reading.textContent = at && value !== null ? words(value, at.row, at.column) : "";
  }

  canvas.addEventListener("pointermove", (event) => {
    if (shown) move(cellUnder(event.offsetX, event.offsetY, canvas.clientWidth, canvas.clientHeight, shown.grid));
  });
  canvas.addEventListener("pointerleave", () => shown && move(null));
  canvas.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
    if (!step || !shown) return;
    event.preventDefault();
    const limit = (value, count) => Math.min(count - 1, Math.max(0, value));
    const from = at || { row: 0, column: 0 };
    move({ row: limit(from.row + step[0], shown.grid.height), column: limit(from.column + step[1], shown.grid.width) });
  });

  return {
    root,
    async show(grid, saw, { scheme, reach, smooth, label }) {
      const sameSaw = shown && shown.saw === saw;
      shown = { grid, saw, scheme, reach, smooth, picture: sameSaw ? shown.picture : null };
      at = null;
      canvas.setAttribute("aria-label", label);
      const mine = shown;
      if (!sameSaw) {
        const picture = new Image();
        picture.src = saw;
        await picture.decode().catch(() => {});
        if (mine !== shown) return;
        shown.picture = picture;
      }
      paint();
      paintBar();
      reading.textContent = "";
    },
  };
}
