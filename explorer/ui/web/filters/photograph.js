// The photograph in use as pixels.

import { make } from "../shared/dom.js";
import * as explorer from "../shared/page.js";

/** {rgba, height, width, photo, file}, or null before there is one; `file`: {path, name} of the very same pixels. */
export async function photographPixels() {
  const photo = explorer.get("photo");
  if (!photo) return null;
  const { path, name, width, height } = await explorer.get("photographs").workingPicture(photo.token);
  const image = new Image();
  image.src = explorer.fileUrl(path);
  await image.decode();
  const context = make("canvas", { width, height }).getContext("2d", { colorSpace: "srgb", willReadFrequently: true });
  context.drawImage(image, 0, 0);
  return { rgba: context.getImageData(0, 0, width, height).data, height, width, photo, file: { path, name } };
}
