// What can be taken along of the layer in sight: the mosaic, all its numbers, lines of PyTorch that give them, and the
// picture that these read.

import * as explorer from "../shared/page.js";
import { copyFrom } from "../shared/save.js";

/** Fill the group for the layer in sight, if it is open and shows another one. */
export async function askTakeAway(tab) {
  const { find, layer, sheet, wanted } = tab;
  if (!find(".take-group").open || !sheet) return;
  const shown = tab.view === "layer" ? layer : null;
  const { layer: key } = shown || tab.path[0] || sheet.columns[0];
  const taken = [sheet.token, key, shown ? shown.mosaic : ""].join(" ");
  if (taken === tab.taken) return;
  tab.taken = taken;
  const mine = tab.asking.takeAway.next();
  try {
    const away = await explorer.ask(tab.server.take_away({ token: sheet.token, ...wanted, layer: key }));
    if (mine.late) return;
    find(".take-note").textContent = `The layer ${key} on this photograph:`;
    for (const [name, path, ending] of [[".take-png", away.mosaic, ".png"], [".take-npz", away.npz, ".npz"]]) {
      find(name).href = explorer.fileUrl(path);
      find(name).download = key.replace(/[^\w.-]+/g, "-") + ending;
    }
    find(".take-photo").href = explorer.fileUrl(away.photo.path);
    find(".take-photo").download = away.photo.name;
    find(".take-code").textContent = away.code;
  } catch (error) {
    if (mine.late) return;
    tab.taken = "";
    tab.showProblem(error.message);
  }
}

/** Connect the group. */
export function bindTakeAway(tab) {
  const [code, button] = [tab.find(".take-code"), tab.find(".take-copy")];
  tab.find(".take-group").addEventListener("toggle", () => askTakeAway(tab));
  button.addEventListener("click", async () => {
    if (await copyFrom(button, code.textContent)) explorer.say("The lines are copied.");
    else getSelection().selectAllChildren(code);
  });
}
