// The sweep: the window runs over what is shown, an answer at a time.

import * as explorer from "../shared/page.js";
import { jumpPlayback, startPlayback, stepPlayback, tickPlayback, togglePlayback } from "../shared/playback.js";
import { sweepStep, sweptAnswer } from "./view.js";

const WATCHED_MOST = 400; // answers that a sweep over the whole picture may have; else it looks closer

export class Sweep {
  /** @param {import("./tab.js").Tab} tab */
  constructor(tab) {
    this.tab = tab;
    this.clock = 0;
    const { find } = tab;
    const on = (selector, event, listener) => find(selector).addEventListener(event, listener);
    on(".sweep-button", "click", () => (tab.playback ? this.close() : this.open(!explorer.reducedMotion())));
    on(".sweep-close", "click", () => this.close());
    on(".play", "click", () => this.set(togglePlayback(tab.playback)));
    on(".step-back", "click", () => this.set(stepPlayback(tab.playback, -1)));
    on(".step-on", "click", () => this.set(stepPlayback(tab.playback, 1)));
    on(".scrub", "input", ({ target }) => this.stand(Number(target.value)));
    on(".speed", "change", ({ target }) => this.set({ ...tab.playback, speed: Number(target.value) }));
    tab.on("answer", () => {
      if (tab.playback) this.open(false);
    });
    tab.on("state", () => {
      if (tab.playback && tab.playback.count !== this.steps()) this.open(false); // it is looked at from elsewhere
    });
  }

  /** Begin over what is shown, close enough to see the window move; from its first answer. */
  open(playing) {
    const { tab } = this;
    if (!tab.answer) return;
    if (tab.state.zoom === "whole" && tab.answer.height * tab.answer.width > WATCHED_MOST) tab.zoom("close");
    const start = startPlayback(this.steps(), Number(tab.find(".speed").value));
    tab.hovered = null;
    this.set(playing ? togglePlayback(start) : start);
  }

  /** Answers in what is shown. */
  steps() {
    const { height, width } = this.tab.parts().output;
    return height * width;
  }

  /** Stop; where it stood stays held. */
  close() {
    const { tab } = this;
    clearTimeout(this.clock);
    if (tab.playback) tab.pin = tab.current();
    tab.playback = null;
    this.show();
    tab.draw();
  }

  set(playback) {
    const { tab } = this;
    clearTimeout(this.clock);
    tab.playback = playback;
    tab.pin = sweptAnswer(tab.parts().output, playback.at);
    if (playback.playing) this.clock = window.setTimeout(() => this.set(tickPlayback(playback)), 1000 / playback.speed);
    this.show();
    tab.draw();
  }

  /** Stand still at a step. */
  stand(at) {
    this.set({ ...jumpPlayback(this.tab.playback, at), playing: false });
  }

  /** Stand still at an answer, or where it is if that lies outside. */
  standAt({ y, x }) {
    this.stand(sweepStep(this.tab.parts().output, y, x) ?? this.tab.playback.at);
  }

  show() {
    const { playback, find } = this.tab;
    find(".transport").hidden = !playback;
    find(".sweep-button").setAttribute("aria-expanded", String(Boolean(playback)));
    find(".sweep-button").textContent = playback ? "■ Stop" : "▶ Watch";
    if (!playback) return;
    find(".play").textContent = playback.playing ? "❚❚ Pause" : "▶ Play";
    find(".scrub").max = playback.count - 1;
    find(".scrub").value = playback.at;
    find(".scrub-says").textContent = `${playback.at + 1} of ${playback.count}`;
  }
}
