// The form for one's own weights: an architecture, a file, class names; the network joins the menu.

import { complain, make } from "../shared/dom.js";
import * as explorer from "../shared/page.js";
import { sizeText } from "./numbers.js";

/** The architectures, read once the form is opened first. */
async function fillArchitectures(tab) {
  const menu = tab.find(".own-architecture");
  if (!tab.find(".own-group").open || menu.options.length > 1) return;
  try {
    const groups = await explorer.ask(tab.server.networks({ more: true }));
    if (menu.options.length > 1) return; // it was closed and opened meanwhile
    for (const { label, networks } of groups) {
      const options = networks.map((one) => new Option(one.label, one.name));
      menu.append(make("optgroup", { label: label.replace(", untrained", "") }, ...options));
    }
    const { name } = explorer.get("network") || {};
    if ([...menu.options].some((one) => one.value === name)) menu.value = name;
  } catch (error) {
    showOwn(tab, "", error.message);
  }
}

function showOwn({ find }, status, sentence = "") {
  find(".own-status").textContent = status;
  complain(find(".own-problem"), sentence);
}

/** What a .json file says, by its name. */
const SAYS = { "config.json": "config", "preprocessor_config.json": "processor" };

/** Files were chosen or dropped: what their names and sizes rule out is said before they are sent. */
async function takeOwnFiles(tab, files) {
  if (!files.length) return;
  const mine = tab.asking.ownFile.next();
  const said = files.filter((file) => SAYS[file.name]);
  const weights = files.find((file) => !SAYS[file.name]) || (said.length ? tab.ownFile : null);
  if (tab.ownFile && !said.length) tab.ownSaid = {}; // other weights, to which the files before do not belong
  tab.ownFile = null;
  for (const file of said) tab.ownSaid[SAYS[file.name]] = file;
  const chosen = [weights, ...Object.values(tab.ownSaid)].filter(Boolean);
  tab.find(".own-file-name").textContent = chosen.map((file) => file.name + ", " + sizeText(file.size)).join(" + ");
  if (!weights) return showOwn(tab, "");
  try {
    await explorer.ask(tab.server.check_own_file({ file_name: weights.name, size: weights.size }));
    if (mine.late) return;
    tab.ownFile = weights;
    showOwn(tab, "");
  } catch (error) {
    if (mine.late) return;
    tab.ownSaid = {};
    showOwn(tab, "", error.message);
  }
}

/** Send one of the files; its path on the server. */
async function sendOwn(tab, file) {
  showOwn(tab, `Sending ${file.name}…`);
  const { path } = await tab.upload(file).catch(() => {
    throw new Error("The file did not reach the server. Check the connection and try again.");
  });
  return path;
}

/** Send the file and use it; the network from before stays if it cannot be used. */
async function openOwn(tab) {
  await tab.ownChecked; // the file may just have been chosen
  const { find, ownFile } = tab;
  if (!ownFile) {
    if (find(".own-problem").hidden) showOwn(tab, "", "Choose a .safetensors file first.");
    return;
  }
  find(".own-open").disabled = true;
  try {
    const path = await sendOwn(tab, ownFile);
    const said = {};
    for (const [name, file] of Object.entries(tab.ownSaid)) said[name] = await sendOwn(tab, file);
    showOwn(tab, `Looking through ${ownFile.name}…`);
    const [architecture, channels, classes] = [".own-architecture", ".own-channels", ".own-names"]
      .map((name) => find(name).value);
    const network = await explorer.ask(tab.server.open_own({ path, architecture, channels, classes, ...said }));
    showOwn(tab, `${network.label} is now the network of all tabs, for you alone.`);
    explorer.set("network", network);
    tab.root.scrollIntoView({ block: "nearest", behavior: explorer.reducedMotion() ? "auto" : "smooth" });
  } catch (error) {
    showOwn(tab, "", error.message);
  } finally {
    find(".own-open").disabled = false;
  }
}

/** Connect the form. */
export function bindOwn(tab) {
  const { find } = tab;
  const [input, zone] = [find(".own-file"), find(".own-drop")];
  find(".own-group").addEventListener("toggle", () => fillArchitectures(tab));
  find(".own-choose").addEventListener("click", () => input.click());
  input.addEventListener("change", () => {
    tab.ownChecked = takeOwnFiles(tab, [...input.files]);
    input.value = "";
  });
  for (const kind of ["dragover", "dragleave", "drop"]) {
    zone.addEventListener(kind, (event) => {
      event.preventDefault();
      zone.classList.toggle("over", kind === "dragover");
      if (kind === "drop") tab.ownChecked = takeOwnFiles(tab, [...event.dataTransfer.files]);
    });
  }
  find(".own-form").addEventListener("submit", (event) => {
    event.preventDefault();
    openOwn(tab);
  });
}
