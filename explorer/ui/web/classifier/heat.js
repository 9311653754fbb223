// A map laid over what the network saw: a canvas, its numbered colour bar, and the value of the cell under the pointer.

const HEAT_SIDE = 320; // pixels on the page; the canvas has twice as many
const HEAT_STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

class Heat {
  /** `words(value, row, column)` reads a cell out. */
  constructor(words) {
    Object.assign(this, { words, shown: null, at: null });
    this.canvas = make("canvas", { width: HEAT_SIDE * 2, height: HEAT_SIDE * 2, tabindex: 0, role: "img", "aria-label": "A map that is still being made",
      onpointermove: (event) => this.point(event), onpointerleave: () => this.shown && this.move(null), onkeydown: (event) => this.step(event) });
    this.bar = make("canvas", { class: "heat-bar", width: 256, height: 1, "aria-hidden": true });
    this.ticks = ["low", "middle", "high"].map(() => make("span", { class: "number" }));
    this.reading = make("p", { class: "number heat-reading", "aria-live": "polite" });
    this.frameOver = make("i", { hidden: true });
    this.photo = make("img", { class: "pixels", alt: "What the network saw, in colour" });
    this.colour = make("div", { class: "heat-colour", hidden: true }, make("div", {}, this.photo, this.frameOver), make("p", { class: "soft" }, "what the network saw"));
    this.root = make("div", { class: "heat" }, this.canvas, this.bar, make("div", { class: "heat-scale" }, ...this.ticks), this.reading);
  }

  /** Draw `grid` over the picture `saw`; `scheme` is "sequential" or "diverging", `reach` the strongest value. */
  async show(grid, saw, { scheme, reach, smooth, label }) {
    const sameSaw = this.shown && this.shown.saw === saw;
    const mine = { grid, saw, scheme, reach, smooth, picture: sameSaw ? this.shown.picture : null };
    this.shown = mine;
    this.at = null;
    this.canvas.setAttribute("aria-label", label);
    this.frameOver.hidden = true;
    if (!sameSaw) this.photo.src = saw;
    if (!sameSaw) {
      const picture = new Image();
      picture.src = saw;
      await picture.decode().catch(() => {});
      if (mine !== this.shown) return;
      mine.picture = picture;
    }
    this.paint();
    this.paintBar();
    this.reading.textContent = "";
  }

  paint() {
    const { picture, grid, scheme, reach, smooth } = this.shown;
    const context = this.canvas.getContext("2d");
    const side = this.canvas.width;
    context.fillStyle = "#777";
    context.fillRect(0, 0, side, side);
    if (picture) {
      context.imageSmoothingEnabled = false;
      context.filter = "grayscale(1) contrast(0.8)";
      context.drawImage(picture, 0, 0, side, side);
      context.filter = "none";
    }
    const small = new OffscreenCanvas(grid.width, grid.height);
    const pixels = new ImageData(grid.width, grid.height);
    grid.values.forEach((value, place) => value !== null && pixels.data.set(heatColour(value, reach, scheme), 4 * place));
    small.getContext("2d").putImageData(pixels, 0, 0);
    context.imageSmoothingEnabled = smooth;
    context.imageSmoothingQuality = "high";
    context.drawImage(small, 0, 0, side, side);
    if (this.at) this.frame(context, side / grid.width, side / grid.height);
  }

  /** The frame of the cell that is read out. */
  frame(context, w, h) {
    context.lineWidth = 4;
    context.strokeStyle = getComputedStyle(this.canvas).getPropertyValue("--pointer");
    context.strokeRect(this.at.column * w + 2, this.at.row * h + 2, w - 4, h - 4);
  }

  paintBar() {
    const { scheme, reach } = this.shown;
    const pixels = new ImageData(256, 1);
    for (let x = 0; x < 256; x += 1) {
      const value = scheme === "diverging" ? ((x - 127.5) / 127.5) * reach : (x / 255) * reach;
      const [r, g, b, a] = heatColour(value, reach, scheme);
      const over = (colour) => Math.round((colour * a + 150 * (255 - a)) / 255);
      pixels.data.set([over(r), over(g), over(b), 255], 4 * x);
    }
    this.bar.getContext("2d").putImageData(pixels, 0, 0);
    const digits = reach >= 10 ? 1 : reach >= 0.1 ? 2 : 4;
    const texts = scheme === "diverging" ? [signed(-reach, digits), "0", plus(reach, digits)] : ["0", "", signed(reach, digits)];
    texts.forEach((text, place) => (this.ticks[place].textContent = text));
  }

  move(next) {
    this.at = next;
    this.paint();
    this.frameColour(next);
    const value = next && this.shown.grid.values[next.row * this.shown.grid.width + next.column];
    this.reading.textContent = next && value !== null ? this.words(value, next.row, next.column) : "";
  }

  /** The same cell's frame on the photograph in colour. */
  frameColour(at) {
    const { width, height } = this.shown.grid;
    this.frameOver.hidden = !at;
    if (at) this.frameOver.style.cssText = `left:${(100 * at.column) / width}%;top:${(100 * at.row) / height}%;width:${100 / width}%;height:${100 / height}%`;
  }

  point(event) {
    if (this.shown) this.move(cellUnder(event.offsetX, event.offsetY, this.canvas.clientWidth, this.canvas.clientHeight, this.shown.grid));
  }

  step(event) {
    const step = HEAT_STEPS[event.key];
    if (!step || !this.shown) return;
    event.preventDefault();
    const limit = (value, count) => Math.min(count - 1, Math.max(0, value));
    const from = this.at || { row: 0, column: 0 };
    this.move({ row: limit(from.row + step[0], this.shown.grid.height), column: limit(from.column + step[1], this.shown.grid.width) });
  }
}
