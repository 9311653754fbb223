// What is highlighted: for a cell under the pointer, the cells of the other grids that it meets, and the words for it.
// Rows and columns are independent, so a set of cells is {rows, columns, slices}: maps from a position to the weight there.

const MOST_SUMMED = 20000; // terms; a larger sum would be felt at every move of the pointer

/** The marks of a cell {part, slice, y, x}, with `filter` as the output slice that is looked at. */
function marksOf(layer, cell, filter) {
  if (cell.part === "output") return outputMarks(layer, cell);
  if (cell.part === "input") return inputMarks(layer, cell, filter);
  return weightMarks(layer, cell, filter);
}

function positions(links, from, to) {
  return new Map(links.map((link) => [link[from], link[to]]));
}

function outputMarks(layer, { slice, y, x }) {
  const one = { rows: new Map([[y, 0]]), columns: new Map([[x, 0]]), slices: [slice, slice + 1] };
  const [rows, columns] = [layer.rows.byOutput(y), layer.columns.byOutput(x)];
  const slices = channelsOf(layer, slice);
  return {
    filter: slice,
    output: one,
    input: { rows: positions(rows, "input", "weight"), columns: positions(columns, "input", "weight"), slices },
    weight: { rows: positions(rows, "weight", "weight"), columns: positions(columns, "weight", "weight"), slices },
  };
}

/** Only what lies inside the output counts: the rest of a transposed convolution's stamp is cut off. */
function kept(map, links) {
  return links.filter((link) => link.output >= 0 && link.output < map.outputs);
}

function inputMarks(layer, { slice, y, x }, filter) {
  const [first, last] = filtersOf(layer, slice);
  const shown = filter >= first && filter < last ? filter : first;
  const uncut = layer.kind === "transposed";
  const [rows, columns] = [[layer.rows, y], [layer.columns, x]].map(([map, at]) => (uncut ? map.byInput(at) : kept(map, map.byInput(at))));
  return {
    filter: shown,
    input: { rows: new Map([[y, 0]]), columns: new Map([[x, 0]]), slices: [slice, slice + 1] },
    output: { rows: positions(rows, "output", "weight"), columns: positions(columns, "output", "weight"), slices: [first, last] },
    weight: { rows: positions(rows, "weight", "weight"), columns: positions(columns, "weight", "weight"), slices: [slice, slice + 1] },
  };
}

function weightMarks(layer, { slice, y, x }, filter) {
  const [rows, columns] = [kept(layer.rows, layer.rows.byWeight(y)), kept(layer.columns, layer.columns.byWeight(x))];
  return {
    filter,
    weight: { rows: new Map([[y, y]]), columns: new Map([[x, x]]), slices: [slice, slice + 1] },
    input: { rows: positions(rows, "input", "weight"), columns: positions(columns, "input", "weight"), slices: [slice, slice + 1] },
    output: { rows: positions(rows, "output", "weight"), columns: positions(columns, "output", "weight"), slices: [filter, filter + 1] },
  };
}

/** Whether a cell of a grid is among the marks; gives the weight's place {y, x} there, or null. */
function markAt(marks, part, slice, y, x) {
  const set = marks && marks[part];
  if (!set || slice < set.slices[0] || slice >= set.slices[1] || !set.rows.has(y) || !set.columns.has(x)) return null;
  return { y: set.rows.get(y), x: set.columns.get(x) };
}

/** The walk's cells: output cells for a layer's answer, input cells or weights to go the other ways. */
function walkGrid(layer, part) {
  if (part === "output") return { rows: layer.rows.outputs, columns: layer.columns.outputs };
  if (part === "input") return { rows: layer.rows.axis.size, columns: layer.columns.axis.size };
  return { rows: layer.rows.axis.kernel_size, columns: layer.columns.axis.kernel_size };
}

/** The slices that a walk goes through, one after the other: of the output the filter's, else all that the filter reads. */
function walkSlices(layer, part, filter) {
  return part === "output" ? [filter, filter + 1] : channelsOf(layer, filter);
}

/** How many places a walk over a part has. */
function walkCount(layer, part, filter) {
  const { rows, columns } = walkGrid(layer, part);
  const [first, last] = walkSlices(layer, part, filter);
  return rows * columns * (last - first);
}

/** The cell at a place of the walk over a part. */
function walkCell(layer, part, at, filter) {
  const { rows, columns } = walkGrid(layer, part);
  const [first] = walkSlices(layer, part, filter);
  const within = at % (rows * columns);
  return { part, slice: first + Math.floor(at / (rows * columns)), y: Math.floor(within / columns), x: within % columns };
}

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

function counted(count, word, more = `${word}s`) {
  return `${count.toLocaleString("en")} ${count === 1 ? word : more}`;
}

/** One sentence on what is highlighted, for the line under the picture and for a screen reader. */
function marksSentence(layer, cell) {
  const slice = (count, word) => (count > 1 ? `${word} ${cell.slice}, ` : "");
  const at = `row ${cellText(cell.y)}, column ${cellText(cell.x)}`;
  if (cell.part === "output") {
    const sum = termCount(layer) > MOST_SUMMED ? counted(termCount(layer), "term") : "";
    const number = cutOff(layer, cell) ? "cut off by the padding" : sum ? `is a sum of ${sum}` : `= ${cellText(outputNumber(layer, cell))}`;
    const marks = outputMarks(layer, cell).input;
    const reads = marks.rows.size && marks.columns.size
      ? `from input ${spanWords("row", marks.rows)}, ${spanWords("column", marks.columns)}` : "no input reaches it";
    return `Output ${slice(layer.filters, "channel")}${at} ${number}, ${reads}.`;
  }
  if (cell.part === "input") return inputSentence(layer, cell, `Input ${slice(layer.channels, "channel")}${at}`);
  const marks = weightMarks(layer, cell, 0);
  return `Weight ${slice(layer.channels, "channel")}${at} meets ${counted(marks.input.rows.size * marks.input.columns.size, "pixel")}`
    + `, once for each of ${counted(layer.rows.outputs * layer.columns.outputs, "output cell")}.`;
}

function cutOff(layer, { y, x }) {
  return y < 0 || x < 0 || y >= layer.rows.outputs || x >= layer.columns.outputs;
}

function inputSentence(layer, cell, name) {
  const padding = insideInput(layer, cell) ? "" : " (padding)";
  const readers = kept(layer.rows, layer.rows.byInput(cell.y)).length * kept(layer.columns, layer.columns.byInput(cell.x)).length;
  const number = `= ${inputNumber(layer, cell)}${padding}`;
  if (!readers) return `${name} ${number}: no window reads it.`;
  const verb = layer.kind === "transposed" ? "is stamped onto" : "is read by";
  const what = layer.kind === "transposed" ? counted(readers, "output cell") : counted(readers, "window");
  return `${name} ${number} ${verb} ${what}.`;
}
