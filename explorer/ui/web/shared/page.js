// What the parts of the page share: the photograph and network in use, the link that restores the page, what is said.
// One instance for all of them, as a module is: `import * as explorer from "../shared/page.js"`.

const STATE = "explorer-state"; // the event by which parts hear that the link says something else
const values = new Map();
const listeners = new Map();
const told = new Map(); // by part, what the link said of it last: see onState

const wordOf = (link) => JSON.stringify(Object.entries(link).sort());

/** The current value of a name ("photo", "network", ...), or undefined. */
export const get = (name) => values.get(name);

/** Set a value and tell everyone who listens. */
export function set(name, value) {
  values.set(name, value);
  for (const listener of listeners.get(name) || []) listener(value);
}

/** Call `listener` with each new value of `name`, and at once if there is one. */
export function on(name, listener) {
  if (!listeners.has(name)) listeners.set(name, new Set());
  listeners.get(name).add(listener);
  if (values.has(name)) listener(values.get(name));
  return () => listeners.get(name).delete(listener);
}

/** What a server function gives, or an Error with a sentence for the visitor. */
export async function ask(answer) {
  const reply = await answer;
  if (reply && "ok" in reply) return reply.ok;
  throw new Error((reply && reply.error) || "The server did not answer. Check the connection and try again.");
}

/** The URL of a file that the server made. */
export function fileUrl(path) {
  const steps = path.split(/[\\/]/).map(encodeURIComponent);
  return new URL("gradio_api/file=" + steps.join("/"), document.baseURI).href;
}

/** One part's state in the page's link, as an object of strings: ?filters.kernel=box → {kernel: "box"}. */
export function readLink(part) {
  const state = {};
  for (const [key, value] of new URLSearchParams(location.search)) {
    if (key.startsWith(part + ".")) state[key.slice(part.length + 1)] = value;
  }
  return state;
}

/** Replace one part's state in the page's link; undefined, null and "" are left out. */
export function writeLink(part, state) {
  const search = new URLSearchParams(location.search);
  for (const key of [...search.keys()]) if (key.startsWith(part + ".")) search.delete(key);
  for (const [key, value] of Object.entries(state)) {
    if (value !== undefined && value !== null && value !== "") search.set(part + "." + key, String(value));
  }
  const text = search.toString();
  history.replaceState(history.state, "", location.pathname + (text ? "?" + text : "") + location.hash);
  told.set(part, wordOf(readLink(part)));
}

/**
 * Go to a state of the page: what it says of a part replaces all that the link said of that part. The tab opens; the
 * photograph and the network follow, and then all parts hear of "link" and take theirs up again.
 * @param {Record<string, string>} state as a link has it: {"page.tab": "sizes", "sizes.size": "7"}
 */
export function openState(state) {
  const search = new URLSearchParams(location.search);
  const partOf = (key) => key.split(".")[0];
  const parts = new Set([state["page.tab"], ...Object.keys(state).map(partOf)]);
  for (const key of [...search.keys()]) if (parts.has(partOf(key))) search.delete(key);
  for (const [key, value] of Object.entries(state)) search.set(key, value);
  history.pushState(history.state, "", location.pathname + "?" + search + location.hash);
  dispatchEvent(new PopStateEvent("popstate"));
}

/** The page's photograph and network are those of the link: all parts take up what it says of them. */
export const tellState = () => dispatchEvent(new Event(STATE));

/**
 * Call `take` with what the link says of a part whenever the page has gone to another state, by `openState` or back and
 * forth in the browser; but not where the part is in that state already.
 * @param {string} part
 * @param {(link: any) => void} take
 */
export function onState(part, take) {
  if (!told.has(part)) told.set(part, wordOf(readLink(part)));
  addEventListener(STATE, () => {
    const link = readLink(part);
    if (wordOf(link) === told.get(part)) return;
    told.set(part, wordOf(link));
    take(link);
  });
}

/** Say something to a screen reader without moving the focus. */
export function say(text) {
  let line = document.getElementById("explorer-says");
  if (!line) {
    line = document.createElement("div");
    line.id = "explorer-says";
    line.className = "sr-only";
    line.setAttribute("aria-live", "polite");
    document.body.append(line);
  }
  line.textContent = text;
}

/** Whether the visitor taps: words say so, and what a pointer rests on is not shown. */
export const byTouch = () => matchMedia("(pointer: coarse)").matches;

export const reducedMotion = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
