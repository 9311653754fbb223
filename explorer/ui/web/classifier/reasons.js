// The three kinds of reason behind an answer: what each tells, and how it is found and drawn on the panel of ./why.js.

import { make } from "../shared/dom.js";
import { readable } from "../shared/wording.js";
import { costMaps, costWords, hidingWords } from "./hiding.js";
import { plus } from "./numbers.js";
import { sumTable, sumWords } from "./sum.js";

/**
 * By kind: its title, a note on what it tells and what not, and `find(panel, question)`, which draws it and gives the
 * sentence for the status line. A question is {answer, indices, mine}; whoever finds it late draws nothing.
 */
export const REASONS = {
  cam: {
    title: "Grad-CAM",
    note: "Bright cells are places whose features at this layer, were they stronger, would raise the class's logit. It "
      + "tells where, roughly and only at this layer's few cells; not which feature, and not whether the network would "
      + "still answer the same without them.",
    find: findCam,
  },
  sum: { title: "The exact sum", note: "", find: findSum },
  hide: {
    title: "Hiding a piece",
    note: "A grey square covers one place after the other and the network answers anew: orange where the class loses "
      + "probability, blue where it gains. It tells what this network really does without that piece; not why, and two "
      + "things that can stand in for each other both look unimportant.",
    find: findHiding,
  },
};

async function findCam(panel, question) {
  await panel.fillLayers(question);
  if (question.mine.late) return "";
  const maps = await panel.ask("grad_cam", question, { layer: panel.layer.value });
  if (question.mine.late) return "";
  panel.clearTerms();
  const reach = Math.max(...maps.flatMap((map) => map.values));
  const words = (value) => value.toPrecision(4);
  panel.showMaps(question, maps, { scheme: "sequential", reach, words, called: "Grad-CAM for" });
  maps.forEach((map, place) => {
    const label = question.answer.classes[question.indices[place]];
    if (!map.values.some((value) => value > 0)) panel.sides[place].said.append(...emptyWords(panel, map, label));
  });
  return `${maps[0].width} × ${maps[0].height} cells`;
}

/** An empty map said in words, with a button for a layer whose map is not. */
function emptyWords(panel, { layer, elsewhere }, label) {
  const words = `Empty: nothing at ${layer} speaks for ${readable(label)}`;
  if (!elsewhere) return [`${words}, nor at the layers around it.`];
  const look = make("button", { type: "button", onclick: () => panel.lookAt(elsewhere) }, "Look at " + elsewhere);
  return [`${words}. `, look];
}

async function findSum(panel, question) {
  const sums = await panel.ask("exact_sum", question);
  if (question.mine.late) return "";
  const grids = sums.map((sum) => sum.places);
  const reach = Math.max(...grids.flatMap((grid) => (grid ? grid.values.map(Math.abs) : [0])));
  const words = (value) => `${plus(value, 4)} of the logit`;
  panel.note.textContent = sumWords(sums[0]);
  panel.showMaps(question, grids, { scheme: "diverging", reach, words, called: "Each place's share in the logit of" });
  sums.forEach((sum, place) => {
    const table = sum.terms.length ? [sumTable(sum, question.indices[place])] : [];
    panel.sides[place].terms.replaceChildren(...table);
  });
  return grids[0] ? "The map and the terms are the same sum, by place and by map." : "";
}

/** Row after row, each drawn as it comes. */
async function findHiding(panel, question) {
  const { answer, indices, mine } = question;
  const patch = Math.max(2, Math.round(answer.size / Number(panel.patch.value)));
  const sides = indices.map((index) => ({
    share: panel.probabilities[index], logit: answer.logits[index], shares: [], logits: [],
  }));
  panel.clearTerms();
  panel.showProgress(0);
  let [count, byLogit] = [1, false];
  for (let row = 0; row < count; row += 1) {
    const replies = await panel.ask("occlusion", question, { patch, row });
    if (mine.late) return "";
    count = replies[0].starts.length;
    replies.forEach(({ probabilities, logits }, place) => {
      sides[place].shares.push(...probabilities);
      sides[place].logits.push(...logits);
    });
    byLogit = showHiding(panel, question, sides, count);
    panel.showProgress((row + 1) / count);
    panel.status.textContent = `${(row + 1) * count} of ${count ** 2} places`;
  }
  const more = byLogit ? " The map shows what each square takes from the logit." : "";
  sides.forEach((side, place) => { panel.sides[place].said.textContent = hidingWords(side) + more; });
  return `${count ** 2} places, ${patch} × ${patch} pixels hidden at a time`;
}

function showHiding(panel, question, sides, count) {
  const { byLogit, grids, reach } = costMaps(sides, count);
  const words = (cost) => costWords(cost, byLogit);
  panel.showMaps(question, grids, { scheme: "diverging", reach, words, called: "What hiding each place costs" });
  return byLogit;
}
