// Projector mode: a layout for a back row. It is this window's own: it outlasts a reload, and no link carries it.

import { keep, kept, PROJECTOR } from "../shared/kept.js";
import { readLink, writeLink } from "../shared/page.js";

/**
 * Wire its button, and the one that unfolds the photograph's strip.
 * @param {(selector: string) => any} find
 */
export function wireProjector(find) {
  const [button, unfold] = [find(".projector"), find(".unfold")];
  const root = document.documentElement;
  function project(on) {
    root.classList.toggle("projected", on);
    button.setAttribute("aria-pressed", String(on));
    keep(PROJECTOR, on ? "1" : "");
    dispatchEvent(new Event("resize")); // what is drawn is drawn at another scale
  }
  button.addEventListener("click", () => project(!root.classList.contains("projected")));
  unfold.addEventListener("click", () => {
    const on = find(".photo-column").classList.toggle("unfolded");
    unfold.setAttribute("aria-expanded", String(on));
  });
  const { projector, ...link } = readLink("page"); // links of version 0.2 carried it
  if (projector) writeLink("page", link);
  if (kept(PROJECTOR)) project(true);
}
