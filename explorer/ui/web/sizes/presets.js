// Ready-made pictures. The first fifteen are the settings of Dumoulin & Visin's animations (arXiv:1603.07285).

import { axisLength } from "./rules.js";
import { axisOf, startSettings, withSetting } from "./settings.js";

/**
 * {group, name, settings: what differs from one channel, one filter, kernel 3, stride 1, padding 0}.
 * @type {[string, string, object][]}
 */
const PRESETS = [
  ["Convolutions", "No padding, no strides", { size: 4 }],
  ["Convolutions", "Arbitrary padding", { size: 5, kernel_size: 4, padding: 2 }],
  ["Convolutions", "Half padding", { size: 5, padding: 1 }],
  ["Convolutions", "Full padding", { size: 5, padding: 2 }],
  ["Convolutions", "Strides, no padding", { size: 5, stride: 2 }],
  ["Convolutions", "Strides and padding", { size: 5, stride: 2, padding: 1 }],
  ["Convolutions", "Strides and padding, odd", { size: 6, stride: 2, padding: 1 }],
  ["Convolutions", "Dilation", { size: 7, dilation: 2 }],
  ["Transposed", "No padding, no strides", { kind: "transposed", size: 2 }],
  ["Transposed", "Arbitrary padding", { kind: "transposed", size: 6, kernel_size: 4, padding: 2 }],
  ["Transposed", "Half padding", { kind: "transposed", size: 5, padding: 1 }],
  ["Transposed", "Full padding", { kind: "transposed", size: 7, padding: 2 }],
  ["Transposed", "Strides, no padding", { kind: "transposed", size: 2, stride: 2 }],
  ["Transposed", "Strides and padding", { kind: "transposed", size: 3, stride: 2, padding: 1 }],
  ["Transposed", "Strides and padding, odd", { kind: "transposed", size: 3, stride: 2, padding: 1, output_padding: 1 }],
  ["Channels", "Standard: all channels into each filter", { size: 5, channels: 3, filters: 2 }],
  ["Channels", "Grouped: two halves", { size: 5, channels: 4, filters: 4, groups: 2 }],
  ["Channels", "Depthwise: a channel each", { size: 5, channels: 3, filters: 3, groups: 3 }],
  ["Channels", "1 × 1: mixes channels only", { size: 4, kernel_size: 1, channels: 3, filters: 2 }],
  ["Worth a look", "The floor cuts a row off", { size: 6, stride: 2 }],
  ["Worth a look", "1 × 1 with stride 2 skips pixels", { size: 6, kernel_size: 1, stride: 2 }],
  ["Worth a look", "Uneven overlap of a transposed one", { kind: "transposed", size: 4, stride: 2 }],
  ["Worth a look", "Max pooling, rounded up", { kind: "max", size: 6, kernel_size: 3, stride: 2, ceil_mode: true }],
  ["Worth a look", "Average pooling", { kind: "average", size: 6, kernel_size: 2, stride: 2 }],
  ["Worth a look", "Adaptive pooling, 7 to 3", { kind: "adaptive", size: 7, kernel_size: 3 }],
  ["Worth a look", "16 × 16 with 3 channels", { size: 16, padding: 1, channels: 3, filters: 2 }],
];
export const SIZES_PRESETS = PRESETS.map(([group, name, changes]) => (
  { group, name, settings: presetSettings(changes) }
));

function presetSettings(changes) {
  let settings = { ...startSettings(), stride: [1, 1], padding: [0, 0] };
  for (const [name, value] of Object.entries(changes)) settings = withSetting(settings, name, value);
  return settings;
}

/** What a preset does to the size, as its button says it: "5 → 3". */
export function presetSizes({ settings }) {
  return `${settings.size[0]} → ${axisLength(axisOf(settings, 0))}`;
}
