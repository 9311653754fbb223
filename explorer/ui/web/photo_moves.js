// The photograph shifted, turned, scaled, mirrored and cropped: always made anew from the one that was opened.

/**
 * Wire the sliders, buttons and dragging in the left column.
 * parts: find, stage and shown (elements), ask (request → moved photo), take (use it), fail (say why not), held (may it be dragged?).
 */
function photoMoves({ find, stage, shown, ask, take, fail, held }) {
  const STILL = { shift_x: 0, shift_y: 0, turn: 0, scale: 1, mirrored: false, box: [0, 0, 1, 1] };
  const SLIDERS = [
    ["shift_x", ".shift-x", (value) => Math.round(100 * value) + " %"],
    ["shift_y", ".shift-y", (value) => Math.round(100 * value) + " %"],
    ["turn", ".turn", (value) => value + "°"],
    ["scale", ".scale", (value) => Math.round(100 * value) + " %"],
  ];
  const cropBox = find(".crop-box");
  let original = null;
  let movement = { ...STILL };
  let moving = false;
  let movedAgain = false;

  function settle(photo) {
    original = photo;
    movement = { ...STILL };
    showMovement();
  }

  function showMovement() {
    for (const [name, selector, text] of SLIDERS) {
      const slider = find(selector);
      slider.value = movement[name];
      slider.nextElementSibling.textContent = text(movement[name]);
      slider.setAttribute("aria-valuetext", text(movement[name]));
    }
    find(".mirror").setAttribute("aria-pressed", String(movement.mirrored));
  }

  /** Ask for the moved photograph; while an answer is awaited, only the latest wish is kept. */
  async function moveTo(change) {
    if (!original) return;
    movement = { ...movement, ...change };
    showMovement();
    if (moving) {
      movedAgain = true;
      return;
    }
    moving = true;
    const from = original;
    try {
      do {
        movedAgain = false;
        const before = explorer.get("photo");
        const replaces = before && before.moved ? before.token : undefined;
        const photo = await ask({ photo: from.token, ...movement, replaces });
        if (original !== from) return;
        photo.title = from.title;
        await take(photo);
      } while (movedAgain);
    } catch (error) {
      fail(error);
    } finally {
      moving = false;
    }
  }

  for (const [name, selector] of SLIDERS) find(selector).addEventListener("input", (event) => moveTo({ [name]: Number(event.target.value) }));
  find(".mirror").addEventListener("click", () => moveTo({ mirrored: !movement.mirrored }));
  find(".reset").addEventListener("click", () => moveTo(STILL));
  find(".crop").addEventListener("click", () => {
    const on = find(".crop").getAttribute("aria-pressed") !== "true";
    find(".crop").setAttribute("aria-pressed", String(on));
    if (on) moveTo(STILL);
  });

  /** Where the pointer is in the shown picture, as shares of its width and height. */
  function placeIn(event) {
    const frame = stage.getBoundingClientRect();
    const fit = Math.min(frame.width / shown.naturalWidth, frame.height / shown.naturalHeight);
    const [width, height] = [shown.naturalWidth * fit, shown.naturalHeight * fit];
    const [left, top] = [frame.left + (frame.width - width) / 2, frame.top + (frame.height - height) / 2];
    return { x: (event.clientX - left) / width, y: (event.clientY - top) / height, left: left - frame.left, top: top - frame.top, width, height };
  }

  let grip = null;
  stage.addEventListener("pointerdown", (event) => {
    if (!find(".move").open || !original || !held()) return;
    grip = { at: placeIn(event), ...movement };
    stage.setPointerCapture(event.pointerId);
    event.preventDefault();
  });
  stage.addEventListener("pointermove", (event) => {
    if (!grip) return;
    const at = placeIn(event);
    if (find(".crop").getAttribute("aria-pressed") === "true") {
      const share = (value) => Math.min(1, Math.max(0, value));
      const [x0, x1] = [share(grip.at.x), share(at.x)].sort((a, b) => a - b);
      const [y0, y1] = [share(grip.at.y), share(at.y)].sort((a, b) => a - b);
      grip.box = [x0, y0, x1 - x0, y1 - y0];
      cropBox.hidden = false;
      Object.assign(cropBox.style, {
        left: at.left + x0 * at.width + "px", top: at.top + y0 * at.height + "px", width: (x1 - x0) * at.width + "px", height: (y1 - y0) * at.height + "px",
      });
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

  return { settle };
}
