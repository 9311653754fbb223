// What the browser keeps and no link carries: one window over a reload, or all windows until that is cleared. Nothing
// where the browser allows no storage.

export const LESSON = "explorer-lesson"; // while one is opened: the page is loaded anew, and its photograph must last
export const PROJECTOR = "explorer-projector";

export const PROGRESS = "explorer-lessons"; // the steps that are done; and the language: lasting both
export const LANGUAGE = "explorer-language";
export const LASTING = [PROGRESS, LANGUAGE];

function storage(key) {
  try {
    return LASTING.includes(key) ? localStorage : sessionStorage;
  } catch {
    return null;
  }
}

export const kept = (key) => storage(key)?.getItem(key) || "";

export const keep = (key, text) => storage(key)?.setItem(key, text);
