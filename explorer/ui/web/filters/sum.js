// The sum under the window: its tiles, its equation, and the sentence for who does not see them.

import { made } from "../shared/dom.js";
import { byTouch } from "../shared/page.js";
import { openPixel } from "./convolve.js";
import { readPlanes } from "./input.js";
import { numberText } from "./kernel.js";
import { paint } from "./paint.js";
import { equationParts, roundingText, Terms } from "./terms.js";
import { windowOf } from "./view.js";

const SOON_MS = 60; // before what a pointer rests on is said
const SWEEP_MS = 1500; // between two sentences while the window runs

export class Sum {
  /**
   * @param {import("./tab.js").Tab} tab
   * @param {(row: number, column: number) => void} editWeight
   */
  constructor(tab, editWeight) {
    this.tab = tab;
    this.terms = new Terms(tab.find(".products"), editWeight);
    this.speaking = 0;
    this.spoken = 0;
  }

  /** Show the sum of the answer that is pointed at, if there is one. */
  show() {
    const { answer, state, find } = this.tab;
    const current = this.tab.current();
    find(".sum").classList.toggle("empty", !current);
    this.showChannels(answer);
    if (!current) {
      find(".equation").textContent = "";
      find(".rounding").hidden = true;
      this.speak(`Nothing is held. ${byTouch() ? "Tap" : "Point at"} a picture, or press an arrow key.`);
      return;
    }
    const { layer, source } = answer;
    const planes = readPlanes(answer);
    const opened = openPixel(planes, source.height, source.width, layer, current.y, current.x, state.channel);
    this.terms.show(opened, layer, (value) => pixelShade(value, layer));
    this.showEquation(opened, current);
    this.speak(sentence(opened, layer, current));
  }

  showChannels(answer) {
    const choice = this.tab.find(".channel-choice");
    for (const button of this.tab.all("[data-channel]")) {
      button.setAttribute("aria-pressed", String(Number(button.dataset.channel) === this.tab.state.channel));
    }
    choice.hidden = readPlanes(answer).length < 3;
    const shown = answer.layer.colour === "rgb";
    choice.setAttribute("aria-label", shown ? "Colour whose sum is shown" : "Colour whose weights can be edited");
  }

  showEquation(opened, current) {
    const { answer, find } = this.tab;
    const at = (current.y * answer.width + current.x) * 4;
    const parts = equationParts(opened, answer.layer).map(({ text, kind }) => made("span", kind, text));
    paint(parts[parts.length - 1], [...answer.rgba.slice(at, at + 3)]); // the value, as the picture shows it
    find(".equation").replaceChildren(...parts);
    const rounding = roundingText(opened, answer.layer);
    find(".rounding").textContent = rounding;
    find(".rounding").hidden = !rounding;
    find(".sum").dataset.place = `${current.y},${current.x}`;
  }

  /** Put a sentence into the live line; while the window runs, one every second and a half. */
  speak(text) {
    clearTimeout(this.speaking);
    const { playback, find } = this.tab;
    const wait = playback && playback.playing ? Math.max(0, this.spoken + SWEEP_MS - Date.now()) : SOON_MS;
    this.speaking = window.setTimeout(() => {
      if (find(".says").textContent === text) return;
      find(".says").textContent = text;
      this.spoken = Date.now();
    }, wait);
  }
}

/** The grey behind a number that the filter reads. */
function pixelShade(value, layer) {
  const mean = layer.colour === "sum" && layer.planes === 1 ? value / 3 : value;
  return Array(3).fill(Math.round(Math.min(255, Math.max(0, mean))));
}

function sentence(opened, layer, { y, x }) {
  const { y: top, x: left, height, width } = windowOf(layer, y, x);
  const rows = `rows ${numberText(top)} to ${numberText(top + height - 1)}`;
  const columns = `columns ${numberText(left)} to ${numberText(left + width - 1)}`;
  return `Row ${y}, column ${x} of the answer: ${rows}, ${columns} of the picture give ${numberText(opened.value)}.`;
}
