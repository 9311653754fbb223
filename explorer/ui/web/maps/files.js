// What the server keeps in files: many numbers, and pictures.

import * as explorer from "../shared/page.js";

/** Numbers of a file that the server made. */
export async function floatsAt(path) {
  const answer = await fetch(explorer.fileUrl(path));
  if (!answer.ok) throw new Error("The numbers of these maps are no longer kept; please choose the photograph again.");
  return new Float32Array(await answer.arrayBuffer());
}

/** A picture that the server made, ready to be drawn. */
export async function pictureAt(path) {
  const picture = new Image();
  picture.src = explorer.fileUrl(path);
  await picture.decode();
  return picture;
}
