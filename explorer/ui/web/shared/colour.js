// The page's colours for numbers: the same anchors as explorer/render.py (a test compares the two).

export const COLOUR_ANCHORS = {
  diverging: [[0, 8, 48, 107], [0.25, 66, 133, 196], [0.5, 255, 255, 255], [0.75, 244, 146, 60], [1, 140, 45, 4]],
  sequential: [[0, 13, 10, 35], [0.25, 70, 26, 110], [0.5, 170, 52, 108], [0.75, 243, 122, 78], [1, 255, 246, 218]],
};

/** [red, green, blue] of a place from 0 to 1 in a scheme. */
export function colourAt(scheme, place) {
  const anchors = COLOUR_ANCHORS[scheme];
  const at = Math.min(1, Math.max(0, place));
  let next = 1;
  while (next < anchors.length - 1 && at > anchors[next][0]) next += 1;
  const [low, high] = [anchors[next - 1], anchors[next]];
  const share = (at - low[0]) / (high[0] - low[0]);
  return [1, 2, 3].map((channel) => Math.round(low[channel] + share * (high[channel] - low[channel])));
}

/** The CSS colour of a signed number: blue below zero, white at zero, orange above; `reach` is the full colour. */
export function signedColour(value, reach) {
  return `rgb(${colourAt("diverging", reach > 0 ? 0.5 + value / (2 * reach) : 0.5).join(",")})`;
}

/**
 * Black or white, whichever reads better on a colour.
 * @param {number[]} colour red, green and blue
 */
export function inkOn([red, green, blue]) {
  const light = (c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4);
  const linear = [red, green, blue].map(light);
  return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] > 0.179 ? "#000" : "#fff";
}
