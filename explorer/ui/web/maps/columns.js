// The sheet in the page: painted, its stages unfolded and folded, the real shares between its columns asked for.

import * as explorer from "../shared/page.js";
import { askFields } from "./fields.js";
import { floatsAt } from "./files.js";
import { evenLinks } from "./layout.js";
import { openLayer } from "./one.js";
import { drawSheet } from "./sheet.js";
import { placeCard } from "./unit.js";
import { show } from "./views.js";
import { drawWires } from "./wires.js";

/** Draw all columns as they are folded now. */
export function paintSheet(tab) {
  const { sheet, folded, find, card } = tab;
  sheet.columns = folded.flat();
  sheet.links = evenLinks([1, ...sheet.columns.map((column) => column.channels.length), sheet.classes.length]);
  const open = tab.openUnit && card.isConnected;
  Object.assign(tab, { pointedTile: null, pointed: null }); // its tile is gone
  drawSheet(find(".sheet-columns"), sheet, {
    unfold: (stage) => unfold(tab, stage),
    openLayer: (key) => {
      show(tab, "layer");
      openLayer(tab, key);
    },
  });
  if (open && tab.view === "sheet") placeCard(tab);
  requestAnimationFrame(() => drawWires(tab));
  askLinks(tab);
  askFields(tab, [...sheet.columns.map((column) => column.layer), sheet.output]);
}

/** The real shares between neighbouring columns; until they are there, every map feeds every one alike. */
async function askLinks(tab) {
  const { sheet, server } = tab;
  const { columns } = sheet;
  try {
    const layers = columns.map((column) => column.layer);
    const gaps = await explorer.ask(server.links({ token: sheet.token, layers }));
    if (sheet !== tab.sheet || columns !== sheet.columns || !gaps.length) return;
    sheet.links = [sheet.links[0], ...gaps];
    drawWires(tab);
  } catch (error) {
    tab.showProblem(error.message);
  }
}

/** Show every layer of a stage in a column of its own, or fold them into one again. */
async function unfold(tab, stage) {
  const { sheet, folded } = tab;
  const column = folded[stage][0];
  try {
    folded[stage] = column.unfolded ? [column.whole] : await layerColumns(tab, stage);
    if (sheet !== tab.sheet) return;
    paintSheet(tab);
    const button = tab.find(`[data-column="${sheet.columns.indexOf(folded[stage][0])}"] .fold`);
    if (button) button.focus();
  } catch (error) {
    tab.showProblem(error.message);
  }
}

async function layerColumns({ sheet, folded, server }, stage) {
  const [whole] = folded[stage];
  const reply = await explorer.ask(server.columns({ token: sheet.token, layers: sheet.stages[stage].layers }));
  const values = await floatsAt(reply.column_values);
  const columns = reply.columns.map((one) => ({ ...one, title: one.layer, stage, folded: 1, values }));
  Object.assign(columns[0], { unfolded: true, whole });
  return columns;
}
