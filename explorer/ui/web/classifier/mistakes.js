// "Mistakes, live": choose a mistake; it is really made with this photograph, on a copy, and stands beside the truth.

class MistakesPanel {
  constructor(root, server) {
    Object.assign(this, { server, mistakes: null, chosen: null, answer: null, turn: 0, network: "" });
    this.list = make("div", { class: "mistake-list", role: "group", "aria-label": "Mistakes" });
    this.tallyButton = make("button", { type: "button", onclick: () => this.tally() }, "Try all on the example pictures");
    this.tallyNote = make("p", { class: "soft small", "aria-live": "polite" });
    this.detail = make("div", { class: "mistake-detail", "aria-live": "polite" }, make("p", { class: "soft" }, "Making the first one…"));
    root.append(make("p", { class: "note" }, "Each switch runs a broken program on a copy of the network. Nothing is pretended: what comes out, or the exception, is PyTorch's own."),
      make("div", { class: "mistakes" }, make("div", { class: "mistake-side" }, this.list, this.tallyButton, this.tallyNote), this.detail));
  }

  show(answer) {
    if (this.network !== answer.network.name) {
      for (const button of this.list.children) button.lastChild.textContent = "";
      this.tallyNote.textContent = "";
    }
    this.network = answer.network.name;
    this.answer = answer;
    return this.run();
  }

  async fill() {
    this.mistakes = await explorer.ask(this.server.mistakes({}));
    this.chosen = this.mistakes[0].key;
    this.list.replaceChildren(...this.mistakes.map((mistake) =>
      make("button", { type: "button", "data-key": mistake.key, onclick: () => this.choose(mistake.key) }, make("span", {}, mistake.title), make("span", { class: "number tally" }))));
  }

  choose(key) {
    this.chosen = key;
    this.run();
  }

  async run() {
    this.turn += 1;
    const mine = this.turn;
    this.detail.classList.add("stale");
    try {
      if (!this.mistakes) await this.fill();
      for (const button of this.list.children) button.setAttribute("aria-pressed", String(button.dataset.key === this.chosen));
      const { answer } = this;
      const broken = await explorer.ask(this.server.make_mistake({ photo: answer.photo.token, network: answer.network.name, mistake: this.chosen }));
      if (mine !== this.turn) return;
      this.detail.replaceChildren(...mistakeDetail(this.mistakes.find((one) => one.key === this.chosen), answer, broken));
    } catch (error) {
      if (mine === this.turn) this.detail.replaceChildren(make("p", { class: "problem" }, error.message));
    }
    if (mine === this.turn) this.detail.classList.remove("stale");
  }

  async tally() {
    const { network } = this;
    this.tallyButton.disabled = true;
    try {
      for (const [place, mistake] of this.mistakes.entries()) {
        this.tallyNote.textContent = "Making " + (place + 1) + " of " + this.mistakes.length + " mistakes…";
        const found = await explorer.ask(this.server.tally({ network, mistake: mistake.key }));
        if (network !== this.network) break; // the counts of another network are not shown beside this one
        this.list.children[place].lastChild.textContent = found.flipped + " of " + found.of;
      }
      this.tallyNote.textContent = network === this.network ? "Beside each mistake: how many of the example pictures get another label, or none." : "";
    } catch (error) {
      this.tallyNote.textContent = error.message;
    }
    this.tallyButton.disabled = false;
  }
}

/** What became of the first label, in a sentence. */
function mistakeVerdict(right, broken) {
  const first = broken.rows[0];
  if (!first) return "It ends in an exception.";
  const same = first.label === right.label;
  if (same && broken.score === "probability" && Math.abs(first.probability - right.probability) < 1e-6) return "The answer stays to the last digit.";
  if (broken.score === "logit") return "The order stays, but these are no probabilities.";
  return same ? "The first label stays this time; the numbers do not." : "The answer is another one.";
}

/** Cause, the two answers side by side, what gives it away, and the line that mends it. */
function mistakeDetail(mistake, answer, broken) {
  const untouched = broken.untouched ? answer.saw : null;
  const saw = broken.saw || untouched;
  const seen = saw ? make("img", { class: "pixels", src: saw, alt: untouched ? "The same pixels" : "What the network takes it for" }) : make("p", { class: "soft small no-picture" }, "the same pixels, in another shape");
  const wrong = broken.rows.length ? shareList(broken.rows, broken.score) : make("p", { class: "exception number" }, broken.error);
  const again = broken.again.length ? [make("h3", {}, "And " + broken.again_note), shareList(broken.again.slice(0, 3), broken.score)] : [];
  return [
    make("h2", {}, mistake.title),
    make("p", { class: "note" }, mistake.cause + " ", make("b", {}, mistakeVerdict(answer.ranking[0], broken))),
    make("div", { class: "versus" },
      make("section", { class: "card" }, make("h3", {}, "Rightly"), make("img", { class: "pixels", src: answer.saw, alt: "What the network sees rightly" }), shareList(answer.ranking, "probability")),
      make("section", { class: "card broken" }, make("h3", {}, "With the mistake"), seen, wrong, ...again)),
    ...(broken.clues.length ? [clueTable(broken.clues)] : []),
    make("pre", { class: "code", tabindex: 0, "aria-label": "The wrong line and the right one" }, make("span", { class: "wrong" }, "− " + mistake.wrong), make("span", { class: "right" }, "+ " + mistake.fix)),
  ];
}

function clueTable(clues) {
  const row = (clue) => make("tr", {}, make("td", {}, clue.name), ...[clue.right, clue.broken].map((text) => make("td", { class: "number" }, ...clueParts(text))));
  const head = make("tr", {}, make("th", {}, "What gives it away"), make("th", { class: "number" }, "right"), make("th", { class: "number" }, "broken"));
  return make("div", { class: "scroll-x", tabindex: 0, role: "region", "aria-label": "What gives it away" }, make("table", {}, make("thead", {}, head), make("tbody", {}, ...clues.map(row))));
}

/** "a 33.2% / b 4%" in two lines that break nowhere else; other clues in one. */
function clueParts(text) {
  return typeset(text).split(" / ").map((part, place) => make("span", { class: "clue-part" }, (place ? "then " : "") + part));
}

/** Labels with bars; logits have no bar, because they are no shares. */
function shareList(rows, score) {
  return make("ol", { class: "short bars-short" }, ...rows.slice(0, 5).map((row) => {
    const fill = make("span", { class: "bar-fill", style: `width:${(row.probability * 100).toFixed(2)}%` });
    return make("li", {}, make("span", { class: "share-line" }, make("span", {}, readable(row.label)), make("span", { class: "number" }, score === "logit" ? signed(row.logit) : percent(row.probability))),
      score === "logit" ? "" : make("span", { class: "bar-track", "aria-hidden": true }, fill));
  }));
}
