// What a lesson gave: how far to trust it, and the network to take along.

import { make, made } from "../shared/dom.js";
import * as explorer from "../shared/page.js";
import { percent, readable } from "../shared/wording.js";
import { accuracyWords } from "./lesson.js";
import { confusionMatrix } from "./matrix.js";

const hundred = (share) => (share === null ? "not judged" : percent(share));
const range = ([low, high]) => `${percent(low)} to ${percent(high)}`;

/**
 * @param {any} taught what the server's `teach` gave
 * @param {{ name: string, thumbnail: string }[]} pupils in the order that was sent
 */
export function taughtView({ lesson, network, file }, pupils) {
  const matrix = confusionMatrix(() => {}, () => network.label);
  matrix.show({ names: lesson.classes, counts: lesson.confusion });
  const alike = lesson.alike.slice(0, 6).map((pair) => make("li", {},
    ...pair.map((place) => picture(pupils[place])), made("span", "soft", "nearly the same")));
  return make("div", { class: "taught" },
    make("h2", {}, "How far to trust it"),
    made("p", "taught-accuracy", accuracyWords(lesson) || "Nothing could be judged."),
    make("ul", { class: "taught-warnings" }, ...lesson.warnings.map((one) => made("li", "note", one))),
    make("div", { class: "spread" }, byClass(lesson), matrix.root),
    made("p", "soft", `The pictures' edges alone, with the middle greyed: ${hundred(lesson.edges.accuracy)} right.`),
    ...(lesson.hardest.length ? [made("h3", "", "Hardest, by heads that had not seen them"),
      make("ol", { class: "hardest" }, ...lesson.hardest.map((one) => hard(one, pupils)))] : []),
    ...(alike.length ? [make("ul", { class: "alike" }, ...alike)] : []),
    make("p", { class: "taught-network" }, `“${network.label}” is now the network of all tabs, for you alone. `,
      make("a", { href: explorer.fileUrl(file), download: "taught.safetensors" }, "Save the checkpoint")));
}

const picture = ({ thumbnail, name }) => make("img", { class: "thumbnail", src: thumbnail, alt: name, title: name });

function hard(one, pupils) {
  const right = one.said === one.class;
  const words = right ? `${percent(one.probability)} sure` : `taken for ${readable(one.said)}`;
  return make("li", { class: right ? "" : "wrong-line" }, picture(pupils[one.photograph]),
    made("b", "", readable(one.class)), made("span", "soft", words));
}

function byClass(lesson) {
  const head = ["Class", "Photographs", "Right", "Likely between"].map((text) => make("th", { scope: "col" }, text));
  const rows = lesson.by_class.map((one) => make("tr", {},
    make("th", { scope: "row" }, readable(one.class)), made("td", "number", String(one.photographs)),
    made("td", "number", one.judged ? `${one.right} of ${one.judged}` : "not judged"),
    made("td", "", one.judged ? range(one.interval) + (one.too_few ? " – too few to tell" : "") : "")));
  return make("div", { class: "scroll-x" },
    make("table", {}, make("thead", {}, make("tr", {}, ...head)), make("tbody", {}, ...rows)));
}
