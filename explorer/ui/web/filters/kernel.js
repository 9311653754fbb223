// Kernels and their numbers as text: what a visitor types or pastes, and what is printed.

export const MOST_CELLS = 11; // rows and columns of a kernel
const LARGEST_WEIGHT = 1e6;
const LONGEST_TEXT = 20_000;
const NUMBER = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i;
const DIVISORS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 16, 25, 32, 49, 64, 81, 100, 121, 128, 256, 512, 1024, 4096];

export const CHANNEL_NAMES = ["red", "green", "blue"];

/** The number in a cell: decimals, fractions like 1/9, a comma for a point; NaN where it is none. */
export function cellNumber(text) {
  const plain = String(text).trim().replace(/[−–]/g, "-").replace(/^([^,]*),([^,]*)$/, "$1.$2");
  const [above, below, ...more] = plain.split("/").map((part) => part.trim());
  if (more.length || !NUMBER.test(above) || (below !== undefined && !NUMBER.test(below))) return NaN;
  const value = below === undefined ? Number(above) : Number(above) / Number(below);
  return Number.isFinite(value) && Math.abs(value) <= LARGEST_WEIGHT ? value : NaN;
}

/**
 * Pasted text as {rows} or {error}: rows by line, semicolon or bracket; numbers by space, tab or comma.
 * @returns {{ rows?: number[][], error?: string }}
 */
export function parseKernel(text) {
  if (text.length > LONGEST_TEXT) {
    return { error: "This text is too long for a kernel; 11 rows of 11 numbers are the most." };
  }
  const rows = pastedRows(text);
  if (!rows.length) {
    return { error: "There is no number in this text. Write a row of numbers a line, such as 1 0 -1." };
  }
  const [count, columns] = [rows.length, rows[0].length];
  for (const [at, row] of rows.entries()) {
    const odd = row.find((word) => Number.isNaN(cellNumber(word)));
    if (odd !== undefined) {
      return { error: `“${odd.slice(0, 20)}” in row ${at + 1} is not a number that a kernel can hold.` };
    }
    if (row.length !== columns) {
      return { error: `Row ${at + 1} has ${row.length} numbers and row 1 has ${columns}; every row needs as many.` };
    }
  }
  if (count > MOST_CELLS || columns > MOST_CELLS) {
    return { error: `A kernel has at most ${MOST_CELLS} rows and ${MOST_CELLS} columns; this text has ` +
      `${count} × ${columns}.` };
  }
  return { rows: rows.map((row) => row.map(cellNumber)) };
}

/** The words of each row that has any. */
function pastedRows(text) {
  const inner = text.replace(/\b(np\.array|torch\.tensor|array|tensor)\b/g, "").replace(/[()]/g, " ");
  const lines = inner.replace(/\]\s*,?/g, "\n").replace(/\[/g, " ").split(/[\n;]/);
  return lines
    .map((line) => line.replace(/\s*\/\s*/g, "/").split(/[\s,]+/).filter(Boolean))
    .filter((row) => row.length);
}

/** A number for reading: at most `digits` that matter, whole and short numbers as they are, a real minus sign. */
export function numberText(value, digits = 7) {
  const exact = Number(value.toPrecision(12));
  const text = String(exact);
  const short = text.replace(/[-.]/g, "").length <= digits + 1 ? text : String(Number(value.toPrecision(digits)));
  return (Object.is(exact, -0) ? "0" : short).replace("-", "−");
}

/** What `numberText` printed, as a number again. */
export const printedNumber = (text) => Number(text.replace("−", "-"));

/** A number as it can be read back exactly: what goes into links and code. */
export const plainNumber = (value) => String(Object.is(value, -0) ? 0 : value);

/** Rows of weights as whole numbers and what they are divided by, where they are such; else as they are, over 1. */
export function wholeNumbers(rows) {
  const isWhole = (value) => Math.abs(Math.round(value) - value) < 1e-9 && Math.abs(value) < 1e5;
  for (const divisor of DIVISORS) {
    if (rows.flat().every((value) => isWhole(value * divisor))) {
      const whole = (value) => Math.round(value * divisor) + 0; // + 0: no minus zero
      return { rows: rows.map((row) => row.map(whole)), divisor };
    }
  }
  return { rows, divisor: 1 };
}

/** The kernel's rows as lines of text. */
export const kernelText = (rows) => rows.map((row) => row.map(plainNumber).join(" ")).join("\n");

/** The rows in another size: cut or filled with zeros around the centre. */
export function resizedRows(rows, height, width) {
  const down = Math.floor((height - rows.length) / 2);
  const across = Math.floor((width - rows[0].length) / 2);
  const cell = (y, x) => (rows[y - down] || [])[x - across] || 0;
  return Array.from({ length: height }, (_, y) => Array.from({ length: width }, (__, x) => cell(y, x)));
}

/** Turned by half a turn: what a mathematician's convolution does to its kernel. */
export const flippedRows = (rows) => rows.map((row) => [...row].reverse()).reverse();

/** A layer's kernel, flat, as rows: one list of them a plane. */
export function kernelRows({ planes, height, width }, kernel) {
  const row = (plane, y) => [...kernel.slice((plane * height + y) * width, (plane * height + y + 1) * width)];
  return Array.from({ length: planes }, (_, plane) => Array.from({ length: height }, (__, y) => row(plane, y)));
}
