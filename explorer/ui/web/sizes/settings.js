// One layer's settings: what may be typed, the layer that they make, its code, and the link that restores them.

import { makeAxisMap } from "./links.js";
import { hasWeights } from "./numbers.js";
import { axisNearest, axisRefusal, makeAxis } from "./rules.js";

const SETTING_LIMITS = {
  size: [1, 4096], kernel_size: [1, 64], stride: [1, 64], padding: [0, 64], dilation: [1, 32], output_padding: [0, 31],
  channels: [1, 2048], filters: [1, 2048], groups: [1, 2048],
};
export const PAIRED_SETTINGS = ["size", "kernel_size", "stride", "padding", "dilation", "output_padding"];
const LAYER_KINDS = ["conv", "transposed", "max", "average", "adaptive"];
export const SETTING_NAMES = {
  size: "Input", kernel_size: "Kernel", stride: "Stride", padding: "Padding", dilation: "Dilation",
  output_padding: "Output padding", channels: "Channels", filters: "Filters", groups: "Groups",
};

/** What the tab opens with. */
export function startSettings() {
  return {
    kind: "conv", size: [7, 7], kernel_size: [3, 3], stride: [2, 2], padding: [1, 1], dilation: [1, 1],
    output_padding: [0, 0], ceil_mode: false, channels: 1, filters: 1, groups: 1, bias: true,
  };
}

/** The settings that a kind of layer has, in the order of the page. */
export function settingsOfKind(kind) {
  if (kind === "adaptive") return ["size", "kernel_size", "channels"];
  const own = { conv: ["dilation"], transposed: ["dilation", "output_padding"], max: ["dilation"], average: [] }[kind];
  const weights = hasWeights({ kind }) ? ["filters", "groups"] : [];
  return ["size", "kernel_size", "stride", "padding", ...own, "channels", ...weights];
}

/**
 * A typed whole number, or a sentence on what is expected.
 * @returns {{ value?: number, problem?: string }}
 */
export function readSetting(name, text) {
  const [least, most] = SETTING_LIMITS[name];
  const typed = String(text).trim();
  const value = Number(typed);
  if (/^[+]?\d{1,9}$/.test(typed) && value >= least && value <= most) return { value };
  const range = `from ${least} to ${most.toLocaleString("en")}`;
  return { problem: `${SETTING_NAMES[name]} must be a whole number ${range} here.` };
}

/** Whether every number is one that may be typed here: a row of a stack may be far larger. */
export function settingsFit(settings) {
  return Object.entries(SETTING_LIMITS).every(([name, [least, most]]) => {
    const values = [settings[name] ?? least].flat(); // one, or the height's and the width's
    return values.every((value) => value >= least && value <= most);
  });
}

/** One axis (0 the height, 1 the width) of the settings, as the arithmetic takes it. */
export function axisOf(settings, side) {
  const pooled = settings.kind === "max" || settings.kind === "average";
  const plain = settings.kind === "adaptive";
  return makeAxis({
    kind: settings.kind,
    size: settings.size[side],
    kernel_size: settings.kernel_size[side],
    stride: plain ? 1 : settings.stride[side],
    padding: plain ? 0 : settings.padding[side],
    dilation: plain || settings.kind === "average" ? 1 : settings.dilation[side],
    output_padding: settings.kind === "transposed" ? settings.output_padding[side] : 0,
    ceil_mode: pooled && settings.ceil_mode,
  });
}

/** Whether height and width differ in any setting. */
export function sidesDiffer(settings) {
  return PAIRED_SETTINGS.some((name) => settings[name][0] !== settings[name][1]);
}

/** Why torch refuses the settings and the nearest that work: {reason, changes: [[name, value, side]]}, or null. */
export function settingsRefusal(settings) {
  const apart = sidesDiffer(settings);
  for (const side of [0, 1]) {
    const axis = axisOf(settings, side);
    const reason = axisRefusal(axis);
    if (reason === null) continue;
    const where = ["Along the height: ", "Along the width: "][side];
    const changes = axisNearest(axis).map(([name, value]) => [name, value, apart ? side : null]);
    return { reason: apart ? where + reason : reason, changes };
  }
  return hasWeights(settings) ? groupsRefusal(settings) : null;
}

function groupsRefusal({ channels, filters, groups }) {
  if (channels % groups === 0 && filters % groups === 0) return null;
  const fits = (count) => channels % count === 0 && filters % count === 0;
  let nearest = 1;
  for (let count = 1; count <= Math.min(channels, filters); count += 1) {
    if (fits(count) && Math.abs(count - groups) < Math.abs(nearest - groups)) nearest = count;
  }
  const up = (count) => Math.ceil(count / groups) * groups;
  const changes = [["groups", nearest, null]];
  if (filters % groups === 0) changes.push(["channels", up(channels), null]);
  if (channels % groups === 0) changes.push(["filters", up(filters), null]);
  return {
    reason: `${groups} groups must divide both ${channels} input and ${filters} output channels.`,
    changes: changes.filter(([name, value]) => value <= SETTING_LIMITS[name][1]),
  };
}

/** The settings with one of them put to another value, on one side (0 or 1) or on both (null). */
export function withSetting(settings, name, value, side = null) {
  if (!PAIRED_SETTINGS.includes(name)) return { ...settings, [name]: value };
  const pair = side === null ? [value, value] : settings[name].map((old, at) => (at === side ? value : old));
  return { ...settings, [name]: pair };
}

/** The layer that legal settings make: both axes mapped, channels and filters. */
export function makeLayer(settings) {
  const weights = hasWeights(settings);
  return {
    kind: settings.kind,
    rows: makeAxisMap(axisOf(settings, 0)),
    columns: makeAxisMap(axisOf(settings, 1)),
    channels: settings.channels,
    filters: weights ? settings.filters : settings.channels,
    groups: weights ? settings.groups : settings.channels,
    bias: weights && settings.bias,
  };
}

/** Weights, biases and multiply-adds of a layer; as explorer/arithmetic/costs.py counts them. */
export function layerCosts(layer) {
  if (!hasWeights(layer)) return { weights: 0, biases: 0, mult_adds: 0 };
  const kernel = layer.rows.axis.kernel_size * layer.columns.axis.kernel_size;
  const weights = layer.filters * (layer.channels / layer.groups) * kernel;
  const positions = (map) => (layer.kind === "conv" ? map.outputs : map.axis.size);
  const uses = positions(layer.rows) * positions(layer.columns); // of each weight
  return { weights, biases: layer.bias ? layer.filters : 0, mult_adds: weights * uses };
}

/** Two sides as one text: only one of them where they are alike. */
function pairText(pair, joined) {
  const [height, width] = pair;
  return height === width ? String(height) : joined(height, width);
}

/** The layer as PyTorch code; arguments that are torch's defaults are left out. */
export function layerCode(settings) {
  const { kind, channels, filters, groups } = settings;
  const pair = (name) => pairText(settings[name], (height, width) => `(${height}, ${width})`);
  const said = (name, usual) => (pair(name) === usual ? [] : [`${name}=${pair(name)}`]);
  const kernel = pair("kernel_size");
  if (kind === "adaptive") return `nn.AdaptiveAvgPool2d(${kernel})`;
  const window = [kernel, ...said("stride", hasWeights(settings) ? "1" : kernel), ...said("padding", "0")];
  const dilation = said("dilation", "1");
  const ceil = settings.ceil_mode ? ["ceil_mode=True"] : [];
  if (kind === "max") return `nn.MaxPool2d(${[...window, ...dilation, ...ceil].join(", ")})`;
  if (kind === "average") return `nn.AvgPool2d(${[...window, ...ceil].join(", ")})`;
  const name = kind === "conv" ? "Conv2d" : "ConvTranspose2d";
  const extra = kind === "transposed" ? said("output_padding", "0") : [];
  const last = [...(groups === 1 ? [] : [`groups=${groups}`]), ...(settings.bias ? [] : ["bias=False"])];
  return `nn.${name}(${[channels, filters, ...window, ...extra, ...dilation, ...last].join(", ")})`;
}

/** The settings as the strings of a link; what the tab opens with anyhow is left out. */
export function settingsToLink(settings) {
  const usual = startSettings();
  const joined = (height, width) => `${height}x${width}`;
  const text = (value) => (Array.isArray(value) ? pairText(value, joined) : String(value));
  const told = Object.entries(settings).filter(([name, value]) => text(value) !== text(usual[name]));
  return Object.fromEntries(told.map(([name, value]) => [name, text(value)]));
}

/** Settings from a link's strings; whatever cannot be read is as the tab opens with. */
export function settingsFromLink(link) {
  const settings = startSettings();
  if (LAYER_KINDS.includes(link.kind)) settings.kind = link.kind;
  settings.ceil_mode = link.ceil_mode === "true";
  settings.bias = link.bias !== "false";
  for (const name of Object.keys(SETTING_LIMITS)) {
    if (link[name] === undefined) continue;
    const values = link[name].split("x").map((text) => readSetting(name, text).value);
    if (values.length > 2 || values.includes(undefined)) continue;
    settings[name] = PAIRED_SETTINGS.includes(name) ? [values[0], values[values.length - 1]] : values[0];
  }
  return settings;
}
