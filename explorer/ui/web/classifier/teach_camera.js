// A burst of frames for as long as a button is held.

import { make } from "../shared/dom.js";

const EVERY_MS = 300; // closer frames are the same picture

/** `take` gets each frame as a file, `fail` a sentence. */
export function burstCamera(take, fail) {
  let [stream, timer, held, count] = [null, 0, null, 0];

  function release() {
    held = null;
    clearInterval(timer);
    if (stream) for (const track of stream.getTracks()) track.stop();
    stream = null;
  }

  function frame(card) {
    const { video } = card;
    const canvas = make("canvas", { width: video.videoWidth, height: video.videoHeight });
    canvas.getContext("2d").drawImage(video, 0, 0);
    count += 1;
    const name = `frame ${count}.jpg`;
    canvas.toBlob((blob) => blob && take(new File([blob], name, { type: "image/jpeg" }), card), "image/jpeg", 0.92);
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
        fail("The camera cannot be used here: there is none, or the browser does not allow it.");
      }
    },
    release() {
      if (!held) return;
      held.video.hidden = true;
      release();
    },
  };
}
