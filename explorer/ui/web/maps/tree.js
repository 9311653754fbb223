// The layers as a tree: modules as they hold one another, folded and unfolded, walked with the keyboard.

import { made, make } from "../shared/dom.js";
import * as explorer from "../shared/page.js";
import { paintLayer } from "./cursor.js";
import { shapeText } from "./numbers.js";

const INDENT = 16; // pixels a level

/**
 * What a key does at one of the visible items: go {to} another, make it {open} or not, or nothing (null).
 * @param {{ level: number, open?: boolean }[]} items `open` is undefined for a leaf
 * @param {number} at
 * @param {string} key
 */
export function treeStep(items, at, key) {
  const { level, open } = items[at];
  const parent = items.slice(0, at).findLastIndex((one) => one.level < level);
  if (key === "ArrowRight" && open === false) return { open: true };
  if (key === "ArrowLeft" && open) return { open: false };
  const to = {
    ArrowDown: Math.min(items.length - 1, at + 1),
    ArrowUp: Math.max(0, at - 1),
    Home: 0,
    End: items.length - 1,
    ArrowRight: open ? at + 1 : at,
    ArrowLeft: parent >= 0 ? parent : at,
  }[key];
  return to === undefined ? null : { to };
}

/** The next visible item, from `at` on and around, whose name begins with a letter; -1 if none does. */
export function treeLetter(names, at, letter) {
  const order = names.map((_, step) => (at + 1 + step) % names.length);
  const found = order.find((one) => names[one].toLowerCase().startsWith(letter.toLowerCase()));
  return found === undefined ? -1 : found;
}

/** Ask for the tree of the network in use, once, when it is looked at. */
export async function askTree(tab) {
  const of = tab.sheet;
  if (!of || !tab.treeOpen || tab.view !== "layer") return;
  try {
    of.tree = of.tree || explorer.ask(tab.server.tree({ token: of.token }));
    const branches = await of.tree;
    if (of !== tab.sheet) return;
    const tree = tab.find(".tree");
    if (tree.dataset.token !== of.token) {
      tree.replaceChildren(...branches.map((branch) => treeItem(branch, 1)));
      Object.assign(tree.dataset, { token: of.token, marked: "" });
    }
    // a layer that is drawn anew unfolds nothing that was folded
    if (tree.dataset.marked !== tab.wanted.layer) markTree(tab);
  } catch (error) {
    of.tree = null;
    tab.showProblem(error.message);
  }
}

function treeItem(branch, level) {
  const shape = branch.shape ? shapeText(branch.shape) : "never reached";
  const row = make("div", { class: "tree-row", title: branch.kind });
  const item = make("li", {
    class: "tree-item", role: "treeitem", tabindex: -1, "aria-level": level, "aria-selected": "false",
    "aria-label": [branch.name, branch.kind, shape].join(", "), "data-name": branch.name, "data-layer": branch.key,
  }, row);
  row.style.paddingLeft = INDENT * (level - 1) + "px";
  const words = [made("span", "tree-name", branch.name), made("span", "soft tree-shape", shape)];
  row.append(made("span", "twist"), ...words);
  if (branch.children.length) {
    item.setAttribute("aria-expanded", "false");
    const inside = branch.children.map((child) => treeItem(child, level + 1));
    item.append(make("ul", { class: "tree-group", role: "group" }, ...inside));
  }
  return item;
}

/** Mark the layer in use, its modules unfolded, in sight inside the tree. */
function markTree({ find, treeOpen, wanted: { layer } }) {
  const tree = find(".tree");
  const all = [...tree.querySelectorAll(".tree-item")];
  if (!treeOpen || !all.length) return;
  tree.dataset.marked = layer;
  const chosen = all.find((item) => item.dataset.layer === layer && !item.hasAttribute("aria-expanded"));
  for (const item of all) {
    item.setAttribute("aria-selected", String(item === chosen));
    if (chosen && item !== chosen && item.contains(chosen)) item.setAttribute("aria-expanded", "true");
  }
  if (!tree.contains(document.activeElement)) restAt(tree, chosen || all[0]);
  if (!chosen) return;
  const [row, box] = [chosen.getBoundingClientRect(), tree.getBoundingClientRect()];
  tree.scrollTop += Math.min(0, row.top - box.top) + Math.max(0, row.bottom - box.bottom);
}

/** Make this the one item that the key Tab reaches. */
function restAt(tree, item) {
  for (const one of tree.querySelectorAll('[tabindex="0"]')) one.tabIndex = -1;
  item.tabIndex = 0;
}

const isOpen = (item) => (item.hasAttribute("aria-expanded") ? item.ariaExpanded === "true" : undefined);

function foldItem(item, open = !isOpen(item)) {
  if (isOpen(item) !== undefined) item.setAttribute("aria-expanded", String(open));
}

/** What a key does in the tree. `open` is told the layer that the visitor chooses. */
function walkTree(tree, event, open) {
  const item = event.target.closest(".tree-item");
  if (!item || event.ctrlKey || event.metaKey || event.altKey) return;
  const items = [...tree.querySelectorAll(".tree-item")].filter((one) => one.offsetParent);
  const at = items.indexOf(item);
  if (event.key === "Enter" || event.key === " ") {
    event.preventDefault();
    if (item.dataset.layer) open(item.dataset.layer);
    return;
  }
  const letter = event.key.length === 1 ? treeLetter(items.map((one) => one.dataset.name), at, event.key) : -1;
  const levels = items.map((one) => ({ level: Number(one.ariaLevel), open: isOpen(one) }));
  const step = letter >= 0 ? { to: letter } : treeStep(levels, at, event.key);
  if (!step) return;
  event.preventDefault();
  if ("open" in step) foldItem(item, step.open);
  else {
    restAt(tree, items[step.to]);
    items[step.to].focus();
  }
}

/** Connect the tree; `open` is told the layer that the visitor chooses. */
export function bindTree(tab, open) {
  const [tree, toggle] = [tab.find(".tree"), tab.find(".tree-toggle")];
  const showTree = (on) => {
    tab.treeOpen = on;
    toggle.setAttribute("aria-expanded", String(on));
    tree.hidden = !on;
    tab.find(".layer-view").classList.toggle("with-tree", on);
    askTree(tab);
  };
  toggle.addEventListener("click", () => {
    showTree(!tab.treeOpen);
    paintLayer(tab);
    tab.writeState();
  });
  tree.addEventListener("keydown", (event) => walkTree(tree, event, open));
  tree.addEventListener("click", (event) => {
    const item = event.target.closest(".tree-item");
    if (!item) return;
    restAt(tree, item);
    item.focus({ preventScroll: true });
    if (event.target.closest(".twist")) foldItem(item);
    else if (item.dataset.layer) open(item.dataset.layer);
  });
  showTree(tab.treeOpen);
}
