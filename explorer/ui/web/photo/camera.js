// The camera in the stage's place: a first click shows what it sees, a second takes the picture.

import { make } from "../shared/dom.js";

/**
 * @param {{ camera: any, button: any, takeFile: (file: File) => void, showProblem: (text: string) => void }} parts
 * @returns {{ stop: () => void, on: () => boolean }}
 */
export function wireCamera({ camera, button, takeFile, showProblem }) {
  let stream = null;

  function stop() {
    if (stream) for (const track of stream.getTracks()) track.stop();
    stream = null;
    camera.hidden = true;
    button.textContent = "Camera";
  }

  function takePicture() {
    const canvas = make("canvas", { width: camera.videoWidth, height: camera.videoHeight });
    canvas.getContext("2d").drawImage(camera, 0, 0);
    stop();
    canvas.toBlob((blob) => takeFile(new File([blob], "camera picture.png", { type: "image/png" })), "image/png");
  }

  async function show() {
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { width: { ideal: 1280 } } });
      camera.srcObject = stream;
      camera.hidden = false;
      await camera.play();
      button.textContent = "Take it";
      showProblem("");
    } catch {
      stop();
      showProblem("The camera cannot be used here: there is none, or the browser does not allow it.");
    }
  }

  button.addEventListener("click", () => (stream ? takePicture() : show()));
  return { stop, on: () => stream !== null };
}
