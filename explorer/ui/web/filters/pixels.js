// Answers as colours, their range and their histogram; ready-made pictures of a few pixels; ReLU and pooling.

/** Smallest, largest and mean of the numbers. */
function valueRange(values) {
  let [low, high, total] = [Infinity, -Infinity, 0];
  for (let at = 0; at < values.length; at += 1) {
    const value = values[at];
    if (value < low) low = value;
    if (value > high) high = value;
    total += value;
  }
  return { low, high, mean: total / values.length };
}

/** The size that all but one number in 200 stay within, so that a few strong edges do not pale all others; few numbers: all. */
function usualReach(values, { low, high }) {
  const most = Math.max(Math.abs(low), Math.abs(high)) || 1;
  if (values.length < 2000) return most;
  const counts = new Uint32Array(1024);
  for (let at = 0; at < values.length; at += 1) counts[Math.min(1023, Math.floor((Math.abs(values[at]) / most) * 1024))] += 1;
  let [bin, above] = [1024, 0];
  while (bin > 1 && above + counts[bin - 1] <= values.length / 200) above += counts[(bin -= 1)];
  return (most * bin) / 1024;
}

/** What a view's colour bar runs over: {low, high, scheme}; the numbers at its two ends. `reach` as of usualReach. */
function viewScale(view, range, channels, reach) {
  if (view === "signed") return { low: -reach, high: reach, scheme: channels === 1 ? "diverging" : "grey" };
  if (view === "relu") return { low: 0, high: Math.min(reach, Math.max(range.high, 0)) || 1, scheme: "sequential" };
  if (view === "absolute") return { low: 0, high: reach, scheme: "grey" };
  if (view === "rescaled") return { low: range.low, high: range.high > range.low ? range.high : range.low + 1, scheme: "grey" };
  return { low: 0, high: 255, scheme: "grey" };
}

/** 256 colours of a scheme as flat [red, green, blue, ...]. */
function schemeColours(scheme) {
  const colours = new Uint8ClampedArray(768);
  for (let at = 0; at < 256; at += 1) colours.set(scheme === "grey" ? [at, at, at] : colourAt(scheme, at / 255), at * 3);
  return colours;
}

/** An answer (channel by channel) as RGBA for a canvas. */
function answerPixels(answer, view, scale) {
  const count = answer.height * answer.width;
  const rgba = new Uint8ClampedArray(count * 4);
  const colours = schemeColours(scale.scheme);
  const factor = 255 / (scale.high - scale.low);
  for (let at = 0; at < count; at += 1) {
    for (let channel = 0; channel < 3; channel += 1) {
      const value = answer.values[answer.channels === 3 ? channel * count + at : at];
      const place = Math.min(255, Math.max(0, Math.round(((view === "absolute" ? Math.abs(value) : value) - scale.low) * factor)));
      rgba[at * 4 + channel] = answer.channels === 3 ? place : colours[place * 3 + channel];
    }
    rgba[at * 4 + 3] = 255;
  }
  return rgba;
}

/** How many numbers fall into each of `bins` equal parts of the range. */
function histogramOf(values, { low, high }, bins) {
  const counts = new Array(bins).fill(0);
  const factor = high > low ? bins / (high - low) : 0;
  for (let at = 0; at < values.length; at += 1) counts[Math.min(bins - 1, Math.floor((values[at] - low) * factor))] += 1;
  return counts;
}

/** Negative numbers become zero. */
function reluAnswer(answer) {
  return { ...answer, values: answer.values.map((value) => (value > 0 ? value : 0)) };
}

/** The largest (or the mean) of each 2 × 2 block; a last odd row or column falls off, as torch has it. */
function pooledAnswer(answer, kind) {
  const [height, width] = [Math.floor(answer.height / 2), Math.floor(answer.width / 2)];
  const values = new Float64Array(height * width * answer.channels);
  for (let channel = 0; channel < answer.channels; channel += 1) {
    const start = channel * answer.height * answer.width;
    for (let y = 0; y < height; y += 1) {
      for (let x = 0; x < width; x += 1) {
        const at = start + 2 * y * answer.width + 2 * x;
        const four = [answer.values[at], answer.values[at + 1], answer.values[at + answer.width], answer.values[at + answer.width + 1]];
        values[channel * height * width + y * width + x] = kind === "average" ? (four[0] + four[1] + four[2] + four[3]) / 4 : Math.max(...four);
      }
    }
  }
  return { values, height, width, channels: answer.channels };
}

/** Ready-made pictures by name: {note, height, width, rgba()}; grey values, small enough to read every pixel. */
const WORKED_EXAMPLE = [[1, 2, 3, 0, 1], [0, 1, 2, 3, 1], [1, 0, 1, 2, 0], [2, 1, 0, 1, 3], [0, 1, 2, 0, 1]];
const READY_PICTURES = {
  "worked example": { label: "The worked 5 × 5 example", rows: WORKED_EXAMPLE, kernel: [[1, 0, -1], [1, 0, -1], [1, 0, -1]] },
  "dark left": { label: "Left half 0, right half 255", rows: halves((y, x) => x >= 5) },
  "dark top": { label: "Upper half 0, lower half 255", rows: halves((y) => y >= 5) },
  diagonal: { label: "Diagonal halves", rows: halves((y, x) => x + y >= 10) },
  checkerboard: { label: "Checkerboard of 0 and 255", rows: halves((y, x) => (x + y) % 2 === 1) },
  dot: { label: "One white pixel", rows: halves((y, x) => x === 5 && y === 5) },
};
function halves(isWhite) {
  return Array.from({ length: 10 }, (_, y) => Array.from({ length: 10 }, (__, x) => (isWhite(y, x) ? 255 : 0)));
}

/** Rows of grey values as RGBA. */
function rowsPixels(rows) {
  return Uint8ClampedArray.from(rows.flat().flatMap((value) => [value, value, value, 255]));
}
