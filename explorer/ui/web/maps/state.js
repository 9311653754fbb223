// What the tab "Feature maps" knows and shows: the one state that its modules share.

import { complain, finder, made } from "../shared/dom.js";
import { newest } from "../shared/newest.js";
import * as explorer from "../shared/page.js";
import { unitWord } from "./path.js";

const wholeOf = (text) => (/^\d{1,4}$/.test(text || "") ? Number(text) : 0);

/** The state of the tab. What came from the server is as MapsServer in ../types.d.ts says. */
export class MapsTab {
  /** @param {import("../types").Part<import("../types").MapsServer>} part */
  constructor({ element, server, upload }) {
    this.element = element;
    this.server = server;
    this.upload = upload;
    this.root = element.querySelector(".maps");
    this.find = finder(this.root);
    this.mosaic = this.find(".mosaic");
    this.card = made("section", "receipt card");
    this.card.tabIndex = -1;

    this.wanted = {}; // what is asked for of a layer
    this.readState(explorer.readLink("maps"));
    this.pending = null; // a unit that another tab asked for

    this.sheet = null; // what open_network said, with the columns as they are shown
    this.folded = null; // the sheet's columns by stage: one, or, unfolded, one a layer
    this.asked = ""; // the photograph and network of the sheet, or of the one to come
    this.stale = true; // it is not of the photograph and network in use
    this.pointedTile = null;
    this.pointed = null; // what it stands for: see unitOf

    this.layer = null; // the layer that is shown: see layerState
    this.layout = null; // where its maps lie
    this.kept = null; // {sheet, layer, state, layout, leads}: what was kept to compare; `leads`: it was pointed at last

    this.path = []; // the units from where one began to the one that is open
    this.opener = null; // what the focus goes back to
    this.looked = null; // the unit whose field is shown
    this.lookedInCard = null; // the one on the card: the open unit, or a term of it that is pointed at

    this.ownFile = null; // one's own weights, chosen and not sent yet
    this.ownSaid = {}; // of a network that timm or transformers saved: its config.json, and what says how pictures are
    this.ownChecked = Promise.resolve(); // settled when its name and size have been looked at
    this.taken = ""; // what the group "Take away" shows

    /** What is under way, so that a late answer never replaces a newer one. */
    this.asking = {
      network: newest(), layer: newest(), unit: newest(), kept: newest(), change: newest(), silence: newest(),
      takeAway: newest(), ownFile: newest(),
    };
  }

  /** Begin as a link says. */
  readState(link) {
    this.view = link.view === "layer" ? "layer" : "sheet";
    this.treeOpen = link.tree === "1";
    this.linked = link.unit || ""; // the unit that the link opens, until it is open
    /** What is asked of "What if…", and whether a link asks to silence the unit's channel that it opens. */
    this.changed = ["silence", "activations", "skips"].includes(link.change) ? link.change : "";
    this.silencing = this.changed === "silence";
    this.changing = this.changed === "activations" || this.changed === "skips"; // likewise
    Object.assign(this.wanted, {
      layer: link.layer || "", sort: link.sort || "index", scale: link.scale || "layer",
      page: wholeOf(link.page), class: wholeOf(link.class),
    });
  }

  /** The unit that is open, undefined if none is. */
  get openUnit() {
    return this.path[this.path.length - 1];
  }

  /** The sheet that the open unit is of: the shown one, or, if its path began there, the kept one. */
  get openSheet() {
    return (this.path.length && this.path[0].sheet) || this.sheet;
  }

  showProblem(text) {
    complain(this.find(".maps-problem"), text);
  }

  /** Write what is shown into the page's link. */
  writeState() {
    const { wanted, layer } = this;
    const shown = this.view === "layer";
    explorer.writeLink("maps", {
      view: shown ? "layer" : "",
      layer: shown && layer ? layer.layer : "",
      tree: this.treeOpen ? 1 : "",
      unit: this.openUnit && !this.path[0].sheet ? unitWord(this.openUnit) : "",
      sort: wanted.sort === "index" ? "" : wanted.sort,
      scale: wanted.scale === "layer" ? "" : wanted.scale,
      page: (shown && wanted.page) || "",
      class: wanted.sort === "contribution" ? wanted.class || "" : "",
      change: this.changed === "silence" && !this.openUnit ? "" : this.changed,
    });
  }
}
