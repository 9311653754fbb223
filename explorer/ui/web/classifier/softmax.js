// "Softmax, opened": every logit, its exponential, their sum and each share; a temperature that re-ranks nothing.

const SOFTMAX_TERMS = 6; // written out in the formula; the table below has all
const SOFTMAX_HEADS = ["class", "logit z", "z / T", "exp(z / T)", "share"];

class SoftmaxPanel {
  constructor(root) {
    Object.assign(this, { answer: null, chosen: 0, rows: [] });
    this.slider = make("input", { type: "range", min: -2, max: 4, step: 0.01, value: 0, oninput: () => this.fill() });
    this.shown = make("output", { class: "number" });
    this.reset = make("button", { type: "button", onclick: () => this.fit() });
    this.formula = make("div", { class: "softmax-formula", "aria-live": "polite" });
    this.sentence = make("p", { class: "note" });
    this.body = make("tbody");
    const heads = SOFTMAX_HEADS.map((text, place) => make("th", { class: place ? "number" : null }, text));
    root.append(
      make("div", { class: "row" }, make("label", { class: "field" }, "Temperature T", make("span", { class: "stepper" }, this.slider, this.shown)), this.reset),
      this.formula, this.sentence,
      make("div", { class: "scroll-x softmax-table", tabindex: 0, role: "region", "aria-label": "All classes" }, make("table", {}, make("thead", {}, make("tr", {}, ...heads, make("td"))), this.body)));
  }

  show(next, target) {
    const same = this.answer && this.answer.network.name === next.network.name;
    this.answer = next;
    if (!same) this.slider.value = this.fitted();
    this.reset.textContent = "Back to T = " + next.temperature.toFixed(TEMPERATURE_DIGITS);
    this.chosen = target === null || target === undefined ? descending(next.logits)[0] : target;
    this.fill();
  }

  /** Where the slider stands for the checkpoint's own T; it is logarithmic: 1/4 to 16, with 1 a third of the way. */
  fitted() {
    return Math.round(Math.log2(this.answer.temperature) * 100) / 100;
  }

  temperature() {
    return Number(this.slider.value) === this.fitted() ? this.answer.temperature : rounded(2 ** Number(this.slider.value), TEMPERATURE_DIGITS);
  }

  fit() {
    this.slider.value = this.fitted();
    this.fill();
  }

  fill() {
    const { logits, temperature } = this.answer;
    const values = softmaxPrinted(logits, this.temperature());
    const order = descending(logits);
    this.shown.textContent = this.temperature().toFixed(TEMPERATURE_DIGITS);
    this.fillFormula(order, values);
    this.sentence.textContent = "Every logit is divided by the same positive T and exp only ever rises, so the order never changes: a high T evens the shares out, a low one lets the first take all. "
      + (temperature === 1 ? "This checkpoint is shown at T = 1." : "T = " + temperature.toFixed(TEMPERATURE_DIGITS) + " was fitted on validation photographs, so that of all answers given with 80 %, about 80 % are right.");
    order.forEach((index, place) => this.fillRow(place, index, values));
    this.rows.forEach((row, place) => (row.line.hidden = place >= order.length));
  }

  fillFormula(order, values) {
    const { chosen } = this;
    const term = (index) => make("span", { class: "softmax-term number" + (index === chosen ? " chosen" : "") }, "exp(", signed(values.scaled[index], SCALED_DIGITS), ")");
    const first = order.slice(0, SOFTMAX_TERMS);
    if (!first.includes(chosen)) first[first.length - 1] = chosen;
    const rest = order.length - first.length;
    const sum = first.flatMap((index, place) => (place ? [" + ", term(index)] : [term(index)]));
    if (rest > 0) sum.push(" + " + rest + " more");
    this.formula.replaceChildren(
      make("span", { class: "fraction" }, make("span", { class: "over" }, term(chosen)), make("span", { class: "under" }, ...sum)),
      make("span", { class: "number equals" }, "= " + magnitude(values.exponentials[chosen]) + " / " + magnitude(values.sum) + " = "),
      make("b", { class: "number equals" }, percent(values.probabilities[chosen])), make("span", { class: "softmax-name" }, readable(this.answer.classes[chosen])));
  }

  makeRow() {
    const cells = SOFTMAX_HEADS.map((_, column) => make("td", { class: column ? "number" : null }));
    const bar = make("span", { class: "bar-fill" });
    const row = { cells, bar, line: make("tr", {}, ...cells, make("td", { class: "softmax-bar" }, make("span", { class: "bar-track", "aria-hidden": true }, bar))) };
    row.pick = make("button", { type: "button", class: "quiet", onclick: () => {
      this.chosen = row.index;
      this.fill();
    } });
    cells[0].append(row.pick);
    this.body.append(row.line);
    return row;
  }

  fillRow(place, index, values) {
    const row = (this.rows[place] ||= this.makeRow());
    row.index = index;
    row.pick.textContent = readable(this.answer.classes[index]);
    row.pick.setAttribute("aria-pressed", String(index === this.chosen));
    const texts = [signed(this.answer.logits[index], LOGIT_DIGITS), signed(values.scaled[index], SCALED_DIGITS), magnitude(values.exponentials[index]), percent(values.probabilities[index])];
    texts.forEach((text, column) => (row.cells[column + 1].textContent = text));
    row.bar.style.width = (values.probabilities[index] * 100).toFixed(3) + "%";
  }
}
