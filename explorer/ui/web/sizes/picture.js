// What the painters need to know of a layer's view, worked out once for each picture.

import { eachCell } from "./draw.js";
import { readInk } from "./ink.js";
import { countTo, kept } from "./links.js";
import { cutOff, outputNumber, termCount } from "./numbers.js";

const MOST_PAINTED = 1152; // terms of an output number; with more, a picture full of them would be waited for

/** {layer, layout, look, filter, ink}, the output numbers and how often each row and column of the input is read. */
export function preparePicture(view) {
  const { layer, layout, look, filter, drawn } = view;
  const affordable = termCount(layer) <= MOST_PAINTED;
  const numbers = affordable ? outputNumbers(layer) : () => null;
  const rowReads = readsOf(layer.rows, drawn.inputRows);
  const columnReads = readsOf(layer.columns, drawn.inputColumns);
  const mostReads = Math.max(...rowReads.values()) * Math.max(...columnReads.values());
  const picture = { layer, layout, look, filter, ink: readInk(view.root), numbers, affordable };
  return { ...picture, rowReads, columnReads, mostReads, reach: reachOf(picture) };
}

/** `numbers(slice, y, x)`, each reckoned once. */
function outputNumbers(layer) {
  const known = new Map();
  return (slice, y, x) => {
    const key = `${slice},${y},${x}`;
    if (!known.has(key)) known.set(key, outputNumber(layer, { slice, y, x }));
    return known.get(key);
  };
}

/** How many windows read each of a range of input rows or columns. */
function readsOf(map, [from, to]) {
  const inputs = countTo(to - from).map((at) => from + at);
  return new Map(inputs.map((at) => [at, kept(map, map.byInput(at)).length]));
}

/** The largest output number of the picture, whatever its sign, and at least 1: the full colour. */
function reachOf({ layer, layout, numbers }) {
  let reach = 1;
  for (const grid of layout.grids.filter((each) => each.part === "output")) {
    eachCell(grid, (y, x) => {
      if (!cutOff(layer, { y, x })) reach = Math.max(reach, Math.abs(numbers(grid.slice, y, x)));
    });
  }
  return reach;
}
