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

/** A file was chosen or dropped: what its name and size rule out is said before it is sent. */
async function takeOwnFile(tab, file) {
  if (!file) return;
  const mine = tab.asking.ownFile.next();
  tab.ownFile = null;
  tab.find(".own-file-name").textContent = file.name + ", " + sizeText(file.size);
  try {
    await explorer.ask(tab.server.check_own_file({ file_name: file.name, size: file.size }));
    if (mine.late) return;
    tab.ownFile = file;
    showOwn(tab, "");
  } catch (error) {
    if (!mine.late) showOwn(tab, "", error.message);
  }
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
    showOwn(tab, `Sending ${ownFile.name}…`);
    const { path } = await tab.upload(ownFile).catch(() => {
      throw new Error("The file did not reach the server. Check the connection and try again.");
    });
    showOwn(tab, `Looking through ${ownFile.name}…`);
    const [architecture, channels, classes] = [".own-architecture", ".own-channels", ".own-names"]
      .map((name) => find(name).value);
    const network = await explorer.ask(tab.server.open_own({ path, architecture, channels, classes }));
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
    tab.ownChecked = takeOwnFile(tab, input.files[0]);
    input.value = "";
  });
  for (const kind of ["dragover", "dragleave", "drop"]) {
    zone.addEventListener(kind, (event) => {
      event.preventDefault();
      zone.classList.toggle("over", kind === "dragover");
      if (kind === "drop") tab.ownChecked = takeOwnFile(tab, event.dataTransfer.files[0]);
    });
  }
  find(".own-form").addEventListener("submit", (event) => {
    event.preventDefault();
    openOwn(tab);
  });
}
