// The camera in the stage's place: a first click shows what it sees, a second takes the picture.

import { NO_CAMERA, stopStream, takeFrame } from "../shared/camera.js";

/**
 * @param {{ camera: any, button: any, takeFile: (file: File) => void, showProblem: (text: string) => void }} parts
 * @returns {{ stop: () => void, on: () => boolean }}
 */
export function wireCamera({ camera, button, takeFile, showProblem }) {
  let stream = null;

  function stop() {
    stopStream(stream);
    stream = null;
    camera.hidden = true;
    button.textContent = "Camera";
  }

  function takePicture() {
    takeFrame(camera, { name: "camera picture.png", type: "image/png" }, takeFile);
    stop();
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
      showProblem(NO_CAMERA);
    }
  }

  button.addEventListener("click", () => (stream ? takePicture() : show()));
  return { stop, on: () => stream !== null };
}
