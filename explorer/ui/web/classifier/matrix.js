// The confusion matrix of "Many photographs": rows are labels, columns answers; a cell with a count opens its lines.

import { make, made } from "../shared/dom.js";
import { pictureButtons } from "../shared/drawing.js";
import { readable } from "../shared/wording.js";

const NARROW = "(max-width: 760px)";

/**
 * `open` is called with a cell's {label, answer}; `called` gives the label of the network that answered.
 * @param {(cell: { label: string, answer: string }) => void} open
 * @param {() => string} called
 */
export function confusionMatrix(open, called) {
  const table = make("table", { class: "matrix" });
  const title = made("summary", "", "Confusion matrix: a row a label, a column an answer");
  const group = { class: "group", open: !matchMedia(NARROW).matches, hidden: true };
  const root = make("details", group, title, make("div", { class: "scroll-x" }, table),
    make("div", { class: "row picture-row matrix-pictures" }, made("span", "soft", "Save the matrix as"),
      ...pictureButtons(() => table, () => [called(), "confusion"])));

  return {
    root,
    show({ names, counts }) {
      root.hidden = !names.length;
      const most = Math.max(1, ...counts.flat());
      const head = (name) => make("th", { scope: "col" }, made("span", "", readable(name)));
      const row = (label, place) => make("tr", {}, make("th", { scope: "row" }, readable(label)),
        ...names.map((answer, column) => matrixCell({ label, answer }, counts[place][column], most, open)));
      table.replaceChildren(
        make("thead", {}, make("tr", {}, make("td"), ...names.map(head))),
        make("tbody", {}, ...names.map(row)));
    },
  };
}

function matrixCell({ label, answer }, count, most, open) {
  const right = label === answer;
  const cell = made("td", right ? "right-cell" : "");
  if (!count) return cell;
  const strength = Math.round(9 + (31 * count) / most); // per cent of the colour
  cell.append(make("button", {
    type: "button", class: "number", onclick: () => open({ label, answer }),
    style: `background: color-mix(in srgb, var(--${right ? "good" : "problem"}) ${strength}%, var(--paper))`,
    title: `${readable(label)} answered as ${readable(answer)}`,
    "aria-label": `${count} labelled ${readable(label)}, answered ${readable(answer)}; show them`,
  }, String(count)));
  return cell;
}
