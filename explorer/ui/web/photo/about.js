// What the page says of itself, and "Delete mine now".

import { keep, LASTING } from "../shared/kept.js";
import * as explorer from "../shared/page.js";

/** What is kept, in words. */
export function keptWords({ minutes, left_out: leftOut }) {
  const kept = "Photographs, own weights and what is computed from them stay on the machine that serves this page, "
    + "in a folder and a memory of its own. They are deleted when you close the page, "
    + minutes + (minutes === 1 ? " minute" : " minutes") + " after their last use, or earlier where room is short. "
    + "A photograph that you share by link stays for its time. "
    + "Which Lessons you have done, and in which language, your own browser keeps.";
  if (!leftOut) return kept;
  const files = leftOut === 1 ? "One file" : leftOut + " files";
  return kept + " " + files + " among the host's checkpoints could not be used.";
}

/**
 * Fill the fold-out when it is opened, and wire its button.
 * @param {(selector: string) => any} find
 * @param {import("../types").PhotoServer} server
 */
export function wireAbout(find, server) {
  const [says, done] = [find(".about-says"), find(".about-done")];
  find(".about").addEventListener("toggle", async (event) => {
    if (!event.target.open) return;
    try {
      says.textContent = keptWords(await explorer.ask(server.about({})));
    } catch (error) {
      says.textContent = error.message;
    }
  });
  find(".forget").addEventListener("click", async () => {
    try {
      await explorer.ask(server.forget_mine({}));
      for (const key of LASTING) keep(key, "");
      location.reload(); // nothing that is shown is kept any longer
    } catch (error) {
      done.textContent = error.message;
    }
  });
}
