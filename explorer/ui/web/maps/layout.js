// Arithmetic of tab 3's pictures, with no page in sight: where tiles lie, what a pointer meets, how numbers read.

/** A float32 as the shortest decimal that gives it back, with a true minus: 0.1, −2.5e-7. */
function exactText(value) {
  if (value === null || !Number.isFinite(value)) return "not a number";
  for (let digits = 1; digits <= 9; digits += 1) {
    const text = value.toPrecision(digits);
    if (Math.fround(Number(text)) === Math.fround(value)) return plainText(Number(text));
  }
  return plainText(value);
}

/** A number with so many digits that count, no trailing zeros; for reading, not for reckoning. */
function shortText(value, digits = 3) {
  if (value === null || !Number.isFinite(value)) return "not a number";
  return plainText(Number(value.toPrecision(digits)));
}

/** The same with so many digits that it has at most `most` letters, for a cell of a table. */
function fittedText(value, digits, most) {
  const text = shortText(value, digits);
  return text.length > most && digits > 1 ? fittedText(value, digits - 1, most) : text;
}

function plainText(value) {
  const size = Math.abs(value);
  const text = size !== 0 && (size < 1e-4 || size >= 1e7) ? value.toExponential() : String(value);
  return text.replace("-", "−").replace("e−", "e-").replace("e-", "e−").replace("e+", "e");
}

/** How large a file is: 3 bytes, 4.2 kB, 12 MB. */
function sizeText(bytes) {
  if (bytes < 1000) return bytes + (bytes === 1 ? " byte" : " bytes");
  const [size, unit] = bytes < 999_500 ? [bytes / 1e3, " kB"] : [bytes / 1e6, " MB"];
  return plainText(size < 9.95 ? Math.round(10 * size) / 10 : Math.round(size)) + unit;
}

/** [64, 24, 24] → "64 × 24 × 24"; [320] → "320 numbers". */
function shapeText(shape) {
  return shape.length === 1 ? shape[0] + " numbers" : shape.join(" × ");
}

/** How `count` maps of `mapHeight` × `mapWidth` lie in `width` pixels: squares of at least `least`, filling the width. */
function mosaicLayout(count, width, mapHeight, mapWidth, least = 72, gap = 4) {
  const across = Math.max(1, Math.min(count, Math.floor((width + gap) / (least + gap))));
  const side = Math.max(least, Math.min(2 * least, Math.floor((width + gap) / across) - gap));
  const rows = Math.ceil(count / across);
  const longer = Math.max(mapHeight, mapWidth);
  const [tileHeight, tileWidth] = [(side * mapHeight) / longer, (side * mapWidth) / longer].map((size) => Math.max(1, Math.round(size)));
  return { count, across, rows, side, gap, tileHeight, tileWidth, width: across * (side + gap) - gap, height: rows * (side + gap) - gap };
}

/** Where the tile at a place of the mosaic lies: its left upper corner. */
function tilePlace(layout, at) {
  const step = layout.side + layout.gap;
  return { x: (at % layout.across) * step, y: Math.floor(at / layout.across) * step };
}

/** The tile and cell under a point of the mosaic: {at, row, column}, or null beside the maps. */
function mosaicHit(layout, mapHeight, mapWidth, x, y) {
  const step = layout.side + layout.gap;
  const [across, down] = [Math.floor(x / step), Math.floor(y / step)];
  const at = down * layout.across + across;
  const [insideX, insideY] = [x - across * step, y - down * step];
  if (across < 0 || across >= layout.across || down < 0 || at >= layout.count) return null;
  if (insideX >= layout.tileWidth || insideY >= layout.tileHeight) return null;
  return { at, row: cellAt(insideY, layout.tileHeight, mapHeight), column: cellAt(insideX, layout.tileWidth, mapWidth) };
}

/** Which of `cells` cells a place from 0 to `length` falls into. */
function cellAt(place, length, cells) {
  return Math.min(cells - 1, Math.max(0, Math.floor((place * cells) / length)));
}

/** The number after an arrow key, Home or End in a grid that is `across` wide; undefined for other keys. */
function walked(key, at, count, across) {
  const to = {
    ArrowLeft: at - 1, ArrowRight: at + 1, ArrowUp: at - across, ArrowDown: at + across, Home: 0, End: count - 1,
  }[key];
  return to === undefined ? undefined : Math.min(count - 1, Math.max(0, to >= 0 && to < count ? to : at));
}

/** Row, column and value of the number that lies furthest from zero in one map of `values`. */
function strongestCell(values, start, mapHeight, mapWidth) {
  let best = start;
  for (let at = start; at < start + mapHeight * mapWidth; at += 1) if (Math.abs(values[at]) > Math.abs(values[best])) best = at;
  return { row: Math.floor((best - start) / mapWidth), column: (best - start) % mapWidth };
}

/** Which of a layer's maps holds the number that lies furthest from zero, by their minima and maxima. */
function strongestMap({ minimum, maximum }) {
  const reach = minimum.map((low, at) => Math.max(Math.abs(low || 0), Math.abs(maximum[at] || 0)));
  return reach.indexOf(Math.max(...reach));
}

/** The box on the picture that a unit sees, in shares of its height and width; `field` holds a layer's rows and columns. */
function fieldBox(field, row, column, pictureHeight, pictureWidth) {
  const [y, x] = [Math.min(row, field.rows.length - 1), Math.min(column, field.columns.length - 1)];
  const [[top, bottom], [left, right]] = [field.rows[y], field.columns[x]];
  return {
    top: top / pictureHeight, left: left / pictureWidth, height: (bottom - top) / pictureHeight, width: (right - left) / pictureWidth,
    pixels: [bottom - top, right - left], clipped: [...field.rows_clipped[y], ...field.columns_clipped[x]].some(Boolean),
  };
}

/** What a box is, in words. */
function fieldText(place, pictureHeight, pictureWidth) {
  const [height, width] = place.pixels;
  if (height <= 0 || width <= 0) return "sees no pixel, only padding";
  if (height === pictureHeight && width === pictureWidth) return "sees the whole picture";
  return "sees " + width + " × " + height + " pixels" + (place.clipped ? ", cut off by the edge" : "");
}

/** How much each tile of the columns before feeds one tile, from 0 to 1 a column, nearest column last.
 *  `links[c][target][source]` are signed shares between column c and the next. */
function funnel(links, column, tile) {
  const weights = [];
  let targets = [];
  targets[tile] = 1;
  for (let at = column - 1; at >= 0; at -= 1) {
    const sources = [];
    (links[at] || []).forEach((shares, target) => {
      shares.forEach((share, source) => {
        sources[source] = (sources[source] || 0) + Math.abs(share) * (targets[target] || 0);
      });
    });
    const most = Math.max(...sources, 0);
    targets = sources.map((weight) => (most > 0 ? (weight || 0) / most : 0));
    weights.unshift(targets);
  }
  return weights;
}

/** Links in which every source feeds every target alike: what is drawn until the real shares are there. */
function evenLinks(sizes) {
  return sizes.slice(1).map((targets, at) => Array.from({ length: targets }, () => Array(sizes[at]).fill(1 / Math.max(1, sizes[at]))));
}

/** A kernel's weights as RGBA pixels: grey is zero, its largest weight is full colour; one plane is grey throughout. */
function kernelPixels(weights, planes, cells) {
  let reach = 0;
  for (const weight of weights) reach = Math.max(reach, Math.abs(weight));
  const pixels = new Uint8ClampedArray(cells * 4);
  for (let cell = 0; cell < cells; cell += 1) {
    for (let colour = 0; colour < 3; colour += 1) {
      const weight = weights[(planes === 3 ? colour : 0) * cells + cell];
      pixels[cell * 4 + colour] = 127.5 + (reach > 0 ? (127.5 * weight) / reach : 0);
    }
    pixels[cell * 4 + 3] = 255;
  }
  return pixels;
}

/** One scale for several layers, from what the ends of their own colour bars stand for. */
function sharedRange(layers) {
  const ends = (side) => layers.flatMap((one) => one[side]).filter((end) => end !== null);
  const [low, high] = [Math.min(...ends("low")), Math.max(...ends("high"))];
  if (layers.every((one) => one.scheme === "sequential")) return { scheme: "sequential", low, high };
  const reach = Math.max(-low, high);
  return { scheme: "diverging", low: -reach, high: reach };
}

/** The same channel of another layer state, at the same place of the picture; null if it is not shown there. */
function sameUnit(other, state) {
  const at = other.order.indexOf(state.order[state.at]);
  if (at < 0) return null;
  const row = cellAt(state.row + 0.5, state.height, other.height);
  return { ...other, at, row, column: cellAt(state.column + 0.5, state.width, other.width) };
}
