// Canvases: sharp at the screen's own resolution, drawn on in CSS pixels; and what lies under the pointer on them.

import { make } from "./dom.js";

const MOST_PIXELS = 3; // of the screen to a CSS pixel: more is not seen, and its memory grows with the square

/** Pixels of the screen to a CSS pixel, as every canvas of the page counts them. */
export const pixelRatio = () => Math.min(MOST_PIXELS, window.devicePixelRatio || 1);

/** How many CSS pixels the style's `--type` is: 1, in projector mode more. What a canvas shows grows with it. */
export const typeSize = () =>
  Number.parseFloat(getComputedStyle(document.documentElement).getPropertyValue("--type")) || 1;

/** Paint anew when a canvas is to be drawn at another scale although its place has kept its size. */
export function onScale(repaint) {
  addEventListener("resize", repaint);
  const watch = () => {
    const here = matchMedia(`(resolution: ${window.devicePixelRatio}dppx)`);
    here.addEventListener("change", () => {
      repaint();
      watch();
    }, { once: true });
  };
  watch();
}

/**
 * Where a pointer is on an element that is `width` × `height` of whatever it is read in: its layout's pixels, a map's
 * numbers, or shares of its sides. The one way from the pointer to a value: nobody else asks how large things appear.
 * @param {Element} element
 * @param {{ clientX: number, clientY: number }} pointer
 */
export function pointIn(element, { clientX, clientY }, width = 1, height = 1) {
  const box = element.getBoundingClientRect();
  return {
    x: ((clientX - box.left) * width) / (box.width || 1),
    y: ((clientY - box.top) * height) / (box.height || 1),
  };
}

/** The number of a grid under a pointer on the element that shows it, {row, column}; at the rim, the nearest one. */
export function cellUnder(element, pointer, { height, width }) {
  const { x, y } = pointIn(element, pointer, width, height);
  const within = (place, count) => Math.min(count - 1, Math.max(0, Math.floor(place)));
  return { row: within(y, height), column: within(x, width) };
}

/**
 * Where elements lie on another, in pixels of that one's own drawing, which is so `wide`: {left, right, top, bottom}.
 * @param {Element} ground
 * @param {Iterable<Element>} elements
 */
export function boxesOn(ground, elements, wide) {
  const box = ground.getBoundingClientRect();
  const scale = wide / (box.width || 1);
  return [...elements].map((element) => {
    const { left, right, top, bottom } = element.getBoundingClientRect();
    const [from, to] = [box.left, box.top];
    return {
      left: (left - from) * scale, right: (right - from) * scale,
      top: (top - to) * scale, bottom: (bottom - to) * scale,
    };
  });
}

/**
 * Give a canvas so many CSS pixels, cleared; the context that it gives back draws in CSS pixels.
 * @param {HTMLCanvasElement} canvas
 * @param {number} unit CSS pixels that one of `width`, `height` and of what is drawn is: `typeSize()`, to grow with it
 */
export function sizeCanvas(canvas, width, height, unit = 1) {
  const ratio = pixelRatio() * unit;
  const [wide, high] = [width, height].map((side) => Math.max(1, Math.round(side * ratio)));
  if (canvas.width !== wide || canvas.height !== high) [canvas.width, canvas.height] = [wide, high];
  [canvas.style.width, canvas.style.height] = [`${width * unit}px`, `${height * unit}px`];
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
