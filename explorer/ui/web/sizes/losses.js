// What of a layer's input no window reads, in words.

import { counted } from "../shared/wording.js";
import { axisUnread } from "./links.js";
import { axisWaste } from "./rules.js";

/** What the floor cuts off, and what the windows step over, as sentences; empty where every cell is read. */
export function lossWords(layer) {
  const sides = [["row", layer.rows], ["column", layer.columns]];
  const wasted = sides.filter(([, map]) => axisWaste(map.axis));
  const skipped = sides.map(([word, map]) => [word, skippedCount(map)]).filter(([, count]) => count);
  const sentences = [];
  if (wasted.length) {
    const last = ([word, map]) => {
      const count = axisWaste(map.axis);
      return count === 1 ? `last ${word}` : `last ${count} ${word}s`;
    };
    const padding = wasted.every(([, map]) => axisWaste(map.axis) <= map.axis.padding) ? " (padding only)" : "";
    sentences.push(`The floor cuts off the ${wasted.map(last).join(" and the ")}${padding}: no window reads them.`);
  }
  if (skipped.length) {
    const between = skipped.map(([word, count]) => counted(count, word)).join(" and ");
    sentences.push(`The windows step over ${between} in between.`);
  }
  return sentences.join(" ");
}

function skippedCount(map) {
  const end = map.axis.size + map.axis.padding - axisWaste(map.axis);
  return axisUnread(map).filter((at) => at < end).length;
}

/** What is said where no loss is. */
export function nothingLost(layer) {
  if (layer.kind !== "transposed") return "Every cell of the padded input is read by some window.";
  const [rows, columns] = [layer.rows.axis.padding, layer.columns.axis.padding];
  if (!rows && !columns) return "Every input cell is used.";
  const cut = `${counted(rows, "row")} and ${counted(columns, "column")}`;
  return `Every input cell is used. The padding cuts ${cut} off each side of what is stamped.`;
}
