// What "Many photographs" shows: a table whose labels can be corrected, and a confusion matrix whose cells open pictures.

const LINE_CHOICES = [["all", "all"], ["wrong", "answered otherwise than labelled"], ["unsure", "below 50 %"], ["strange", "unlike the training photographs"], ["unread", "could not be read"]];
const LINE_HEADS = [["file", "file"], ["answer", "answer"], ["share", "score of the first three"], ["", "label"]];
const LINE_ORDERS = [["order", "as they came"], ["worst", "wrong and strange first"], ["file", "file"], ["answer", "answer"], ["share", "score"]];

/** table.show(lines, known) draws; a corrected label calls `changed`. `filter` and `search` are its controls. */
function lineTable(changed) {
  const choice = make("select", { onchange: paint }, ...LINE_CHOICES.map(([value, text]) => new Option(text, value)));
  const text = make("input", { type: "search", placeholder: "file or label", oninput: paint });
  const sorting = make("select", { onchange: () => order(sorting.value, false) }, ...LINE_ORDERS.map(([value, title]) => new Option(title, value)));
  const body = make("tbody");
  const [narrowed, none] = [make("p", { class: "soft", hidden: true }), make("p", { class: "soft", hidden: true }, "No line is like that.")];
  const state = { lines: [], known: [], cell: null, sort: "order", down: false };
  const heads = LINE_HEADS.map(([sort, title]) =>
    make("th", { scope: "col" }, sort ? make("button", { type: "button", class: "quiet", "data-sort": sort, onclick: () => order(sort) }, title) : title));
  const table = make("div", { class: "scroll-x lines", hidden: true }, make("table", {}, make("thead", {}, make("tr", {}, make("td"), ...heads)), body));

  function order(sort, turned = state.sort === sort) {
    state.down = turned ? !state.down : sort === "share";
    state.sort = sorting.value = sort;
    paint();
  }

  function paint() {
    const shown = shownLines(state.lines, { ...state, filter: choice.value, text: text.value });
    body.replaceChildren(...shown.map((line) => (line.row ||= lineRow(line, state.known, changed))));
    for (const button of table.querySelectorAll("[data-sort]")) button.parentElement.setAttribute("aria-sort", button.dataset.sort !== state.sort ? "none" : state.down ? "descending" : "ascending");
    table.hidden = !state.lines.length;
    none.hidden = !state.lines.length || shown.length > 0;
    narrowed.hidden = !state.cell;
    if (state.cell) narrowed.replaceChildren("Shown: labelled " + readable(state.cell.label) + ", answered " + readable(state.cell.answer) + ". ", make("button", { type: "button", onclick: () => narrow(null) }, "Show all"));
  }

  function narrow(cell) {
    state.cell = cell;
    paint();
    if (cell) narrowed.scrollIntoView({ block: "nearest", behavior: explorer.reducedMotion() ? "auto" : "smooth" });
  }

  function show(lines, known) {
    Object.assign(state, { lines, known }, lines.length ? {} : { cell: null });
    paint();
  }

  return { root: make("div", {}, narrowed, none, table), narrow, show, filter: make("label", { class: "field" }, "Show", choice), sorting: make("label", { class: "field" }, "Sort", sorting), search: make("label", { class: "field" }, "Search", text) };
}

function lineRow(line, known, changed) {
  const file = make("td", { class: "line-file" }, line.file);
  if (line.error) return make("tr", { class: "unread" }, make("td"), file, make("td", { colspan: 3 }, line.error));
  const rest = make("td", { class: "line-top" }, ...line.top.map((one) => make("span", {}, make("span", { class: "number" }, percent(one.probability)), " " + readable(one.label))));
  const names = line.label && !known.includes(line.label) ? [line.label, ...known] : known;
  const pick = make("select", { "aria-label": "Label of " + line.file }, new Option("no label", ""), ...names.map((label) => new Option(readable(label), label, false, label === line.label)));
  const answer = make("td", {}, make("b", {}, readable(line.top[0].label)), make("span", { class: "line-verdict" }));
  const row = make("tr", {}, make("td", {}, make("img", { src: line.thumbnail, alt: "", class: "thumbnail" })), file, answer, rest, make("td", {}, pick));
  const judge = () => {
    const right = !line.label ? "" : line.foreign ? "labelled " + readable(line.label) + ", which is none of these names" : line.label === line.top[0].label ? "✓ as labelled" : "✗ labelled " + readable(line.label);
    answer.lastChild.textContent = [right, line.strange ? "unlike the training photographs" : ""].filter(Boolean).join("; ");
    row.classList.toggle("wrong-line", right.startsWith("✗"));
  };
  pick.addEventListener("change", () => {
    line.said = line.label = pick.value;
    line.foreign = Boolean(line.label) && !known.includes(line.label);
    judge();
    changed();
  });
  judge();
  return row;
}

/** Rows are labels, columns are answers; a cell with a count opens its pictures. */
function confusionMatrix(open) {
  const table = make("table", { class: "matrix" });
  const root = make("details", { class: "group", open: !matchMedia("(max-width: 760px)").matches, hidden: true }, make("summary", {}, "Confusion matrix: a row a label, a column an answer"), make("div", { class: "scroll-x" }, table));

  function cell(label, answer, count, most) {
    const right = label === answer;
    if (!count) return make("td", { class: right ? "right-cell" : null }, "");
    const strength = Math.round(18 + (62 * count) / most);
    const button = make("button", { type: "button", class: "number", style: `background: color-mix(in srgb, var(--${right ? "good" : "problem"}) ${Math.round(strength / 2)}%, var(--paper))`, title: readable(label) + " answered as " + readable(answer), "aria-label": count + " labelled " + readable(label) + ", answered " + readable(answer) + "; show them", onclick: () => open({ label, answer }) }, String(count));
    return make("td", { class: right ? "right-cell" : null }, button);
  }

  return {
    root,
    show({ names, counts }) {
      root.hidden = !names.length;
      const most = Math.max(1, ...counts.flat());
      table.replaceChildren(
        make("thead", {}, make("tr", {}, make("td"), ...names.map((name) => make("th", { scope: "col" }, make("span", {}, readable(name)))))),
        make("tbody", {}, ...names.map((name, row) => make("tr", {}, make("th", { scope: "row" }, readable(name)), ...names.map((answer, column) => cell(name, answer, counts[row][column], most))))));
    },
  };
}
