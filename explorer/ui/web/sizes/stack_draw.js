// A stack drawn to scale: the picture, then a block for every output that has another shape than the one before.
// Heights are pixels of the map, thicknesses are channels, each to one scale; vectors stand as bars to a scale of
// their own.

import { sizeCanvas, typeSize } from "../shared/canvas.js";
import { painted } from "../shared/vector.js";

const TOWER_HEIGHT = 150;
const TOWER_TOP = 64;
const TOWER_SKEW = 0.28; // how far the width runs off to the right, as a share of its length
const THINNEST = 3;
const GAP = 16; // between two blocks
const WIDEST = 8000; // pixels of the whole drawing: a browser draws nothing at all on a canvas that is too wide

/** The outputs that are drawn: [{row, last, shape, vector}], the picture first; rows that keep the shape share one. */
export function towerBlocks(result) {
  /** @type {any[]} */
  const blocks = [{ row: -1, last: -1, shape: result.shape, vector: false }];
  result.rows.forEach((row, at) => {
    const before = blocks[blocks.length - 1];
    if (!row.shape) return;
    if (String(row.shape) === String(before.shape)) before.last = at;
    else blocks.push({ row: at, last: at, shape: row.shape, vector: row.shape.length !== 3 });
  });
  return blocks;
}

/** Where each block stands, as {left, height, skew, thickness}, for a canvas at least `room` wide; in units of type. */
export function towerLayout(result, room) {
  const blocks = towerBlocks(result);
  const maps = blocks.filter((block) => !block.vector);
  const vectors = blocks.filter((block) => block.vector);
  const pixels = TOWER_HEIGHT / Math.max(1, ...maps.flatMap((block) => block.shape.slice(1)));
  const sum = (amount) => maps.reduce((total, block) => total + amount(block), 0);
  const skewOf = (block) => block.shape[2] * pixels * TOWER_SKEW;
  const free = room - sum(skewOf) - GAP * blocks.length - 140;
  const perChannel = Math.min(0.3, Math.max(0.03, free / Math.max(1, sum((block) => block.shape[0]))));
  const wants = wantedFeatures(result);
  const perFeature = TOWER_HEIGHT / Math.max(1, wants, ...vectors.map((block) => block.shape[0]));
  const barHeight = (features) => Math.max(3, features * perFeature);
  let left = 4;
  for (const block of blocks) {
    block.left = left;
    block.height = block.vector ? barHeight(block.shape[0]) : Math.max(2, block.shape[1] * pixels);
    block.skew = block.vector ? 0 : Math.max(1, skewOf(block));
    block.thickness = block.vector ? 8 : Math.max(THINNEST, block.shape[0] * perChannel);
    left += block.thickness + block.skew + GAP;
  }
  const squeeze = Math.min(1, WIDEST / left); // of all blocks alike, so that they stay to scale
  for (const block of blocks) for (const name of ["left", "skew", "thickness"]) block[name] *= squeeze;
  const wanted = wants ? { count: wants, height: barHeight(wants) } : null;
  return { blocks, wanted, width: Math.max(room, left * squeeze + 130), height: TOWER_TOP + TOWER_HEIGHT + 54 };
}

/** The features that a broken Linear was told, so that both numbers can be drawn; 0 where no Linear broke. */
function wantedFeatures(result) {
  const broken = result.rows.find((row) => row.error);
  return (broken && broken.wants) || 0;
}

/** Paint the tower; `marked` is the row that is looked at, -1 for none. */
export function paintTower(canvas, result, layout, marked, ink) {
  const context = sizeCanvas(canvas, layout.width, layout.height, typeSize());
  painted(canvas, context, layout.width, (pen) => paintBlocks(pen, result, layout, marked, ink));
}

function paintBlocks(context, result, layout, marked, ink) {
  context.fillStyle = ink.paper;
  context.fillRect(0, 0, layout.width, layout.height);
  const base = TOWER_TOP + TOWER_HEIGHT;
  let free = [-Infinity, -Infinity];
  layout.blocks.forEach((block, at) => {
    const here = marked >= block.row && marked <= block.last && marked >= 0;
    paintBlock(context, block, base, ink, here, at === 0);
    free = labelBlock(context, block, base, ink, here, free);
  });
  const row = result.rows[marked];
  if (row && row.receptive_field) paintSeen(context, layout.blocks[0], base, row.receptive_field, ink);
  if (result.rows.some((each) => each.error)) paintBreak(context, layout, base, ink);
}

function paintBlock(context, block, base, ink, marked, picture) {
  const { left, thickness, height, skew } = block;
  const rise = skew * 0.6;
  const [right, top] = [left + thickness, base - height];
  context.strokeStyle = marked ? ink.pointer : ink["ink-soft"];
  context.lineWidth = marked ? 2.5 : 1;
  const face = (points, fill) => {
    context.beginPath();
    points.forEach(([x, y]) => context.lineTo(x, y));
    context.closePath();
    context.fillStyle = fill;
    context.fill();
    context.stroke();
  };
  const mapHue = picture ? 210 : 235;
  const hue = block.vector ? 275 : mapHue;
  face([[left, base], [right, base], [right, top], [left, top]], `hsl(${hue} 45% 62%)`);
  if (block.vector) return;
  face([[left, top], [right, top], [right + skew, top - rise], [left + skew, top - rise]], `hsl(${hue} 50% 78%)`);
  face([[right, base], [right, top], [right + skew, top - rise], [right + skew, base - rise]], `hsl(${hue} 48% 88%)`);
}

/** The channels under a block and its size below them, where there is room beside the last words. */
function labelBlock(context, block, base, ink, marked, free) {
  context.font = `${marked ? 600 : 400} 14px ${ink.font}`;
  context.textAlign = "left";
  context.textBaseline = "alphabetic";
  context.fillStyle = marked ? ink.pointer : ink.ink;
  const channels = block.shape[0].toLocaleString("en");
  const mapSize = ([, height, width]) => (height === width ? `${height}²` : `${height}×${width}`);
  const size = block.vector ? "" : mapSize(block.shape);
  const next = [...free]; // where the next words may begin, a line each
  [channels, size].forEach((text, line) => {
    if (!text || (!marked && block.left < next[line])) return;
    context.fillText(text, block.left, base + 20 + 20 * line);
    next[line] = block.left + context.measureText(text).width + 8;
  });
  return next;
}

/** What one unit of the marked row sees, as a magenta field on the picture's side. */
function paintSeen(context, block, base, field, ink) {
  const share = field.map((side, at) => Math.min(1, side / block.shape[1 + at]));
  const [x, rise] = [block.left + block.thickness, block.skew * 0.6];
  const corner = (across, down) => [x + block.skew * across, base - block.height * (1 - down) - rise * across];
  const from = share.map((part) => (1 - part) / 2);
  const corners = [[from[1], from[0]], [1 - from[1], from[0]], [1 - from[1], 1 - from[0]], [from[1], 1 - from[0]]];
  context.beginPath();
  corners.forEach(([across, down]) => context.lineTo(...corner(across, down)));
  context.closePath();
  context.fillStyle = ink["pointer-soft"];
  context.fill();
  context.strokeStyle = ink.pointer;
  context.lineWidth = 2.5;
  context.stroke();
}

/** The place where the stack breaks: a cross, and what a Linear wants as a dashed bar beside what it gets. */
function paintBreak(context, layout, base, ink) {
  const last = layout.blocks[layout.blocks.length - 1];
  const x = last.left + last.thickness + last.skew + 26;
  if (layout.wanted) {
    context.save();
    context.setLineDash([4, 3]);
    context.lineWidth = 2;
    context.strokeStyle = ink.problem;
    context.strokeRect(x + 30, base - layout.wanted.height, 8, layout.wanted.height);
    context.restore();
    context.font = `600 14px ${ink.font}`;
    context.textAlign = "left";
    context.fillStyle = ink.problem;
    context.fillText(`wants ${layout.wanted.count.toLocaleString("en")}`, x - 6, base + 40);
  }
  const y = base - TOWER_HEIGHT / 2;
  context.strokeStyle = ink.problem;
  context.lineWidth = 4;
  context.beginPath();
  context.moveTo(x - 12, y - 12);
  context.lineTo(x + 12, y + 12);
  context.moveTo(x + 12, y - 12);
  context.lineTo(x - 12, y + 12);
  context.stroke();
  context.font = `600 14px ${ink.font}`;
  context.fillStyle = ink.problem;
  context.fillText("breaks", x - 22, y + 32);
}

/** The row whose block lies under a point; null beside them. */
export function towerRowAt(layout, left) {
  const isUnder = (block) => left >= block.left - 8 && left < block.left + block.thickness + block.skew + 8;
  const block = layout.blocks.find(isUnder);
  return block ? block.row : null;
}
