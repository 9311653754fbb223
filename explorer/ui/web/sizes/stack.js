// A stack of layers: rows to add, edit, move and remove; ready-made ones; text in, code and tables out.
// The server reads the text and walks the stack; an answer that comes late never replaces a newer one.

import { typeSize } from "../shared/canvas.js";
import { complain, finder, make } from "../shared/dom.js";
import { newest } from "../shared/newest.js";
import { ask } from "../shared/page.js";
import { readInk } from "./ink.js";
import { paintTower, towerLayout } from "./stack_draw.js";
import { listenToStack } from "./stack_listen.js";
import { fillBreak, fillCompare, fillStackTable } from "./stack_table.js";
import {
  NEW_LAYER_NAMES, networkCode, rowText, stackFromLink, stackToLink, totalsText, tracedText,
} from "./stack_words.js";

const FIRST_LESSON = "start";

export class StackView {
  lines = []; // of the visitor's own stack; none of a traced network
  shape = [3, 32, 32]; // of the picture
  network = ""; // the traced one, if any
  lesson = ""; // the last one opened
  lessons = []; // all that there are
  chosen = 0; // which stack of the lesson
  compared = null; // all stacks of the lesson, walked
  edited = false; // whether the stack is no longer the lesson's
  result = null; // what the server said of the stack
  marked = -1; // the row that is looked at
  tower = null; // where its blocks stand
  beginning = null;
  asking = newest();

  /**
   * @param {HTMLElement} root
   * @param {import("../types").SizesServer} server
   * @param {{ tell: (link: object) => void, look: (settings: object) => void }} others `tell` is called with the link
   * after each change, `look` opens a row as one layer
   */
  constructor(root, server, { tell, look }) {
    this.root = root;
    this.find = finder(root);
    /** @type {any[]} */
    this.sides = [...root.querySelectorAll(".sizes-side")]; // the boxes of the picture's channels, height and width
    this.server = server;
    this.tell = tell;
    this.look = look;
    this.find(".sizes-new").append(...NEW_LAYER_NAMES.map((name) => make("option", {}, name)));
    listenToStack(this);
  }

  /** Fill the menu and open what a link asks for, else the first lesson: once, but again where the server failed. */
  begin(link) {
    this.beginning ||= this.fill(link);
    return this.beginning;
  }

  async fill(link) {
    try {
      this.lessons = await ask(this.server.stack_menu({}));
    } catch (error) {
      this.beginning = null;
      this.showProblem(error.message);
      return;
    }
    this.addToMenu("Lessons", this.lessons.map((lesson) => [`lesson:${lesson.name}`, lesson.title]));
    await this.openAsked(stackFromLink(link));
    if (!this.result) await this.openInstead(FIRST_LESSON);
    this.addNetworks();
  }

  openAsked({ network, lines, shape, lesson, chosen }) {
    if (network) return this.openNetwork(network, shape);
    if (lines.length) return this.openLines(lines, shape || this.shape);
    const known = this.lessons.some((each) => each.name === lesson);
    return this.openLesson(known ? lesson : FIRST_LESSON, chosen);
  }

  /** A lesson where a link asks for what cannot be shown; the reason stays on the page. */
  async openInstead(lesson) {
    const reason = this.find(".sizes-stack-problem").textContent;
    await this.openLesson(lesson);
    if (this.result) this.showProblem(`${reason} The link asks for it; a ready-made stack is shown instead.`);
  }

  async addNetworks() {
    const groups = await ask(this.server.network_menu({})).catch(() => []);
    for (const { label, names } of groups) {
      this.addToMenu(label, names.map((name) => [`network:${name}`, name.replace("torchvision/", "")]));
    }
    this.showMenu();
  }

  addToMenu(label, entries) {
    const options = entries.map(([value, text]) => make("option", { value }, text));
    this.find(".sizes-menu").append(make("optgroup", { label }, ...options));
  }

  showMenu() {
    const lesson = this.lesson && !this.edited ? `lesson:${this.lesson}` : "";
    this.find(".sizes-menu").value = this.network ? `network:${this.network}` : lesson;
  }

  async openLesson(name, chosen = 0) {
    this.pasting = false;
    const lesson = this.lessons.find((each) => each.name === name);
    const at = Math.min(Math.max(0, chosen), lesson.stacks.length - 1);
    const texts = lesson.stacks.map((stack) => stack.text);
    await this.ask(this.server.walk_stacks({ texts, shape: lesson.shape }), (results) => {
      Object.assign(this, { lesson: name, chosen: at, network: "", edited: false, compared: results });
      this.show(results[at]);
    });
  }

  /** Walk a visitor's lines for a picture of `shape`; on an error the table from before stays. */
  async openLines(lines, shape, pasting = false) {
    this.pasting = pasting;
    await this.ask(this.server.walk_stacks({ texts: [lines.join("\n")], shape }), ([result]) => {
      Object.assign(this, { network: "", edited: true, compared: null });
      this.show(result);
    });
  }

  async openNetwork(network, shape = null) {
    this.pasting = false;
    const sides = shape ? { height: shape[1], width: shape[2] } : {};
    await this.ask(this.server.trace_stack({ network, ...sides }), (result) => {
      Object.assign(this, { network: result.network, lesson: "", edited: false, compared: null });
      this.show(result);
    });
  }

  /** Use the server's reply; while it works the table is dimmed, and a late one is dropped. */
  async ask(reply, use) {
    const mine = this.asking.next();
    this.root.classList.add("sizes-waiting");
    try {
      const answer = await ask(reply);
      if (mine.late) return;
      this.showProblem("");
      use(answer);
    } catch (error) {
      if (!mine.late) this.showProblem(error.message);
    } finally {
      if (!mine.late) this.root.classList.remove("sizes-waiting");
    }
  }

  /** A problem of a text that was pasted stands below its button, any other above the stack. */
  showProblem(text) {
    complain(this.find(".sizes-stack-problem"), this.pasting ? "" : text);
    complain(this.find(".sizes-text-problem"), this.pasting ? text : "");
  }

  /** Show a walked or traced stack. */
  show(result) {
    const broken = result.rows.findIndex((row) => row.error);
    this.result = result;
    this.shape = result.shape;
    this.lines = this.network ? [] : result.rows.map((row) => row.name);
    this.marked = broken < 0 ? result.rows.length - 1 : broken;
    this.showSides();
    this.showMenu();
    this.showLesson();
    fillBreak(this.find(".sizes-break"), result, (lines) => this.openLines(lines, this.shape));
    fillStackTable(this.find(".sizes-rows"), result, !this.network, this);
    this.find(".sizes-totals").textContent = `In all ${totalsText(result)}.`;
    for (const own of [".sizes-add", ".sizes-text-in"]) this.find(own).hidden = Boolean(this.network);
    this.draw();
    const end = this.find(".sizes-tower").clientWidth;
    this.find(".sizes-tower-scroll").scrollLeft = broken < 0 ? 0 : end; // shows where it breaks
    const [rows, line] = [this.find(".sizes-rows-scroll"), this.find(".sizes-rows").tBodies[0].rows[broken]];
    if (line) rows.scrollTop = line.offsetTop - rows.clientHeight / 2; // the page itself stays where it is
    this.showTakeAway(broken >= 0);
  }

  /** The lesson's sentence and its stacks side by side; for a network, what is to be known of its numbers. */
  showLesson() {
    const isOpen = !this.network && !this.edited;
    const lesson = isOpen && this.lessons.find((each) => each.name === this.lesson);
    const place = this.find(".sizes-lesson");
    place.textContent = lesson ? lesson.text : "";
    if (this.network) place.textContent = tracedText(this.result);
    else if (this.result.note) place.textContent = this.result.note; // of a print, which tells less than a stack
    place.hidden = !place.textContent;
    const table = this.find(".sizes-compare");
    table.parentElement.hidden = !lesson || lesson.stacks.length < 2;
    if (table.parentElement.hidden) return;
    const labels = lesson.stacks.map((stack) => stack.label);
    fillCompare(table, labels, this.compared, this.chosen, (at) => this.openLesson(lesson.name, at));
  }

  showSides() {
    this.sides.forEach((box, at) => {
      box.value = this.shape[at];
      box.removeAttribute("aria-invalid");
      box.disabled = Boolean(this.network) && at === 0;
    });
  }

  /** The code, and what of the stack can be linked and opened elsewhere. */
  showTakeAway(isBroken) {
    const isPrint = Boolean(this.result.note); // its lines make no network
    this.find(".sizes-stack-code").textContent = this.network ? networkCode(this.result) : this.result.code;
    const [channels, height, width] = this.shape;
    const square = [1, 3].includes(channels) && height === width;
    const open = this.find(".sizes-stack-open");
    open.disabled = Boolean(this.network) || !square || isBroken || isPrint;
    open.title = square ? "" : "A stack is opened on square pictures of 1 or 3 channels";
    const link = isPrint ? {} : stackToLink(this);
    const linked = Object.keys(link).length > 0;
    this.find(".sizes-stack-link").disabled = !linked;
    this.find(".sizes-unlinked").hidden = linked || isPrint;
    this.tell(link);
  }

  /** The shape that comes out of the last layer that is reached. */
  lastShape() {
    const reached = this.result ? this.result.rows.filter((row) => row.shape) : [];
    return reached.length ? reached[reached.length - 1].shape : this.shape;
  }

  lookAt(at) {
    this.look(this.result.rows[at].settings);
  }

  /** Another line in place of one; what cannot be read stays in its box, marked. */
  async edit(at, text) {
    const lines = [...this.lines];
    lines.splice(at, 1, ...text.split("\n"));
    await this.openLines(lines, this.shape);
    this.markUnread(at, text);
  }

  remove(at) {
    return this.openLines(this.lines.filter((_, each) => each !== at), this.shape);
  }

  move(at, by) {
    const lines = [...this.lines];
    const [line] = lines.splice(at, 1);
    lines.splice(at + by, 0, line);
    return this.openLines(lines, this.shape);
  }

  /** A line that could not be read stays in its box, marked. */
  markUnread(at, text) {
    const box = this.find(`.sizes-rows tbody tr:nth-child(${at + 1}) input`);
    const refused = !this.find(".sizes-stack-problem").hidden && box && box.value === text;
    if (refused) box.setAttribute("aria-invalid", "true");
  }

  mark(at) {
    if (this.marked === at) return;
    this.marked = at;
    this.draw();
  }

  draw() {
    const scroll = this.find(".sizes-tower-scroll");
    if (!this.result || !scroll.clientWidth) return;
    this.tower = towerLayout(this.result, scroll.clientWidth / typeSize() - 4);
    paintTower(this.find(".sizes-tower"), this.result, this.tower, this.marked, readInk(this.root));
    this.find(".sizes-row-says").textContent = rowText(this.result.rows[this.marked], this.shape);
  }
}
