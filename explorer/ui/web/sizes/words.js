// What is highlighted, in words.

import { counted } from "../shared/wording.js";
import { kept } from "./links.js";
import { outputMarks, weightMarks } from "./marks.js";
import { cellText, cutOff, inputNumber, insideInput, outputNumber, termCount } from "./numbers.js";

export const MOST_SUMMED = 20000; // terms; a larger sum would be felt at every move of the pointer

/** "rows 2 to 4", "row 0", "columns 1, 3, 5". */
function spanWords(word, map) {
  return `${map.size > 1 ? `${word}s` : word} ${spanNumbers(map)}`;
}

function spanNumbers(map) {
  const all = [...map.keys()].sort((a, b) => a - b);
  const names = all.map(cellText);
  const last = names[names.length - 1];
  if (all.length < 2) return last;
  const steady = all.every((each, at) => at === 0 || each - all[at - 1] === 1);
  if (steady) return `${names[0]} to ${last}`;
  return all.length > 6 ? `${names.slice(0, 4).join(", ")}, … ${last}` : names.join(", ");
}

/** One sentence on what is highlighted, for the line under the picture and for a screen reader. */
export function marksSentence(layer, cell) {
  const slices = { input: layer.channels, weight: layer.channels, output: layer.filters }[cell.part];
  const channel = slices > 1 ? `channel ${cell.slice}, ` : "";
  const place = `${channel}row ${cellText(cell.y)}, column ${cellText(cell.x)}`;
  if (cell.part === "output") return outputSentence(layer, cell, `Output ${place}`);
  if (cell.part === "input") return inputSentence(layer, cell, `Input ${place}`);
  const { input, output } = weightMarks(layer, cell, 0);
  const pixels = counted(input.rows.size * input.columns.size, "pixel");
  const outputs = counted(output.rows.size * output.columns.size, "output cell");
  return `Weight ${place} meets ${pixels}, once for each of ${outputs}.`;
}

function outputSentence(layer, cell, name) {
  const read = outputMarks(layer, cell).input;
  const reads = read.rows.size && read.columns.size
    ? `from input ${spanWords("row", read.rows)}, ${spanWords("column", read.columns)}` : "no input reaches it";
  return `${name} ${outputWords(layer, cell)}, ${reads}.`;
}

function outputWords(layer, cell) {
  if (cutOff(layer, cell)) return "cut off by the padding";
  if (termCount(layer) > MOST_SUMMED) return `is a sum of ${counted(termCount(layer), "term")}`;
  return `= ${cellText(outputNumber(layer, cell))}`;
}

function inputSentence(layer, cell, name) {
  const readers = (map, at) => kept(map, map.byInput(at)).length;
  const count = readers(layer.rows, cell.y) * readers(layer.columns, cell.x);
  const number = `= ${inputNumber(layer, cell)}${insideInput(layer, cell) ? "" : " (padding)"}`;
  if (!count) return `${name} ${number}: no window reads it.`;
  const stamped = layer.kind === "transposed";
  const does = stamped ? `is stamped onto ${counted(count, "output cell")}` : `is read by ${counted(count, "window")}`;
  return `${name} ${number} ${does}.`;
}
