// "Mistakes, live": choose a mistake; it is really made with this photograph, on a copy, and stands beside the truth.

function mistakesPanel(root, server) {
  const list = make("div", { class: "mistake-list", role: "group", "aria-label": "Mistakes" });
  const tallyButton = make("button", { type: "button" }, "Try all on the example pictures");
  const tallyNote = make("p", { class: "soft small", "aria-live": "polite" });
  const detail = make("div", { class: "mistake-detail", "aria-live": "polite" }, make("p", { class: "soft" }, "Making the first one…"));
  root.append(make("p", { class: "note" }, "Each switch runs a broken program on a copy of the network. Nothing is pretended: what comes out, or the exception, is PyTorch's own."),
    make("div", { class: "mistakes" }, make("div", { class: "mistake-side" }, list, tallyButton, tallyNote), detail));
  const state = { mistakes: null, chosen: null, answer: null, turn: 0, network: "" };

  async function fill() {
    state.mistakes = await explorer.ask(server.mistakes({}));
    state.chosen = state.mistakes[0].key;
    list.replaceChildren(...state.mistakes.map((mistake) => make("button", { type: "button", "data-key": mistake.key, onclick: () => choose(mistake.key) }, make("span", {}, mistake.title), make("span", { class: "number tally" }))));
  }

  function choose(key) {
    state.chosen = key;
    run();
  }

  async function run() {
    state.turn += 1;
    const mine = state.turn;
    detail.classList.add("stale");
    try {
      if (!state.mistakes) await fill();
      for (const button of list.children) button.setAttribute("aria-pressed", String(button.dataset.key === state.chosen));
      const { answer } = state;
      const broken = await explorer.ask(server.make_mistake({ photo: answer.photo.token, network: answer.network.name, mistake: state.chosen }));
      if (mine !== state.turn) return;
      detail.replaceChildren(...mistakeDetail(state.mistakes.find((one) => one.key === state.chosen), answer, broken));
    } catch (error) {
      if (mine === state.turn) detail.replaceChildren(make("p", { class: "problem" }, error.message));
    }
    if (mine === state.turn) detail.classList.remove("stale");
  }

  tallyButton.addEventListener("click", async () => {
    const network = state.answer.network.name;
    tallyButton.disabled = true;
    try {
      for (const [place, mistake] of state.mistakes.entries()) {
        tallyNote.textContent = "Making " + (place + 1) + " of " + state.mistakes.length + " mistakes…";
        const found = await explorer.ask(server.tally({ network, mistake: mistake.key }));
        list.children[place].lastChild.textContent = found.flipped + " of " + found.of;
      }
      tallyNote.textContent = "Beside each mistake: how many of the example pictures get another label, or none.";
    } catch (error) {
      tallyNote.textContent = error.message;
    }
    tallyButton.disabled = false;
  });

  return {
    show(answer) {
      if (state.network !== answer.network.name) {
        for (const button of list.children) button.lastChild.textContent = "";
        tallyNote.textContent = "";
      }
      state.network = answer.network.name;
      state.answer = answer;
      return run();
    },
  };
}

/** Cause, the two answers side by side, what gives it away, and the line that mends it. */
function mistakeDetail(mistake, answer, broken) {
  const first = broken.rows[0];
  const same = first && first.label === answer.ranking[0].label;
  const exact = same && broken.score === "probability" && Math.abs(first.probability - answer.ranking[0].probability) < 1e-6;
  const verdict = exact ? "The answer stays to the last digit." : !first ? "It ends in an exception." : broken.score === "logit" ? "The order stays, but these are no probabilities." : same ? "The first label stays this time; the numbers do not." : "The answer is another one.";
  const clue = (one) => make("tr", {}, make("td", {}, one.name), make("td", { class: "number" }, one.right), make("td", { class: "number" }, one.broken));
  const wrong = first ? shareList(broken.rows, broken.score) : make("p", { class: "exception number" }, broken.error);
  return [
    make("h2", {}, mistake.title),
    make("p", { class: "note" }, mistake.cause + " ", make("b", {}, verdict)),
    make("div", { class: "versus" },
      make("section", { class: "card" }, make("h3", {}, "Rightly"), make("img", { class: "pixels", src: answer.saw, alt: "What the network sees rightly" }), shareList(answer.ranking.slice(0, broken.again.length ? 3 : 5), "probability")),
      make("section", { class: "card broken" }, make("h3", {}, "With the mistake"), broken.saw ? make("img", { class: "pixels", src: broken.saw, alt: "What the network takes it for" }) : "", wrong,
        ...(broken.again.length ? [make("h3", {}, "And " + broken.again_note), shareList(broken.again.slice(0, 3), broken.score)] : []))),
    ...(broken.clues.length ? [make("div", { class: "scroll-x", tabindex: 0, role: "region", "aria-label": "What gives it away" }, make("table", {}, make("thead", {}, make("tr", {}, make("th", {}, "What gives it away"), make("th", { class: "number" }, "right"), make("th", { class: "number" }, "broken"))), make("tbody", {}, ...broken.clues.map(clue))))] : []),
    make("pre", { class: "code", tabindex: 0, "aria-label": "The wrong line and the right one" }, make("span", { class: "wrong" }, "− " + mistake.wrong), make("span", { class: "right" }, "+ " + mistake.fix)),
  ];
}

/** Labels with bars; logits have no bar, because they are no shares. */
function shareList(rows, score) {
  return make("ol", { class: "short bars-short" }, ...rows.slice(0, 5).map((row) => {
    const fill = make("span", { class: "bar-fill", style: `width:${(row.probability * 100).toFixed(2)}%` });
    return make("li", {}, make("span", { class: "share-line" }, make("span", {}, readable(row.label)), make("span", { class: "number" }, score === "logit" ? signed(row.logit) : percent(row.probability))),
      score === "logit" ? "" : make("span", { class: "bar-track", "aria-hidden": true }, fill));
  }));
}
