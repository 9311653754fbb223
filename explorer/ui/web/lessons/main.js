// Tab 5, Lessons: steps in teaching order. Each opens the page at a state, asks, and answers in the page's own numbers.

import { complain } from "../shared/dom.js";
import * as explorer from "../shared/page.js";
import { whenThere } from "../shared/tabs.js";
import { Card } from "./card.js";
import { List } from "./list.js";
import { Sheet } from "./sheet.js";
import { Lessons } from "./state.js";

/** The tabs' names in the language of the Lessons. */
function nameTabs({ texts: { tabs }, language }) {
  for (const [id, name] of Object.entries(tabs)) {
    for (const button of document.querySelectorAll(`#tab-${id}-button`)) {
      const text = [...button.childNodes].find((node) => node.nodeType === Node.TEXT_NODE && node.nodeValue.trim());
      if (!text || text.nodeValue.trim() === name) continue;
      text.nodeValue = name;
      button.setAttribute("lang", language);
    }
  }
}

/**
 * Draw the tab, and the card of the step that the link names.
 * @param {import("../types").Part<import("../types").LessonsServer>} part
 */
export async function start({ element, server }) {
  const lessons = new Lessons(server);
  const sheet = new Sheet(element, lessons);
  const list = new List(element, lessons, () => sheet.toggle(true));
  new Card(lessons);
  lessons.on(() => nameTabs(lessons));
  const problem = (error) => complain(list.find(".lessons-head .problem"), error ? error.message : "");
  list.menu.addEventListener("change", async () => {
    try {
      await lessons.speak(list.menu.value);
      problem(null);
      if (lessons.open) explorer.writeLink("lesson", { ...explorer.readLink("lesson"), lang: lessons.language });
    } catch (error) {
      problem(error);
    }
  });
  addEventListener("popstate", () => lessons.follow());
  whenThere("#lessons-place", ([place]) => {
    place.append(list.root);
    list.root.removeAttribute("hidden");
  });
  try {
    await lessons.begin();
  } catch (error) {
    problem(error);
    return;
  }
  lessons.follow();
  const { step, shown } = lessons;
  if (step && !explorer.readLink("page").tab) lessons.go(step, shown); // a short link
}
