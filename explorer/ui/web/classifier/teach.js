// "Teach it": a visitor's own classes from a few photographs each. They are looked at as they arrive; "Teach" answers.

import { make, made } from "../shared/dom.js";
import { filesDropped, isZip, withoutClutter } from "../shared/dropped.js";
import { newest } from "../shared/newest.js";
import * as explorer from "../shared/page.js";
import { counted } from "../shared/wording.js";
import { answersToFiles, LOST, zipProblem } from "./jobs.js";
import { freshName, lessonJobs, MOST_PHOTOGRAPHS, tooMany } from "./lesson.js";
import { taughtView } from "./teach_answer.js";
import { burstCamera } from "./teach_camera.js";
import { ClassCard } from "./teach_class.js";
import { LearningSteps } from "./teach_steps.js";
import { fileInput, takeDrops } from "./ways_in.js";

const AT_ONCE = 4; // photographs a request: so that progress moves, and others get their turn
const LEAD = "Name some classes and give each ten photographs or more, in different places and lights. The network "
  + "imagenet looks at them; what it sees is what your classes are told apart by. Nothing is kept for longer than a "
  + "photograph, and nobody else can see it.";
const HINT = "A folder of folders or a zip says all at once: each folder is a class.";

export class TeachPanel {
  /** @type {ClassCard[]} */
  cards = [];
  waiting = []; // jobs that were not looked at yet
  done = 0; // of those that came since nothing waited
  working = false;
  taughtBefore = 0;
  asking = newest();
  learning = newest();

  /**
   * @param {HTMLElement} root
   * @param {import("../types").ClassifierServer} server
   * @param {(file: File) => Promise<{ path: string }>} upload
   * @param {import("../types").Host} host
   */
  constructor(root, server, upload, host) {
    this.server = server;
    this.sending = { upload, photoMb: host.photo_mb };
    const camera = burstCamera((file, card) => this.take([{ file, name: file.name }], card), (text) => this.say(text));
    this.parts = {
      take: (chosen, card) => this.take(chosen, card), fail: (text) => this.say(text),
      move: (ids, card) => this.move(ids, card), remove: (card) => this.remove(card),
      others: (card) => this.cards.filter((one) => one !== card), changed: () => this.outdated(),
      hold: (card) => camera.hold(card), release: () => camera.release(),
    };
    this.problem = make("p", { class: "problem", role: "alert", hidden: true });
    this.progress = make("progress", { max: 1, value: 0, hidden: true, "aria-label": "Photographs looked at" });
    this.status = make("p", { class: "many-status", role: "status" });
    this.cancel = make("button", { type: "button", hidden: true, onclick: () => this.stop() }, "Cancel");
    this.button = make("button", { type: "button", class: "primary teach-now", onclick: () => this.teach() }, "Teach");
    this.left = make("ul", { class: "many-notes note", role: "status", hidden: true });
    this.list = made("div", "class-cards");
    this.result = make("div", { class: "teach-result", "aria-live": "polite" });
    root.append(made("p", "note", LEAD), this.dropZone(), this.list,
      make("div", { class: "row" }, make("button", { type: "button", onclick: () => this.addCard() }, "Another class"),
        this.button, make("button", { type: "button", class: "quiet", onclick: () => this.clear() }, "Start over")),
      make("div", { class: "row" }, this.progress, this.status, this.cancel), this.problem, this.left, this.result);
    this.addCard();
    this.addCard();
  }

  /** Other panels show what a network says; here it is taught, whichever is in use. */
  show() {}

  dropZone() {
    const chooser = (attributes) =>
      fileInput({ tabindex: -1, ...attributes }, (chosen) => this.take(withoutClutter(chosen)));
    const folder = chooser({ webkitdirectory: true, "aria-label": "A folder of folders" });
    const zip = chooser({ accept: ".zip", "aria-label": "A zip of folders" });
    const zone = make("div", { class: "many-drop teach-drop" }, made("p", "soft", HINT),
      make("div", { class: "row" },
        make("button", { type: "button", onclick: () => folder.click() }, "Choose a folder"), folder,
        make("button", { type: "button", onclick: () => zip.click() }, "Choose a zip"), zip));
    takeDrops(zone, (transfer) => filesDropped(transfer, MOST_PHOTOGRAPHS)
      .then((found) => this.take(found), (error) => this.say(error.message)));
    return zone;
  }

  addCard(name = freshName(this.cards.map((card) => card.name))) {
    const card = new ClassCard(name, this.parts);
    this.cards.push(card);
    this.list.append(card.root);
    return card;
  }

  /** The class of that name; one that is still empty takes it before another is made. */
  cardFor(label) {
    const found = this.cards.find((card) => card.name === label);
    if (found) return found;
    const empty = this.cards.find((card) => !card.pupils.length && /^class \d+$/.test(card.name)
      && !this.waiting.some((job) => job.card === card));
    if (!empty) return this.addCard(label);
    empty.input.value = label;
    return empty;
  }

  remove(card) {
    this.cards = this.cards.filter((one) => one !== card);
    this.waiting = this.waiting.filter((job) => job.card !== card);
    card.root.remove();
    this.outdated();
  }

  move(ids, card) {
    for (const one of this.cards) if (one !== card) for (const pupil of one.drop(ids)) card.add(pupil);
    this.outdated();
  }

  clear() {
    this.stop();
    for (const card of [...this.cards]) this.remove(card);
    this.addCard();
    this.addCard();
    this.leave([]);
    this.say("");
    this.result.replaceChildren();
    this.status.textContent = "";
  }

  stop() {
    this.asking.drop();
    this.learning.drop();
    this.waiting = [];
    this.rest("Cancelled.");
  }

  rest(text) {
    this.working = false;
    this.done = 0;
    this.progress.hidden = this.cancel.hidden = true;
    this.button.disabled = false;
    this.status.textContent = text;
  }

  say(error) {
    this.problem.textContent = error;
    this.problem.hidden = !error;
  }

  /** What could not be looked at, a sentence each. */
  leave(sentences) {
    this.left.replaceChildren(...sentences.map((one) => made("li", "", one)));
    this.left.hidden = !sentences.length;
  }

  /** What was taught is not what stands here now. */
  outdated() {
    for (const view of this.result.children) view.classList.add("stale");
  }

  /** Chosen files [{file, name}] for a class, or each for the class that its folder names. */
  async take(chosen, card = null) {
    this.say("");
    try {
      const [first] = chosen;
      const zipped = chosen.length === 1 && isZip(first.file);
      const jobs = zipped ? await this.zipJobs(first.file) : lessonJobs(chosen, card ? card.name || " " : "");
      this.accept(jobs, card && !zipped ? card : null);
    } catch (error) {
      this.say(error.message);
    }
  }

  async zipJobs(file) {
    const problem = zipProblem(file);
    if (problem) throw new Error(problem);
    this.status.textContent = "Uploading the zip…";
    const { path } = await this.sending.upload(file).catch(() => { throw new Error(LOST); });
    const { entries, notes } = await explorer.ask(this.server.open_class_zip({ path }));
    const loose = entries.filter((one) => !one.label);
    this.leave([...notes, ...loose.map(({ name }) => `${name} lies in no folder and teaches nothing.`)]);
    this.status.textContent = "";
    return entries.filter((one) => one.label).map((one) => ({ ...one, zip: path }));
  }

  accept(jobs, card) {
    const labels = card ? [] : [...new Set(jobs.map((job) => job.label))];
    const used = this.cards.filter((one) => one.pupils.length || this.waiting.some((job) => job.card === one));
    const fresh = labels.filter((label) => !used.some((one) => one.name === label));
    const there = this.cards.reduce((sum, one) => sum + one.pupils.length, this.waiting.length);
    const problem = tooMany(there + jobs.length, used.length + fresh.length);
    if (problem) throw new Error(problem);
    for (const job of jobs) this.waiting.push({ ...job, card: card || this.cardFor(job.label) });
    this.outdated();
    if (!this.working) this.lookAtAll();
  }

  async lookAtAll() {
    const mine = this.asking.next();
    this.working = true;
    this.button.disabled = true;
    this.progress.hidden = this.cancel.hidden = false;
    const left = [...this.left.children].map((one) => one.textContent);
    while (this.waiting.length) {
      const few = this.nextFew();
      const found = await this.look(few).catch((error) => few.map(() => ({ error: error.message })));
      if (mine.late) return;
      few.forEach((job, place) => {
        const { id, thumbnail, error } = found[place];
        if (error) left.push(`${job.name}: ${error}`);
        else if (this.cards.includes(job.card)) job.card.add({ id, thumbnail, name: job.name });
      });
      this.done += few.length;
      this.progress.value = this.done / (this.done + this.waiting.length);
      this.status.textContent = `${this.done} of ${this.done + this.waiting.length} looked at`;
      this.leave(left);
    }
    const ready = this.cards.reduce((sum, card) => sum + card.pupils.length, 0);
    this.rest(`${counted(ready, "photograph")} ready to teach.`);
  }

  /** The next jobs that one request can hold: files, or entries of one zip. */
  nextFew() {
    const [{ zip }] = this.waiting;
    let count = 0;
    while (count < AT_ONCE && count < this.waiting.length && this.waiting[count].zip === zip) count += 1;
    return this.waiting.splice(0, count);
  }

  async look(few) {
    if (few[0].zip) {
      return explorer.ask(this.server.look_at_entries({ path: few[0].zip, entries: few.map((job) => job.index) }));
    }
    return answersToFiles(few, this.sending, (paths) => this.server.look_at_files({ paths }));
  }

  async teach() {
    const mine = this.learning.next();
    this.say("");
    const pupils = this.cards.flatMap((card) => card.pupils.map((one) => ({ ...one, label: card.name })));
    const photographs = pupils.map(({ id, label, name }) => ({ id, label, name }));
    this.button.disabled = true;
    this.cancel.hidden = false;
    this.status.textContent = "Learning…";
    try {
      const taught = await explorer.ask(this.server.teach({ photographs }));
      if (mine.late) return;
      this.taughtBefore += 1;
      if (this.taughtBefore > 1) taught.network.label += ` (${this.taughtBefore})`;
      const request = { photographs, strength: taught.lesson.strength };
      this.result.replaceChildren(taughtView(taught, pupils), new LearningSteps(this.server, request, pupils).root);
      this.rest("Taught.");
      explorer.set("network", taught.network);
    } catch (error) {
      if (mine.late) return;
      this.rest("");
      this.say(error.message);
    }
  }
}
