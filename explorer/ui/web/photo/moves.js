// The photograph shifted, turned, scaled, mirrored and cropped: always made anew from the one that was opened.

import { pointIn } from "../shared/canvas.js";
import * as explorer from "../shared/page.js";

const STILL = { shift_x: 0, shift_y: 0, turn: 0, scale: 1, mirrored: false, box: [0, 0, 1, 1] };
const LIMITS = [[-0.5, 0.5], [-0.5, 0.5], [-180, 180], [0.5, 2], [0, 1], [0, 1], [0, 1], [0, 1], [0, 1]];
const isStill = (movement) => JSON.stringify({ ...STILL, ...movement }) === JSON.stringify(STILL);
/** @type {[string, string, (value: number) => string][]} */
const MOVE_SLIDERS = [
  ["shift_x", ".shift-x", (value) => Math.round(100 * value) + " %"],
  ["shift_y", ".shift-y", (value) => Math.round(100 * value) + " %"],
  ["turn", ".turn", (value) => value + "°"],
  ["scale", ".scale", (value) => Math.round(100 * value) + " %"],
];

/** A movement as one word of the page's link; "" where nothing is moved. */
export function movementWord(movement) {
  if (isStill(movement)) return "";
  const { shift_x: right, shift_y: down, turn, scale, mirrored, box } = movement;
  return [right, down, turn, scale, Number(mirrored), ...box].map((one) => Number(one.toFixed(4))).join("~");
}

/** The movement that a word of the link stands for; null if it stands for none. */
export function movementFromWord(word) {
  const numbers = (word || "").split("~").map(Number);
  const fits = numbers.length === LIMITS.length
    && numbers.every((one, at) => one >= LIMITS[at][0] && one <= LIMITS[at][1]);
  if (!word || !fits) return null;
  const [right, down, turn, scale, mirrored, ...box] = numbers;
  return { shift_x: right, shift_y: down, turn, scale, mirrored: mirrored === 1, box };
}

/**
 * Wire the sliders, buttons and dragging in the left column.
 * parts: find, stage and shown (elements), ask (request → moved photo), take (use it), fail (say why not),
 * held (whether it may be dragged), tell (of each movement).
 */
export function photoMoves({ find, stage, shown, ask, take, fail, held, tell }) {
  let [original, movement, moving, movedAgain] = [null, { ...STILL }, false, false];

  function settle(photo) {
    original = photo;
    movement = { ...STILL };
    showMovement(find, movement);
  }

  /** Ask for the moved photograph; while an answer is awaited, only the latest wish is kept. */
  async function moveTo(change) {
    if (!original) return;
    movement = { ...movement, ...change };
    showMovement(find, movement);
    tell(movement);
    movedAgain = moving;
    if (moving) return;
    moving = true;
    const from = original;
    try {
      do {
        movedAgain = false;
        const before = explorer.get("photo");
        const replaces = before && before.moved ? before.token : undefined;
        const photo = await ask({ photo: from.token, ...movement, replaces });
        if (original !== from) return;
        Object.assign(photo, { example: from.example, shared: from.shared });
        photo.title = from.title + (isStill(movement) ? "" : ", moved");
        await take(photo);
      } while (movedAgain);
    } catch (error) {
      fail(error);
    } finally {
      moving = false;
    }
  }

  wireMoves(find, moveTo, () => movement);
  dragPhoto({ find, stage, shown, moveTo, movement: () => original && held() && movement });
  return { settle, moveTo, word: () => movementWord(movement) };
}

function showMovement(find, movement) {
  for (const [name, selector, text] of MOVE_SLIDERS) {
    const slider = find(selector);
    slider.value = movement[name];
    slider.nextElementSibling.textContent = text(movement[name]);
    slider.setAttribute("aria-valuetext", text(movement[name]));
  }
  find(".mirror").setAttribute("aria-pressed", String(movement.mirrored));
}

function wireMoves(find, moveTo, movement) {
  for (const [name, selector] of MOVE_SLIDERS) {
    find(selector).addEventListener("input", (event) => moveTo({ [name]: Number(event.target.value) }));
  }
  find(".mirror").addEventListener("click", () => moveTo({ mirrored: !movement().mirrored }));
  find(".reset").addEventListener("click", () => moveTo(STILL));
  find(".crop").addEventListener("click", () => {
    const on = find(".crop").getAttribute("aria-pressed") !== "true";
    find(".crop").setAttribute("aria-pressed", String(on));
    if (on) moveTo(STILL);
  });
}

/** Dragging shifts the photograph or, while "crop" is pressed, draws the box to cut out. */
function dragPhoto({ find, stage, shown, moveTo, movement }) {
  const cropBox = find(".crop-box");
  const cropping = () => find(".crop").getAttribute("aria-pressed") === "true";
  let grip = null;
  stage.addEventListener("pointerdown", (event) => {
    const held = find(".move").open && movement();
    if (!held) return;
    grip = { at: placeIn(event, shown), ...held };
    stage.setPointerCapture(event.pointerId);
    event.preventDefault();
  });
  stage.addEventListener("pointermove", (event) => {
    if (!grip) return;
    const at = placeIn(event, shown);
    if (cropping()) {
      grip.box = boxBetween(grip.at, at);
      showBox(cropBox, grip.box, at);
    } else {
      const limit = (value) => Math.min(0.5, Math.max(-0.5, value));
      moveTo({ shift_x: limit(grip.shift_x + at.x - grip.at.x), shift_y: limit(grip.shift_y + at.y - grip.at.y) });
    }
  });
  stage.addEventListener("pointerup", () => {
    if (grip && !cropBox.hidden) {
      moveTo({ box: grip.box });
      find(".crop").setAttribute("aria-pressed", "false");
    }
    cropBox.hidden = true;
    grip = null;
  });
  find(".move").addEventListener("toggle", () => stage.classList.toggle("movable", find(".move").open));
}

/** Where the pointer is in the shown picture, as shares of its sides; and where that lies in the stage, in pixels. */
function placeIn(event, shown) {
  const { naturalWidth, naturalHeight, clientWidth: room, clientHeight: high } = shown;
  const fit = Math.min(room / naturalWidth, high / naturalHeight);
  const [width, height] = [naturalWidth * fit, naturalHeight * fit];
  const [left, top] = [(room - width) / 2, (high - height) / 2];
  const at = pointIn(shown, event, room, high);
  return { x: (at.x - left) / width, y: (at.y - top) / height, left, top, width, height };
}

/** [left, top, width, height] of the box between two places, as shares, inside the picture. */
function boxBetween(one, other) {
  const share = (value) => Math.min(1, Math.max(0, value));
  const [x0, x1] = [share(one.x), share(other.x)].sort((a, b) => a - b);
  const [y0, y1] = [share(one.y), share(other.y)].sort((a, b) => a - b);
  return [x0, y0, x1 - x0, y1 - y0];
}

function showBox(cropBox, [x, y, width, height], picture) {
  cropBox.hidden = false;
  Object.assign(cropBox.style, {
    left: picture.left + x * picture.width + "px", top: picture.top + y * picture.height + "px",
    width: width * picture.width + "px", height: height * picture.height + "px",
  });
}
