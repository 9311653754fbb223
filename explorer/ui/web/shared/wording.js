// How a share and a class are written, the same on every tab: pure functions, tested by Node.

/** A share from 0 to 1: 0.93214 → "93.2\u202f%". What is not zero is never printed as zero, nor as everything. */
export function percent(share) {
  if (share <= 0) return "0\u202f%";
  if (share >= 1) return "100\u202f%";
  if (share > 0.9995) return "> 99.9\u202f%";
  const hundred = share * 100;
  if (hundred >= 0.995) return hundred.toFixed(1) + "\u202f%";
  return hundred >= 0.005 ? hundred.toFixed(2) + "\u202f%" : "< 0.01\u202f%";
}

/** So many of a thing in words: "1 window", "1,200 windows", "2 biases". */
export function counted(count, one, several = one + "s") {
  return `${count.toLocaleString("en")} ${count === 1 ? one : several}`;
}

/** "sports-shoes" → "sports shoes": a class as people write it. With other signs it stays ("jack-o'-lantern"). */
export function readable(label) {
  const text = String(label);
  return /^[\p{L}\p{N}]+([-_]+[\p{L}\p{N}]+)*$/u.test(text) ? text.replace(/[-_]+/g, " ") : text;
}
