// Where a photograph comes from: a file, the clipboard, a drop. Several files, a folder or a zip go to the Classifier.

import { filesDropped, isZip } from "../shared/dropped.js";

const pictureIn = (transfer) => [...((transfer && transfer.files) || [])][0];

/**
 * Wire the buttons and the whole page: a file goes to `takeFile`, several dropped ones [{file, name}] go to `takePile`,
 * what cannot be read is said by `showProblem`.
 */
export function wireSources({ find, takeFile, takePile, showProblem }) {
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
  wireDrop({ takeFile, takePile, showProblem });
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

function wireDrop({ takeFile, takePile, showProblem }) {
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
    if (!pictureIn(event.dataTransfer)) return;
    event.preventDefault();
    filesDropped(event.dataTransfer).then((chosen) => {
      const [first, ...others] = chosen;
      if (!first) showProblem("There is no photograph among these files.");
      else if (others.length || isZip(first.file) || first.name.includes("/")) takePile(chosen);
      else takeFile(first.file);
    }).catch((error) => showProblem(error.message));
  });
}
