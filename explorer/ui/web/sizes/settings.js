// One layer's settings: what may be typed, the layer they make, the link that restores them, and the ready-made pictures.

const SETTING_LIMITS = {
  size: [1, 4096], kernel_size: [1, 64], stride: [1, 64], padding: [0, 64], dilation: [1, 32], output_padding: [0, 31],
  channels: [1, 2048], filters: [1, 2048], groups: [1, 2048],
};
const PAIRED_SETTINGS = ["size", "kernel_size", "stride", "padding", "dilation", "output_padding"];
const LAYER_KINDS = {
  conv: "Convolution", transposed: "Transposed convolution", max: "Max pooling", average: "Average pooling",
  adaptive: "Adaptive pooling",
};
const SETTING_NAMES = {
  size: "Input", kernel_size: "Kernel", stride: "Stride", padding: "Padding", dilation: "Dilation",
  output_padding: "Output padding", channels: "Channels", filters: "Filters", groups: "Groups",
};

/** What the tab opens with. */
function startSettings() {
  return {
    kind: "conv", size: [7, 7], kernel_size: [3, 3], stride: [2, 2], padding: [1, 1], dilation: [1, 1],
    output_padding: [0, 0], ceil_mode: false, channels: 1, filters: 1, groups: 1, bias: true,
  };
}

/** The settings that a kind of layer has, in the order of the page. */
function settingsOfKind(kind) {
  if (kind === "adaptive") return ["size", "kernel_size", "channels"];
  const own = { conv: ["dilation"], transposed: ["dilation", "output_padding"], max: ["dilation"], average: [] }[kind];
  const weights = kind === "conv" || kind === "transposed" ? ["filters", "groups"] : [];
  return ["size", "kernel_size", "stride", "padding", ...own, "channels", ...weights];
}

/** A typed whole number, or a sentence on what is expected. */
function readSetting(name, text) {
  const [least, most] = SETTING_LIMITS[name];
  const typed = String(text).trim();
  const value = Number(typed);
  if (/^[+]?\d{1,9}$/.test(typed) && value >= least && value <= most) return { value };
  return { problem: `${SETTING_NAMES[name]} must be a whole number from ${least} to ${most.toLocaleString("en")} here.` };
}

/** Whether every number is one that may be typed here: a row of a stack may be far larger. */
function settingsFit(settings) {
  return Object.entries(SETTING_LIMITS).every(([name, [least, most]]) => [settings[name] ?? least].flat().every((value) => value >= least && value <= most));
}

/** One axis (0 the height, 1 the width) of the settings, as the arithmetic takes it. */
function axisOf(settings, side) {
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

/** Why torch refuses the settings and the nearest that work: {reason, changes: [[name, value, side]]}, or null. */
function settingsRefusal(settings) {
  for (const side of [0, 1]) {
    const axis = axisOf(settings, side);
    const reason = axisRefusal(axis);
    if (reason === null) continue;
    const alike = PAIRED_SETTINGS.every((name) => settings[name][0] === settings[name][1]);
    const where = alike ? "" : side ? "Along the width: " : "Along the height: ";
    return { reason: where + reason, changes: axisNearest(axis).map(([name, value]) => [name, value, alike ? null : side]) };
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
function withSetting(settings, name, value, side = null) {
  if (!PAIRED_SETTINGS.includes(name)) return { ...settings, [name]: value };
  const pair = side === null ? [value, value] : settings[name].map((old, at) => (at === side ? value : old));
  return { ...settings, [name]: pair };
}

/** The layer that legal settings make: both axes mapped, channels and filters. */
function makeLayer(settings) {
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
function layerCosts(layer) {
  if (!hasWeights(layer)) return { weights: 0, biases: 0, mult_adds: 0 };
  const kernel = layer.rows.axis.kernel_size * layer.columns.axis.kernel_size;
  const weights = layer.filters * (layer.channels / layer.groups) * kernel;
  const positions = layer.kind === "conv" ? layer.rows.outputs * layer.columns.outputs : layer.rows.axis.size * layer.columns.axis.size;
  return { weights, biases: layer.bias ? layer.filters : 0, mult_adds: weights * positions };
}

/** The layer as PyTorch code. */
function layerCode(settings) {
  const pair = (name) => (settings[name][0] === settings[name][1] ? String(settings[name][0]) : `(${settings[name].join(", ")})`);
  const said = (name, usual) => (pair(name) === usual ? [] : [`${name}=${pair(name)}`]);
  if (settings.kind === "adaptive") return `nn.AdaptiveAvgPool2d(${pair("kernel_size")})`;
  const ceil = settings.ceil_mode ? ["ceil_mode=True"] : [];
  const stride = hasWeights(settings) ? said("stride", "1") : said("stride", pair("kernel_size"));
  const window = [...stride, ...said("padding", "0")];
  const dilation = settings.kind === "average" ? [] : said("dilation", "1");
  if (settings.kind === "max") return `nn.MaxPool2d(${[pair("kernel_size"), ...window, ...dilation, ...ceil].join(", ")})`;
  if (settings.kind === "average") return `nn.AvgPool2d(${[pair("kernel_size"), ...window, ...ceil].join(", ")})`;
  const groups = [...(settings.groups === 1 ? [] : [`groups=${settings.groups}`]), ...(settings.bias ? [] : ["bias=False"])];
  const extra = settings.kind === "transposed" ? said("output_padding", "0") : [];
  const name = settings.kind === "conv" ? "Conv2d" : "ConvTranspose2d";
  return `nn.${name}(${[settings.channels, settings.filters, pair("kernel_size"), ...window, ...extra, ...dilation, ...groups].join(", ")})`;
}

/** The settings as the strings of a link; what the tab opens with anyhow is left out. */
function settingsToLink(settings) {
  const usual = startSettings();
  const link = {};
  for (const [name, value] of Object.entries(settings)) {
    const text = Array.isArray(value) ? (value[0] === value[1] ? String(value[0]) : value.join("x")) : String(value);
    const same = Array.isArray(value) ? value.every((each, at) => each === usual[name][at]) : value === usual[name];
    if (!same) link[name] = text;
  }
  return link;
}

/** Settings from a link's strings; whatever cannot be read is as the tab opens with. */
function settingsFromLink(link) {
  const settings = startSettings();
  if (Object.hasOwn(LAYER_KINDS, link.kind)) settings.kind = link.kind;
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
