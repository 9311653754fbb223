// The page's colours and its letters, for what is painted on a canvas.

/** The page's colours as they are now, light or dark. */
export function readInk(node) {
  const style = getComputedStyle(node);
  const ink = {};
  for (const name of ["paper", "sheet", "ink", "ink-soft", "line", "pointer", "pointer-soft", "accent", "problem"]) {
    ink[name] = style.getPropertyValue(`--${name}`).trim();
  }
  ink.font = style.fontFamily || "system-ui, sans-serif";
  return ink;
}
