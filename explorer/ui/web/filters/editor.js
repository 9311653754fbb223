// The kernel as a grid of boxes. What is no number is marked and stays; the last good kernel stays in use meanwhile.

/** A grid editor in `root`; `changed(rows)` is called once every box holds a number. */
function makeEditor(root, says, changed) {
  let boxes = [];
  let shown = "";

  function read() {
    const rows = boxes.map((row) => row.map((box) => cellNumber(box.value)));
    let wrong = 0;
    boxes.forEach((row, y) => row.forEach((box, x) => {
      const bad = Number.isNaN(rows[y][x]);
      wrong += bad;
      box.setAttribute("aria-invalid", String(bad));
      paint(box, bad ? null : rows[y][x], rows);
    }));
    says.textContent = wrong ? `${wrong === 1 ? "One cell is" : wrong + " cells are"} not a number of at most a million, such as −1.5 or 1/9. The picture keeps the last good kernel.` : "";
    if (!wrong) changed(rows);
  }

  function paint(box, value, rows) {
    const reach = Math.max(...rows.flat().filter((each) => !Number.isNaN(each)).map(Math.abs)) || 1;
    const shade = value === null ? null : colourAt("diverging", 0.5 + value / (2 * reach));
    box.style.background = shade ? `rgb(${shade.join(",")})` : "";
    box.style.color = shade ? inkOn(shade) : "";
  }

  function move(event, y, x) {
    const by = { ArrowUp: [-1, 0], ArrowDown: [1, 0], Enter: [1, 0] }[event.key];
    const next = by && boxes[y + by[0]] && boxes[y + by[0]][x + by[1]];
    if (!next) return;
    event.preventDefault();
    next.focus();
    next.select();
  }

  function show(rows, editable) {
    const now = JSON.stringify([rows, editable]);
    if (now === shown) return;
    shown = now;
    says.textContent = "";
    root.style.setProperty("--columns", rows[0].length);
    boxes = rows.map((row, y) => row.map((value, x) => {
      const box = made("input", "kernel-cell");
      Object.assign(box, { value: numberText(value).length > 8 ? String(value) : numberText(value).replace("−", "-"), inputMode: "decimal", autocomplete: "off", disabled: !editable });
      box.setAttribute("aria-label", `Row ${y + 1}, column ${x + 1}`);
      box.addEventListener("change", () => { shown = ""; read(); });
      box.addEventListener("keydown", (event) => move(event, y, x));
      paint(box, value, rows);
      return box;
    }));
    root.replaceChildren(...boxes.flat());
  }

  return { show, focus: (y, x) => { if (boxes[y] && boxes[y][x]) { boxes[y][x].focus(); boxes[y][x].select(); } } };
}
