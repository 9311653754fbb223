// "Softmax, opened": every logit, its exponential, their sum and each share; a temperature that re-ranks nothing.

const SOFTMAX_TERMS = 6; // written out in the formula; the table below has all

function softmaxPanel(root) {
  const slider = make("input", { type: "range", min: -2, max: 4, step: 0.01, value: 0 });
  const shown = make("output", { class: "number" });
  const reset = make("button", { type: "button" });
  const [formula, sentence, body] = [make("div", { class: "softmax-formula", "aria-live": "polite" }), make("p", { class: "note" }), make("tbody")];
  const table = make("div", { class: "scroll-x softmax-table", tabindex: 0, role: "region", "aria-label": "All classes" },
    make("table", {}, make("thead", {}, make("tr", {}, ...["class", "logit z", "z / T", "exp(z / T)", "share"].map((text, place) => make("th", { class: place ? "number" : null }, text)), make("td"))), body));
  root.append(
    make("div", { class: "row" }, make("label", { class: "field" }, "Temperature T", make("span", { class: "stepper" }, slider, shown)), reset),
    formula, sentence, table);
  let answer = null;
  let chosen = 0;
  const rows = [];

  /** The slider is logarithmic: 1/4 to 16, with 1 a third of the way. */
  const temperature = () => (Number(slider.value) === fitted() ? answer.temperature : 2 ** Number(slider.value));
  const fitted = () => Math.round(Math.log2(answer.temperature) * 100) / 100;

  function term(index, values) {
    const text = make("span", { class: "softmax-term number" + (index === chosen ? " chosen" : "") }, "exp(", signed(values.scaled[index]), ")");
    return text;
  }

  function fill() {
    const T = temperature();
    const values = softmaxOpened(answer.logits, T);
    const order = descending(answer.logits);
    const first = order.slice(0, SOFTMAX_TERMS);
    if (!first.includes(chosen)) first[first.length - 1] = chosen;
    const rest = order.length - first.length;
    shown.textContent = T.toFixed(2);
    const sum = first.flatMap((index, place) => (place ? [" + ", term(index, values)] : [term(index, values)]));
    if (rest > 0) sum.push(" + " + rest + " more");
    formula.replaceChildren(
      make("span", { class: "fraction" }, make("span", { class: "over" }, term(chosen, values)), make("span", { class: "under" }, ...sum)),
      make("span", { class: "number equals" }, "= " + magnitude(values.exponentials[chosen]) + " / " + magnitude(values.sum) + " = "),
      make("b", { class: "number equals" }, percent(values.probabilities[chosen])), make("span", { class: "softmax-name" }, readable(answer.classes[chosen])));
    sentence.textContent = "Every logit is divided by the same positive T and exp only ever rises, so the order never changes: a high T evens the shares out, a low one lets the first take all. "
      + (answer.temperature === 1 ? "This checkpoint is shown at T = 1." : "T = " + answer.temperature.toFixed(3) + " was fitted on validation photographs, so that of all answers given with 80 %, about 80 % are right.");
    order.forEach((index, place) => fillRow(place, index, values));
    rows.forEach((row, place) => (row.line.hidden = place >= order.length));
  }

  function fillRow(place, index, values) {
    if (!rows[place]) {
      const cells = Array.from({ length: 5 }, (_, column) => make("td", { class: column ? "number" : null }));
      const fillBar = make("span", { class: "bar-fill" });
      const pick = make("button", { type: "button", class: "quiet", onclick: () => { chosen = rows[place].index; fill(); } });
      cells[0].append(pick);
      const line = make("tr", {}, ...cells, make("td", { class: "softmax-bar" }, make("span", { class: "bar-track", "aria-hidden": true }, fillBar)));
      rows[place] = { line, cells, pick, fillBar };
      body.append(line);
    }
    const row = rows[place];
    row.index = index;
    row.pick.textContent = readable(answer.classes[index]);
    row.pick.setAttribute("aria-pressed", String(index === chosen));
    [signed(answer.logits[index], 3), signed(values.scaled[index], 3), magnitude(values.exponentials[index]), percent(values.probabilities[index])].forEach((text, column) => (row.cells[column + 1].textContent = text));
    row.fillBar.style.width = (values.probabilities[index] * 100).toFixed(3) + "%";
  }

  slider.addEventListener("input", fill);
  reset.addEventListener("click", () => {
    slider.value = fitted();
    fill();
  });

  return {
    show(next, target) {
      const same = answer && answer.network.name === next.network.name;
      answer = next;
      if (!same) slider.value = fitted();
      reset.textContent = "Back to T = " + answer.temperature.toFixed(2);
      chosen = target === null || target === undefined ? descending(answer.logits)[0] : target;
      fill();
    },
  };
}
