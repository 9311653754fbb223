// The tab "Output sizes": one layer, or a stack of layers. Its state stands in the page's link.

import { onScale } from "../shared/canvas.js";
import { finder } from "../shared/dom.js";
import { onState, readLink, writeLink } from "../shared/page.js";
import { readInk } from "./ink.js";
import { LayerView } from "./layer.js";
import { layerCode, settingsFromLink, settingsToLink, startSettings } from "./settings.js";
import { StackView } from "./stack.js";
import { stackFromLink } from "./stack_words.js";

/** The switch between the two, and the link of the one that is open. */
class Tab {
  open = "layer"; // or "stack"
  links = { layer: {}, stack: {} };

  constructor(element, server) {
    this.find = finder(element);
    this.buttons = element.querySelectorAll(".sizes-switch button");
    this.asked = readLink("sizes");
    this.layer = new LayerView(this.find(".sizes-layer"), (settings) => this.keep("layer", settingsToLink(settings)));
    this.stack = new StackView(this.find(".sizes-stack"), server, {
      tell: (link) => this.keep("stack", link),
      look: (settings) => {
        this.layer.apply({ ...startSettings(), ...settings });
        this.show("layer");
      },
    });
    for (const button of this.buttons) button.addEventListener("click", () => this.show(button.dataset.part));
    this.find(".sizes-to-stack").addEventListener("click", () => this.addToStack());
  }

  keep(part, link) {
    this.links[part] = link;
    this.writeLink();
  }

  writeLink() {
    writeLink("sizes", this.open === "stack" ? { view: "stack", ...this.links.stack } : this.links.layer);
  }

  /** Show the layer or the stack; gives when there is something to see. */
  async show(part) {
    this.open = part;
    for (const button of this.buttons) button.setAttribute("aria-pressed", String(button.dataset.part === part));
    for (const name of ["layer", "stack"]) {
      for (const its of [`.sizes-${name}`, `.sizes-lead-${name}`]) this.find(its).hidden = name !== part;
    }
    this.repaint();
    this.writeLink();
    if (part === "stack") await this.stack.begin(this.asked);
  }

  /** Begin anew with another state of the page. */
  async restart(link) {
    const part = link.view === "stack" ? "stack" : "layer";
    const begun = Boolean(this.stack.beginning);
    this.asked = link;
    if (part === "layer") this.layer.apply(settingsFromLink(link));
    await this.show(part);
    if (part === "stack" && begun) await this.stack.openAsked(stackFromLink(link));
  }

  /** The layer as it is drawn goes to the end of the visitor's stack. */
  async addToStack() {
    const line = layerCode(this.layer.settings);
    await this.show("stack");
    if (this.stack.network) return;
    await this.stack.openLines([...this.stack.lines, line], this.stack.shape);
  }

  repaint() {
    this.layer.relayout();
    this.stack.draw();
  }
}

/**
 * Draw the tab.
 * @param {import("../types").Part<import("../types").SizesServer>} part
 */
export function start({ element, server }) {
  const tab = new Tab(element, server);
  tab.layer.apply(settingsFromLink(tab.asked));
  tab.show(tab.asked.view === "stack" ? "stack" : "layer");
  onState("sizes", (link) => tab.restart(link));
  // Another width, another theme, another zoom: paint anew; and when the page's bold face has come.
  const repaint = () => tab.repaint();
  document.fonts.load(`600 14px ${readInk(element).font}`).then(repaint, () => {});
  const sizes = new ResizeObserver(repaint);
  onScale(repaint);
  for (const scroll of [".sizes-scroll", ".sizes-tower-scroll"]) sizes.observe(tab.find(scroll));
  new MutationObserver(repaint).observe(document.body, { attributes: true, attributeFilter: ["class"] });
}
