// A part of the page as a picture to take along: SVG with real letters, or the same as a PNG of twice the size.
// What stands there is read off the browser's own layout: boxes, lines of text, canvases and pictures in their places.

import { complain, make } from "./dom.js";
import { fileName, saveFile } from "./save.js";
import { vectorOf } from "./vector.js";

const LARGER = 2; // a PNG's pixels to a CSS pixel
const WIDEST = 16_000; // pixels of a PNG's side: a browser draws no larger canvas
const MARGIN = 12;
const LINKED = "http://www.w3.org/1999/xlink";
const SIDES = ["Top", "Right", "Bottom", "Left"];
const FONTS = [["400", "fonts/explorer-sans-regular.woff2"], ["600 700", "fonts/explorer-sans-bold.woff2"]];
const NO_XML = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu; // signs that no XML can hold

/**
 * Two buttons that save a part of the page, and are not in the picture; what went wrong is said beside them.
 * @param {() => Element} find the part
 * @param {() => string[]} words what the file is called by
 */
export function pictureButtons(find, words) {
  const problem = make("p", { class: "problem", role: "alert", hidden: true, "data-live": true });
  const save = async (button, kind) => {
    button.disabled = true;
    try {
      await savePicture(find(), kind, words());
      problem.remove();
    } catch (error) {
      button.parentElement.append(problem);
      complain(problem, error.message);
    }
    button.disabled = false;
  };
  const offer = (kind) => make("button", {
    type: "button", class: `take-${kind}`, title: `Save this as ${kind.toUpperCase()}`, "data-live": true,
    onclick: (event) => save(event.currentTarget, kind),
  }, kind.toUpperCase());
  return [offer("png"), offer("svg")];
}

/** Save a part of the page as "png" or "svg". */
async function savePicture(part, kind, words) {
  const drawing = await svgOf(part);
  const blob = kind === "svg" ? new Blob([xmlOf(drawing)], { type: "image/svg+xml" }) : await pngOf(drawing);
  saveFile(blob, fileName(words, kind));
}

/** A part of the page as an SVG element, which needs nothing beside it; what only works on the page is left out. */
async function svgOf(part) {
  const faces = await fontFaces();
  part.classList.add("being-drawn"); // nothing of it is seen: it is gone again before the browser paints
  try {
    return drawn(part, faces);
  } finally {
    part.classList.remove("being-drawn");
  }
}

function drawn(part, faces) {
  const ground = part.getBoundingClientRect();
  const [width, height] = [part.scrollWidth, part.scrollHeight].map((side) => Math.ceil(side) + 2 * MARGIN);
  const drawing = make("svg:svg", { width, height, viewBox: `0 0 ${width} ${height}`, version: "1.1" });
  const paper = paperBehind(part);
  drawing.append(make("svg:style", {}, faces), make("svg:rect", { width, height, ...fillOf(paper) }));
  drawElement(part, drawing, { left: ground.left - MARGIN, top: ground.top - MARGIN }, true);
  return drawing;
}

const xmlOf = (drawing) => new XMLSerializer().serializeToString(drawing);

/** The drawing as a PNG; a very large one in fewer pixels. */
async function pngOf(drawing) {
  const [width, height] = ["width", "height"].map((side) => Number(drawing.getAttribute(side)));
  const scale = Math.min(LARGER, WIDEST / Math.max(width, height));
  const url = URL.createObjectURL(new Blob([xmlOf(drawing)], { type: "image/svg+xml" }));
  const picture = new Image();
  picture.src = url;
  await picture.decode();
  const canvas = make("canvas", { width: Math.round(width * scale), height: Math.round(height * scale) });
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
  URL.revokeObjectURL(url);
  return new Promise((done, failed) => canvas.toBlob((blob) => {
    if (blob) done(blob);
    else failed(new Error("The browser could not draw a picture of this size."));
  }, "image/png"));
}

let fetched = null;

/** The page's letters, to lie in the drawing itself. */
function fontFaces() {
  fetched ||= Promise.all(FONTS.map(async ([weight, path]) => {
    const url = await dataUrl(await (await fetch(new URL(path, import.meta.url))).blob());
    return `@font-face { font-family: "Explorer Sans"; font-weight: ${weight}; src: url("${url}") format("woff2"); }`;
  })).then((rules) => rules.join("\n"));
  return fetched;
}

function dataUrl(blob) {
  return new Promise((done) => {
    const reader = new FileReader();
    reader.addEventListener("load", () => done(reader.result));
    reader.readAsDataURL(blob);
  });
}

function drawElement(element, into, from, isWhole = false) {
  const style = getComputedStyle(element);
  if (style.display === "none" || style.visibility === "hidden") return;
  const box = boxOf(element.getBoundingClientRect(), from);
  let group = into;
  if (Number(style.opacity) < 1) into.append(group = make("svg:g", { opacity: style.opacity }));
  drawBox(group, box, style);
  if (element.tagName === "CANVAS") drawCanvas(element, group, box, style);
  else if (element.tagName === "IMG") drawImage(element, group, box, style);
  else drawChildren(element, style, isWhole || style.overflow === "visible" ? group : clipped(group, box), from);
}

let ids = 0; // of what is referred to within a drawing

/** A group in which nothing is seen beyond a box. */
function clipped(group, box) {
  const id = `clip${ids += 1}`;
  const inner = make("svg:g", { "clip-path": `url(#${id})` });
  group.append(make("svg:clipPath", { id }, make("svg:rect", box)), inner);
  return inner;
}

function drawChildren(element, style, group, from) {
  for (const child of element.childNodes) {
    if (child.nodeType === Node.ELEMENT_NODE) drawElement(child, group, from);
    else if (child.nodeType === Node.TEXT_NODE) drawText(child, style, group, from);
  }
}

function boxOf({ left, top, width, height }, from) {
  return { x: left - from.left, y: top - from.top, width, height };
}

/** Ground, borders and outline of an element. */
function drawBox(group, box, style) {
  const rx = Math.min(Number.parseFloat(style.borderTopLeftRadius) || 0, box.width / 2, box.height / 2) || null;
  if (!box.width || !box.height) return;
  const ground = colourOf(style.backgroundColor);
  if (ground.alpha) group.append(make("svg:rect", { ...box, rx, ...fillOf(ground) }));
  drawGradient(group, box, rx, style.backgroundImage);
  const widths = SIDES.map((side) => (style[`border${side}Style`] === "none" ? 0
    : Number.parseFloat(style[`border${side}Width`])));
  const inks = SIDES.map((side) => colourOf(style[`border${side}Color`]));
  if (widths.every((width) => width && width === widths[0]) && inks[0].alpha) {
    group.append(make("svg:rect", { ...inset(box, widths[0] / 2), rx, fill: "none", ...strokeOf(inks[0], widths[0]) }));
  } else {
    widths.forEach((width, at) => { if (width && inks[at].alpha) drawSide(group, box, at, width, inks[at]); });
  }
  const outline = style.outlineStyle === "none" ? 0 : Number.parseFloat(style.outlineWidth);
  const away = outline && inset(box, -outline / 2 - Number.parseFloat(style.outlineOffset));
  if (!outline) return;
  group.append(make("svg:rect", { ...away, fill: "none", ...strokeOf(colourOf(style.outlineColor), outline) }));
}

function drawSide(group, { x, y, width, height }, at, thick, ink) {
  const half = thick / 2;
  const lines = [
    [x, y + half, x + width, y + half], [x + width - half, y, x + width - half, y + height],
    [x, y + height - half, x + width, y + height - half], [x + half, y, x + half, y + height],
  ];
  const [x1, y1, x2, y2] = lines[at];
  group.append(make("svg:line", { x1, y1, x2, y2, ...strokeOf(ink, thick) }));
}

const inset = ({ x, y, width, height }, by) => ({
  x: x + by, y: y + by, width: Math.max(0, width - 2 * by), height: Math.max(0, height - 2 * by),
});

/** A colour bar: stops of one distance from left to right. */
function drawGradient(group, box, rx, image) {
  const stops = /^linear-gradient\(to right, (.*)\)$/.exec(image);
  if (!stops) return;
  const inks = stops[1].split(/, (?=rgb|#)/);
  const id = `colours${ids += 1}`;
  group.append(make("svg:linearGradient", { id }, ...inks.map((ink, at) => make("svg:stop", {
    offset: at / Math.max(1, inks.length - 1), "stop-color": ink,
  }))), make("svg:rect", { ...box, rx, fill: `url(#${id})` }));
}

function drawCanvas(canvas, group, box, style) {
  if (!canvas.width || !canvas.height || !box.width) return;
  const vector = vectorOf(canvas);
  if (vector) {
    vector.group.setAttribute("transform", `translate(${box.x} ${box.y}) scale(${box.width / vector.wide})`);
    group.append(vector.group);
  } else {
    addImage(group, box, style, canvas.toDataURL("image/png"));
  }
}

function drawImage(image, group, box, style) {
  if (!image.naturalWidth) return;
  const canvas = make("canvas", { width: image.naturalWidth, height: image.naturalHeight });
  canvas.getContext("2d").drawImage(image, 0, 0);
  addImage(group, box, style, canvas.toDataURL("image/png"));
}

function addImage(group, box, style, url) {
  const look = style.imageRendering === "auto" ? null : `image-rendering: ${style.imageRendering}`;
  const image = make("svg:image", { ...box, preserveAspectRatio: "none", style: look, href: url });
  image.setAttributeNS(LINKED, "xlink:href", url); // for older readers of SVG
  group.append(image);
}

/** The lines of a text as they are broken on the page. */
function drawText(node, style, group, from) {
  if (!node.data.trim()) return;
  for (const { text, left, top, right, bottom } of linesOf(node, style.writingMode.startsWith("vertical"))) {
    const [width, height] = [right - left, bottom - top];
    const upright = !style.writingMode.startsWith("vertical");
    const [ascent, descent] = extents(style);
    const share = ascent / (ascent + descent);
    const place = upright
      ? { x: left - from.left, y: top - from.top + share * height, textLength: width }
      : {
        transform: `translate(${left - from.left + share * width} ${bottom - from.top}) rotate(-90)`,
        textLength: height,
      };
    const { fontFamily, fontSize, fontWeight, fontStyle, fontVariantNumeric } = style;
    const look = `font-family: ${fontFamily}; font-size: ${fontSize}; font-weight: ${fontWeight}; `
      + `font-style: ${fontStyle}; font-variant-numeric: ${fontVariantNumeric}`;
    group.append(make("svg:text", {
      ...place, lengthAdjust: "spacingAndGlyphs", ...fillOf(colourOf(style.color)), style: look,
    }, text.replace(NO_XML, "\ufffd")));
  }
}

function linesOf(node, vertical) {
  const [range, lines] = [document.createRange(), []];
  let at = 0;
  for (const sign of node.data) {
    range.setStart(node, at);
    range.setEnd(node, at += sign.length);
    const box = range.getClientRects()[0];
    if (!box || !(box.width && box.height)) continue;
    const last = lines[lines.length - 1];
    const apart = last && (vertical ? Math.abs(box.left - last.left) > box.width / 2
      : Math.abs(box.top - last.top) > box.height / 2);
    if (!last || apart) {
      if (sign.trim()) lines.push({ text: sign, left: box.left, top: box.top, right: box.right, bottom: box.bottom });
      continue;
    }
    last.text += /\s/.test(sign) ? " " : sign;
    Object.assign(last, {
      left: Math.min(last.left, box.left), right: Math.max(last.right, box.right),
      top: Math.min(last.top, box.top), bottom: Math.max(last.bottom, box.bottom),
    });
  }
  return lines;
}

let ownPen = null;

/** A context to measure letters and read colours with. */
const pen = () => (ownPen ||= make("canvas", { width: 1, height: 1 }).getContext("2d", { willReadFrequently: true }));

/** How far a font reaches above and below its line. */
function extents({ fontStyle, fontWeight, fontSize, fontFamily }) {
  pen().font = `${fontStyle} ${fontWeight} ${fontSize} ${fontFamily}`;
  const { fontBoundingBoxAscent, fontBoundingBoxDescent } = pen().measureText("x");
  return [fontBoundingBoxAscent, fontBoundingBoxDescent];
}

const colours = new Map();

/** Any colour of CSS as {ink, alpha}: not every reader of SVG knows color-mix. */
function colourOf(text) {
  if (!colours.has(text)) {
    const context = pen();
    context.clearRect(0, 0, 1, 1);
    context.fillStyle = text;
    context.fillRect(0, 0, 1, 1);
    const [red, green, blue, alpha] = context.getImageData(0, 0, 1, 1).data;
    colours.set(text, { ink: `rgb(${red}, ${green}, ${blue})`, alpha: alpha / 255 });
  }
  return colours.get(text);
}

/** The ground on which a part of the page stands. */
function paperBehind(part) {
  for (let each = part; each; each = each.parentElement) {
    const ground = colourOf(getComputedStyle(each).backgroundColor);
    if (ground.alpha === 1) return ground;
  }
  return colourOf("white");
}

const fillOf = ({ ink, alpha }) => ({ fill: ink, "fill-opacity": alpha < 1 ? alpha : null });
const strokeOf = ({ ink, alpha }, width) => (
  { stroke: ink, "stroke-width": width, "stroke-opacity": alpha < 1 ? alpha : null });
