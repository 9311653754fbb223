// The tabs: opened by id, walked with the arrow keys, part of the link. Gradio draws them.

import { readLink, writeLink } from "./page.js";

const TABS = "#instruments [role=tab]";
// What links of version 0.1 call them.
const FORMER_NAMES = { Filters: "filters", "Output sizes": "sizes", "Feature maps": "maps", Classifier: "classifier" };

const idOf = (tab) => tab.id.replace(/^tab-|-button$/g, "");

/** Open a tab by its id: "filters", "sizes", "maps", "classifier", "lessons". */
export function openTab(id) {
  const tab = document.getElementById(`tab-${id}-button`);
  if (tab) tab.click();
}

const tabOf = (event) => event.target.closest && event.target.closest(TABS);

/** Tabs move with the arrow keys, as a screen reader's user expects of a tab list. */
function walk(event) {
  const tab = tabOf(event);
  if (!tab || !["ArrowLeft", "ArrowRight", "Home", "End"].includes(event.key)) return;
  const tabs = [...tab.closest("[role=tablist]").querySelectorAll("[role=tab]")].filter((each) => each.offsetParent);
  const at = tabs.indexOf(tab);
  const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: tabs.length - 1 }[event.key];
  const next = tabs[(to + tabs.length) % tabs.length];
  event.preventDefault();
  next.focus();
  next.click();
}

/** `then` as soon as the document holds something that the selector finds. */
export function whenThere(selector, then) {
  const look = () => {
    const found = document.querySelectorAll(selector);
    if (found.length) then(found);
    return found.length > 0;
  };
  if (look()) return;
  new MutationObserver((_, observer) => {
    if (look()) observer.disconnect();
  }).observe(document.documentElement, { childList: true, subtree: true });
}

/** Listen to the tabs, and open the one that the link asks for. */
export function startTabs() {
  document.addEventListener("keydown", walk);
  document.addEventListener("click", (event) => {
    const tab = tabOf(event);
    if (tab) writeLink("page", { ...readLink("page"), tab: idOf(tab) });
  });
  const asked = readLink("page").tab;
  if (asked) whenThere(TABS, () => openTab(FORMER_NAMES[asked] || asked));
  addEventListener("popstate", () => openTab(readLink("page").tab || "filters"));
  // Gradio's footer describes each icon with the words beside it, which a screen reader would read twice.
  whenThere("footer img", (icons) => { for (const icon of icons) icon.alt = ""; });
}
