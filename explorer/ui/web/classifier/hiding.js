// What hiding pieces of the photograph does to a class: in probability or, where that hardly moves, in the logit.

import { plus, points, signed } from "./numbers.js";

const SHOWS = 0.01; // of probability: squares that all change less leave a map in points empty
const LEAST_REACH = 0.01; // of the scale: below it, differences are no more than rounding
const LEAST_POINTS = 5e-5; // of probability: less is not printed in points

/**
 * How little hiding any place does to a sure answer, in words; "" where a place does more. Logits tell what shares
 * cannot.
 */
export function hidingWords({ share, logit, shares, logits }) {
  const costs = shares.map((value) => share - value);
  const most = Math.max(...costs.map(Math.abs));
  if (!(most < SHOWS)) return "";
  const verb = most === Math.max(...costs) ? "costs" : "changes it by";
  const limit = most < LEAST_POINTS ? "as much as 0.01 points" : `more than ${points(most)}`;
  const changes = logits.map((value) => value - logit);
  const range = `${plus(Math.min(...changes), 2)} to ${plus(Math.max(...changes), 2)}`;
  return `No square ${verb} ${limit}; the logit, ${signed(logit)}, changes by ${range}.`;
}

/** What hiding a place does, in words: "loses 3.1 points", "gains 0.250 of the logit". */
export function costWords(cost, byLogit) {
  const amount = Math.abs(cost);
  return `${cost >= 0 ? "loses" : "gains"} ${byLogit ? `${signed(amount, 3)} of the logit` : points(amount)}`;
}

/**
 * What each place costs each class, as square maps on one scale; places that are not known yet are null.
 * @param {{ share: number, logit: number, shares: number[], logits: number[] }[]} sides a class each, row by row
 * @param {number} count of places along one side
 */
export function costMaps(sides, count) {
  const byShare = sides.map(({ share, shares }) => shares.map((value) => share - value));
  const byLogit = Math.max(...byShare.flat().map(Math.abs)) < SHOWS;
  const costs = byLogit ? sides.map(({ logit, logits }) => logits.map((value) => logit - value)) : byShare;
  const grids = costs.map((known) => {
    const unknown = new Array(count * count - known.length).fill(null);
    return { height: count, width: count, values: [...known, ...unknown] };
  });
  return { byLogit, grids, reach: Math.max(LEAST_REACH, ...costs.flat().map(Math.abs)) };
}
