// The left column: one photograph and one network for all tabs. It tells the others through ../shared/page.js.

import { complain, finder, make } from "../shared/dom.js";
import { fileProblem, isZip } from "../shared/dropped.js";
import { newest } from "../shared/newest.js";
import * as explorer from "../shared/page.js";
import { letOthersStart } from "../shared/parts.js";
import { openTab, startTabs } from "../shared/tabs.js";
import { wireAbout } from "./about.js";
import { wireAlong } from "./along.js";
import { answerLine } from "./answer.js";
import { wireCamera } from "./camera.js";
import { movementFromWord, movementWord, photoMoves } from "./moves.js";
import { fillNetworks, followNetwork } from "./networks.js";
import { wireProjector } from "./projector.js";
import { firstPhoto, isLesson, openedLesson, openLesson, wireShare } from "./share.js";
import { wireSources } from "./sources.js";

const EMPTY = "No photograph yet. Drop one here, or choose an example below.";

/** "04-blue-kurta" → "blue kurta". */
const titleOf = (name) => name.replace(/^\d+-/, "").replace(/-/g, " ");

function describe(photo) {
  const size = photo.width + " × " + photo.height + " pixels";
  const reduced = !photo.moved && photo.full_width !== photo.width;
  if (!reduced) return photo.title + ": " + size;
  return photo.title + ": worked on at " + size + ", from " + photo.full_width + " × " + photo.full_height;
}

/** What the page's link says of a photograph: one of one's own is not in it, and that is said. */
const linkOf = ({ example, shared }, move = "") => ({ example, shared, own: example || shared ? "" : 1, move });

/** The photograph in use: opened, shown, described. */
class Stage {
  /** @param {(selector: string) => any} find */
  constructor(find) {
    this.find = find;
    this.stage = find(".stage");
    this.shown = find(".shown");
    this.asking = newest();
    this.settle = (_photo) => {}; // told of each photograph that is opened
  }

  showNote(text) {
    const note = this.find(".stage-note");
    note.textContent = text;
    note.hidden = !text;
    this.stage.setAttribute("aria-busy", String(Boolean(text)));
  }

  showProblem(text) {
    complain(this.find(".problem"), text);
  }

  /** What is said of a picture that is not quite what its file holds: the preview of a camera's raw file. */
  showRemark(text) {
    this.find(".remark").textContent = text;
    this.find(".remark").hidden = !text;
  }

  /** Open a photograph: `opening` is the server's answer; on failure the one from before stays. */
  async take(opening, title = "") {
    const mine = this.asking.next();
    this.showProblem("");
    this.showNote(`Opening ${title || "the photograph"}…`);
    try {
      const photo = await explorer.ask(opening());
      if (mine.late) return;
      photo.title = photo.example ? titleOf(photo.example) : title || photo.name;
      this.settle(photo);
      explorer.set("photo", photo); // first: what the network says of it is asked for while the picture loads
      this.find(".caption").textContent = describe(photo);
      this.showRemark(photo.remark);
      this.markExample(photo.example);
      explorer.writeLink("photo", linkOf(photo));
      await this.showPicture(photo);
    } catch (error) {
      if (!mine.late) this.showProblem(error.message);
    } finally {
      document.getElementById("first")?.remove(); // what the document itself showed until now
      if (!mine.late) this.showNote(explorer.get("photo") ? "" : EMPTY);
    }
  }

  /** The same photograph, moved. */
  async takeMoved(photo) {
    explorer.set("photo", photo);
    this.find(".caption").textContent = describe(photo);
    this.showProblem("");
    await this.showPicture(photo);
  }

  async showPicture(photo) {
    const next = new Image();
    next.src = explorer.fileUrl(photo.preview);
    await next.decode().catch(() => {});
    if (explorer.get("photo") !== photo) return; // a newer one has come meanwhile
    this.shown.src = next.src;
    this.shown.alt = "The photograph in use: " + photo.title;
    this.shown.hidden = false;
  }

  markExample(name) {
    for (const button of this.find(".examples").querySelectorAll("button")) {
      button.setAttribute("aria-pressed", String(button.dataset.name === name));
    }
  }
}

function fillExamples(list, examples, takeExample) {
  for (const { name, preview } of examples) {
    const [title, onclick] = [titleOf(name), () => takeExample({ name })];
    const picture = make("img", { src: preview, alt: title });
    list.append(make("li", {}, make("button", { type: "button", title, "data-name": name, onclick }, picture)));
  }
}

/** A promise of the first answer: what weighs much waits for it, so that a slow line carries the first label first. */
const firstAnswer = () => new Promise((resolve) => {
  const stop = explorer.on("answer", (answer) => {
    resolve(answer);
    setTimeout(() => stop());
  });
});

/**
 * Draw the column.
 * @param {import("../types").Part<import("../types").PhotoServer>} part
 */
export function start({ element, server, upload, host }) {
  const find = finder(element);
  const stage = new Stage(find);
  const showProblem = (text) => stage.showProblem(text);

  async function takeLesson(file) {
    try {
      openLesson(await explorer.ask(server.open_lesson({ path: (await upload(file)).path })));
    } catch (error) {
      showProblem(error.message);
    }
  }

  function takeFile(file) {
    if (!file) return;
    if (isZip(file)) {
      takePile([{ file, name: file.name }]);
      return;
    }
    const problem = fileProblem(file, host.photo_mb);
    if (problem) {
      showProblem(problem);
      return;
    }
    stage.take(async () => server.open_photo({ path: (await upload(file)).path }), file.name || "pasted picture");
  }

  function takeExample({ name, or_first = false }) {
    return stage.take(() => server.open_example({ name, or_first }), or_first ? "the first example" : titleOf(name));
  }

  /** What the page's link, or the lesson that is being opened, shows first; where that is gone, an example. */
  async function takeFirst() {
    const [link, lesson] = [explorer.readLink("photo"), openedLesson()];
    const { open, says } = firstPhoto(server, link, lesson);
    await stage.take(open);
    const missing = find(".problem").textContent;
    if (!explorer.get("photo")) await takeExample({ name: "", or_first: true });
    if (missing || says) showProblem(missing || says);
    const movement = movementFromWord(link.move);
    if (movement && !missing && !says) await moves.moveTo(movement);
    find(".lesson-note").textContent = lesson.note || "";
    find(".lesson-note").hidden = !lesson.note;
  }

  /** Another state of the page: its photograph and its network first. What tabs wrote into the link meanwhile goes. */
  async function followLink() {
    const mine = following.next();
    const { href } = location;
    const { example, move = "" } = explorer.readLink("photo");
    const before = explorer.get("photo");
    if (example && (example !== before?.example || move !== moves.word())) {
      await takeExample({ name: example });
      if (movementFromWord(move)) await moves.moveTo(movementFromWord(move));
    } else {
      await new Promise((resolve) => setTimeout(resolve)); // the tab that was opened is shown by then
    }
    if (mine.late) return;
    followNetwork(find(".network"));
    history.replaceState(history.state, "", href);
    explorer.tellState();
  }

  const following = newest();
  addEventListener("popstate", followLink);
  const camera = wireCamera({ camera: find(".camera"), button: find(".webcam"), takeFile, showProblem });
  element.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && camera.on()) camera.stop();
  });
  /** Several photographs go to the Classifier, and a zip too, unless it is a lesson. */
  async function takePile(chosen) {
    showProblem("");
    if (chosen.length === 1 && await isLesson(chosen[0].file)) {
      takeLesson(chosen[0].file);
      return;
    }
    explorer.set("pile", chosen);
    openTab("classifier");
  }

  wireSources({ find, takeFile, takePile, showProblem });
  const moves = photoMoves({
    find, stage: stage.stage, shown: stage.shown,
    ask: (request) => explorer.ask(server.move_photo(request)),
    held: () => !camera.on(),
    take: (photo) => stage.takeMoved(photo),
    fail: (error) => showProblem(error.message),
    tell: (movement) => explorer.writeLink("photo", linkOf(explorer.get("photo"), movementWord(movement))),
  });
  stage.settle = moves.settle;
  wireShare({ find, server });
  wireProjector(find);
  wireAbout(find, server);
  wireAlong(find, server);
  answerLine(find(".answer"), (request) => explorer.ask(server.classify(request)));
  const answered = firstAnswer();
  // so that other parts (and an instrument that makes a picture) can ask for one
  const workingPicture = async (photo) => {
    await answered;
    return explorer.ask(server.working_picture({ photo }));
  };
  explorer.set("photographs", { takeFile, workingPicture });
  startTabs();
  answered.then(letOthersStart);
  takeFirst().then(() => {
    if (!explorer.get("photo")) letOthersStart(); // it could not be opened, and nothing will be asked about it
  });
  fillNetworks(find(".network"), find(".network-note"), (request) => explorer.ask(server.networks(request)), answered)
    .catch((error) => { find(".network-note").textContent = error.message; })
    .then(() => { if (!explorer.get("network")) letOthersStart(); });
  answered.then(() => explorer.ask(server.examples({}))).then((examples) => {
    fillExamples(find(".examples"), examples, takeExample);
    stage.markExample((explorer.get("photo") || {}).example);
  }).catch((error) => showProblem(error.message));
}
