// The tab's picture of one answer, from pixels to probabilities: what the network saw, logits, softmax, labels.

import { boxesOn } from "../shared/canvas.js";
import { counted } from "../shared/wording.js";
import { MODE_WORDS, trainedLine } from "./card_words.js";
import { makeBar } from "./bars.js";
import { drawFlow, drawLogits, pointAt } from "./figure.js";
import { OUTPUT_WORDS, descending, followed, followedOutput, signed } from "./numbers.js";

const LEAST_FLOW = 100; // pixels of height
const GIVEN = "Every class with what the network gives";
const STEPS = { logits: "softmax", probabilities: "no softmax", log_probabilities: "exp", independent: "no softmax" };

export class Picture {
  answer = null;
  bars = [];

  /**
   * @param {(selector: string) => any} find
   * @param {{ k: number, set: string }} state how many labels are shown, and by which set of names
   * @param {{ readCard: (network: string) => Promise<any>, press: (row: any) => void }} parts what a pressed bar does
   */
  constructor(find, state, { readCard, press }) {
    this.find = find;
    this.state = state;
    this.readCard = readCard;
    this.press = press;
    this.figure = find(".figure");
    new ResizeObserver(() => this.draw()).observe(this.figure);
  }

  /** Fill the tab with an answer; after an error the one from before stays, dimmed. */
  show(answer) {
    const problem = this.find(".problem");
    problem.hidden = !answer.error;
    problem.textContent = answer.error || "";
    this.figure.classList.toggle("stale", Boolean(answer.error));
    if (answer.error) return;
    this.answer = answer;
    this.figure.setAttribute("aria-busy", "false");
    this.fillSets();
    this.showSource();
    this.showTrained();
    this.showSaw();
    this.showStrangeness();
    this.draw();
  }

  showSource() {
    const { trained, network, classes, duration_s: duration } = this.answer;
    const parts = [network.label, counted(classes.length, "class", "classes"), `${duration.toFixed(3)} s`];
    if (!trained) parts.unshift("untrained, so its answers mean nothing");
    this.find(".source").textContent = parts.join(" · ");
  }

  /** The one line that says what the checkpoint is worth, from its card. */
  async showTrained() {
    const { name } = this.answer.network;
    const card = await this.readCard(name).catch(() => null); // the card's own panel says what went wrong
    if (this.answer.network.name !== name) return;
    const words = card && (trainedLine(card) || (card.provenance || {}).note || "its card states no accuracy");
    this.find(".trained").textContent = words ? `${name}: ${words}` : "";
  }

  showSaw() {
    const { saw, size, mode } = this.answer;
    const picture = this.find(".saw img");
    picture.src = saw;
    picture.alt = `The photograph as the network gets it, ${size} by ${size} pixels`;
    this.find(".saw-note").textContent = `${size} × ${size} pixels, ${MODE_WORDS[mode]}`;
  }

  showStrangeness() {
    const { strangeness, threshold, strange } = this.answer;
    this.find(".strange").hidden = threshold === null;
    this.figure.classList.toggle("unlike", strange === true);
    if (threshold === null) return;
    const beyond = strangeness - threshold;
    const reach = Math.max(Math.abs(beyond) * 1.25, Math.abs(threshold) * 0.5, 1);
    const [unlike, like] = ["Unlike anything it was trained on: none of these may be right.", "Yes, by this measure."];
    this.find(".mark").style.left = `${(50 + (50 * beyond) / reach).toFixed(1)}%`;
    this.find(".verdict").textContent = strange ? unlike : like;
    this.find(".verdict-numbers").textContent = `strangeness ${signed(strangeness)}, limit ${signed(threshold)}`;
  }

  /** The menu of label sets, where the network has some. */
  fillSets() {
    const { classes, sets } = this.answer;
    const menu = this.find(".sets");
    const names = Object.keys(sets);
    this.find(".sets-field").hidden = !names.length;
    menu.replaceChildren(
      new Option(`all ${counted(classes.length, "class", "classes")}`, ""),
      ...names.map((name) => new Option(`${name} (${sets[name].length})`, name)));
    if (!names.includes(this.state.set)) this.state.set = "";
    menu.value = this.state.set;
  }

  /** The whole figure at the width that it has. */
  draw() {
    if (!this.answer || !this.figure.clientWidth) return;
    const { classes, logits, output } = this.answer;
    drawLogits(this.find(".logit-chart"), classes, logits, (index) => this.point(index));
    if (output !== "logits") this.find(".logit-chart").setAttribute("aria-label", GIVEN);
    this.find(".logits-head").textContent = output === "logits" ? "Logits" : "What the network gives";
    this.find(".step-head").textContent = STEPS[output];
    this.find(".own-head").textContent = output === "logits" ? OUTPUT_WORDS.logits : "";
    this.drawBars();
    this.point(null);
  }

  /** The rows to show; only a class of the network's own has an index. */
  ranking() {
    const { classes, ranking, sets } = this.answer;
    const { k, set } = this.state;
    return (set ? sets[set] : ranking).slice(0, k).map((row) => {
      const index = set ? -1 : classes.indexOf(row.label);
      return { ...row, index: index < 0 ? undefined : index };
    });
  }

  drawBars() {
    const rows = this.ranking();
    const [list, chart] = [this.find(".bars"), this.find(".logit-chart")];
    while (this.bars.length < rows.length) {
      const bar = makeBar(this.press, (index) => this.point(index));
      this.bars.push(bar);
      list.append(bar.item);
    }
    this.bars.forEach(({ item, show }, place) => {
      item.hidden = place >= rows.length;
      if (place < rows.length) show(rows[place]);
    });
    const flow = this.find(".flow svg");
    const middles = (elements) =>
      boxesOn(flow, elements, flow.clientWidth).map(({ top, bottom }) => (top + bottom) / 2);
    const to = middles(rows.map((_, place) => this.bars[place].item));
    const ends = rows.map((row, place) => {
      const hits = chart.querySelectorAll(`[data-index="${row.index}"] .hit`); // none of a class that is not charted
      return { ...row, from: middles(hits)[0], to: to[place] };
    });
    const shown = new Set(rows.map((row) => String(row.index)));
    for (const part of chart.querySelectorAll("[data-index]")) {
      part.classList.toggle("shown", shown.has(part.dataset.index));
    }
    drawFlow(flow, ends, Math.max(chart.clientHeight, LEAST_FLOW));
  }

  /** Follow one class through the figure and in words; none, or a sum of classes, leaves the words to the first one. */
  point(index) {
    const { classes, logits, temperature, output } = this.answer;
    const known = index ?? null;
    const read = known ?? descending(logits)[0];
    pointAt(this.figure, known);
    this.find(".readout").textContent = output === "logits" ? followed(classes[read], logits, read, temperature)
      : followedOutput(classes[read], this.answer, read);
  }
}
