// Canvases: sharp at the screen's own resolution, drawn on in CSS pixels.

import { make } from "./dom.js";

const MOST_PIXELS = 3; // of the screen to a CSS pixel: more is not seen, and its memory grows with the square

/** Pixels of the screen to a CSS pixel, as every canvas of the page counts them. */
export const pixelRatio = () => Math.min(MOST_PIXELS, window.devicePixelRatio || 1);

/**
 * Give a canvas so many CSS pixels, cleared; the context that it gives back draws in CSS pixels.
 * @param {HTMLCanvasElement} canvas
 */
export function sizeCanvas(canvas, width, height) {
  const ratio = pixelRatio();
  const [wide, high] = [width, height].map((side) => Math.max(1, Math.round(side * ratio)));
  if (canvas.width !== wide || canvas.height !== high) [canvas.width, canvas.height] = [wide, high];
  [canvas.style.width, canvas.style.height] = [`${width}px`, `${height}px`];
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return context;
}

/**
 * RGBA pixels as a canvas of that many pixels, to be drawn enlarged.
 * @param {Uint8ClampedArray<ArrayBuffer>} rgba
 */
export function pixelCanvas(rgba, width, height) {
  const canvas = make("canvas", { width, height });
  canvas.getContext("2d").putImageData(new ImageData(rgba, width, height), 0, 0);
  return canvas;
}

/**
 * A kernel's weights as RGBA pixels: grey is zero, its largest weight is full colour; one plane is grey throughout.
 * @param {ArrayLike<number>} weights plane after plane, `planes` of `cells` weights; three are red, green and blue
 */
export function kernelPixels(weights, planes, cells) {
  let reach = 0;
  for (let at = 0; at < planes * cells; at += 1) reach = Math.max(reach, Math.abs(weights[at]));
  const pixels = new Uint8ClampedArray(cells * 4);
  for (let cell = 0; cell < cells; cell += 1) {
    for (let colour = 0; colour < 3; colour += 1) {
      const weight = weights[(planes === 3 ? colour : 0) * cells + cell];
      pixels[cell * 4 + colour] = 127.5 + (reach > 0 ? (127.5 * weight) / reach : 0);
    }
    pixels[cell * 4 + 3] = 255;
  }
  return pixels;
}
