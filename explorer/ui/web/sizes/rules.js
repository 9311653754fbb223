// One axis of a layer: its length, why PyTorch refuses it, the nearest settings. The same as
// explorer/arithmetic/rules.py, word for word; both are tested against tests/tables/sizes.json, with torch's lengths.
// An axis is {kind, size, kernel_size, stride, padding, dilation, output_padding, ceil_mode}.

const AXIS_SETTINGS = ["size", "kernel_size", "stride", "padding", "dilation", "output_padding"];
const AXIS_SEARCH_LIMIT = 64;

/** An axis with torch's defaults where nothing is given. */
export function makeAxis(given) {
  const usual = { kernel_size: 1, stride: 1, padding: 0, dilation: 1, output_padding: 0, ceil_mode: false };
  return { kind: "conv", ...usual, ...given };
}

/** Pixels from the first to the last one that a window reads. */
export function axisSpan(axis) {
  return axis.dilation * (axis.kernel_size - 1) + 1;
}

/** Pixels of the padded input that the first window leaves; negative when it does not fit. */
function axisRoom(axis) {
  return axis.size + 2 * axis.padding - axisSpan(axis);
}

/** Output length that the formula gives, legal or not. */
export function axisLength(axis) {
  if (axis.kind === "adaptive") return axis.kernel_size;
  if (axis.kind === "transposed") {
    return (axis.size - 1) * axis.stride - 2 * axis.padding + axisSpan(axis) + axis.output_padding;
  }
  if (!axis.ceil_mode) return Math.floor(axisRoom(axis) / axis.stride) + 1;
  const positions = Math.ceil(axisRoom(axis) / axis.stride) + 1;
  // A last window that would start in the right-hand padding or beyond is dropped.
  return (positions - 1) * axis.stride >= axis.size + axis.padding ? positions - 1 : positions;
}

function axisPools(axis) {
  return axis.kind === "max" || axis.kind === "average";
}

/** Why PyTorch refuses these settings, as one sentence; null where it accepts them. */
export function axisRefusal(axis) {
  for (const name of AXIS_SETTINGS) {
    const least = name === "padding" || name === "output_padding" ? 0 : 1;
    if (axis[name] < least) return `${name} must be a whole number of at least ${least}, not ${axis[name]}.`;
  }
  if (axis.kind === "average" && axis.dilation !== 1) {
    return `Average pooling has no dilation; ${axis.dilation} was given.`;
  }
  if (axisPools(axis) && axis.padding > Math.floor(axis.kernel_size / 2)) {
    return `Padding ${axis.padding} is more than half of kernel ${axis.kernel_size}, which pooling does not allow.`;
  }
  if (axis.kind === "transposed" && axis.output_padding >= Math.max(axis.stride, axis.dilation)) {
    const larger = `stride ${axis.stride} or dilation ${axis.dilation}`;
    return `output_padding ${axis.output_padding} must be smaller than ${larger}.`;
  }
  const length = axisLength(axis);
  if (length >= 1) return null;
  if (axis.kind === "transposed") {
    return `Padding ${axis.padding} cuts off more than there is: the output would have ${length} pixels.`;
  }
  const given = `the ${axis.padding ? "padded " : ""}input has only ${axis.size + 2 * axis.padding}`;
  if (axis.dilation === 1) return `The kernel is ${axis.kernel_size} pixels long but ${given}.`;
  return `The dilated kernel spans ${axisSpan(axis)} pixels but ${given}.`;
}

/** For each setting that can mend a refused axis by itself, [name, nearest value]; the gentlest first. */
export function axisNearest(axis) {
  if (axisRefusal(axis) === null) return [];
  return axisCandidates(axis).filter(([name, value]) => axisRefusal({ ...axis, [name]: value }) === null);
}

function axisCandidates(axis) {
  if (axis.kind === "average" && axis.dilation !== 1) return [["dilation", 1]];
  if (axis.kind === "transposed") return transposedCandidates(axis);
  if (axisPools(axis) && axis.padding > Math.floor(axis.kernel_size / 2)) {
    return [["padding", Math.floor(axis.kernel_size / 2)], ["kernel_size", 2 * axis.padding]];
  }
  const spare = axis.ceil_mode ? axis.stride - 1 : 0; // the last window may hang over by so much
  const reach = axis.size + 2 * axis.padding + spare;
  const missing = axisSpan(axis) - reach;
  const candidates = [
    ["padding", axis.padding + Math.max(0, Math.ceil(missing / 2))],
    ["kernel_size", Math.max(1, Math.floor((reach - 1) / Math.max(1, axis.dilation)) + 1)],
    ["size", Math.max(1, axis.size + missing)],
  ];
  if (axis.kernel_size > 1) {
    candidates.push(["dilation", Math.max(1, Math.floor((reach - 1) / (axis.kernel_size - 1)))]);
  }
  if (axis.ceil_mode) candidates.push(["stride", axis.stride + missing]);
  else if (axis.kind !== "conv") candidates.push(["ceil_mode", true]);
  return candidates;
}

function transposedCandidates(axis) {
  const missing = Math.max(0, 1 - axisLength(axis)); // pixels more that are wanted
  const most = Math.max(axis.stride, axis.dilation);
  const above = axis.output_padding < most ? 1 : axis.output_padding + 1; // what the stride or the dilation must reach
  const candidates = [
    ["output_padding", Math.min(axis.output_padding + missing, most - 1)],
    ["padding", axis.padding - Math.ceil(missing / 2)],
    ["kernel_size", axis.kernel_size + Math.ceil(missing / Math.max(1, axis.dilation))],
    ["size", axis.size + Math.ceil(missing / Math.max(1, axis.stride))],
  ];
  if (axis.size > 1 || !missing) {
    candidates.push(["stride", Math.max(above, axis.stride + Math.ceil(missing / Math.max(1, axis.size - 1)))]);
  }
  if (axis.kernel_size > 1 || !missing) {
    const enough = axis.dilation + Math.ceil(missing / Math.max(1, axis.kernel_size - 1));
    candidates.push(["dilation", Math.max(above, enough)]);
  }
  return candidates;
}

/** Pixels at the end of the padded input that the floor cuts off. */
export function axisWaste(axis) {
  if (axis.kind === "transposed" || axis.kind === "adaptive") return 0;
  const last = (axisLength(axis) - 1) * axis.stride + axisSpan(axis);
  return Math.max(0, axis.size + 2 * axis.padding - last);
}

/** For each setting, [name, nearest legal value] with which the floor cuts nothing off; the smaller one of a tie. */
export function axisNearestWithoutWaste(axis) {
  if (axisRefusal(axis) !== null || axisWaste(axis) === 0) return [];
  const wastesNothing = (name, value) => {
    const candidate = { ...axis, [name]: value };
    return axisRefusal(candidate) === null && axisWaste(candidate) === 0;
  };
  const changes = [];
  for (const name of ["size", "padding", "kernel_size", "stride", "dilation"]) {
    for (let step = 1; step < AXIS_SEARCH_LIMIT; step += 1) {
      const fit = [axis[name] - step, axis[name] + step].find((value) => wastesNothing(name, value));
      if (fit === undefined) continue;
      changes.push([name, fit]);
      break;
    }
  }
  if (axisPools(axis) && wastesNothing("ceil_mode", true)) changes.push(["ceil_mode", true]);
  return changes;
}

/** The quotient cut after two decimals, never rounded up to a whole number: 5/3 reads 1.66…. */
export function cutDecimal(numerator, denominator) {
  const sign = numerator < 0 ? "−" : "";
  const whole = Math.floor(Math.abs(numerator) / denominator);
  const rest = Math.abs(numerator) % denominator;
  if (rest === 0) return sign + whole;
  const hundredths = Math.floor((rest * 100) / denominator);
  const digits = String(hundredths).padStart(2, "0").replace(/0$/, "");
  return `${sign}${whole}.${digits}${(rest * 100) % denominator ? "…" : ""}`;
}

/** The formula with its numbers plugged in, the rounding visible; the axis is legal. */
export function axisFormula(axis) {
  const length = axisLength(axis);
  if (axis.kind === "adaptive") return `${axis.kernel_size} asked for = ${axis.kernel_size}`;
  const reach = `${axis.dilation}·(${axis.kernel_size} − 1)`;
  if (axis.kind === "transposed") {
    return `(${axis.size} − 1)·${axis.stride} − 2·${axis.padding} + ${reach} + ${axis.output_padding} + 1 = ${length}`;
  }
  const [left, right] = axis.ceil_mode ? "⌈⌉" : "⌊⌋";
  const room = axisRoom(axis);
  const line = `${left}(${axis.size} + 2·${axis.padding} − ${reach} − 1) / ${axis.stride}${right} + 1`
    + ` = ${left}${cutDecimal(room, axis.stride)}${right} + 1`;
  const dropped = axis.ceil_mode && Math.ceil(room / axis.stride) + 1 > length;
  if (dropped) return `${line} = ${length + 1}, less 1 window that would start in the padding = ${length}`;
  return `${line} = ${length}`;
}
