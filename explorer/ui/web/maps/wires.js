// The wires between the columns of the sheet: faint ones for all, and those that feed the pointed tile in colour.

import { boxesOn, sizeCanvas } from "../shared/canvas.js";
import { painted } from "../shared/vector.js";
import { inkOf } from "./draw.js";
import { funnel } from "./layout.js";

/** Draw the wires; gives back how much each tile feeds the pointed one, a column an entry. */
export function drawWires({ find, sheet, pointed }) {
  const inner = find(".sheet-inner");
  if (!inner.clientWidth) return [];
  const [canvas, wide] = [find(".wires"), inner.scrollWidth];
  const context = sizeCanvas(canvas, wide, inner.scrollHeight);
  const places = tilePlaces(inner);
  const weights = pointed ? funnel(sheet.links, pointed.at + 1, pointed.index) : [];
  const inks = { positive: inkOf("--positive"), negative: inkOf("--negative"), faint: inkOf("--ink-soft") };
  /** How much a tile feeds the pointed one, from 0 to 1; the pointed one itself does wholly. */
  const feeds = (column, tile) => {
    if (column === pointed.at + 1) return tile === pointed.index ? 1 : 0;
    return (weights[column] && weights[column][tile]) || 0;
  };
  const wires = sheet.columns.concat(null).flatMap((_, gap) => (sheet.links[gap] || []).flatMap((shares, target) =>
    shares.map((share, source) => ({
      from: places[gap] && places[gap][source], to: places[gap + 1] && places[gap + 1][target],
      look: wireLook(share, pointed ? feeds(gap + 1, target) : null, inks),
    })))).filter(({ from, to }) => from && to);
  painted(canvas, context, wide, (pen) => wires.forEach(({ from, to, look }) => drawWire(pen, from, to, look)));
  return weights;
}

/** Width, colour and strength of a wire; `next` is how much its target feeds the pointed tile, null if none is. */
function wireLook(share, next, inks) {
  const size = Math.abs(share);
  if (next === null) return { width: 0.6 + 2 * size, ink: inks.faint, alpha: 0.1 + 0.35 * Math.min(1, size * 2) };
  const strong = next * size;
  if (strong < 0.004) return { width: 0.6, ink: inks.faint, alpha: 0.05 };
  const ink = share < 0 ? inks.negative : inks.positive;
  return { width: 0.8 + 6 * strong, ink, alpha: Math.min(0.95, 0.2 + strong * 1.6) };
}

function drawWire(context, from, to, look) {
  const middle = (from.right + to.left) / 2;
  context.globalAlpha = look.alpha;
  context.strokeStyle = look.ink;
  context.lineWidth = look.width;
  context.beginPath();
  context.moveTo(from.right, from.y);
  context.bezierCurveTo(middle, from.y, middle, to.y, to.left, to.y);
  context.stroke();
}

/** Where a wire leaves and meets a tile; null for one that is not shown. */
const endsOf = ({ left, right, top, bottom }) => (bottom > top ? { left, right, y: (top + bottom) / 2 } : null);

/** Where the tiles of each column lie inside the sheet: the picture first, the classes last. */
function tilePlaces(inner) {
  return [...inner.querySelectorAll(".sheet-column")].map((column) =>
    boxesOn(inner, column.querySelectorAll(".field-frame, .tile, .class-row"), inner.offsetWidth).map(endsOf));
}

/** Fade what does not feed the pointed tile; `weights` are what drawWires gave. */
export function fadeTiles(root, pointed, weights) {
  for (const tile of root.querySelectorAll(".tile, .class-row")) {
    const [at, index] = [Number(tile.dataset.column), Number(tile.dataset.tile)];
    const itself = pointed && at === pointed.at && index === pointed.index;
    const feeds = pointed && at < pointed.at ? (weights[at + 1] && weights[at + 1][index]) || 0 : 0;
    tile.style.opacity = !pointed || itself ? "" : String(at < pointed.at ? 0.22 + 0.78 * Math.sqrt(feeds) : 0.35);
    tile.classList.toggle("pointed", Boolean(itself));
  }
}
