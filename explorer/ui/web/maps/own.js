// The form for one's own weights: an architecture, a file, class names; the network joins the menu. Sees maps.js.

let ownFile = null;

/** The architectures, read once the form is opened first. */
async function fillArchitectures() {
  const menu = find(".own-architecture");
  if (!find(".own-group").open || menu.options.length > 1) return;
  try {
    for (const group of await explorer.ask(server.networks({ more: true }))) {
      const section = made("optgroup");
      section.label = group.label.replace(", untrained", "");
      section.append(...group.networks.map((one) => new Option(one.label, one.name)));
      menu.append(section);
    }
    const { name } = explorer.get("network") || {};
    if ([...menu.options].some((one) => one.value === name)) menu.value = name;
  } catch (error) {
    showOwn("", error.message);
  }
}

function showOwn(status, sentence = "") {
  find(".own-status").textContent = status;
  find(".own-problem").textContent = sentence;
  find(".own-problem").hidden = !sentence;
}

/** A file was chosen or dropped: what its name and size rule out is said before it is sent. */
async function takeOwnFile(file) {
  if (!file) return;
  ownFile = null;
  find(".own-file-name").textContent = file.name + ", " + sizeText(file.size);
  try {
    await explorer.ask(server.check_own_file({ file_name: file.name, size: file.size }));
    ownFile = file;
    showOwn("");
  } catch (error) {
    showOwn("", error.message);
  }
}

/** Send the file and use it; the network from before stays if it cannot be used. */
async function openOwn() {
  const button = find(".own-open");
  if (!ownFile) {
    if (find(".own-problem").hidden) showOwn("", "Choose a .safetensors file first.");
    return;
  }
  button.disabled = true;
  try {
    showOwn("Sending " + ownFile.name + "…");
    const { path } = await upload(ownFile).catch(() => {
      throw new Error("The file did not reach the server. Check the connection and try again.");
    });
    showOwn("Looking through " + ownFile.name + "…");
    const asked = { path, architecture: find(".own-architecture").value, channels: find(".own-channels").value, classes: find(".own-names").value };
    const network = await explorer.ask(server.open_own(asked));
    showOwn(network.label + " is now the network of all tabs, for you alone.");
    explorer.set("network", network);
    root.scrollIntoView({ block: "nearest", behavior: explorer.reducedMotion() ? "auto" : "smooth" });
  } catch (error) {
    showOwn("", error.message);
  } finally {
    button.disabled = false;
  }
}

/** Connect the form; called once all of maps.js is there. */
function bindOwn() {
  const [input, zone] = [find(".own-file"), find(".own-drop")];
  find(".own-group").addEventListener("toggle", fillArchitectures);
  find(".own-choose").addEventListener("click", () => input.click());
  input.addEventListener("change", () => {
    takeOwnFile(input.files[0]);
    input.value = "";
  });
  for (const kind of ["dragover", "dragleave", "drop"]) {
    zone.addEventListener(kind, (event) => {
      event.preventDefault();
      zone.classList.toggle("over", kind === "dragover");
      if (kind === "drop") takeOwnFile(event.dataTransfer.files[0]);
    });
  }
  find(".own-form").addEventListener("submit", (event) => {
    event.preventDefault();
    openOwn();
  });
}
