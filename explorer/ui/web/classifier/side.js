// One class's side of "Why this answer": its heading, what is said of it, its map and the terms of its sum.

import { make, made } from "../shared/dom.js";
import { Heat } from "./heat.js";

export class Side {
  constructor() {
    this.title = made("h2");
    this.said = make("p", { class: "note side-note", "aria-live": "polite" });
    this.terms = made("div", "sum-terms");
    this.heat = new Heat();
    this.body = make("div", { class: "spread side-body" }, this.heat.root, this.heat.colour, this.terms);
    this.root = make("section", { class: "side" }, this.title, this.said, this.body);
  }

  /** What stands here answers an older question from now on. */
  age() {
    this.body.classList.add("stale");
    this.said.replaceChildren();
  }

  /** A map and terms that answer an older question are taken away: they must not stand under a newer heading. */
  dropStale() {
    if (!this.body.classList.contains("stale")) return;
    this.heat.root.hidden = this.heat.colour.hidden = true;
    this.terms.replaceChildren();
    this.body.classList.remove("stale");
  }

  /**
   * The answer to the newest question: a map over the picture `saw`, or none; in colour beside it where there is room.
   * @param {any} grid
   * @param {string} saw
   * @param {any} look as `Heat.show` wants it
   * @param {boolean} colour
   */
  showMap(grid, saw, look, colour) {
    this.body.classList.remove("stale");
    this.heat.root.hidden = !grid;
    this.heat.colour.hidden = !colour;
    if (grid) this.heat.show(grid, saw, look);
  }
}
