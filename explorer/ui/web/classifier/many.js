// "Many photographs": a drop of files, a folder or a zip becomes a table, with its progress, a matrix, and as a file.

import { make, made } from "../shared/dom.js";
import { isZip } from "../shared/dropped.js";
import { newest } from "../shared/newest.js";
import * as explorer from "../shared/page.js";
import { saveFile, saveMade } from "../shared/save.js";
import { percent } from "../shared/wording.js";
import { answersTo, fileJobs, zipJobs, zipProblem } from "./jobs.js";
import { LineTable } from "./lines.js";
import { confusionMatrix } from "./matrix.js";
import { pileDrop, pileProblem } from "./pile.js";
import { bareLines, bestSet, confusion, linesToJson, nameLine, score } from "./table.js";

const AT_ONCE = 4; // photographs a request: small enough that progress moves and a single answer gets its turn
const K = 3;

const labelsOf = (rows) => rows.map((row) => row.label);

/** Label names by set, of the network that gave an answer; "" has all classes. */
function namesBySet({ classes, sets }) {
  return { "": classes, ...Object.fromEntries(Object.entries(sets).map(([set, rows]) => [set, labelsOf(rows)])) };
}

/** How many lines are answered and right, as a sentence; "" where there are none. */
export function summary(lines) {
  if (!lines.length) return "";
  const { answered, unread, labelled, right, foreign } = score(lines);
  const accuracy = labelled ? `; ${right} of ${labelled} labelled ones right: ${percent(right / labelled)}` : "";
  const others = foreign ? `; ${foreign} labelled with none of these names, and not counted` : "";
  return `${answered} answered, ${unread} could not be read${accuracy}${others}.`;
}

export class ManyPanel {
  lines = [];
  jobs = [];
  notes = []; // what is to be said of their tables of labels, a sentence each
  waiting = null; // what was to be taken before there was a network
  set = ""; // of names, by which the lines are judged
  answer = null; // of the network in use
  origin = null; // the answer of the network whose lines stand here
  before = null; // the table that a run is to replace
  asking = newest();

  /**
   * @param {HTMLElement} root
   * @param {import("../types").ClassifierServer} server
   * @param {(file: File) => Promise<{ path: string }>} upload
   * @param {import("../types").Host} host
   */
  constructor(root, server, upload, host) {
    this.sending = { server, upload, photoMb: host.photo_mb };
    this.progress = make("progress", { max: 1, value: 0, hidden: true, "aria-label": "Photographs answered" });
    this.status = make("p", { class: "many-status", role: "status" });
    this.cancel = make("button", { type: "button", hidden: true, onclick: () => this.stop() }, "Cancel");
    this.problem = make("p", { class: "problem", role: "alert", hidden: true });
    this.noteList = make("ul", { class: "many-notes note", role: "status", hidden: true });
    this.table = new LineTable(() => this.repaint());
    this.matrix = confusionMatrix((cell) => this.table.narrow(cell), () => this.origin.network.label);
    this.sets = make("select", { onchange: () => this.judgeBy(this.sets.value) });
    this.setsField = make("label", { class: "field" }, "Names", this.sets);
    this.setsNote = make("p", { class: "soft many-names", hidden: true });
    this.anew = make("button", { type: "button", onclick: () => this.answerAnew() });
    this.older = make("p", { class: "older note", hidden: true });
    this.tools = make("div", { class: "row many-tools", hidden: true },
      this.setsField, ...this.table.controls,
      this.saveButton("Save as CSV", () => this.saveTable("csv")),
      this.saveButton("Save as Excel", () => this.saveTable("xlsx")),
      this.saveButton("Save as JSON", () => saveFile(
        new Blob([linesToJson(this.lines)], { type: "application/json" }), "answers.json")),
      make("button", { type: "button", class: "quiet", onclick: () => this.clear() }, "Clear"));
    root.append(
      pileDrop((chosen) => this.take(chosen), (problem) => this.say(problem)),
      make("div", { class: "row" }, this.progress, this.status, this.cancel),
      this.problem, this.noteList, this.older, this.tools, this.setsNote,
      make("div", { class: "many-shown" }, this.matrix.root, this.table.root));
  }

  saveButton(title, onclick) {
    return make("button", { type: "button", onclick }, title);
  }

  /** Python writes the table, as it does for programs and in the shell. */
  async saveTable(format) {
    try {
      saveMade(await explorer.ask(this.sending.server.table_file({ lines: bareLines(this.lines), format, k: K })));
    } catch (error) {
      this.say(error.message);
    }
  }

  /** The lines of another network stay, marked as its own, until they are answered anew. */
  show(answer) {
    this.answer = answer;
    this.markOlder();
    if (this.waiting) this.take(this.waiting);
  }

  markOlder() {
    const older = this.lines.length > 0 && this.origin.network.name !== this.answer.network.name;
    this.older.hidden = !older;
    if (!older) return;
    this.anew.textContent = "Answer anew with " + this.answer.network.label;
    this.anew.disabled = !this.progress.hidden;
    this.older.replaceChildren(`These are the answers of ${this.origin.network.label}. `, this.anew);
  }

  /** The same photographs through the network that is chosen now; labels that were corrected stay corrected. */
  async answerAnew() {
    for (const line of this.lines) this.jobs[line.order].label = line.said;
    await this.run(async () => ({ jobs: this.jobs, notes: this.notes }));
  }

  /** The table from before, where the run that was to replace it answered nothing, or was to answer the same anew. */
  restore() {
    const { before } = this;
    if (!before || !before.lines.length || (this.lines.length && before.jobs !== this.jobs)) return;
    Object.assign(this, before, { before: null });
    this.chooseSet([]);
    this.judgeBy(before.set);
  }

  clear() {
    this.asking.drop();
    this.lines = [];
    this.jobs = [];
    this.notes = [];
    this.before = null;
    this.rest();
    this.repaint();
  }

  stop() {
    this.asking.drop();
    this.rest();
    this.restore();
    this.before = null;
    this.repaint();
    this.status.textContent = "Cancelled. " + summary(this.lines);
  }

  /** Nothing is under way. */
  rest() {
    this.progress.hidden = this.cancel.hidden = true;
  }

  begin(text) {
    this.progress.removeAttribute("value");
    this.progress.hidden = this.cancel.hidden = false;
    this.status.textContent = text;
  }

  repaint() {
    this.tools.hidden = !this.lines.length;
    this.setsNote.hidden = !this.lines.length || !this.set;
    this.noteList.hidden = !this.notes.length;
    this.noteList.replaceChildren(...this.notes.map((note) => made("li", "", note)));
    this.markOlder();
    this.table.show(this.lines, this.origin ? this.names() : []);
    this.matrix.show(confusion(this.lines));
    if (this.progress.hidden) this.status.textContent = summary(this.lines);
  }

  /** The names that the lines are judged by. */
  names() {
    return namesBySet(this.origin)[this.set];
  }

  /** Offer the sets of names, and judge by the one that fits the labels best. */
  chooseSet(labels) {
    const names = namesBySet(this.origin);
    const words = (set) => `${set || "all classes"} (${names[set].length})`;
    this.sets.replaceChildren(...Object.keys(names).map((set) => new Option(words(set), set)));
    this.setsField.hidden = Object.keys(names).length < 2;
    this.judgeBy(bestSet(labels, names));
  }

  /** Answers and labels under one set of names; no photograph is asked about again. */
  judgeBy(set) {
    this.set = this.sets.value = set;
    this.table.narrow(null);
    const names = this.names();
    for (const line of this.lines) {
      nameLine(line, set, names);
      line.row = null;
    }
    const rule = "the probabilities of the classes behind each name are added up";
    this.setsNote.textContent = `Judged by the names of “${set}”: ${rule}.`;
    this.repaint();
  }

  /** `chosen` is [{file, name}]: files with their paths in their folder. What cannot be taken is refused whole. */
  async take(chosen) {
    this.waiting = this.answer ? null : chosen;
    if (!this.answer) return;
    const problem = pileProblem(chosen) || (chosen.length && isZip(chosen[0].file) ? zipProblem(chosen[0].file) : "");
    if (problem) this.say(problem);
    else await this.run((mine) => this.findJobs(chosen, mine));
  }

  async findJobs(chosen, mine) {
    const about = { ...this.sending, network: this.answer.network.name, mine };
    if (!chosen.length || !isZip(chosen[0].file)) return fileJobs(chosen, about);
    this.begin("Uploading the zip…");
    return zipJobs(chosen[0].file, about);
  }

  /** Answer the jobs that `find` gives; the table from before stays until they are known. */
  async run(find) {
    const mine = this.asking.next();
    this.say("");
    try {
      const found = await find(mine);
      if (!mine.late) await this.runJobs(found, mine);
    } catch (error) {
      if (mine.late) return;
      this.say(error.message);
      this.restore();
    }
    if (mine.late) return;
    this.before = null;
    this.rest();
    this.repaint();
  }

  say(error) {
    this.problem.textContent = error;
    this.problem.hidden = !error;
  }

  async runJobs({ jobs, notes }, mine) {
    if (!jobs.length) throw new Error("There is no photograph among these files.");
    this.before = { lines: this.lines, origin: this.origin, jobs: this.jobs, notes: this.notes, set: this.set };
    Object.assign(this, { jobs, notes, lines: [], origin: this.answer });
    const about = { ...this.sending, network: this.origin.network.name, k: K };
    this.chooseSet(labelsOf(jobs));
    this.begin(`0 of ${jobs.length}`);
    for (let start = 0; start < jobs.length; start += AT_ONCE) {
      const few = jobs.slice(start, start + AT_ONCE);
      const replies = await answersTo(few, about);
      if (mine.late) return;
      few.forEach((job, place) => this.add(job, start + place, replies[place]));
      this.progress.value = this.lines.length / jobs.length;
      this.status.textContent = `${this.lines.length} of ${jobs.length}`;
      this.repaint();
    }
  }

  add(job, order, { top, sets, ...reply }) {
    const line = { file: job.name, said: job.label, order, tops: top && { "": top, ...sets }, ...reply };
    nameLine(line, this.set, this.names());
    this.lines.push(line);
  }
}
