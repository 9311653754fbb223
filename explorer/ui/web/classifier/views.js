// "What it saw": the photograph cropped, letterboxed and stretched, as the network gets it, and the answer to each.

function viewsPanel(root, server) {
  const note = make("p", { class: "note" }, "A network takes one square size. How the photograph gets there changes what it sees, and at times what it says. The one marked is how this checkpoint was trained.");
  const [status, views] = [make("p", { class: "soft", "aria-live": "polite" }), make("div", { class: "views" })];
  root.append(note, status, views);
  let turn = 0;

  function one(view) {
    const normal = (values) => values.map((value) => signed(value)).join(", ");
    return make("section", { class: "card view" + (view.own ? " own" : "") },
      make("h2", {}, view.mode, view.own ? make("span", { class: "tag" }, "as trained") : ""),
      make("img", { class: "pixels", src: view.saw, alt: "The photograph after " + view.mode }),
      make("p", { class: "soft" }, MODE_WORDS[view.mode]),
      make("ol", { class: "short" }, ...view.ranking.map((row) => make("li", {}, make("span", {}, readable(row.label)), make("span", { class: "number" }, percent(row.probability))))),
      make("p", { class: "soft small" }, "after normalisation, red green blue: mean " + normal(view.mean) + "; spread " + normal(view.spread)));
  }

  return {
    async show(answer) {
      turn += 1;
      const mine = turn;
      views.classList.add("stale");
      try {
        const found = await explorer.ask(server.views({ photo: answer.photo.token, network: answer.network.name }));
        if (mine !== turn) return;
        views.replaceChildren(...found.views.map(one));
        status.textContent = "";
      } catch (error) {
        if (mine === turn) status.textContent = error.message;
      }
      if (mine === turn) views.classList.remove("stale");
    },
  };
}
