// What can be taken along of the layer in sight: the mosaic, all its numbers, lines of PyTorch that give them, and the
// picture that these read.

import * as explorer from "../shared/page.js";
import { pictureButtons } from "../shared/drawing.js";
import { copyFrom, fileName, plainWords, saveFrom } from "../shared/save.js";

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
    for (const [name, path, ending] of [[".take-mosaic", away.mosaic, "png"], [".take-npz", away.npz, "npz"]]) {
      find(name).href = explorer.fileUrl(path);
      find(name).download = fileName(wordsOf(sheet, key), ending);
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

/** What a file of a sheet's is called by: network, what of it, photograph. */
export const wordsOf = ({ called }, what) => [called.network, what, called.photo];

/** The unit that a notebook opens: the open one, else the one under the cursor, else the likeliest class' logit. */
function unitInSight({ openUnit, view, layer, sheet }) {
  if (openUnit) return openUnit;
  if (view === "layer" && layer) {
    return { layer: layer.layer, channel: layer.order[layer.at], y: layer.row || 0, x: layer.column || 0 };
  }
  if (sheet.classes.length) return { layer: sheet.output, channel: sheet.classes[0].index, y: 0, x: 0 };
  const [{ layer: key, channels: [channel], strongest: [[y, x]] }] = sheet.columns;
  return { layer: key, channel, y, x };
}

async function saveNotebook(tab) {
  const { layer, channel, y, x } = unitInSight(tab);
  const sheet = tab.openUnit ? tab.openSheet : tab.sheet;
  const name = plainWords(wordsOf(sheet, layer));
  const request = { token: sheet.token, layer, channel, y, x, name };
  await saveFrom(await explorer.ask(tab.server.take_notebook(request)), `${name}-notebook.zip`);
}

function bindNotebook(tab) {
  const button = tab.find(".take-notebook");
  button.addEventListener("click", async () => {
    if (!tab.sheet) return;
    button.disabled = true;
    try {
      await saveNotebook(tab);
    } catch (error) {
      tab.showProblem(error.message);
    }
    button.disabled = false;
  });
}

/** Connect the group. */
export function bindTakeAway(tab) {
  bindNotebook(tab);
  const inSight = () => (
    tab.view === "layer" && tab.layer ? [".layer-body", tab.layer.layer] : [".sheet-inner", "sheet"]);
  tab.find(".take-view").append(...pictureButtons(
    () => tab.find(inSight()[0]), () => (tab.sheet ? wordsOf(tab.sheet, inSight()[1]) : [])));
  const [code, button] = [tab.find(".take-code"), tab.find(".take-copy")];
  tab.find(".take-group").addEventListener("toggle", () => askTakeAway(tab));
  button.addEventListener("click", async () => {
    if (await copyFrom(button, code.textContent)) explorer.say("The lines are copied.");
    else getSelection().selectAllChildren(code);
  });
}
