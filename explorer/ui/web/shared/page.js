// What the parts of the page share: the photograph and network in use, the link that restores the page, what is said.
// One instance for all of them, as a module is: `import * as explorer from "../shared/page.js"`.

const values = new Map();
const listeners = new Map();

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
