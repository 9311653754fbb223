// "Softmax, opened": every logit, its exponential, their sum and each share. First at T = 1, the softmax itself; then a
// temperature, which re-ranks nothing.

import { make, made } from "../shared/dom.js";
import { percent, readable } from "../shared/wording.js";
import { shareBar } from "./bars.js";
import {
  LOGIT_DIGITS, NO_LOGITS, SCALED_DIGITS, descending, magnitude, rounded, signed, softmaxPrinted, temperatureText,
} from "./numbers.js";

const TERMS = 6; // written out in the formula; the table below has all
const HEADS = ["class", "logit z", "z / T", "exp(z / T)", "share"];
const ORDER_STAYS = "Every logit is divided by the same positive T and exp only ever rises, so the order never "
  + "changes: a high T evens the shares out, a low one lets the first take all. ";

const columnClass = (column) => (column ? "number" : null);

/** What is to be known of T, in words: of the one that is shown, and of the checkpoint's own. */
function temperatureWords(shown, own) {
  const plain = shown === 1 ? "At T = 1 this is the softmax itself: exp(z), divided by the sum of all of them. " : "";
  if (own === 1) return plain + ORDER_STAYS + "This checkpoint is shown at T = 1.";
  return plain + ORDER_STAYS + `The shares above are at T = ${temperatureText(own)}, which was fitted on validation `
    + "photographs, so that of all answers given with 80 %, about 80 % are right.";
}

export class SoftmaxPanel {
  answer = null;
  chosen = 0; // class index
  rows = [];
  told = (_power) => {}; // called with where the slider stands, "" for T = 1
  wanted = ""; // where a link puts the slider

  /** @param {HTMLElement} root */
  constructor(root) {
    this.slider = make("input", { type: "range", min: -2, max: 4, step: 0.01, value: 0, oninput: () => this.slide() });
    this.shown = made("output", "number");
    this.plain = make("button", { type: "button", onclick: () => this.slideTo(0) }, "T = 1");
    this.own = make("button", { type: "button", onclick: () => this.slideTo(this.fitted()) });
    this.formula = make("div", { class: "softmax-formula", "aria-live": "polite" });
    this.sentence = made("p", "note");
    this.body = make("tbody");
    const heads = HEADS.map((text, column) => make("th", { class: columnClass(column) }, text));
    const stepper = make("span", { class: "stepper" }, this.slider, this.shown);
    const table = make("table", {}, make("thead", {}, make("tr", {}, ...heads, make("td"))), this.body);
    const region = { class: "scroll-x softmax-table", tabindex: 0, role: "region", "aria-label": "All classes" };
    const label = make("label", { class: "field" }, "Temperature T", stepper);
    this.steps = make("div", { class: "row" }, label, this.plain, this.own);
    this.table = make("div", region, table);
    root.append(this.steps, this.formula, this.sentence, this.table);
  }

  show(answer, target) {
    for (const part of [this.steps, this.formula, this.table]) part.hidden = answer.output !== "logits";
    if (answer.output !== "logits") {
      this.sentence.textContent = NO_LOGITS[answer.output];
      return;
    }
    const same = this.answer && this.answer.network.name === answer.network.name;
    this.answer = answer;
    if (!same) this.slider.value = this.wanted || 0;
    this.wanted = "";
    this.own.textContent = `T = ${temperatureText(answer.temperature)}, the checkpoint’s`;
    this.own.hidden = answer.temperature === 1;
    this.chosen = target === null ? descending(answer.logits)[0] : target;
    this.fill();
  }

  /** Where the slider stands for the checkpoint's own T; it is logarithmic: 1/4 to 16, with 1 a third of the way. */
  fitted() {
    return rounded(Math.log2(this.answer.temperature), 2);
  }

  temperature() {
    const power = Number(this.slider.value);
    return power === this.fitted() ? this.answer.temperature : Number(temperatureText(2 ** power));
  }

  slide() {
    this.told(Number(this.slider.value) === 0 ? "" : this.slider.value);
    this.fill();
  }

  slideTo(power) {
    this.slider.value = power;
    this.slide();
  }

  fill() {
    const { logits, temperature } = this.answer;
    const values = softmaxPrinted(logits, this.temperature());
    const order = descending(logits);
    this.shown.textContent = temperatureText(this.temperature());
    this.fillFormula(order, values);
    this.sentence.textContent = temperatureWords(this.temperature(), temperature);
    this.plain.setAttribute("aria-pressed", String(this.temperature() === 1));
    this.own.setAttribute("aria-pressed", String(this.temperature() === temperature));
    order.forEach((index, place) => this.fillRow(place, index, values));
    this.rows.forEach((row, place) => { row.line.hidden = place >= order.length; });
  }

  fillFormula(order, values) {
    const { chosen } = this;
    const term = (index) => {
      const text = `exp(${signed(values.scaled[index], SCALED_DIGITS)})`;
      return made("span", "softmax-term number" + (index === chosen ? " chosen" : ""), text);
    };
    const first = order.slice(0, TERMS);
    if (!first.includes(chosen)) first[first.length - 1] = chosen;
    const rest = order.length - first.length;
    const sum = first.flatMap((index, place) => (place ? [" + ", term(index)] : [term(index)]));
    if (rest > 0) sum.push(` + ${rest} more`);
    const [over, under] = [make("span", { class: "over" }, term(chosen)), make("span", { class: "under" }, ...sum)];
    this.formula.replaceChildren(
      make("span", { class: "fraction" }, over, under),
      made("span", "number equals", `= ${magnitude(values.exponentials[chosen])} / ${magnitude(values.sum)} = `),
      made("b", "number equals", percent(values.probabilities[chosen])),
      made("span", "softmax-name", readable(this.answer.classes[chosen])));
  }

  makeRow() {
    const cells = HEADS.map((_, column) => make("td", { class: columnClass(column) }));
    const bar = shareBar();
    const line = make("tr", {}, ...cells, make("td", { class: "softmax-bar" }, bar.root));
    const row = { cells, bar, line, index: 0, pick: null };
    row.pick = make("button", { type: "button", class: "quiet", onclick: () => this.choose(row.index) });
    cells[0].append(row.pick);
    this.body.append(line);
    return row;
  }

  choose(index) {
    this.chosen = index;
    this.fill();
  }

  fillRow(place, index, { scaled, exponentials, probabilities }) {
    const row = (this.rows[place] ||= this.makeRow());
    row.index = index;
    row.pick.textContent = readable(this.answer.classes[index]);
    row.pick.setAttribute("aria-pressed", String(index === this.chosen));
    const texts = [
      signed(this.answer.logits[index], LOGIT_DIGITS), signed(scaled[index], SCALED_DIGITS),
      magnitude(exponentials[index]), percent(probabilities[index]),
    ];
    texts.forEach((text, column) => { row.cells[column + 1].textContent = text; });
    row.bar.show(probabilities[index]);
  }
}
