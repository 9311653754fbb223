// The line under the photograph: what the network answers, on every tab. The Classifier tab draws the same answer.

import { made } from "../shared/dom.js";
import { newest } from "../shared/newest.js";
import * as explorer from "../shared/page.js";
import { percent, readable } from "../shared/wording.js";

/** Ask `classify` for each new photograph and network, fill `line`, and tell all others ("answering", "answer"). */
export function answerLine(line, classify) {
  const asking = newest();

  async function ask() {
    const [photo, network] = [explorer.get("photo"), explorer.get("network")];
    if (!photo || !network) return;
    const mine = asking.next();
    explorer.set("answering", true);
    line.classList.add("stale");
    let answer;
    try {
      answer = await classify({ photo: photo.token, network: network.name, asks: mine.asks });
      answer.saw = explorer.fileUrl(answer.saw);
    } catch (error) {
      answer = { error: error.message };
    }
    if (mine.late) return;
    show(answer);
    explorer.set("answering", false);
    explorer.set("answer", { ...answer, photo, network });
  }

  function show(answer) {
    const [best] = answer.ranking || [];
    const [label, share] = best ? [readable(best.label), percent(best.probability)] : ["", ""];
    line.replaceChildren(made("b", "", label), made("span", "", share));
    line.classList.remove("stale");
    line.classList.toggle("unlike", answer.strange === true);
    line.title = answer.error || warning(answer);
  }

  explorer.on("photo", ask);
  explorer.on("network", ask);
}

function warning(answer) {
  if (answer.strange) return "Unlike anything the network was trained on";
  return answer.trained ? "" : "This network is untrained: its answers mean nothing";
}
