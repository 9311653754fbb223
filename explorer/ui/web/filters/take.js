// What can be taken away: the picture at full resolution, the kernel, the code, the link. Part of filters.js's scope.

function wireTake() {
  const tell = (text) => { find(".take-says").textContent = text; };
  const copy = async (text, what) => {
    try {
      await navigator.clipboard.writeText(text);
      tell(`${what} copied.`);
    } catch {
      tell(`The browser does not allow copying here. ${what}: ${text.slice(0, 2000)}`);
    }
  };
  find(".copy-kernel").addEventListener("click", () => copy(takenKernel(), "The kernel is"));
  find(".copy-code").addEventListener("click", () => copy(torchCode(layer), "The PyTorch code is"));
  find(".copy-link").addEventListener("click", () => copy(location.href, "The link is"));
  find(".download").addEventListener("click", async () => {
    find(".download").disabled = true;
    tell("Filtering the picture at full resolution…");
    try {
      tell(await download());
    } catch (error) {
      tell(error.message);
    }
    find(".download").disabled = false;
  });
  find(".numbers-colour").addEventListener("change", draw);
  find(".numbers-group").addEventListener("toggle", draw);
}

/** The kernel in use as text, divided out, so that it can be pasted anywhere. */
function takenKernel() {
  const { kernels, divisor } = stateKernels(history.state, known);
  const rows = history.state.planes || kernels;
  return rows.map((kernel) => kernelText(kernel.map((row) => row.map((weight) => weight / divisor)))).join("\n\n");
}

/** Save the filtered picture; gives the sentence to show. */
async function download() {
  if (history.state.picture !== "photograph") {
    const picture = pixelCanvas(answer.rgba, answer.width, answer.height);
    save(picture.toDataURL("image/png"), `${history.state.picture} filtered.png`);
    return `Saved: ${answer.width} × ${answer.height} pixels.`;
  }
  const { low, high } = answer.scale;
  const rows = (flat) => Array.from({ length: layer.height }, (_, y) => [...flat.slice(y * layer.width, (y + 1) * layer.width)].map((weight) => weight / layer.divisor));
  const cells = layer.height * layer.width;
  const kernels = layer.kernels.map((kernel) => (layer.planes === 3 ? [0, 1, 2].map((at) => rows(kernel.slice(at * cells, (at + 1) * cells))) : rows(kernel)));
  const fresh = await explorer.ask(server.make_picture({
    photo: source.photo.token, kernels, magnitude: layer.magnitude, bias: layer.bias, stride: layer.stride, padding: layer.padding, padding_mode: layer.mode,
    dilation: layer.dilation, colour: layer.colour, border: layer.border, view: answer.view, low, high,
  }));
  const file = await fetch(explorer.fileUrl(fresh.path)); // a link to it would be saved under the server's name for it
  if (!file.ok) throw new Error("The picture was made but could not be fetched; please try again.");
  const url = URL.createObjectURL(await file.blob());
  save(url, fresh.name);
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
  return `Saved ${fresh.name}, made from the photograph at full resolution with the colours that are shown here.`;
}

function save(url, name) {
  const link = document.createElement("a");
  Object.assign(link, { href: url, download: name });
  document.body.append(link);
  link.click();
  link.remove();
}
