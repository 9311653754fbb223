// Drawing numbers on a canvas, exactly: one pixel a number, in the page's colours.

const COLOUR_TABLES = {};

/** The 256 colours of a scheme as 32-bit pixels. */
function colourTable(scheme) {
  if (!COLOUR_TABLES[scheme]) {
    const bytes = new Uint8ClampedArray(256 * 4);
    for (let at = 0; at < 256; at += 1) bytes.set([...colourAt(scheme, at / 255), 255], at * 4);
    COLOUR_TABLES[scheme] = new Uint32Array(bytes.buffer);
  }
  return COLOUR_TABLES[scheme];
}

/** The place of a number in a table of 256 colours; `low` and `high` are the ends of the colour bar. */
function colourPlace(value, low, high) {
  if (!(high > low)) return 127;
  const place = ((value - low) * 255) / (high - low) + 0.5;
  return place >= 255 ? 255 : place > 0 ? Math.floor(place) : 0;
}

/** Draw one map, a pixel a number. */
function paintMap(canvas, values, start, height, width, scheme, low, high) {
  const table = colourTable(scheme);
  const image = new ImageData(width, height);
  const pixels = new Uint32Array(image.data.buffer);
  for (let at = 0; at < pixels.length; at += 1) pixels[at] = table[colourPlace(values[start + at], low, high)];
  if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
  canvas.getContext("2d").putImageData(image, 0, 0);
}

/** Give a canvas so many CSS pixels at the screen's own resolution; its context draws in CSS pixels. */
function sizeCanvas(canvas, width, height) {
  const ratio = Math.min(2, window.devicePixelRatio || 1);
  [canvas.width, canvas.height] = [Math.round(width * ratio), Math.round(height * ratio)];
  [canvas.style.width, canvas.style.height] = [width + "px", height + "px"];
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  return context;
}

/** A colour bar with its numbers, as an element. */
function colourBar(scheme, low, high) {
  const bar = document.createElement("div");
  bar.className = "colour-bar";
  const stripe = document.createElement("span");
  stripe.className = "stripe";
  const stops = [0, 0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 0.875, 1].map((at) => `rgb(${colourAt(scheme, at).join(",")})`);
  stripe.style.background = "linear-gradient(to right," + stops.join(",") + ")";
  const texts = scheme === "diverging" ? [low, 0, high] : [low, high];
  const ends = document.createElement("span");
  ends.className = "ends";
  ends.append(...texts.map((value) => Object.assign(document.createElement("span"), { textContent: shortText(value, 2) })));
  bar.append(stripe, ends);
  return bar;
}

/** The colour of a name in the page's sheet, for a canvas. */
const inkOf = (name) => getComputedStyle(document.querySelector(".instrument") || document.body).getPropertyValue(name).trim();

/** Numbers of a file that the server made. */
async function floatsAt(path) {
  const answer = await fetch(explorer.fileUrl(path));
  if (!answer.ok) throw new Error("The numbers of these maps are no longer kept; please choose the photograph again.");
  return new Float32Array(await answer.arrayBuffer());
}

/** A picture that the server made, ready to be drawn. */
async function pictureAt(path) {
  const picture = new Image();
  picture.src = explorer.fileUrl(path);
  await picture.decode();
  return picture;
}

/** An element with a class and a text. */
function made(tag, className = "", text = "") {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text) node.textContent = text;
  return node;
}
