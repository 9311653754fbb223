// The table of a stack: a row a layer, editable where the stack is the visitor's own.

const STACK_COLUMNS = [["Layer", ""], ["Output", "shape"], ["Parameters", "number"], ["Mult-adds", "number"],
  ["Memory", "number"], ["Sees", "number"], ["Jump", "number"]];

/** Build the head and the rows. `act(name, at, value)` is called for "edit", "up", "down", "remove", "look", "fix" and "mark". */
function fillStackTable(table, result, editable, act) {
  const titles = STACK_COLUMNS.filter(([title]) => editable || title !== "Jump");
  const head = titles.map(([title, kind]) => makeNode("th", { textContent: title, scope: "col", className: kind }));
  if (editable) head.push(makeNode("th", { scope: "col" }, [makeNode("span", { className: "sr-only", textContent: "Move or remove" })]));
  table.tHead.replaceChildren(makeNode("tr", {}, head));
  table.tBodies[0].replaceChildren(...result.rows.flatMap((row, at) => stackRow(row, at, result, editable, act)));
}

function stackRow(row, at, result, editable, act) {
  const reached = row.shape !== null;
  const cells = [
    makeNode("td", { className: "sizes-name" }, [editable ? lineBox(row, at, act) : tracedName(row)]),
    makeNode("td", { className: "number", textContent: reached ? shapeText(row.shape).replaceAll(" × ", "×") : "–" }),
    ...[row.parameters, row.mult_adds].map((value) => makeNode("td", { className: "number", textContent: reached ? shortNumber(value) : "–", title: value.toLocaleString("en") })),
    makeNode("td", { className: "number", textContent: reached ? memoryText(row.memory) : "–" }),
    makeNode("td", { className: "number", textContent: reached ? fieldText(row.receptive_field) : "–" }),
  ];
  if (editable) {
    const jump = row.jump ? (row.jump[0] === row.jump[1] ? [row.jump[0]] : row.jump).map((n) => cellText(n)).join(" × ") : "–";
    cells.push(makeNode("td", { className: "number", textContent: jump }), makeNode("td", { className: "sizes-moves" }, moveButtons(row, at, result.rows.length, act)));
  }
  const node = makeNode("tr", { className: row.error ? "sizes-broken" : reached ? "" : "sizes-unreached" }, cells);
  node.addEventListener("pointerenter", () => act("mark", at));
  node.addEventListener("focusin", () => act("mark", at));
  return [node];
}

function lineBox(row, at, act) {
  const box = makeNode("input", { type: "text", value: row.name, className: "number", spellcheck: false, autocomplete: "off", "aria-label": `Layer ${at + 1}` });
  box.size = Math.min(44, Math.max(18, row.name.length));
  box.addEventListener("change", () => act("edit", at, box.value));
  return box;
}

function tracedName(row) {
  const kind = makeNode("span", { className: "soft", textContent: ` ${row.kind}${row.joins ? " – branches meet" : ""}` });
  return makeNode("span", { className: "sizes-traced" }, [makeNode("span", { className: "number", textContent: row.name }), kind]);
}

function moveButtons(row, at, count, act) {
  const button = (text, name, words, disabled = false) => {
    const node = makeNode("button", { type: "button", textContent: text, className: "quiet", disabled, "aria-label": `${words} layer ${at + 1}`, title: words });
    node.addEventListener("click", () => act(name, at));
    return node;
  };
  return [
    button("↑", "up", "Move up", at === 0), button("↓", "down", "Move down", at === count - 1), button("✕", "remove", "Remove"),
    ...(row.settings && settingsFit(row.settings) ? [button("Look", "look", "Look at this")] : []),
  ];
}

/** Why a layer breaks, and the ways out; empty where none does. */
function fillBreak(place, result, act) {
  const at = result.rows.findIndex((row) => row.error);
  place.hidden = at < 0;
  if (at < 0) return;
  const row = result.rows[at];
  const fixes = row.fixes.map((fix) => {
    const button = makeNode("button", { type: "button", textContent: fix.text });
    button.addEventListener("click", () => act("fix", at, fix.lines));
    return button;
  });
  const where = `Layer ${at + 1}, ${row.name}: `;
  place.replaceChildren(makeNode("span", { textContent: where, className: "number" }), `${row.error}${fixes.length ? " Ways out: " : ""}`, ...fixes);
}

/** The stacks of a lesson side by side; `choose(at)` opens one. */
function fillCompare(table, labels, results, chosen, choose) {
  const titles = ["Stack", "Output", "Sees", "Parameters", "Multiply-adds"];
  table.tHead.replaceChildren(makeNode("tr", {}, titles.map((title) => makeNode("th", { textContent: title, scope: "col" }))));
  const least = (name) => Math.min(...results.map((result) => result.totals[name]));
  table.tBodies[0].replaceChildren(...results.map((result, at) => {
    const last = result.rows[result.rows.length - 1];
    const button = makeNode("button", { type: "button", textContent: labels[at], "aria-pressed": String(at === chosen) });
    button.addEventListener("click", () => choose(at));
    const number = (name) => makeNode("td", { className: "number", textContent: result.totals[name].toLocaleString("en") + ratioText(result.totals[name], least(name)) });
    return makeNode("tr", {}, [
      makeNode("td", {}, [button]),
      makeNode("td", { className: "number", textContent: last.shape ? shapeText(last.shape) : "breaks" }),
      makeNode("td", { className: "number", textContent: last.shape ? fieldText(last.receptive_field, result.shape) : "–" }),
      number("parameters"), number("mult_adds"),
    ]);
  }));
}
