// What the network would say if…: the classes before and after a change, as numbers and as bars.

import { made } from "../shared/dom.js";
import * as explorer from "../shared/page.js";
import { percent } from "../shared/wording.js";
import { decimalsFor, fixedText } from "./ledger.js";

const LEAST_SHARE = 1e-4; // a class below it before and after moves invisibly

/** Of the classes before and after a change, those whose share moves visibly; the first one in any case. */
export function movedClasses(classes) {
  const moves = ({ before, after }) => Math.max(before, after) >= LEAST_SHARE && percent(before) !== percent(after);
  return classes.filter((one, at) => at === 0 || moves(one));
}

/** A class's logit before and after: "logit 6.682 → 6.115, −0.567". */
export function logitText({ logit_before: before, logit_after: after }) {
  if (before === null || after === null) return "logit not a number";
  const decimals = decimalsFor([before, after]) - 1;
  const unit = 10 ** decimals;
  const [from, to] = [before, after].map((logit) => Math.round(logit * unit));
  const print = (amount, signed = false) => fixedText(amount / unit, decimals, signed);
  return `logit ${print(from)} → ${print(to)}${from === to ? "" : ", " + print(to - from, true)}`;
}

/**
 * Ask what the network would say, and show before and after.
 * @param {import("./state.js").MapsTab} tab
 * @param {any} request
 * @param {Element} place where the answer goes
 * @param {ReturnType<typeof import("../shared/newest.js").newest>} asking
 */
export async function whatIf(tab, request, place, asking) {
  const mine = asking.next();
  tab.changed = request.kind;
  tab.writeState();
  try {
    const answer = await explorer.ask(tab.server.what_if({ ...request, asks: mine.asks }));
    if (mine.late) return;
    place.replaceChildren(made("p", "soft", answer.text), changeTable(answer.classes));
    explorer.say(answer.text + " First now: " + answer.first);
  } catch (error) {
    if (!mine.late) tab.showProblem(error.message);
  }
}

function changeTable(classes) {
  const table = made("div", "changes");
  const moved = movedClasses(classes);
  table.append(...moved.map(changeRow));
  const still = classes.length - moved.length;
  if (still) {
    const words = still === 1 ? "1 more class does" : `${still} more classes do`;
    table.append(made("p", "soft", words + " not move visibly."));
  }
  return table;
}

function changeRow(one) {
  const [row, bars] = [made("p", "change"), made("span", "change-bars")];
  const [before, after] = [one.before, one.after].map(percent);
  const arrow = before === after ? "" : one.after > one.before ? " ▲" : " ▼";
  for (const [name, share] of [["was", one.before], ["is", one.after]]) {
    const bar = made("i", name);
    bar.style.width = 100 * share + "%";
    bars.append(bar);
  }
  const change = made("span", "number", `${before} → ${after}${arrow}`);
  const logit = made("span", "number soft change-logit", logitText(one));
  row.append(made("span", "class-name", one.label), change, bars, logit);
  return row;
}

/** Connect the group "What if…". */
export function bindWhatIf(tab) {
  const place = tab.find(".what-if-answer");
  for (const [name, kind] of [[".no-activations", "activations"], [".no-skips", "skips"]]) {
    tab.find(name).addEventListener("click", () => {
      if (tab.sheet) whatIf(tab, { token: tab.sheet.token, kind }, place, tab.asking.change);
    });
  }
}

/** The answer is of another photograph or network: take it away, or ask anew what the link asks. */
export function clearWhatIf(tab) {
  const { sheet, changed, find } = tab;
  tab.asking.change.drop();
  find(".what-if-answer").replaceChildren();
  if (!tab.changing) {
    if (changed !== "silence") tab.changed = ""; // the open unit's channel is another matter
    tab.writeState();
    return;
  }
  tab.changing = false;
  find(".what-if-group").open = true;
  whatIf(tab, { token: sheet.token, kind: changed }, find(".what-if-answer"), tab.asking.change);
}
