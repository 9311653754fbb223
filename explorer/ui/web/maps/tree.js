// The layers as a tree: modules as they hold one another, folded and unfolded, walked with the keyboard. Sees maps.js.

/** What a key does at one of the visible items [{level, open}] (`open` is undefined for a leaf): {to} or {open}, or null. */
function treeStep(items, at, key) {
  const { level, open } = items[at];
  const parent = items.slice(0, at).findLastIndex((one) => one.level < level);
  const step = {
    ArrowDown: { to: Math.min(items.length - 1, at + 1) }, ArrowUp: { to: Math.max(0, at - 1) }, Home: { to: 0 }, End: { to: items.length - 1 },
    ArrowRight: open === undefined ? { to: at } : open ? { to: at + 1 } : { open: true },
    ArrowLeft: open ? { open: false } : { to: parent >= 0 ? parent : at },
  }[key];
  return step || null;
}

/** The next visible item, from `at` on and around, whose name begins with a letter; -1 if none does. */
function treeLetter(names, at, letter) {
  const order = names.map((_, step) => (at + 1 + step) % names.length);
  const found = order.find((one) => names[one].toLowerCase().startsWith(letter.toLowerCase()));
  return found === undefined ? -1 : found;
}

const treeOpen = () => find(".tree-toggle").getAttribute("aria-expanded") === "true";

/** Ask for the tree of the network in use, once, when it is looked at. */
async function askTree() {
  const of = sheet;
  if (!of || !treeOpen() || view !== "layer") return;
  try {
    of.tree = of.tree || explorer.ask(server.tree({ token: of.token }));
    const branches = await of.tree;
    if (of !== sheet) return;
    const tree = find(".tree");
    if (tree.dataset.token !== of.token) {
      tree.replaceChildren(...treeItems(branches, 1));
      Object.assign(tree.dataset, { token: of.token, marked: "" });
    }
    if (tree.dataset.marked !== wanted.layer) markTree(wanted.layer); // a layer drawn anew unfolds nothing that was folded
  } catch (error) {
    of.tree = null;
    showProblem(error.message);
  }
}

function treeItems(branches, level) {
  return branches.map((branch) => {
    const [item, row] = [made("li", "tree-item"), made("div", "tree-row")];
    const shape = branch.shape ? shapeText(branch.shape) : "never reached";
    item.setAttribute("role", "treeitem");
    item.setAttribute("aria-level", level);
    item.setAttribute("aria-selected", "false");
    item.setAttribute("aria-label", [branch.name, branch.kind, shape].join(", "));
    item.tabIndex = -1;
    Object.assign(item.dataset, { name: branch.name, ...(branch.key && { layer: branch.key }) });
    row.style.paddingLeft = 16 * (level - 1) + "px";
    row.append(made("span", "twist"), made("span", "tree-name", branch.name), made("span", "soft tree-shape", shape));
    row.title = branch.kind;
    item.append(row);
    if (branch.children.length) {
      const group = made("ul", "tree-group");
      group.setAttribute("role", "group");
      group.append(...treeItems(branch.children, level + 1));
      item.setAttribute("aria-expanded", "false");
      item.append(group);
    }
    return item;
  });
}

/** Mark the layer in use, its modules unfolded, in sight inside the tree. */
function markTree(key) {
  const tree = find(".tree");
  const all = [...tree.querySelectorAll(".tree-item")];
  if (!treeOpen() || !all.length) return;
  tree.dataset.marked = key;
  const chosen = all.filter((item) => item.dataset.layer === key && !item.hasAttribute("aria-expanded"))[0];
  for (const item of all) item.setAttribute("aria-selected", String(item === chosen));
  for (let up = chosen && chosen.parentElement; up && up !== tree; up = up.parentElement) if (up.role === "treeitem") up.setAttribute("aria-expanded", "true");
  if (!tree.contains(document.activeElement)) restAt(chosen || all[0]);
  if (!chosen) return;
  const [row, box] = [chosen.getBoundingClientRect(), tree.getBoundingClientRect()];
  tree.scrollTop += Math.min(0, row.top - box.top) + Math.max(0, row.bottom - box.bottom);
}

/** The one item that Tab reaches. */
function restAt(item) {
  for (const one of find(".tree").querySelectorAll('[tabindex="0"]')) one.tabIndex = -1;
  item.tabIndex = 0;
}

const visibleItems = () => [...find(".tree").querySelectorAll(".tree-item")].filter((item) => item.offsetParent);

function foldItem(item, open = item.getAttribute("aria-expanded") !== "true") {
  if (item.hasAttribute("aria-expanded")) item.setAttribute("aria-expanded", String(open));
}

function openItem(item) {
  if (item.dataset.layer) openLayer(item.dataset.layer);
}

function walkTree(event) {
  const item = event.target.closest(".tree-item");
  if (!item || event.ctrlKey || event.metaKey || event.altKey) return;
  const items = visibleItems();
  const at = items.indexOf(item);
  const levels = items.map((one) => ({ level: Number(one.ariaLevel), open: one.hasAttribute("aria-expanded") ? one.ariaExpanded === "true" : undefined }));
  const letter = event.key.length === 1 && event.key !== " " ? treeLetter(items.map((one) => one.dataset.name), at, event.key) : -1;
  const step = letter >= 0 ? { to: letter } : treeStep(levels, at, event.key);
  if (event.key === "Enter" || event.key === " ") openItem(item);
  else if (!step) return;
  else if (step.to === undefined) foldItem(item, step.open);
  else {
    restAt(items[step.to]);
    items[step.to].focus();
  }
  event.preventDefault();
}

/** Connect the tree; called once all of maps.js is there. */
function bindTree() {
  const [tree, toggle] = [find(".tree"), find(".tree-toggle")];
  const showTree = (on) => {
    toggle.setAttribute("aria-expanded", String(on));
    tree.hidden = !on;
    layerView.classList.toggle("with-tree", on);
    askTree();
  };
  toggle.addEventListener("click", () => {
    showTree(!treeOpen());
    paintLayer();
    writeState();
  });
  tree.addEventListener("keydown", walkTree);
  tree.addEventListener("click", (event) => {
    const item = event.target.closest(".tree-item");
    if (!item) return;
    restAt(item);
    item.focus({ preventScroll: true });
    if (event.target.closest(".twist")) foldItem(item);
    else openItem(item);
  });
  showTree(link.tree === "1");
}
