// The exact sum of a logit as a table whose printed digits add up.

/** The terms of an exact sum as a table; a term's button opens its map in Feature maps. */
function sumTable(sum, classIndex) {
  const lines = sumLines(sum);
  const reach = Math.max(...sum.terms.map((term) => Math.abs(term.amount)));
  const words = { rest: (line) => line.count + (sum.source ? " more maps" : " more features"), bias: () => "bias", rounding: () => "rounding of the last digit" };
  const row = (line) => {
    const cells = line.kind === "term"
      ? [make("td", {}, sum.source ? make("button", { type: "button", class: "quiet", title: "Open this map in Feature maps", onclick: () => openChannel(sum.source, line.feature) }, "map " + line.feature) : "feature " + line.feature),
        make("td", { class: "number" }, signed(line.weight, 5) + " × " + signed(line.value, 4))]
      : [make("td", { colspan: 2 }, words[line.kind](line))];
    const share = Math.min(50, (50 * Math.abs(line.amount)) / (reach || 1)); // the rest and the bias may be longer than any term
    const bar = make("span", { class: "term-bar " + (line.amount < 0 ? "below" : "above"), style: `width:${share.toFixed(2)}%;` });
    return make("tr", { class: "sum-" + line.kind }, ...cells, make("td", { class: "number sum-amount" }, line.printed), make("td", { class: "term-track", "aria-hidden": true }, bar));
  };
  const table = make("table", {},
    make("thead", {}, make("tr", {}, make("th", {}, sum.source ? "from" : "feature"), make("th", { class: "number" }, sum.source ? "weight × mean" : "weight × value"), make("th", { class: "number" }, "amount"), make("td", { class: "term-track" }))),
    make("tbody", {}, ...lines.map(row)),
    make("tfoot", {}, make("tr", {}, make("td", { colspan: 2 }, "logit"), make("td", { class: "number sum-amount" }, plus(sum.logit, 4)), make("td"))));
  const open = make("button", { type: "button", onclick: () => openChannel(sum.layer, classIndex) }, "Open this logit in Feature maps");
  return make("div", { class: "scroll-x" }, table, open);
}

/** Show one channel of a layer in the Feature maps tab. */
function openChannel(layer, channel) {
  explorer.set("openChannel", { layer, channel });
  openTab("maps");
}
