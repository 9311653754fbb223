// What stands one click away below the maps: what if, the first layer's kernels, what can be taken away. Sees maps.js.

let taken = ""; // what the take-away group shows

/** Connect the groups; called once all of maps.js is there. */
function bindExtras() {
  for (const [name, kind] of [[".no-activations", "activations"], [".no-skips", "skips"]]) {
    find(name).addEventListener("click", () => sheet && whatIf({ kind }, find(".what-if-answer")));
  }
  find(".kernels-group").addEventListener("toggle", askKernels);
  find(".take-group").addEventListener("toggle", askTakeAway);
  find(".take-copy").addEventListener("click", copyLines);
}

// --- kernels

async function askKernels() {
  if (!find(".kernels-group").open || !sheet || find(".kernels").dataset.token === sheet.token) return;
  find(".kernels").dataset.token = sheet.token;
  const note = find(".kernels-note");
  try {
    const layer = await explorer.ask(server.kernels({ token: sheet.token }));
    const weights = await floatsAt(layer.values);
    const [count, planes, height, width] = layer.shape;
    const size = count + " kernels of " + planes + " × " + height + " × " + width;
    note.textContent = layer.layer + ": " + size + ", as colours; grey is zero." + (planes === 3 ? " Click one to look at it in Filters." : "");
    find(".kernels").replaceChildren(...Array.from({ length: count }, (_, index) => kernelTile(layer, weights, index)));
  } catch (error) {
    note.textContent = error.message;
    find(".kernels").replaceChildren();
  }
}

function kernelTile(layer, weights, index) {
  const [, planes, height, width] = layer.shape;
  const tile = made("button", "kernel");
  tile.type = "button";
  tile.setAttribute("aria-label", "Send kernel " + index + " to Filters");
  const canvas = made("canvas", "pixels");
  [canvas.width, canvas.height] = [width, height];
  const part = weights.subarray(index * planes * height * width, (index + 1) * planes * height * width);
  canvas.getContext("2d").putImageData(new ImageData(kernelPixels(part, planes, height * width), width, height), 0, 0);
  tile.append(canvas, made("span", "soft", String(index)));
  tile.disabled = planes !== 3;
  tile.addEventListener("click", () => sendKernel(index));
  return tile;
}

async function sendKernel(index) {
  try {
    const sent = await explorer.ask(server.folded_kernel({ token: sheet.token, channel: index }));
    explorer.set("learned-kernel", { ...sent, name: explorer.get("network").label + ", filter " + index });
    openTab("filters");
  } catch (error) {
    showProblem(error.message);
  }
}
// --- take away

async function askTakeAway() {
  const [key, shown] = view === "layer" && layer ? [layer.layer, layer] : [path.length ? path[0].layer : sheet && sheet.columns[0].layer, null];
  if (!find(".take-group").open || !sheet || taken === sheet.token + key + (shown ? shown.mosaic : "")) return;
  taken = sheet.token + key + (shown ? shown.mosaic : "");
  find(".take-note").textContent = "The layer " + key + " on this photograph:";
  try {
    const away = await explorer.ask(server.take_away({ token: sheet.token, ...wanted, layer: key }));
    for (const [name, path, file] of [[".take-png", away.mosaic, ".png"], [".take-npz", away.npz, ".npz"]]) {
      find(name).href = explorer.fileUrl(path);
      find(name).download = key.replace(/[^\w.-]+/g, "-") + file;
    }
    find(".take-code").textContent = away.code;
  } catch (error) {
    showProblem(error.message);
  }
}
async function copyLines() {
  try {
    await navigator.clipboard.writeText(find(".take-code").textContent);
    explorer.say("The lines are copied.");
    find(".take-copy").textContent = "Copied";
    setTimeout(() => (find(".take-copy").textContent = "Copy the lines"), 1500);
  } catch {
    getSelection().selectAllChildren(find(".take-code"));
  }
}

/** What below depends on the network, the photograph or the layer, anew if it is open. */
function refreshExtras() {
  askKernels();
  askTakeAway();
  find(".what-if-answer").replaceChildren();
}
