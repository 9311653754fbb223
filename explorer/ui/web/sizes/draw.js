// Paints a layer's grids: the still picture once, then what is highlighted over a copy of it.
// `look` is {cells: "numbers" | "reads", hues: boolean}; `ink` holds the page's colours.

const DIGITS_PX = 16; // numbers are no smaller; where they do not fit, the cell is only shaded

/** The page's colours as they are now, light or dark. */
function readInk(node) {
  const style = getComputedStyle(node);
  const ink = {};
  for (const name of ["paper", "sheet", "ink", "ink-soft", "line", "pointer", "pointer-soft", "accent", "problem"]) {
    ink[name] = style.getPropertyValue(`--${name}`).trim();
  }
  ink.font = style.fontFamily || "system-ui, sans-serif";
  return ink;
}

/** The hue that a weight has, one for each of `count`. */
function weightHue(at, count) {
  return Math.round((360 * at) / Math.max(1, count) + 20) % 360;
}

function prepareCanvas(canvas, width, height) {
  const ratio = Math.min(3, window.devicePixelRatio || 1);
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  return context;
}

/** Everything that does not move with the pointer. */
function paintStill(context, picture) {
  const { layout, ink } = picture;
  context.fillStyle = ink.paper;
  context.fillRect(0, 0, layout.width, layout.height);
  for (const grid of layout.grids) {
    paintLabel(context, picture, grid);
    eachCell(grid, (y, x) => paintCell(context, picture, grid, y, x));
    context.strokeStyle = ink["ink-soft"];
    context.lineWidth = 1;
    strokeCells(context, grid, innerOf(picture.layer, grid), 0);
  }
  paintSigns(context, picture);
}

function eachCell(grid, paint) {
  for (let y = grid.fromY; y < grid.toY; y += 1) for (let x = grid.fromX; x < grid.toX; x += 1) paint(y, x);
}

/** The real input, or the output that is kept: without padding and without what is cut off. */
function innerOf(layer, grid) {
  const clip = (from, to, least, most) => [Math.max(from, least), Math.min(to, most)];
  const sizes = walkGrid(layer, grid.part);
  const [y, y2] = clip(grid.fromY, grid.toY, 0, sizes.rows);
  const [x, x2] = clip(grid.fromX, grid.toX, 0, sizes.columns);
  return { y, x, y2, x2 };
}

function strokeCells(context, grid, { y, x, y2, x2 }, inset) {
  const left = grid.left + (x - grid.fromX) * grid.cell;
  const top = grid.top + (y - grid.fromY) * grid.cell;
  context.strokeRect(left + 0.5 + inset, top + 0.5 + inset, (x2 - x) * grid.cell - 2 * inset, (y2 - y) * grid.cell - 2 * inset);
}

function paintLabel(context, { layer, layout, ink }, grid) {
  const sizes = walkGrid(layer, grid.part);
  const many = { input: layer.channels, weight: layer.channels, output: layer.filters }[grid.part] > 1;
  const name = { input: "Input", weight: "Weights", output: "Output" }[grid.part];
  const { rows, columns } = layer;
  const padded = grid.part === "input" && rows.inputFrom + columns.inputFrom < 0
    ? `, padded ${rows.axis.size - 2 * rows.inputFrom} × ${columns.axis.size - 2 * columns.inputFrom}` : "";
  const short = `${name}${many ? ` ${grid.slice}` : ""}  ${sizes.rows} × ${sizes.columns}`;
  context.font = `600 14px ${ink.font}`;
  context.textAlign = "left";
  context.textBaseline = "alphabetic";
  context.fillStyle = ink.ink;
  const room = Math.min((grid.toX - grid.fromX) * grid.cell + GRID_GAP - 8, layout.width - grid.left);
  const shown = [short + padded, short, name].find((text) => context.measureText(text).width <= room) || name[0];
  context.fillText(shown, grid.left, grid.top - 7);
}

/** What a cell shows: its fill, its text, whether it is padding, unread or cut off. */
function cellFace(picture, grid, y, x) {
  const { layer, look } = picture;
  if (grid.part === "weight") {
    const value = weightNumber(picture.filter, grid.slice, y, x);
    const columns = layer.columns.axis.kernel_size;
    const hue = `hsl(${weightHue(y * columns + x, layer.rows.axis.kernel_size * columns)} 70% 72%)`;
    return { text: cellText(value), fill: look.hues ? hue : signedColour(value, 4), ink: "#000" };
  }
  if (grid.part === "output") {
    if (cutOff(layer, { y, x })) return { text: "", hatched: true, crossed: true };
    const value = picture.numbers(grid.slice, y, x);
    const signed = hasWeights(layer);
    return { text: cellText(value), fill: signed ? signedColour(value, picture.reach) : null, ink: signed ? inkOf(value, picture.reach) : null };
  }
  const padding = !insideInput(layer, { y, x });
  const reads = (picture.rowReads.get(y) || 0) * (picture.columnReads.get(x) || 0);
  const crossed = reads === 0;
  if (look.cells === "reads") return { text: reads ? String(reads) : "", hatched: padding, crossed, fill: readsFill(reads, picture.mostReads) };
  if (padding) return { text: "", hatched: true, crossed };
  const number = inputNumber(layer, { slice: grid.slice, y, x });
  return { text: String(number), crossed, fill: grid.cell < 20 ? numberShade(number) : null };
}

/** The shade of an input cell that is too small for its number: the larger, the darker. */
function numberShade(number) {
  return `hsl(215 15% ${97 - 13 * number}%)`;
}

function inkOf(value, reach) {
  return inkOn(colourAt("diverging", reach > 0 ? 0.5 + value / (2 * reach) : 0.5));
}

function readsFill(reads, most) {
  return reads ? `hsl(200 70% ${Math.round(94 - (34 * reads) / Math.max(1, most))}%)` : null;
}

function paintCell(context, picture, grid, y, x) {
  const { ink } = picture;
  const face = cellFace(picture, grid, y, x);
  const left = grid.left + (x - grid.fromX) * grid.cell;
  const top = grid.top + (y - grid.fromY) * grid.cell;
  context.fillStyle = face.fill || ink.paper;
  context.fillRect(left, top, grid.cell, grid.cell);
  if (face.hatched) hatch(context, left, top, grid.cell, ink["ink-soft"]);
  context.strokeStyle = ink.line;
  context.lineWidth = 1;
  context.strokeRect(left + 0.5, top + 0.5, grid.cell, grid.cell);
  const colour = face.ink || (face.fill ? "#000" : ink.ink);
  paintDigits(context, face.text, left + grid.cell / 2, top + grid.cell / 2, grid.cell, colour, ink.font);
  if (face.crossed) cross(context, left, top, grid.cell, ink["ink-soft"]);
}

/** A number centred on (x, y), unless it would be too small to read. */
function paintDigits(context, text, x, y, cell, colour, font) {
  const size = Math.max(DIGITS_PX, Math.min(20, Math.floor(cell * 0.44)));
  if (!text || text.length * size * 0.54 > cell - 3 || size > cell - 2) return;
  context.font = `500 ${size}px ${font}`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillStyle = colour;
  context.fillText(text, x + 0.5, y + 1);
}

function hatch(context, left, top, cell, colour) {
  context.save();
  context.beginPath();
  context.rect(left, top, cell, cell);
  context.clip();
  context.globalAlpha = 0.45;
  context.strokeStyle = colour;
  context.lineWidth = 1;
  context.beginPath();
  for (let at = -cell; at < cell; at += 6) {
    context.moveTo(left + at, top + cell);
    context.lineTo(left + at + cell, top);
  }
  context.stroke();
  context.restore();
}

function cross(context, left, top, cell, colour) {
  const inset = Math.max(2, cell * 0.16);
  context.strokeStyle = colour;
  context.lineWidth = 1.5;
  context.beginPath();
  context.moveTo(left + inset, top + inset);
  context.lineTo(left + cell - inset, top + cell - inset);
  context.moveTo(left + cell - inset, top + inset);
  context.lineTo(left + inset, top + cell - inset);
  context.stroke();
}

/** The signs between the grids: × and + and =, or an arrow for a pooling. */
function paintSigns(context, { layout, ink }) {
  context.font = `600 18px ${ink.font}`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillStyle = ink["ink-soft"];
  for (const { text, left, top } of layout.signs) context.fillText(text, left, top);
}

/** What is highlighted, over the still picture. */
function paintMarks(context, picture, marks, cell) {
  for (const grid of picture.layout.grids) {
    const set = marks[grid.part];
    if (!set || grid.slice < set.slices[0] || grid.slice >= set.slices[1]) continue;
    const [ys, xs] = [inGrid(set.rows, grid.fromY, grid.toY), inGrid(set.columns, grid.fromX, grid.toX)];
    for (const y of ys) for (const x of xs) paintMarkedCell(context, picture, grid, set, cell, y, x);
    if (grid.part === "input" && cell.part === "input") frameReaders(context, picture, grid, cell);
    frameCells(context, picture, grid, ys, xs);
  }
}

/** Every window that reads an input cell, as a thin frame on the input. */
function frameReaders(context, { layer, ink }, grid, cell) {
  if (layer.kind === "transposed") return;
  const windows = (map, at) => kept(map, map.byInput(at)).map((link) => map.byOutput(link.output).map((each) => each.input));
  const span = (inputs, from, to) => [Math.max(from, inputs[0]), Math.min(to, inputs[inputs.length - 1] + 1)];
  context.save();
  context.strokeStyle = ink.pointer;
  context.lineWidth = 1.5;
  context.globalAlpha = 0.75;
  for (const rows of windows(layer.rows, cell.y)) {
    for (const columns of windows(layer.columns, cell.x)) {
      const [[y, y2], [x, x2]] = [span(rows, grid.fromY, grid.toY), span(columns, grid.fromX, grid.toX)];
      if (y < y2 && x < x2) strokeCells(context, grid, { y, y2, x, x2 }, 2);
    }
  }
  context.restore();
}

function inGrid(positionsMap, from, to) {
  return [...positionsMap.keys()].filter((at) => at >= from && at < to).sort((a, b) => a - b);
}

function paintMarkedCell(context, picture, grid, set, cell, y, x) {
  const { layer, look, ink } = picture;
  const left = grid.left + (x - grid.fromX) * grid.cell;
  const top = grid.top + (y - grid.fromY) * grid.cell;
  const columns = layer.columns.axis.kernel_size;
  const [ky, kx] = [set.rows.get(y), set.columns.get(x)];
  if (look.hues && hasWeights(layer) && grid.part !== "weight" && grid.part !== cell.part) {
    context.fillStyle = `hsl(${weightHue(ky * columns + kx, layer.rows.axis.kernel_size * columns)} 75% 60% / 0.55)`;
  } else if (grid.part === "input") {
    context.fillStyle = ink["pointer-soft"];
  } else {
    return; // weights and outputs keep their colours; the frame tells
  }
  const named = hasWeights(layer) && grid.cell >= 40 && grid.part === "input" && cell.part === "output" && look.cells === "numbers";
  if (named) {
    const number = insideInput(layer, { y, x }) ? inputNumber(layer, { slice: grid.slice, y, x }) : 0;
    paintProduct(context, picture, number, weightNumber(cell.slice, grid.slice, ky, kx), left, top, grid.cell);
  } else {
    context.fillRect(left + 1, top + 1, grid.cell - 1, grid.cell - 1);
  }
}

/** An input cell in the window: its number, and in the corner the weight that it is multiplied by. */
function paintProduct(context, { ink }, number, weight, left, top, cell) {
  const tint = context.fillStyle;
  context.fillStyle = ink.paper;
  context.fillRect(left + 1, top + 1, cell - 1, cell - 1);
  context.fillStyle = tint;
  context.fillRect(left + 1, top + 1, cell - 1, cell - 1);
  paintDigits(context, cellText(number), left + cell * 0.3, top + cell * 0.34, cell, ink.ink, ink.font);
  context.font = `600 14px ${ink.font}`;
  context.textAlign = "right";
  context.textBaseline = "alphabetic";
  context.fillStyle = ink.pointer;
  context.fillText(`×${cellText(weight)}`, left + cell - 4, top + cell - 5);
}

/** One frame round neighbouring cells; one round each where dilation or stride leaves holes between them. */
function frameCells(context, picture, grid, ys, xs) {
  if (!ys.length || !xs.length) return;
  const solid = (list) => list.length === list[list.length - 1] - list[0] + 1;
  const all = { y: ys[0], y2: ys[ys.length - 1] + 1, x: xs[0], x2: xs[xs.length - 1] + 1 };
  context.strokeStyle = picture.ink.pointer;
  if (solid(ys) && solid(xs)) {
    context.lineWidth = 3;
    strokeCells(context, grid, all, 0);
    return;
  }
  context.lineWidth = 2;
  for (const y of ys) for (const x of xs) strokeCells(context, grid, { y, y2: y + 1, x, x2: x + 1 }, 1);
  context.save();
  context.setLineDash([5, 4]);
  context.lineWidth = 1.5;
  strokeCells(context, grid, all, -2);
  context.restore();
}

/** Veil the output cells that the walk has not come to yet. */
function veilAhead(context, picture, cell) {
  context.save();
  context.globalAlpha = 0.82;
  context.fillStyle = picture.ink.paper;
  for (const grid of picture.layout.grids.filter((each) => each.part === "output" && each.slice === cell.slice)) {
    eachCell(grid, (y, x) => {
      if (cutOff(picture.layer, { y, x }) || y < cell.y || (y === cell.y && x <= cell.x)) return;
      context.fillRect(grid.left + (x - grid.fromX) * grid.cell + 1, grid.top + (y - grid.fromY) * grid.cell + 1, grid.cell - 1, grid.cell - 1);
    });
  }
  context.restore();
}
