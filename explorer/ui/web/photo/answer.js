// The line under the photograph: what the network answers, on every tab. The Classifier tab draws the same answer.

/** Ask `classify` for each new photograph and network, fill `line`, and tell all others ("answering", "answer"). */
function answerLine(line, classify) {
  let asked = 0; // a slow answer never replaces a newer one

  async function ask() {
    const [photo, network] = [explorer.get("photo"), explorer.get("network")];
    if (!photo || !network) return;
    asked += 1;
    const mine = asked;
    explorer.set("answering", true);
    line.classList.add("stale");
    let answer;
    try {
      answer = await classify({ photo: photo.token, network: network.name });
    } catch (error) {
      answer = { error: error.message };
    }
    if (mine !== asked) return;
    show(answer);
    explorer.set("answering", false);
    explorer.set("answer", { ...answer, photo, network });
  }

  function show(answer) {
    const [best] = answer.ranking || [];
    const [label, share] = ["b", "span"].map((tag) => document.createElement(tag));
    label.textContent = best ? readable(best.label) : "";
    share.textContent = best ? percent(best.probability) : "";
    line.replaceChildren(label, share);
    line.classList.remove("stale");
    line.classList.toggle("unlike", answer.strange === true);
    line.title = answer.error || (answer.strange ? "Unlike anything the network was trained on" : answer.trained ? "" : "This network is untrained: its answers mean nothing");
  }

  explorer.on("photo", ask);
  explorer.on("network", ask);
}
