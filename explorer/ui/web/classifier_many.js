// "Many photographs": a drop of files, a folder or a zip becomes a table; progress, cancel, correction, matrix, CSV, JSON.

const MOST_PHOTOGRAPHS = 200;
const MOST_ZIP_BYTES = 200e6;
const AT_ONCE = 4; // photographs a request: small enough that progress moves and a single answer gets its turn
const MANY_K = 3;

function manyPanel(root, server, upload) {
  const files = make("input", { type: "file", class: "many-files", multiple: true, accept: "image/*,.heic,.heif,.avif,.zip,.csv", "aria-label": "Photographs or a zip" });
  const folder = make("input", { type: "file", class: "many-files", webkitdirectory: true, "aria-label": "A folder of photographs" });
  const zone = make("div", { class: "many-drop" },
    make("p", {}, make("b", {}, "Drop up to 200 photographs, a folder or a zip here.")),
    make("p", { class: "soft" }, "Folders named after a class, or a CSV file with the columns file and label, give accuracy and a confusion matrix."),
    make("div", { class: "row" }, make("button", { type: "button", class: "primary", onclick: () => files.click() }, "Choose files"), make("button", { type: "button", onclick: () => folder.click() }, "Choose a folder"), files, folder));
  const progress = make("progress", { max: 1, value: 0, hidden: true, "aria-label": "Photographs answered" });
  const status = make("p", { class: "many-status", role: "status" });
  const cancel = make("button", { type: "button", hidden: true }, "Cancel");
  const problem = make("p", { class: "problem", role: "alert", hidden: true });
  const table = lineTable((line) => repaint(line));
  const matrix = confusionMatrix((cell) => table.narrow(cell));
  const save = (name, kind, text) => () => download(name, kind, text());
  const tools = make("div", { class: "row many-tools", hidden: true }, table.filter, table.search,
    make("button", { type: "button", onclick: save("answers.csv", "text/csv", () => linesToCsv(state.lines, MANY_K)) }, "CSV"),
    make("button", { type: "button", onclick: save("answers.json", "application/json", () => linesToJson(state.lines)) }, "JSON"),
    make("button", { type: "button", class: "quiet", onclick: clear }, "Clear"));
  root.append(zone, make("div", { class: "row" }, progress, status, cancel), problem, tools, matrix.root, table.root);
  const state = { lines: [], turn: 0, answer: null };

  function say(error) {
    problem.textContent = error || "";
    problem.hidden = !error;
  }

  function clear() {
    state.turn += 1;
    state.lines = [];
    stopped("");
    repaint();
  }

  function stopped(text) {
    progress.hidden = cancel.hidden = true;
    status.textContent = text;
  }

  function repaint() {
    tools.hidden = !state.lines.length;
    table.show(state.lines, state.answer ? state.answer.classes : []);
    matrix.show(confusion(state.lines));
    if (progress.hidden) status.textContent = summary();
  }

  function summary() {
    if (!state.lines.length) return "";
    const { answered, unread, labelled, right } = score(state.lines);
    const accuracy = labelled ? "; " + right + " of " + labelled + " labelled ones right: " + percent(right / labelled) : "";
    return answered + " answered, " + unread + " could not be read" + accuracy + ".";
  }

  /** `chosen` is [{file, name}]: files with the paths that they had in their folder. */
  async function take(chosen) {
    if (!state.answer || !chosen.length) return;
    state.turn += 1;
    const mine = state.turn;
    say("");
    state.lines = [];
    try {
      const zips = chosen.filter(({ file }) => /\.zip$/i.test(file.name));
      const jobs = zips.length ? await zipJobs(zips[0].file, mine) : await fileJobs(chosen);
      if (mine === state.turn && jobs) await runJobs(jobs, mine);
    } catch (error) {
      if (mine === state.turn) say(error.message);
    }
    if (mine !== state.turn) return;
    progress.hidden = cancel.hidden = true;
    repaint();
  }

  async function fileJobs(chosen) {
    const tables = chosen.filter(({ file }) => /\.csv$/i.test(file.name));
    const labels = tables.length ? labelsFromCsv(await tables[0].file.slice(0, 1e6).text()) : new Map();
    const photographs = chosen.filter(({ file }) => !/\.csv$/i.test(file.name) && !file.name.startsWith("."));
    if (photographs.length > MOST_PHOTOGRAPHS) throw new Error("These are " + photographs.length + " files; at most " + MOST_PHOTOGRAPHS + " can be taken at a time.");
    const known = state.answer.classes;
    return photographs.map(({ file, name }) => ({ file, name, label: labels.get(name) || labels.get(file.name) || labelFromFolder(name, known) }));
  }

  async function zipJobs(file, mine) {
    if (file.size > MOST_ZIP_BYTES) throw new Error("This zip has " + Math.round(file.size / 1e6) + " MB; at most 200 MB can be taken.");
    begin("Uploading the zip…");
    const { path } = await upload(file);
    if (mine !== state.turn) return null;
    const found = await explorer.ask(server.open_zip({ path, network: state.answer.network.name }));
    return found.entries.map((entry) => ({ ...entry, zip: path }));
  }

  function begin(text) {
    progress.removeAttribute("value");
    progress.hidden = cancel.hidden = false;
    status.textContent = text;
  }

  async function runJobs(jobs, mine) {
    const network = state.answer.network.name;
    begin("0 of " + jobs.length);
    for (let start = 0; start < jobs.length; start += AT_ONCE) {
      const few = jobs.slice(start, start + AT_ONCE);
      const lines = await (few[0].zip ? askEntries(few, network) : askFiles(few, network));
      if (mine !== state.turn) return;
      few.forEach((job, place) => state.lines.push({ file: job.name, label: job.label, order: start + place, ...lines[place] }));
      progress.value = state.lines.length / jobs.length;
      status.textContent = state.lines.length + " of " + jobs.length;
      repaint();
    }
  }

  const askEntries = (few, network) => explorer.ask(server.classify_entries({ path: few[0].zip, entries: few.map((job) => job.index), network, k: MANY_K }));

  /** Files too large for a photograph, or that do not arrive, become lines like others that cannot be read. */
  async function askFiles(few, network) {
    const sent = await Promise.all(few.map(async ({ file }) => {
      if (file.size > 20e6) return { error: "This file has " + Math.round(file.size / 1e6) + " MB; pictures of up to 20 MB can be opened." };
      if (!file.size) return { error: "This file is empty; please choose another picture." };
      return upload(file).catch(() => ({ error: "This file did not reach the server." }));
    }));
    const paths = sent.filter((one) => one.path).map((one) => one.path);
    const answers = paths.length ? await explorer.ask(server.classify_files({ paths, network, k: MANY_K })) : [];
    return sent.map((one) => (one.path ? answers.shift() : one));
  }

  cancel.addEventListener("click", () => {
    state.turn += 1;
    stopped("Cancelled. " + summary());
  });
  const named = (list) => [...list].map((file) => ({ file, name: file.webkitRelativePath || file.name }));
  for (const input of [files, folder]) {
    input.addEventListener("change", () => {
      take(named(input.files));
      input.value = "";
    });
  }
  zone.addEventListener("dragover", (event) => {
    event.preventDefault();
    zone.classList.add("over");
  });
  zone.addEventListener("dragleave", () => zone.classList.remove("over"));
  zone.addEventListener("drop", async (event) => {
    event.preventDefault();
    zone.classList.remove("over");
    const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry && item.webkitGetAsEntry()).filter(Boolean);
    const loose = named(event.dataTransfer.files);
    take(entries.some((entry) => entry.isDirectory) ? await filesBelow(entries) : loose);
  });

  return {
    show(answer) {
      const other = state.answer && state.answer.network.name !== answer.network.name;
      state.answer = answer;
      if (other) clear();
    },
  };
}

/** The files below dropped folders with their paths, a few more than may be taken at the most. */
async function filesBelow(entries) {
  const found = [];
  const waiting = [...entries];
  while (waiting.length && found.length <= MOST_PHOTOGRAPHS) {
    const entry = waiting.shift();
    if (entry.isFile) {
      const file = await new Promise((resolve, reject) => entry.file(resolve, reject));
      if (!file.name.startsWith(".")) found.push({ file, name: entry.fullPath.replace(/^\//, "") });
      continue;
    }
    const reader = entry.createReader();
    for (;;) {
      const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
      if (!some.length) break;
      waiting.push(...some);
    }
  }
  return found;
}

function download(name, kind, text) {
  const link = make("a", { href: URL.createObjectURL(new Blob([text], { type: kind })), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}
