// What a layer's view writes around its picture: the formula, the costs, what falls off, the sum, where the walk stands.

/** What the painters need to know of a view. */
function preparePicture(view) {
  const { layer, layout, look } = view;
  const cache = new Map();
  const affordable = termCount(layer) <= 1152;
  const numbers = (slice, y, x) => {
    if (!affordable) return NaN;
    const key = `${slice},${y},${x}`;
    if (!cache.has(key)) cache.set(key, outputNumber(layer, { slice, y, x }));
    return cache.get(key);
  };
  const readsAlong = (map, [from, to]) => new Map(countTo(to - from).map((at) => [from + at, kept(map, map.byInput(from + at)).length]));
  const picture = { layer, layout, look, filter: view.filter, ink: readInk(view.root), numbers, affordable };
  picture.rowReads = readsAlong(layer.rows, view.view.inputRows);
  picture.columnReads = readsAlong(layer.columns, view.view.inputColumns);
  picture.mostReads = Math.max(...picture.rowReads.values()) * Math.max(...picture.columnReads.values());
  picture.reach = 1;
  for (const grid of layout.grids.filter((each) => each.part === "output")) {
    eachCell(grid, (y, x) => {
      if (!cutOff(layer, { y, x })) picture.reach = Math.max(picture.reach, Math.abs(numbers(grid.slice, y, x)) || 0);
    });
  }
  return picture;
}

/** The formula with its numbers, the costs, the code, and what falls off. */
function showAnswer(view) {
  const { layer, settings } = view;
  const [rows, columns] = [layer.rows.axis, layer.columns.axis];
  const alike = axisFormula(rows) === axisFormula(columns);
  const lines = alike ? [`output = ${axisFormula(rows)}`] : [`height = ${axisFormula(rows)}`, `width = ${axisFormula(columns)}`];
  view.find(".sizes-formula").replaceChildren(...lines.flatMap((line, at) => [...(at ? [makeNode("br")] : []), ...formulaNodes(line)]));
  const costs = layerCosts(layer);
  const whole = (value) => value.toLocaleString("en");
  const shape = `${layer.channels} × ${rows.size} × ${columns.size} → ${layer.filters} × ${layer.rows.outputs} × ${layer.columns.outputs}`;
  const biases = costs.biases ? ` + ${counted(costs.biases, "bias", "biases")} = ${whole(costs.weights + costs.biases)} parameters` : ", no bias";
  const weights = counted(costs.weights, "weight") + biases;
  view.find(".sizes-facts").textContent = hasWeights(layer) ? `${shape} · ${weights} · ${whole(costs.mult_adds)} multiply-adds` : `${shape} · no parameters`;
  view.find(".sizes-code").textContent = checkingCode(settings, layer);
  showLosses(view);
}

/** A line of the formula with its result in bold and what is rounded marked. */
function formulaNodes(line) {
  const cut = line.lastIndexOf("= ");
  const pieces = line.slice(0, cut).split(/([⌊⌈][−\d.…]+[⌋⌉])/);
  const nodes = pieces.map((text, at) => (at % 2 ? makeNode("mark", { textContent: text }) : document.createTextNode(text)));
  return [...nodes, document.createTextNode("= "), makeNode("strong", { textContent: line.slice(cut + 2) })];
}

/** What no window reads, in words, and buttons for the settings that waste nothing. */
function showLosses(view) {
  const { layer, settings } = view;
  const short = lossWords(layer);
  view.find(".sizes-lost").textContent = short;
  view.find(".sizes-lost").hidden = !short;
  const alike = axisFormula(layer.rows.axis) === axisFormula(layer.columns.axis);
  const chips = (alike ? [[layer.rows, null]] : [[layer.rows, 0], [layer.columns, 1]])
    .flatMap(([map, side]) => axisNearestWithoutWaste(map.axis).map(([name, value]) => [name, value, side]));
  view.find(".sizes-loss-text").textContent = (short || nothingLost(layer, settings)) + (chips.length ? " The nearest settings that waste nothing:" : "");
  view.find(".sizes-loss-chips").replaceChildren(...chips.map((change) => view.changeChip(change, settings)));
}

function nothingLost(layer, settings) {
  if (layer.kind !== "transposed") return "Every cell of the padded input is read by some window.";
  const cut = settings.padding.some(Boolean);
  return `Every input cell is used.${cut ? ` The padding cuts ${counted(settings.padding[0], "row")} and ${counted(settings.padding[1], "column")} off each side of what is stamped.` : ""}`;
}

/** What the floor cuts off, and what the windows step over, as sentences; empty where every cell is read. */
function lossWords(layer) {
  const sides = [["row", layer.rows], ["column", layer.columns]];
  const wasted = sides.filter(([, map]) => axisWaste(map.axis));
  const skipped = sides.map(([word, map]) => [word, skippedCount(map)]).filter(([, count]) => count);
  const sentences = [];
  if (wasted.length) {
    const what = wasted.map(([word, map]) => (axisWaste(map.axis) === 1 ? `last ${word}` : `last ${axisWaste(map.axis)} ${word}s`));
    const padding = wasted.every(([, map]) => axisWaste(map.axis) <= map.axis.padding) ? " (padding only)" : "";
    sentences.push(`The floor cuts off the ${what.join(" and the ")}${padding}: no window reads them.`);
  }
  if (skipped.length) sentences.push(`The windows step over ${skipped.map(([word, count]) => counted(count, word)).join(" and ")} in between.`);
  return sentences.join(" ");
}

function skippedCount(map) {
  const end = map.axis.size + map.axis.padding - axisWaste(map.axis);
  return axisUnread(map).filter((at) => at < end).length;
}

/** The legend: the colours' range, and only those marks that the picture has. */
function showLegend(view) {
  const { layer, picture } = view;
  const reach = hasWeights(layer) && picture.affordable ? picture.reach : 0;
  view.find(".sizes-scale").hidden = !reach;
  view.find(".sizes-least").textContent = cellText(-reach);
  view.find(".sizes-most").textContent = cellText(reach);
  const padded = [layer.rows, layer.columns].some((map) => map.inputFrom < 0 || map.inputTo > map.axis.size);
  const uncut = [layer.rows, layer.columns].some((map) => map.outputFrom < 0 || map.outputTo > map.outputs);
  const unread = [layer.rows, layer.columns].some((map) => axisUnread(map).length);
  view.find(".sizes-key-padding").hidden = !padded;
  view.find(".sizes-key-padding span").textContent = layer.rows.axis.padding + layer.columns.axis.padding ? "padding" : "beyond the input";
  view.find(".sizes-key-unread").hidden = !(uncut || unread);
  view.find(".sizes-key-unread span").textContent = uncut ? "stamped, then cut off" : "read by no window";
}

/** Whether only a part is drawn, and which. */
function sayPart(view) {
  const { layer, view: drawn } = view;
  const part = view.find(".sizes-part");
  const range = ([from, to]) => `${cellText(from)} to ${cellText(to - 1)}`;
  const whole = !viewIsPart(layer, drawn);
  part.hidden = whole && view.picture.affordable;
  const numbers = view.picture.affordable ? "" : ` Output numbers are left out: each is a sum of ${termCount(layer).toLocaleString("en")} terms.`;
  part.textContent = (whole ? "" : `Only a part is drawn: input rows ${range(drawn.inputRows)}, columns ${range(drawn.inputColumns)}, `
    + `${drawn.inputSlices[1] - drawn.inputSlices[0]} of ${counted(layer.channels, "channel")}; it follows the walk.`) + numbers;
}

/** The line under the picture: what is highlighted, and its sum. */
function sayCell(view, cell) {
  const pinned = view.pin && !view.hover ? "Pinned. " : "";
  const sentence = pinned + marksSentence(view.layer, cell);
  const says = view.find(".sizes-says");
  if (says.textContent !== sentence) says.textContent = sentence;
  const sum = view.find(".sizes-sum");
  if (cell.part !== "output") {
    sum.replaceChildren();
    return;
  }
  const known = `${cell.slice},${cell.y},${cell.x}`;
  if (view.summed === known && view.summedLayer === view.layer && sum.firstChild) return;
  Object.assign(view, { summed: known, summedLayer: view.layer });
  sum.replaceChildren(...sumPieces(view.layer, cell).map((piece) => makeNode(piece.total ? "strong" : "span", {
    textContent: piece.text, className: piece.padding ? "sizes-pad-term" : "",
  })));
}

const PLAY_SHAPES = { play: "M5 3l12 7-12 7z", pause: "M5 3h4v14H5zM11 3h4v14h-4z" };

/** The play button, the scrub bar and the pressed states follow the walk. */
function showTransport(view) {
  const { playback } = view;
  if (view.shownPlayback === playback && view.shownWalk === view.walk) return;
  Object.assign(view, { shownPlayback: playback, shownWalk: view.walk });
  const play = view.find(".sizes-play");
  play.setAttribute("aria-label", playback.playing ? "Pause" : "Play");
  view.find(".sizes-play-shape").setAttribute("d", playback.playing ? PLAY_SHAPES.pause : PLAY_SHAPES.play);
  const scrub = view.find(".sizes-scrub");
  scrub.max = playback.count - 1;
  scrub.value = playback.at;
  const { part, slice, y, x } = walkCell(view.layer, view.walk, playback.at, view.filter);
  const channel = (part === "output" ? view.layer.filters : view.layer.channels) > 1 ? ` channel ${slice},` : "";
  scrub.setAttribute("aria-valuetext", `${part}${channel} row ${y}, column ${x}; ${playback.at + 1} of ${playback.count}`);
}
