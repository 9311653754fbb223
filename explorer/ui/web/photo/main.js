// The left column: one photograph and one network for all tabs. It tells the others through `explorer`.

const find = (selector) => element.querySelector(selector);
const [stage, shown, camera, note] = [".stage", ".shown", ".camera", ".stage-note"].map(find);
const [caption, problem, fileInput] = [".caption", ".problem", ".file"].map(find);
const MAX_FILE_BYTES = 20e6;
let turn = 0; // counts what was chosen, so that a slow answer never replaces a newer one
let stream = null;

function showNote(text) {
  note.textContent = text;
  note.hidden = !text;
  stage.setAttribute("aria-busy", String(Boolean(text)));
}

function showProblem(text) {
  problem.textContent = text;
  problem.hidden = !text;
}

/** Open a photograph: `opening` is the server's answer; on failure the one from before stays. */
async function take(opening, title) {
  turn += 1;
  const mine = turn;
  showProblem("");
  showNote("Opening " + title + "…");
  try {
    const photo = await explorer.ask(opening());
    if (mine !== turn) return;
    moves.settle(photo);
    photo.title = title;
    explorer.set("photo", photo); // first of all: what the network says of it is asked for while the picture loads
    caption.textContent = describe(photo);
    markExample(photo.example);
    explorer.writeLink("photo", { example: photo.example });
    await showPicture(photo);
  } catch (error) {
    if (mine === turn) showProblem(error.message);
  } finally {
    if (mine === turn) showNote(explorer.get("photo") ? "" : "No photograph yet. Drop one here, or choose an example below.");
  }
}

async function showPicture(photo) {
  const next = new Image();
  next.src = explorer.fileUrl(photo.preview);
  await next.decode().catch(() => {});
  if (explorer.get("photo") !== photo) return; // a newer one has come meanwhile
  shown.src = next.src;
  shown.alt = "The photograph in use: " + photo.title;
  shown.hidden = false;
}

function describe(photo) {
  const size = photo.width + " × " + photo.height + " pixels";
  const reduced = !photo.moved && photo.full_width !== photo.width;
  return reduced ? photo.title + ": worked on at " + size + ", from " + photo.full_width + " × " + photo.full_height : photo.title + ": " + size;
}

function takeFile(file) {
  if (!file) return;
  if (file.size > MAX_FILE_BYTES) {
    showProblem("This file has " + Math.round(file.size / 1e6) + " MB; pictures of up to 20 MB can be opened.");
    return;
  }
  take(async () => server.open_photo({ path: (await upload(file)).path }), file.name || "pasted picture");
}

function takeExample(name) {
  take(async () => {
    const answer = await server.open_example({ name });
    if (answer && answer.ok) answer.ok.example = name;
    return answer;
  }, name.replace(/^\d+-/, "").replace(/-/g, " "));
}

function markExample(name) {
  for (const button of element.querySelectorAll(".examples button")) {
    button.setAttribute("aria-pressed", String(button.dataset.name === name));
  }
}

async function fillExamples() {
  const list = find(".examples");
  const examples = await explorer.ask(server.examples({}));
  for (const example of examples) {
    const [item, button, picture] = ["li", "button", "img"].map((tag) => document.createElement(tag));
    button.type = "button";
    button.dataset.name = example.name;
    const title = example.name.replace(/^\d+-/, "").replace(/-/g, " ");
    button.title = title;
    picture.src = example.preview;
    picture.alt = title;
    button.append(picture);
    button.addEventListener("click", () => takeExample(example.name));
    item.append(button);
    list.append(item);
  }
  const wanted = explorer.readLink("photo").example;
  if (!explorer.get("photo") && examples.length) {
    takeExample((examples.find((example) => example.name === wanted) || examples[0]).name);
  }
}

function addNetworks(menu, groups) {
  for (const group of groups) {
    const known = [...menu.children].find((one) => one.label === group.label);
    const section = known || document.createElement("optgroup");
    section.label = group.label;
    for (const network of group.networks) {
      const option = new Option(network.label, network.name);
      option.dataset.note = network.note;
      section.append(option);
    }
    menu.append(section);
  }
}

/** The checkpoints at once; all other networks a moment later, as reading their names takes the server seconds. */
async function fillNetworks() {
  const menu = find(".network");
  const choose = () => {
    const option = menu.selectedOptions[0];
    find(".network-note").textContent = option ? option.dataset.note : "There is no network here yet.";
    if (option) explorer.set("network", { name: option.value, label: option.textContent });
    linkNetwork(menu.selectedIndex > 0 ? menu.value : "");
  };
  const wanted = explorer.readLink("network").name;
  const known = () => [...menu.options].some((option) => option.value === wanted);
  menu.addEventListener("change", choose);
  addNetworks(menu, await explorer.ask(server.networks({})));
  const here = known();
  if (here) menu.value = wanted;
  if (here || !wanted) choose();
  const first = menu.value;
  addNetworks(menu, await explorer.ask(server.networks({ more: true })));
  if (here || !wanted || menu.value !== first) return;
  if (wanted.startsWith("stack:")) addOwn(menu, { name: wanted, label: "Your stack" });
  if (known()) menu.value = wanted;
  choose();
}

/** What a visitor made or brought joins the menu: own weights, and of stacks from the tab "Output sizes" the last. */
function addOwn(menu, { name, label, note = "Put together in the tab Output sizes; untrained: random weights." }) {
  for (const option of [...menu.options]) if (name.startsWith("stack:") && option.value.startsWith("stack:")) option.remove();
  addNetworks(menu, [{ label: "Your own", networks: [{ name, label, note }] }]);
}

/** A link opens this network again; own weights serve their visitor only and stand in no link. */
function linkNetwork(name) {
  explorer.writeLink("network", { name: name.startsWith("own:") ? "" : name });
}

explorer.on("network", (network) => {
  const menu = find(".network");
  if (!/^(stack|own):/.test(network.name) || menu.value === network.name) return;
  addOwn(menu, network);
  menu.value = network.name;
  find(".network-note").textContent = menu.selectedOptions[0].dataset.note;
  linkNetwork(network.name);
});

// --- from a file, the clipboard, a drop, the camera

find(".choose").addEventListener("click", () => fileInput.click());
fileInput.addEventListener("change", () => {
  takeFile(fileInput.files[0]);
  fileInput.value = "";
});

const pictureIn = (transfer) => [...((transfer && transfer.files) || [])][0];

document.addEventListener("paste", (event) => {
  const file = pictureIn(event.clipboardData);
  if (!file) return;
  event.preventDefault();
  takeFile(file);
});

find(".paste").addEventListener("click", async () => {
  try {
    for (const item of await navigator.clipboard.read()) {
      const kind = item.types.find((type) => type.startsWith("image/"));
      if (kind) {
        takeFile(new File([await item.getType(kind)], "pasted picture." + kind.split("/")[1]));
        return;
      }
    }
    showProblem("There is no picture in the clipboard; copy one first.");
  } catch {
    showProblem("The browser does not let this page read the clipboard; press Ctrl+V (or ⌘V) instead.");
  }
});

let depth = 0;
const dragging = (on) => document.body.classList.toggle("photo-dragging", on);
document.addEventListener("dragenter", () => dragging((depth += 1) > 0));
document.addEventListener("dragleave", () => dragging((depth = Math.max(0, depth - 1)) > 0));
document.addEventListener("dragover", (event) => {
  if ([...event.dataTransfer.types].includes("Files")) event.preventDefault();
});
document.addEventListener("drop", (event) => {
  depth = 0;
  dragging(false);
  if (event.defaultPrevented) return;
  const file = pictureIn(event.dataTransfer);
  if (!file) return;
  event.preventDefault();
  takeFile(file);
});

function stopCamera() {
  if (stream) for (const track of stream.getTracks()) track.stop();
  stream = null;
  camera.hidden = true;
  find(".webcam").textContent = "Camera";
}

async function useCamera() {
  if (stream) {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [camera.videoWidth, camera.videoHeight];
    canvas.getContext("2d").drawImage(camera, 0, 0);
    stopCamera();
    canvas.toBlob((blob) => takeFile(new File([blob], "camera picture.png", { type: "image/png" })), "image/png");
    return;
  }
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { width: { ideal: 1280 } } });
    camera.srcObject = stream;
    camera.hidden = false;
    await camera.play();
    find(".webcam").textContent = "Take it";
    showProblem("");
  } catch {
    stopCamera();
    showProblem("The camera cannot be used here: there is none, or the browser does not allow it.");
  }
}
find(".webcam").addEventListener("click", useCamera);
element.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && stream) stopCamera();
});

// --- moved, turned, cropped

const moves = photoMoves({
  find, stage, shown,
  ask: (request) => explorer.ask(server.move_photo(request)),
  held: () => !stream,
  take: async (photo) => {
    explorer.set("photo", photo);
    caption.textContent = describe(photo) + ", moved";
    showProblem("");
    await showPicture(photo);
  },
  fail: (error) => showProblem(error.message),
});

// --- the projector

const projector = find(".projector");
function project(on) {
  document.documentElement.classList.toggle("projected", on);
  projector.setAttribute("aria-pressed", String(on));
  explorer.writeLink("page", { projector: on ? 1 : "" });
  dispatchEvent(new Event("resize"));
}
projector.addEventListener("click", () => project(!document.documentElement.classList.contains("projected")));
if (explorer.readLink("page").projector === "1") project(true);

answerLine(find(".answer"), (request) => explorer.ask(server.classify(request)));

// --- so that other parts (and an instrument that makes a picture) can ask for one

explorer.set("photographs", { takeFile, takeExample, workingPicture: (photo) => explorer.ask(server.working_picture({ photo })) });

fillExamples().catch((error) => {
  showNote("");
  showProblem(error.message);
});
fillNetworks().catch((error) => {
  find(".network-note").textContent = error.message;
});
