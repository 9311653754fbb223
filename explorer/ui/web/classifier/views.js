// "What it saw": the photograph cropped, letterboxed and stretched, as the network gets it, and the answer to each.

import { make, made } from "../shared/dom.js";
import { newest } from "../shared/newest.js";
import * as explorer from "../shared/page.js";
import { percent, readable } from "../shared/wording.js";
import { MODE_WORDS } from "./card_words.js";
import { signed } from "./numbers.js";

const NOTE = "A network takes one square size. How the photograph gets there changes what it sees, and at times what "
  + "it says. The one marked is how this checkpoint was trained.";

/**
 * @param {HTMLElement} root
 * @param {import("../types").ClassifierServer} server
 */
export function viewsPanel(root, server) {
  const [status, views] = [make("p", { class: "soft", "aria-live": "polite" }), made("div", "views")];
  root.append(made("p", "note", NOTE), status, views);
  const asking = newest();

  return {
    async show(answer) {
      const mine = asking.next();
      views.classList.add("stale");
      try {
        const request = { photo: answer.photo.token, network: answer.network.name, asks: mine.asks };
        const found = await explorer.ask(server.views(request));
        if (mine.late) return;
        views.replaceChildren(...found.views.map(viewCard));
        status.textContent = "";
      } catch (error) {
        if (!mine.late) status.textContent = error.message;
      }
      if (!mine.late) views.classList.remove("stale");
    },
  };
}

function viewCard(view) {
  const normal = (values) => values.map((value) => signed(value)).join(", ");
  const answer = ({ label, probability }) =>
    make("li", {}, made("span", "", readable(label)), made("span", "number", percent(probability)));
  const spread = `after normalisation, red green blue: mean ${normal(view.mean)}; spread ${normal(view.spread)}`;
  return make("section", { class: "card view" + (view.own ? " own" : "") },
    make("h2", {}, view.mode, view.own ? made("span", "tag", "as trained") : ""),
    make("img", { class: "pixels", src: view.saw, alt: "The photograph after " + view.mode }),
    made("p", "soft", MODE_WORDS[view.mode]),
    make("ol", { class: "short" }, ...view.ranking.map(answer)),
    made("p", "soft small", spread));
}
