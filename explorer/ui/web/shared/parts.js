// How a part of the page comes to be: its modules asked for, then started.

let labelled;
const firstLabel = new Promise((resolve) => { labelled = resolve; });

/** The first label is there, or none will come: what has waited so as not to be in its way may go on. */
export const letOthersStart = () => labelled();

/**
 * Start a part. The left column comes first: on a slow line, whatever else came along would keep its label waiting.
 * All modules of a part are asked for at once: a chain of imports would cost a round trip for each of its links.
 * @param {{ name: string, modules: string[] }} part its folder in `web/`, and the files in it
 * @param {import("../types").Part<any>} given
 */
export async function startPart({ name, modules }, given) {
  if (name !== "photo") await firstLabel;
  const addresses = modules.map((file) => new URL(`../${name}/${file}`, import.meta.url).href);
  for (const href of addresses) {
    document.head.append(Object.assign(document.createElement("link"), { rel: "modulepreload", href }));
  }
  const part = await import(new URL(`../${name}/main.js`, import.meta.url).href);
  part.start(given);
}
