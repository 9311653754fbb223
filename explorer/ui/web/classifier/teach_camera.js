// A burst of frames for as long as a button is held.

import { NO_CAMERA, stopStream, takeFrame } from "../shared/camera.js";

const EVERY_MS = 300; // closer frames are the same picture

/** `take` gets each frame as a file, `fail` a sentence. */
export function burstCamera(take, fail) {
  let [stream, timer, held, count] = [null, 0, null, 0];

  function release() {
    held = null;
    clearInterval(timer);
    stopStream(stream);
    stream = null;
  }

  function frame(card) {
    count += 1;
    takeFrame(card.video, { name: `frame ${count}.jpg`, type: "image/jpeg" }, (file) => take(file, card));
  }

  return {
    async hold(card) {
      if (held) return;
      held = card;
      try {
        const opened = await navigator.mediaDevices.getUserMedia({ video: { width: { ideal: 640 } } });
        stream = opened;
        if (held !== card) { // let go while the browser asked
          release();
          return;
        }
        card.video.srcObject = opened;
        card.video.hidden = false;
        await card.video.play();
        frame(card);
        timer = window.setInterval(() => frame(card), EVERY_MS);
      } catch {
        release();
        fail(NO_CAMERA);
      }
    },
    release() {
      if (!held) return;
      held.video.hidden = true;
      release();
    },
  };
}
