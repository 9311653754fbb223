// Arithmetic of the tab's pictures, with no page in sight: where tiles lie, what a pointer meets, what a unit sees.

/** How `count` maps of `mapHeight` × `mapWidth` lie in a `room` so wide: squares of `least` or more, filling it. */
export function mosaicLayout(count, room, mapHeight, mapWidth, least = 72, gap = 4) {
  const across = Math.max(1, Math.min(count, Math.floor((room + gap) / (least + gap))));
  const side = Math.max(least, Math.min(2 * least, Math.floor((room + gap) / across) - gap));
  const rows = Math.ceil(count / across);
  const longer = Math.max(mapHeight, mapWidth);
  const drawn = (cells) => Math.max(1, Math.round((side * cells) / longer));
  const [width, height] = [across, rows].map((tiles) => tiles * (side + gap) - gap);
  return { count, across, rows, side, gap, tileHeight: drawn(mapHeight), tileWidth: drawn(mapWidth), width, height };
}

/** Where the tile at a place of the mosaic lies: its left upper corner. */
export function tilePlace(layout, at) {
  const step = layout.side + layout.gap;
  return { x: (at % layout.across) * step, y: Math.floor(at / layout.across) * step };
}

/** The tile and cell under a point of the mosaic: {at, row, column}, or null beside the maps. */
export function mosaicHit(layout, mapHeight, mapWidth, x, y) {
  const step = layout.side + layout.gap;
  const [across, down] = [Math.floor(x / step), Math.floor(y / step)];
  const at = down * layout.across + across;
  const [insideX, insideY] = [x - across * step, y - down * step];
  if (across < 0 || across >= layout.across || down < 0 || at >= layout.count) return null;
  if (insideX >= layout.tileWidth || insideY >= layout.tileHeight) return null;
  const [row, column] = [cellAt(insideY, layout.tileHeight, mapHeight), cellAt(insideX, layout.tileWidth, mapWidth)];
  return { at, row, column };
}

/** Which of `cells` cells a place from 0 to `length` falls into. */
export function cellAt(place, length, cells) {
  return Math.min(cells - 1, Math.max(0, Math.floor((place * cells) / length)));
}

/** The number after an arrow key, Home or End in a grid that is `across` wide; undefined for other keys. */
export function walked(key, at, count, across) {
  const to = {
    ArrowLeft: at - 1, ArrowRight: at + 1, ArrowUp: at - across, ArrowDown: at + across, Home: 0, End: count - 1,
  }[key];
  return to === undefined ? undefined : Math.min(count - 1, Math.max(0, to >= 0 && to < count ? to : at));
}

/** Row, column and value of the number that lies furthest from zero in one map of `values`. */
export function strongestCell(values, start, mapHeight, mapWidth) {
  let best = start;
  for (let at = start; at < start + mapHeight * mapWidth; at += 1) {
    if (Math.abs(values[at]) > Math.abs(values[best])) best = at;
  }
  return { row: Math.floor((best - start) / mapWidth), column: (best - start) % mapWidth };
}

/** Which of a layer's maps holds the number that lies furthest from zero, by their minima and maxima. */
export function strongestMap({ minimum, maximum }) {
  const reach = minimum.map((low, at) => Math.max(Math.abs(low || 0), Math.abs(maximum[at] || 0)));
  return reach.indexOf(Math.max(...reach));
}

/** The box on the picture that a unit {channel, y, x} sees, in shares of its sides; `field` is of its layer. */
export function fieldBox(field, { channel, y, x }, pictureHeight, pictureWidth) {
  const [top, bottom, ...over] = fieldEntry(field.rows, field.of[channel] || 0, y, x);
  const [left, right, ...beside] = fieldEntry(field.columns, field.of[channel] || 0, y, x);
  return {
    top: top / pictureHeight,
    left: left / pictureWidth,
    height: (bottom - top) / pictureHeight,
    width: (right - left) / pictureWidth,
    pixels: [bottom - top, right - left],
    clipped: [...over, ...beside].some(Boolean),
  };
}

/** What a table holds of a unit; it has one row, or one column, where all would be alike. */
function fieldEntry(tables, of, y, x) {
  const rows = tables[of];
  const row = rows[Math.min(y, rows.length - 1)];
  return row[Math.min(x, row.length - 1)];
}

/** What a box is, in words. */
export function fieldText(place, pictureHeight, pictureWidth) {
  const [height, width] = place.pixels;
  if (height <= 0 || width <= 0) return "sees no pixel, only padding";
  if (height === pictureHeight && width === pictureWidth) return "sees the whole picture";
  return "sees " + width + " × " + height + " pixels" + (place.clipped ? ", cut off by the edge" : "");
}

/**
 * How much each tile of the columns before feeds one tile, from 0 to 1 a column, nearest column last.
 * `links[c][target][source]` are signed shares between column c and the next.
 */
export function funnel(links, column, tile) {
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
export function evenLinks(sizes) {
  const share = (sources) => Array(sources).fill(1 / Math.max(1, sources));
  return sizes.slice(1).map((targets, at) => Array.from({ length: targets }, () => share(sizes[at])));
}

/** One scale for several layers, from what the ends of their own colour bars stand for. */
export function sharedRange(layers) {
  const ends = (side) => layers.flatMap((one) => one[side]).filter((end) => end !== null);
  const [low, high] = [Math.min(...ends("low")), Math.max(...ends("high"))];
  if (layers.every((one) => one.scheme === "sequential")) return { scheme: "sequential", low, high };
  const reach = Math.max(-low, high);
  return { scheme: "diverging", low: -reach, high: reach };
}

/** The same channel of another layer state, at the same place of the picture; null if it is not shown there. */
export function sameUnit(other, state) {
  const at = other.order.indexOf(state.order[state.at]);
  if (at < 0) return null;
  const row = cellAt(state.row + 0.5, state.height, other.height);
  return { ...other, at, row, column: cellAt(state.column + 0.5, state.width, other.width) };
}
