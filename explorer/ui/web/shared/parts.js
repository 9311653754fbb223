// How a part of the page comes to be: its modules asked for, then started.

import { make } from "./dom.js";
import { kept, LESSON } from "./kept.js";
import { watchLine } from "./line.js";

let labelled;
const firstLabel = new Promise((resolve) => { labelled = resolve; });

const bytes = [...crypto.getRandomValues(new Uint8Array(16))];
const word = bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("");

const inLine = watchLine({
  async before() {
    const answer = await fetch(new URL("line", document.baseURI), { method: "POST", body: word });
    return (await answer.json()).before;
  },
  show(words) {
    let note = document.querySelector(".line-note");
    if (!note && !words) return;
    if (!note) {
      note = make("div", { class: "line-note", role: "status" });
      document.body.append(note);
    }
    note.textContent = words;
  },
});

/** The server functions, each told who asks: what is kept for this page goes when it is closed. */
const signed = (server) => new Proxy({}, {
  get: (_, name) => (request) => inLine(server[name]({ ...request, visitor: word })),
});

/** When the page is closed, what it sent is deleted; one that comes back out of the browser's memory starts anew. */
function takeLeave() {
  addEventListener("pagehide", () => {
    if (!kept(LESSON)) navigator.sendBeacon(new URL("leave", document.baseURI), word);
  });
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
}

/** The first label is there, or none will come: what has waited so as not to be in its way may go on. */
export const letOthersStart = () => labelled();

/**
 * Start a part. The left column comes first: on a slow line, whatever else came along would keep its label waiting.
 * All modules of a part are asked for at once: a chain of imports would cost a round trip for each of its links.
 * @param {{ name: string, modules: string[] }} part its folder in `web/`, and the files in it
 * @param {import("../types").Part<any>} given
 */
export async function startPart({ name, modules }, given) {
  if (name === "photo") takeLeave();
  else await firstLabel;
  const addresses = modules.map((file) => new URL(`../${name}/${file}`, import.meta.url).href);
  for (const href of addresses) {
    document.head.append(Object.assign(document.createElement("link"), { rel: "modulepreload", href }));
  }
  const part = await import(new URL(`../${name}/main.js`, import.meta.url).href);
  part.start({ ...given, server: signed(given.server) });
}
