// A path: the units from where one began to the one that is open; in the page's link and as a breadcrumb.

/** A unit as one word of the page's link. */
export function unitWord(unit) {
  return [unit.layer, unit.channel, unit.y, unit.x].join("~");
}

/** The unit that a word of the link stands for; null if it stands for none. */
export function unitFromWord(word) {
  const match = /^(.{1,160})~(\d{1,6})~(\d{1,5})~(\d{1,5})$/.exec(word || "");
  return match && { layer: match[1], channel: Number(match[2]), y: Number(match[3]), x: Number(match[4]) };
}

/** The breadcrumb: all steps if they are few, else the first two, how many are folded, and the last three. */
export function foldedPath(path, most = 6) {
  if (path.length <= most) return path.map((unit, at) => ({ unit, at }));
  const last = path.length - 3;
  const step = (at) => ({ unit: path[at], at });
  return [step(0), step(1), { folded: last - 2 }, step(last), step(last + 1), step(last + 2)];
}
