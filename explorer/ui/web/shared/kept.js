// What one window keeps for itself over a reload, and no link carries; nothing where the browser allows no storage.

export const LESSON = "explorer-lesson"; // while one is opened: the page is loaded anew, and its photograph must last
export const PROJECTOR = "explorer-projector";

function storage() {
  try {
    return sessionStorage;
  } catch {
    return null;
  }
}

export const kept = (key) => storage()?.getItem(key) || "";

export const keep = (key, text) => storage()?.setItem(key, text);
