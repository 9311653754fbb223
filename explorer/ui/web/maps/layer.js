// One layer: its maps as a mosaic on a canvas, and beside it the map under the pointer, enlarged.

/** What the mosaic and the lens need to know of a layer's page, besides what the server said. */
function layerState(reply) {
  const [height, width] = reply.shape.length === 3 ? reply.shape.slice(1) : reply.shape.length === 2 ? [reply.shape[1], 1] : [1, 1];
  return { ...reply, height, width, picture: null, exact: null, at: 0, row: 0, column: 0, hovered: false };
}

/** Draw the mosaic into its canvas, as wide as its place; gives back the layout that the pointer needs. */
function drawMosaic(canvas, state) {
  const room = Math.max(76, canvas.parentElement.clientWidth - 12);
  const layout = mosaicLayout(state.order.length, room, state.height, state.width);
  const context = sizeCanvas(canvas, layout.width, layout.height);
  context.imageSmoothingEnabled = Math.max(state.height, state.width) > layout.side;
  state.order.forEach((channel, at) => drawTile(context, state, layout, at));
  return layout;
}

function drawTile(context, state, layout, at) {
  const { x, y } = tilePlace(layout, at);
  const [sourceX, sourceY] = [(at % state.across) * state.width, Math.floor(at / state.across) * state.height];
  context.drawImage(state.picture, sourceX, sourceY, state.width, state.height, x, y, layout.tileWidth, layout.tileHeight);
}

/** Mark the tile in use on the mosaic, if it is `there`; redraws only the tile that was marked and the one that is. */
function markTile(canvas, state, layout, before, there = true) {
  const context = canvas.getContext("2d");
  for (const at of new Set([before, state.at])) {
    if (at >= layout.count) continue;
    const { x, y } = tilePlace(layout, at);
    context.clearRect(x - 2, y - 2, layout.tileWidth + 4, layout.tileHeight + 4);
    drawTile(context, state, layout, at);
  }
  if (!there) return;
  const { x, y } = tilePlace(layout, state.at);
  context.strokeStyle = inkOf("--pointer");
  context.lineWidth = 2;
  context.strokeRect(x - 1, y - 1, layout.tileWidth + 2, layout.tileHeight + 2);
  const cell = [layout.tileWidth / state.width, layout.tileHeight / state.height];
  const size = cell.map((length) => Math.max(4, length));
  context.strokeRect(x + (state.column + 0.5) * cell[0] - size[0] / 2, y + (state.row + 0.5) * cell[1] - size[1] / 2, size[0], size[1]);
}

/** The number under the pointer: PyTorch's own once the file is there, until then read off the colour and marked ≈. */
function valueText(state) {
  if (state.exact) return "= " + exactText(exactValue(state));
  const pixel = state.places[mosaicPixel(state)];
  const [low, high] = [state.low[state.at], state.high[state.at]];
  return "≈ " + shortText(low + ((high - low) * pixel) / 255, 2);
}

const exactValue = (state) => state.exact[(state.at * state.height + state.row) * state.width + state.column];

function mosaicPixel(state) {
  const [across, down] = [(state.at % state.across) * state.width, Math.floor(state.at / state.across) * state.height];
  return (down + state.row) * state.across * state.width + across + state.column;
}

/** Places in the palette, pixel by pixel, of the mosaic's picture; for the ≈ until the exact numbers are there. */
function placesOf(picture, scheme) {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [picture.naturalWidth, picture.naturalHeight];
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(picture, 0, 0);
  const pixels = new Uint32Array(context.getImageData(0, 0, canvas.width, canvas.height).data.buffer);
  const table = new Map([...colourTable(scheme)].map((pixel, place) => [pixel, place]));
  return Uint8Array.from(pixels, (pixel) => table.get(pixel) || 0);
}

/** The mosaic's picture anew from its numbers, a pixel a number, on another scale. */
function mosaicPicture(state, { scheme, low, high }) {
  const [sheet, one] = [made("canvas"), made("canvas")];
  [sheet.width, sheet.height] = [state.across * state.width, Math.ceil(state.order.length / state.across) * state.height];
  const context = sheet.getContext("2d");
  state.order.forEach((channel, at) => {
    paintMap(one, state.exact, at * state.height * state.width, state.height, state.width, scheme, low, high);
    context.drawImage(one, (at % state.across) * state.width, Math.floor(at / state.across) * state.height);
  });
  return sheet;
}

/** One map at 240 pixels, a cross at the number in use. */
function drawEnlarged(canvas, state) {
  const longer = Math.max(state.height, state.width);
  const [width, height] = [state.width, state.height].map((size) => Math.max(4, Math.round((240 * size) / longer)));
  const context = sizeCanvas(canvas, width, height);
  context.imageSmoothingEnabled = false;
  const [x, y] = [(state.at % state.across) * state.width, Math.floor(state.at / state.across) * state.height];
  context.drawImage(state.picture, x, y, state.width, state.height, 0, 0, width, height);
  context.strokeStyle = inkOf("--pointer");
  context.lineWidth = 2;
  const [cellWidth, cellHeight] = [width / state.width, height / state.height];
  const size = [Math.max(6, cellWidth), Math.max(6, cellHeight)];
  context.strokeRect((state.column + 0.5) * cellWidth - size[0] / 2, (state.row + 0.5) * cellHeight - size[1] / 2, size[0], size[1]);
}

/** The lens: the map in use, enlarged, with the number in use. */
function drawLens(root, state) {
  drawEnlarged(root.querySelector(".lens-map"), state);
  root.querySelector(".lens-title").textContent = placeText(state);
  root.querySelector(".lens-value").textContent = valueText(state);
}

function placeText(state) {
  return "Channel " + state.order[state.at] + (state.width * state.height > 1 ? ", row " + state.row + ", column " + state.column : "");
}

/** What changes with the map, not with the number: a lens's colour bar and facts. */
function drawFacts(lens, state) {
  const [low, high] = [state.low[state.at], state.high[state.at]];
  lens.querySelector(".bar").replaceChildren(colourBar(state.scheme, low, high));
  const facts = [["minimum", exactText(state.minimum[state.at])], ["mean", shortText(state.mean[state.at], 5)],
    ["maximum", exactText(state.maximum[state.at])], ["zeros", percent(state.zeros[state.at])]];
  if (state.contributions) facts.unshift(["gives to the class", shortText(state.contributions[state.at], 4)]);
  const list = lens.querySelector(".facts");
  list.replaceChildren(...facts.flatMap(([name, text]) => [made("dt", "soft", name), made("dd", "number", text)]));
}

/** The histogram of a layer as bars, its ends in numbers. */
function drawHistogram(place, histogram) {
  if (!histogram.counts.length) {
    place.replaceChildren(made("p", "soft", "No number of this layer is finite."));
    return;
  }
  const most = Math.max(...histogram.counts);
  const total = histogram.counts.reduce((sum, count) => sum + count, 0);
  const bars = made("div", "histogram-bars");
  histogram.counts.forEach((count) => {
    const bar = made("i");
    bar.style.height = count ? Math.max(1.5, (100 * count) / most) + "%" : "0";
    bars.append(bar);
  });
  const ends = made("p", "ends number");
  ends.append(made("span", "", shortText(histogram.low)), made("span", "", shortText(histogram.high)));
  const text = "The layer’s " + total + " numbers; the tallest bar holds " + percent(most / total) + ".";
  place.replaceChildren(bars, ends, made("p", "soft", text));
}

/** The strip of all layers, each its strongest map with name and shape. `choose` is told a layer's key. */
function fillStrip(list, sheet, strip, choose) {
  const url = explorer.fileUrl(strip.path);
  const rows = Math.ceil(sheet.layers.length / strip.across);
  list.replaceChildren(...sheet.layers.map((one, at) => {
    const [item, button, picture] = [made("li"), made("button", "strip-layer"), made("span", "strip-map pixels")];
    button.type = "button";
    button.dataset.layer = one.key;
    button.tabIndex = -1;
    button.title = one.key + ", " + one.kind + ", " + shapeText(one.shape);
    Object.assign(picture.style, {
      backgroundImage: "url(" + JSON.stringify(url) + ")", backgroundSize: strip.across * 72 + "px " + rows * 72 + "px",
      backgroundPosition: -(at % strip.across) * 72 + "px " + -Math.floor(at / strip.across) * 72 + "px",
    });
    button.append(picture, made("span", "strip-name", one.key), made("span", "soft strip-shape", shapeText(one.shape)));
    button.addEventListener("click", () => choose(one.key));
    item.append(button);
    return item;
  }));
}

/** Mark the layer in use on the strip and bring it into sight, without moving the page. */
function markStrip(list, key) {
  for (const button of list.querySelectorAll(".strip-layer")) {
    const here = button.dataset.layer === key;
    button.tabIndex = here ? 0 : -1;
    if (!here) {
      button.removeAttribute("aria-current");
      continue;
    }
    button.setAttribute("aria-current", "true");
    list.scrollTo({ left: button.offsetLeft - list.offsetLeft - list.clientWidth / 2 + 50, behavior: explorer.reducedMotion() ? "auto" : "smooth" });
  }
}
