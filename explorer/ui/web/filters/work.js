// What the worker does with one request. Pure but for what it keeps in `memory`: the picture and its planes.

import { filterPicture, picturePlanes } from "./convolve.js";
import {
  answerPixels, histogramOf, pooledAnswer, reluAnswer, usualReach, valueRange, viewScale,
} from "./pixels.js";

const BARS = 64; // of a histogram

/**
 * For each job a list of answers: the filtered picture and, where it asks for `pooling`, what ReLU and pooling make
 * of it. A request with `rgba` brings another picture.
 * @param {any} memory
 * @param {{ jobs: any[], rgba?: Uint8ClampedArray, height?: number, width?: number }} request
 */
export function filterWork(memory, { jobs, rgba, height, width }) {
  if (rgba) Object.assign(memory, { rgba, height, width, planes: {} });
  return jobs.map(({ layer, view, pooling }) => {
    const key = layer.colour + layer.planes;
    memory.planes[key] ||= picturePlanes(memory.rgba, memory.height * memory.width, layer.colour, layer.planes);
    const answer = filterPicture(memory.planes[key], memory.height, memory.width, layer);
    return pooling ? [coloured(answer, view), ...pipeline(answer, pooling)] : [coloured(answer, view)];
  });
}

function pipeline(answer, pooling) {
  const relu = reluAnswer(answer);
  const steps = answer.height > 1 && answer.width > 1 ? [relu, pooledAnswer(relu, pooling)] : [relu];
  return steps.map((each) => coloured(each, "relu"));
}

/** An answer with all that its picture says: {..., view, range, scale, rgba, counts}. */
function coloured(answer, view) {
  const range = valueRange(answer.values);
  const scale = viewScale(view, range, answer.channels, usualReach(answer.values, range));
  const rgba = answerPixels(answer, view, scale);
  return { ...answer, view, range, scale, rgba, counts: histogramOf(answer.values, range, BARS) };
}
