// The menu of networks. The checkpoints come at once, all others a moment later: their names take the server seconds.

import { make } from "../shared/dom.js";
import * as explorer from "../shared/page.js";

/**
 * Fill the menu and keep it true to the network in use, whichever tab chose it.
 * @param {any} menu
 * @param {any} note
 * @param {(request: object) => Promise<any>} ask
 * @param {Promise<any>} answered the first label, which the long list must not keep waiting
 */
export async function fillNetworks(menu, note, ask, answered) {
  const choose = () => {
    const option = menu.selectedOptions[0];
    note.textContent = option ? option.dataset.note : "There is no network here yet.";
    if (option) explorer.set("network", { name: option.value, label: option.textContent });
    linkNetwork(menu.selectedIndex > 0 ? menu.value : "");
  };
  const wanted = explorer.readLink("network").name;
  const known = () => [...menu.options].some((option) => option.value === wanted);
  menu.addEventListener("change", choose);
  explorer.on("network", (network) => follow(menu, note, network));
  addNetworks(menu, await ask({}));
  const here = known();
  if (here) menu.value = wanted;
  if (here || !wanted) choose();
  const first = menu.value;
  if (first && (here || !wanted)) await answered;
  addNetworks(menu, await ask({ more: true }));
  if (here || !wanted || known() || wanted.startsWith("stack:")) fillPackages(menu, ask);
  else await fillPackages(menu, ask);
  if (here || !wanted || menu.value !== first) return;
  if (wanted.startsWith("stack:")) addOwn(menu, { name: wanted, label: "Your stack" });
  if (known()) menu.value = wanted;
  choose();
}

/** The networks of timm and transformers, whose names take the server longest; without them the menu is whole. */
async function fillPackages(menu, ask) {
  try {
    addNetworks(menu, await ask({ more: "packages" }));
  } catch {
    // the rest of the menu serves
  }
}

function addNetworks(menu, groups) {
  for (const group of groups) {
    const known = [...menu.children].find((one) => one.label === group.label);
    const section = known || make("optgroup", { label: group.label });
    for (const network of group.networks) {
      section.append(make("option", { value: network.name, "data-note": network.note }, network.label));
    }
    menu.append(section);
  }
  tellApart(menu);
}

/** Of several networks with one label each gets its group's too: the closed menu does not show the group. */
function tellApart(menu) {
  const options = [...menu.options];
  for (const option of options) option.dataset.label ||= option.textContent;
  for (const option of options) {
    const { label } = option.dataset;
    const alone = options.filter((one) => one.dataset.label === label).length === 1;
    const text = alone ? label : `${label} (${option.parentElement.label})`;
    if (option.textContent !== text) option.textContent = text;
  }
}

/** What a visitor made or brought joins the menu: own weights, and of stacks from the tab "Output sizes" the last. */
function addOwn(menu, { name, label, note = "Put together in the tab Output sizes; untrained: random weights." }) {
  const isStack = (option) => option.value.startsWith("stack:");
  if (name.startsWith("stack:")) for (const option of [...menu.options].filter(isStack)) option.remove();
  addNetworks(menu, [{ label: "Your own", networks: [{ name, label, note }] }]);
}

/** The network that another state of the page asks for, else the first; one of a visitor's own, in no link, stays. */
export function followNetwork(menu) {
  const { name } = explorer.readLink("network");
  const wanted = name || (menu.value.startsWith("own:") ? menu.value : menu.options[0]?.value);
  if (wanted === menu.value || ![...menu.options].some((option) => option.value === wanted)) return;
  menu.value = wanted;
  menu.dispatchEvent(new Event("change"));
}

/** A network that another tab chose. */
function follow(menu, note, network) {
  if (!/^(stack|own):/.test(network.name) || menu.value === network.name) return;
  addOwn(menu, network);
  menu.value = network.name;
  note.textContent = menu.selectedOptions[0].dataset.note;
  linkNetwork(network.name);
}

/** A link opens this network again; own weights serve their visitor only and stand in no link. */
function linkNetwork(name) {
  explorer.writeLink("network", { name: name.startsWith("own:") ? "" : name });
}
