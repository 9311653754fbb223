// Tab 4, Classifier. The left column asks for the answer (it stands on every tab); this draws it and opens it up.

import { finder } from "../shared/dom.js";
import * as explorer from "../shared/page.js";
import { cardPanel, cardReader } from "./card.js";
import { ManyPanel } from "./many.js";
import { MistakesPanel } from "./mistakes.js";
import { Panels } from "./panels.js";
import { Picture } from "./picture.js";
import { REASONS } from "./reasons.js";
import { SoftmaxPanel } from "./softmax.js";
import { TeachPanel } from "./teach.js";
import { viewsPanel } from "./views.js";
import { WhyPanel } from "./why.js";

const USUAL_K = 5;
const MOST_K = 10;

/** What the page's link says of this tab: how many labels, by which set of names, which panel is open. */
function readState() {
  /** @type {any} */
  const link = explorer.readLink("classifier");
  const { k: text, names = "", open = "", mistake = "", power = "" } = link;
  const asked = Number(text);
  const k = Number.isInteger(asked) && asked >= 1 && asked <= MOST_K ? asked : USUAL_K;
  return { k, set: names, open, mistake, power, why: whyLink(link) };
}

/** What the link asks of "Why this answer"; what it does not know is left out. */
function whyLink({ why, about, beside, layer, patch, smooth }) {
  return { why: Object.hasOwn(REASONS, why || "") ? why : "", about, beside, layer, patch, smooth };
}

function writeState({ k, set, open, mistake, power, why }) {
  explorer.writeLink("classifier", { k: k === USUAL_K ? "" : k, names: set, open, mistake, power, ...why });
}

function showK(find, k) {
  find(".k").value = k;
  find(".k-shown").textContent = k;
}

/**
 * Draw the tab.
 * @param {import("../types").Part<import("../types").ClassifierServer>} part
 */
export function start({ element, server, upload, host }) {
  const find = finder(element);
  const state = readState();
  const readCard = cardReader(server);
  const rootOf = (name) => find(`.panel[data-panel=${name}]`);
  const why = new WhyPanel(rootOf("why"), server);
  const [softmax, mistakes] = [new SoftmaxPanel(rootOf("softmax")), new MistakesPanel(rootOf("mistakes"), server)];
  const many = new ManyPanel(rootOf("many"), server, upload, host);
  const panels = new Panels(element, {
    why,
    softmax,
    views: viewsPanel(rootOf("views"), server),
    mistakes,
    many,
    teach: new TeachPanel(rootOf("teach"), server, upload, host),
    card: cardPanel(rootOf("card"), readCard),
  });
  const picture = new Picture(find, state, { readCard, press: (row) => panels.ask("why", row.index) });
  const keep = () => writeState({ ...state, open: panels.open });

  Object.assign(why, { linked: state.why, told: (chosen) => keepToo({ why: chosen }) });
  Object.assign(mistakes, { chosen: state.mistake, told: (mistake) => keepToo({ mistake }) });
  Object.assign(softmax, { wanted: state.power, told: (power) => keepToo({ power }) });
  const keepToo = (more) => {
    Object.assign(state, more);
    keep();
  };
  showK(find, state.k);
  panels.restore(state.open);
  panels.changed = keep;
  find(".k").addEventListener("input", (event) => {
    state.k = Number(event.target.value);
    showK(find, state.k);
    keep();
    if (picture.answer) picture.drawBars();
  });
  find(".sets").addEventListener("change", (event) => {
    state.set = event.target.value;
    keep();
    picture.drawBars();
  });
  explorer.onState("classifier", () => {
    Object.assign(state, readState());
    Object.assign(why, { kind: state.why.why || "cam", linked: state.why });
    if (state.mistake) mistakes.chosen = state.mistake;
    Object.assign(softmax, { answer: null, wanted: state.power }); // for the slider, with the next answer
    showK(find, state.k);
    panels.restart(state.open);
    if (picture.answer) picture.show(picture.answer);
  });
  explorer.on("answering", (busy) => find(".figure").classList.toggle("waiting", busy));
  explorer.on("answer", (answer) => {
    picture.show(answer);
    if (!answer.error) panels.show(answer);
  });
  explorer.on("pile", (chosen) => { // dropped on the left column
    panels.ask("many");
    many.take(chosen);
  });
}
