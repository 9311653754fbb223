// What a visitor takes along: text on the clipboard, files made in the browser.

import { make } from "./dom.js";
import { fileUrl, get, say } from "./page.js";

const SAID_MS = 1600; // how long a button says that it has copied
const OWN = "The link does not carry a photograph of your own: who opens it sees an example. "
  + "Send a lesson file instead, under Share.";

/** What is to be said when the page's link is copied; "" where the link carries the photograph. */
export function linkWords() {
  const photo = get("photo");
  return photo && !photo.example && !photo.shared ? OWN : "";
}

/** Copy the page's link, and say below the button what it does not carry. */
export async function copyLinkFrom(button) {
  const words = linkWords();
  await copyFrom(button, location.href);
  for (const old of button.parentElement.querySelectorAll(".link-says")) old.remove();
  if (!words) return;
  button.parentElement.append(make("p", { class: "soft link-says", role: "status" }, words));
  say(words);
}

/**
 * Put text on the clipboard; false where the browser does not allow it.
 * @param {string} text
 */
export async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

/**
 * Put text on the clipboard and say so on the button for a moment.
 * @param {HTMLElement} button
 * @param {string} text
 */
export async function copyFrom(button, text) {
  const words = button.dataset.words || button.textContent;
  button.dataset.words = words;
  const done = await copied(text);
  button.textContent = done ? "Copied" : "Not allowed here";
  setTimeout(() => { button.textContent = words; }, SAID_MS);
  return done;
}

/**
 * Give the visitor a file made in the browser.
 * @param {Blob} blob
 * @param {string} name
 */
export function saveFile(blob, name) {
  const link = make("a", { href: URL.createObjectURL(blob), download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/**
 * What a file is called, without its ending: "products-stage3.1.relu2-dress".
 * @param {string[]} words such as a network's label, a layer, a photograph's title
 */
export function plainWords(words) {
  const plain = (word) => word.replace(/[^\p{L}\p{N}_.-]+/gu, "-").slice(0, 60).replace(/^[-.]+|[-.]+$/g, "");
  return words.map(plain).filter(Boolean).join("-") || "file";
}

/**
 * The same with its ending.
 * @param {string[]} words
 * @param {string} ending
 */
export const fileName = (words, ending) => `${plainWords(words)}.${ending}`;

/** A photograph's title as a part of a file's name: without the ending of its own file. */
export const photoWord = (photo) => (photo ? photo.title.replace(/\.\w{2,5}$/, "") : "");

/**
 * Give the visitor a file that lies on the server; a link to it would be saved under the server's name for it.
 * @param {string} path
 * @param {string} name
 */
export async function saveFrom(path, name) {
  const file = await fetch(fileUrl(path));
  if (!file.ok) throw new Error(`${name} was made but could not be fetched; please try again.`);
  saveFile(await file.blob(), name);
}

/**
 * Give the visitor a CSV table, with the mark by which Excel knows UTF-8.
 * @param {string} text
 * @param {string} name
 */
export const saveCsv = (text, name) => saveFile(new Blob(["\uFEFF", text], { type: "text/csv" }), name);

/**
 * Give the visitor a file that Python made.
 * @param {{ name: string, content: string }} file its content in base64
 */
export function saveMade({ name, content }) {
  saveFile(new Blob([Uint8Array.from(atob(content), (sign) => sign.charCodeAt(0))]), name);
}
