// Bars as long as a probability: alone, in a list of labels, and as the answer's own, which are pressed to ask why.

import { make, made } from "../shared/dom.js";
import { percent, readable } from "../shared/wording.js";
import { shareWidth, signed } from "./numbers.js";

/** A bar in its track; `show(share)` sets how long it is. */
export function shareBar() {
  const fill = made("span", "bar-fill");
  const root = make("span", { class: "bar-track", "aria-hidden": "true" }, fill);
  return { root, show(share) { fill.style.width = shareWidth(share); } };
}

/** The first labels [{label, probability, logit}] with bars; logits have none, because they are no shares. */
export function shareList(rows, score) {
  const item = (row) => {
    const text = score === "logit" ? signed(row.logit) : percent(row.probability);
    const parts = [made("span", "", readable(row.label)), made("span", "number", text)];
    const line = make("span", { class: "share-line" }, ...parts);
    if (score === "logit") return make("li", {}, line);
    const bar = shareBar();
    bar.show(row.probability);
    return make("li", {}, line, bar.root);
  };
  return make("ol", { class: "short bars-short" }, ...rows.slice(0, 5).map(item));
}

/** One bar of the answer. `row` is {label, probability, logit, index}; pressing it asks why. */
export function makeBar(onPress, onPoint) {
  const names = ["bar-label", "number bar-logit", "number bar-share"];
  const [label, logit, share] = names.map((name) => made("span", name));
  const bar = shareBar();
  const button = make("button", { type: "button" }, make("span", { class: "bar-line" }, label, logit, share), bar.root);
  const item = make("li", {}, button);
  let shown = null;
  button.addEventListener("click", () => onPress(shown));
  for (const name of ["pointerenter", "focus"]) button.addEventListener(name, () => onPoint(shown.index));
  for (const name of ["pointerleave", "blur"]) button.addEventListener(name, () => onPoint(null));
  function show(row) {
    shown = row;
    label.textContent = readable(row.label);
    logit.textContent = row.logit === null ? "" : signed(row.logit);
    share.textContent = percent(row.probability);
    bar.show(row.probability);
    const words = [label, share].map((part) => part.textContent).join(", ");
    button.setAttribute("aria-label", `${words}${row.logit === null ? "" : ", logit " + logit.textContent}. Show why.`);
    if (row.index === undefined) delete item.dataset.index;
    else item.dataset.index = row.index;
  }
  return { item, show };
}
