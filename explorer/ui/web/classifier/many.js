// "Many photographs": a drop of files, a folder or a zip becomes a table; progress, cancel, correction, matrix, CSV, JSON.

const AT_ONCE = 4; // photographs a request: small enough that progress moves and a single answer gets its turn
const MANY_K = 3;

class ManyPanel {
  constructor(root, server, upload) {
    Object.assign(this, { server, upload, lines: [], jobs: [], set: "", turn: 0, answer: null, made: null, before: null });
    this.pile = pileDrop((chosen) => this.take(chosen));
    this.progress = make("progress", { max: 1, value: 0, hidden: true, "aria-label": "Photographs answered" });
    this.status = make("p", { class: "many-status", role: "status" });
    this.cancel = make("button", { type: "button", hidden: true, onclick: () => this.stop() }, "Cancel");
    this.problem = make("p", { class: "problem", role: "alert", hidden: true });
    this.table = lineTable(() => this.repaint());
    this.matrix = confusionMatrix((cell) => this.table.narrow(cell));
    this.sets = make("select", { onchange: () => this.judgeBy(this.sets.value) });
    this.setsField = make("label", { class: "field" }, "Names", this.sets);
    this.setsNote = make("p", { class: "soft many-names", hidden: true });
    this.anew = make("button", { type: "button", onclick: () => this.answerAnew() });
    this.older = make("p", { class: "older note", hidden: true });
    this.tools = make("div", { class: "row many-tools", hidden: true }, this.setsField, this.table.filter, this.table.sorting, this.table.search,
      this.saveButton("CSV", "text/csv", () => linesToCsv(this.lines, MANY_K)), this.saveButton("JSON", "application/json", () => linesToJson(this.lines)),
      make("button", { type: "button", class: "quiet", onclick: () => this.clear() }, "Clear"));
    root.append(this.pile, make("div", { class: "row" }, this.progress, this.status, this.cancel), this.problem, this.older, this.tools, this.setsNote, make("div", { class: "many-shown" }, this.matrix.root, this.table.root));
  }

  saveButton(title, kind, text) {
    return make("button", { type: "button", onclick: () => download("answers." + title.toLowerCase(), kind, text()) }, title);
  }

  /** The lines of another network stay, marked as its own, until they are answered anew. */
  show(answer) {
    this.answer = answer;
    this.markOlder();
  }

  markOlder() {
    const older = this.lines.length > 0 && this.made.network.name !== this.answer.network.name;
    this.older.hidden = !older;
    if (!older) return;
    this.anew.textContent = "Answer anew with " + this.answer.network.label;
    this.anew.disabled = !this.progress.hidden;
    this.older.replaceChildren("These are the answers of " + this.made.network.label + ". ", this.anew);
  }

  /** The same photographs through the network that is chosen now; labels that were corrected stay corrected. */
  async answerAnew() {
    for (const line of this.lines) this.jobs[line.order].label = line.said;
    await this.run(() => this.jobs);
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
    this.turn += 1;
    this.lines = this.jobs = [];
    this.before = null;
    this.stopped("");
    this.repaint();
  }

  stop() {
    this.turn += 1;
    this.progress.hidden = this.cancel.hidden = true;
    this.restore();
    this.before = null;
    this.repaint();
    this.stopped("Cancelled. " + this.summary());
  }

  stopped(text) {
    this.progress.hidden = this.cancel.hidden = true;
    this.status.textContent = text;
  }

  begin(text) {
    this.progress.removeAttribute("value");
    this.progress.hidden = this.cancel.hidden = false;
    this.status.textContent = text;
  }

  repaint() {
    this.tools.hidden = !this.lines.length;
    this.setsNote.hidden = !this.lines.length || !this.set;
    this.markOlder();
    this.table.show(this.lines, this.made ? this.names()[this.set] : []);
    this.matrix.show(confusion(this.lines));
    if (this.progress.hidden) this.status.textContent = this.summary();
  }

  summary() {
    if (!this.lines.length) return "";
    const { answered, unread, labelled, right, foreign } = score(this.lines);
    const accuracy = labelled ? "; " + right + " of " + labelled + " labelled ones right: " + percent(right / labelled) : "";
    const others = foreign ? "; " + foreign + " labelled with none of these names, and not counted" : "";
    return answered + " answered, " + unread + " could not be read" + accuracy + others + ".";
  }

  /** Label names by set, of the network whose answers stand in the table; "" has all classes. */
  names() {
    const labels = (rows) => rows.map((row) => row.label);
    return { "": this.made.classes, ...Object.fromEntries(Object.entries(this.made.sets).map(([set, rows]) => [set, labels(rows)])) };
  }

  /** Offer the sets of names, and judge by the one that fits the labels best. */
  chooseSet(labels) {
    const names = this.names();
    const words = (set) => (set ? set : "all classes") + " (" + names[set].length + ")";
    this.sets.replaceChildren(...Object.keys(names).map((set) => new Option(words(set), set)));
    this.setsField.hidden = Object.keys(names).length < 2;
    this.judgeBy(bestSet(labels, names));
  }

  /** Answers and labels under one set of names; no photograph is asked about again. */
  judgeBy(set) {
    this.set = this.sets.value = set;
    this.table.narrow(null);
    const names = this.names()[set];
    for (const line of this.lines) {
      nameLine(line, set, names);
      line.row = null;
    }
    this.setsNote.textContent = "Judged by the names of “" + set + "”: the probabilities of the classes behind each name are added up.";
    this.repaint();
  }

  /** `chosen` is [{file, name}]: files with the paths that they had in their folder. What cannot be taken is refused whole. */
  async take(chosen) {
    if (!this.answer || !chosen.length) return;
    const problem = pileProblem(chosen);
    if (problem) this.say(problem);
    else await this.run((mine) => (isZip(chosen[0].file) ? this.zipJobs(chosen[0].file, mine) : fileJobs(chosen, knownLabels(this.answer))));
  }

  /** Answer the jobs that `find` gives; the table from before stays until they are known. */
  async run(find) {
    this.turn += 1;
    const mine = this.turn;
    this.say("");
    try {
      const jobs = await find(mine);
      if (mine === this.turn) await this.runJobs(jobs, mine);
    } catch (error) {
      if (mine === this.turn) {
        this.say(error.message);
        this.restore();
      }
    }
    if (mine !== this.turn) return;
    this.before = null;
    this.progress.hidden = this.cancel.hidden = true;
    this.repaint();
  }

  say(error) {
    this.problem.textContent = error;
    this.problem.hidden = !error;
  }

  async zipJobs(file, mine) {
    checkZip(file);
    this.begin("Uploading the zip…");
    const { path } = await this.upload(file);
    if (mine !== this.turn) return [];
    const found = await explorer.ask(this.server.open_zip({ path, network: this.answer.network.name }));
    return found.entries.map((entry) => ({ ...entry, zip: path }));
  }

  async runJobs(jobs, mine) {
    if (!jobs.length) throw new Error("There is no photograph among these files.");
    this.before = { lines: this.lines, made: this.made, jobs: this.jobs, set: this.set };
    Object.assign(this, { jobs, lines: [], made: this.answer });
    const network = this.made.network.name;
    this.chooseSet(jobs.map((job) => job.label));
    this.begin("0 of " + jobs.length);
    for (let start = 0; start < jobs.length; start += AT_ONCE) {
      const few = jobs.slice(start, start + AT_ONCE);
      const replies = await (few[0].zip ? this.askEntries(few, network) : this.askFiles(few, network));
      if (mine !== this.turn) return;
      few.forEach((job, place) => this.add(job, start + place, replies[place]));
      this.progress.value = this.lines.length / jobs.length;
      this.status.textContent = this.lines.length + " of " + jobs.length;
      this.repaint();
    }
  }

  add(job, order, { top, sets, ...reply }) {
    const line = { file: job.name, said: job.label, order, tops: top && { "": top, ...sets }, ...reply };
    nameLine(line, this.set, this.names()[this.set]);
    this.lines.push(line);
  }

  askEntries(few, network) {
    return explorer.ask(this.server.classify_entries({ path: few[0].zip, entries: few.map((job) => job.index), network, k: MANY_K }));
  }

  /** Files too large for a photograph, or that do not arrive, become lines like others that cannot be read. */
  async askFiles(few, network) {
    const sent = await Promise.all(few.map(({ file }) => sendFile(file, this.upload)));
    const paths = sent.filter((one) => one.path).map((one) => one.path);
    const answers = paths.length ? await explorer.ask(this.server.classify_files({ paths, network, k: MANY_K })) : [];
    return sent.map((one) => (one.path ? answers.shift() : one));
  }
}

/** Every name that a folder can give as a label: the classes and the labels of all sets. */
const knownLabels = (answer) => [answer.classes, ...Object.values(answer.sets).map((rows) => rows.map((row) => row.label))].flat();

function download(name, kind, text) {
  const link = make("a", { href: URL.createObjectURL(new Blob([text], { type: kind })), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}
