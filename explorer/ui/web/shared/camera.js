// What a camera's stream is good for: a frame of it as a file, and an end.

import { make } from "./dom.js";

export const NO_CAMERA = "The camera cannot be used here: there is none, or the browser does not allow it.";

export function stopStream(stream) {
  if (stream) for (const track of stream.getTracks()) track.stop();
}

/** What a video shows at this moment, as a file of that name and type; `take` gets it. */
export function takeFrame(video, { name, type }, take) {
  const canvas = make("canvas", { width: video.videoWidth, height: video.videoHeight });
  canvas.getContext("2d").drawImage(video, 0, 0);
  canvas.toBlob((blob) => blob && take(new File([blob], name, { type })), type, 0.92);
}
