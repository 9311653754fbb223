// Which input cell meets which weight for which output cell, along one axis; two axes are independent of each other.
// The same windows as explorer/arithmetic/windows.py. Positions outside 0 .. size - 1 lie in the padding.
// Everything is computed when it is asked for, so that an axis of thousands of pixels costs nothing to set up.

import { axisLength, axisSpan } from "./rules.js";

/**
 * The links {output, input, weight} of one axis, to be looked up by output, by input or by weight; its `outputs`, the
 * inputs of its longest `window`, and the range of inputs and of outputs to draw.
 */
export function makeAxisMap(axis) {
  const outputs = axisLength(axis);
  const lookUps = { transposed: transposedLinks, adaptive: adaptiveLinks }[axis.kind] || windowLinks;
  const window = axis.kind === "adaptive" ? longestAdaptive(axis, outputs) : axis.kernel_size;
  return { axis, outputs, window, ...lookUps(axis, outputs), ...axisExtents(axis, outputs) };
}

export function countTo(count) {
  return Array.from({ length: count }, (_, at) => at);
}

/** Links of a convolution or pooling: output o meets input o · stride + k · dilation - padding at weight k. */
function windowLinks({ kernel_size, stride, padding, dilation }, outputs) {
  const weights = countTo(kernel_size);
  const meet = (output, weight) => ({ output, input: output * stride + weight * dilation - padding, weight });
  return {
    byOutput: (output) => weights.map((weight) => meet(output, weight)),
    byInput: (input) => weights
      .map((weight) => [(input + padding - weight * dilation) / stride, weight])
      .filter(([output]) => Number.isInteger(output) && output >= 0 && output < outputs)
      .map(([output, weight]) => meet(output, weight)),
    byWeight: (weight) => countTo(outputs).map((output) => meet(output, weight)),
  };
}

/** Links of a transposed convolution: weight k stamps input i onto output i · stride + k · dilation - padding. */
function transposedLinks({ size, kernel_size, stride, padding, dilation }) {
  const weights = countTo(kernel_size);
  const meet = (input, weight) => ({ output: input * stride + weight * dilation - padding, input, weight });
  return {
    byInput: (input) => weights.map((weight) => meet(input, weight)),
    byOutput: (output) => weights
      .map((weight) => [(output + padding - weight * dilation) / stride, weight])
      .filter(([input]) => Number.isInteger(input) && input >= 0 && input < size)
      .map(([input, weight]) => meet(input, weight)),
    byWeight: (weight) => countTo(size).map((input) => meet(input, weight)),
  };
}

/** Links of an adaptive pooling, whose windows differ in length; a weight is a place in the window. */
function adaptiveLinks({ size }, outputs) {
  const byOutput = (output) => {
    const [start, end] = adaptiveWindow(size, outputs, output);
    return countTo(end - start).map((weight) => ({ output, input: start + weight, weight }));
  };
  const near = (input) => {
    const [first, last] = [Math.floor((input * outputs) / size) - 1, Math.ceil(((input + 1) * outputs) / size)];
    return countTo(last - first + 1).map((at) => first + at).filter((output) => output >= 0 && output < outputs);
  };
  return {
    byOutput,
    byInput: (input) => near(input).flatMap(byOutput).filter((link) => link.input === input),
    byWeight: (weight) => countTo(outputs).flatMap(byOutput).filter((link) => link.weight === weight),
  };
}

/** The inputs of one window of an adaptive pooling, as [first, one past the last]. */
function adaptiveWindow(size, outputs, output) {
  return [Math.floor((output * size) / outputs), Math.ceil(((output + 1) * size) / outputs)];
}

function longestAdaptive({ size }, outputs) {
  const windows = countTo(outputs).map((output) => adaptiveWindow(size, outputs, output));
  return Math.max(...windows.map(([from, to]) => to - from));
}

/** The first and one past the last position to draw: the padded input, or a transposed convolution's uncut output. */
function axisExtents(axis, outputs) {
  if (axis.kind === "transposed") {
    const stamped = (axis.size - 1) * axis.stride + axisSpan(axis) - axis.padding;
    return { inputFrom: 0, inputTo: axis.size, outputFrom: 0 - axis.padding, outputTo: Math.max(outputs, stamped) };
  }
  const padding = axis.kind === "adaptive" ? 0 : axis.padding;
  const reached = axis.kind === "adaptive" ? 0 : (outputs - 1) * axis.stride + axisSpan(axis) - padding;
  return { inputFrom: 0 - padding, inputTo: Math.max(axis.size + padding, reached), outputFrom: 0, outputTo: outputs };
}

/** Those of an input cell's links that lie inside the output: the rest of a transposed one's stamp is cut off. */
export function kept(map, links) {
  return links.filter((link) => link.output >= 0 && link.output < map.outputs);
}

/** Positions of the padded input that no window reads: cut by the floor, or skipped over. */
export function axisUnread(map) {
  if (map.axis.kind === "transposed" || map.axis.kind === "adaptive") return [];
  const unread = [];
  for (let at = -map.axis.padding; at < map.axis.size + map.axis.padding; at += 1) {
    if (!map.byInput(at).length) unread.push(at);
  }
  return unread;
}
