// Ready-made pictures of a few grey pixels, small enough to read every number.

const SIDE = 10;

const halves = (isWhite) => {
  const row = (y) => Array.from({ length: SIDE }, (_, x) => (isWhite(y, x) ? 255 : 0));
  return Array.from({ length: SIDE }, (_, y) => row(y));
};

/**
 * By name; `kernel` is what a picture is worked out with.
 * @type {Record<string, { label: string, rows: number[][], kernel?: number[][] }>}
 */
export const READY_PICTURES = {
  "worked example": {
    label: "The worked 5 × 5 example",
    rows: [[1, 2, 3, 0, 1], [0, 1, 2, 3, 1], [1, 0, 1, 2, 0], [2, 1, 0, 1, 3], [0, 1, 2, 0, 1]],
    kernel: [[1, 0, -1], [1, 0, -1], [1, 0, -1]],
  },
  "dark left": { label: "Left half 0, right half 255", rows: halves((y, x) => x >= 5) },
  "dark top": { label: "Upper half 0, lower half 255", rows: halves((y) => y >= 5) },
  diagonal: { label: "Diagonal halves", rows: halves((y, x) => x + y >= 10) },
  checkerboard: { label: "Checkerboard of 0 and 255", rows: halves((y, x) => (x + y) % 2 === 1) },
  dot: { label: "One white pixel", rows: halves((y, x) => x === 5 && y === 5) },
};

/** A ready-made picture's pixels: {rgba, height, width, file}, as `photographPixels` has a photograph's. */
export function readyPixels(name) {
  const { rows } = READY_PICTURES[name];
  const file = { path: "", name: name.replaceAll(" ", "-") + ".png" };
  return { rgba: rowsPixels(rows), height: rows.length, width: rows[0].length, file };
}

/** Rows of grey values as RGBA. */
export function rowsPixels(rows) {
  return Uint8ClampedArray.from(rows.flat().flatMap((value) => [value, value, value, 255]));
}
