// Where a photograph comes from: a file, the clipboard, a drop.

const pictureIn = (transfer) => [...((transfer && transfer.files) || [])][0];

/** Wire the buttons and the whole page; each file goes to `takeFile`, what cannot be read is said by `showProblem`. */
export function wireSources({ find, takeFile, showProblem }) {
  const fileInput = find(".file");
  find(".choose").addEventListener("click", () => fileInput.click());
  fileInput.addEventListener("change", () => {
    takeFile(fileInput.files[0]);
    fileInput.value = "";
  });
  document.addEventListener("paste", (event) => {
    const file = pictureIn(event.clipboardData);
    if (!file) return;
    event.preventDefault();
    takeFile(file);
  });
  find(".paste").addEventListener("click", () => takeClipboard(takeFile, showProblem));
  wireDrop(takeFile);
}

async function takeClipboard(takeFile, showProblem) {
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
}

function wireDrop(takeFile) {
  let depth = 0; // of the elements that the drag has entered and not left
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
}
