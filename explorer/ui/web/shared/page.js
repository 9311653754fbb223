// What the parts of the page share: the photograph and network in use, the link that restores the page, what is said aloud.
// Loaded in the document's head, before any part is drawn.

window.explorer = window.explorer || (() => {
  const values = new Map();
  const listeners = new Map();

  /** The current value of a name ("photo", "network", ...), or undefined. */
  const get = (name) => values.get(name);

  /** Set a value and tell everyone who listens. */
  function set(name, value) {
    values.set(name, value);
    for (const listener of listeners.get(name) || []) listener(value);
  }

  /** Call `listener` with each new value of `name`, and at once if there is one. */
  function on(name, listener) {
    if (!listeners.has(name)) listeners.set(name, new Set());
    listeners.get(name).add(listener);
    if (values.has(name)) listener(values.get(name));
    return () => listeners.get(name).delete(listener);
  }

  /** What a server function gives, or an Error with a sentence for the visitor. */
  async function ask(answer) {
    const reply = await answer;
    if (reply && "ok" in reply) return reply.ok;
    throw new Error((reply && reply.error) || "The server did not answer. Check the connection and try again.");
  }

  /** The URL of a file that the server made. */
  const fileUrl = (path) => new URL("gradio_api/file=" + path.split(/[\\/]/).map(encodeURIComponent).join("/"), document.baseURI).href;

  /** One part's state in the page's link, as an object of strings: ?filters.kernel=box → {kernel: "box"} for "filters". */
  function readLink(part) {
    const state = {};
    for (const [key, value] of new URLSearchParams(location.search)) {
      if (key.startsWith(part + ".")) state[key.slice(part.length + 1)] = value;
    }
    return state;
  }

  /** Replace one part's state in the page's link; undefined, null and "" are left out. */
  function writeLink(part, state) {
    const search = new URLSearchParams(location.search);
    for (const key of [...search.keys()]) if (key.startsWith(part + ".")) search.delete(key);
    for (const [key, value] of Object.entries(state)) {
      if (value !== undefined && value !== null && value !== "") search.set(part + "." + key, String(value));
    }
    const text = search.toString();
    history.replaceState(history.state, "", location.pathname + (text ? "?" + text : "") + location.hash);
  }

  /** Say something to a screen reader without moving the focus. */
  function say(text) {
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

  /** Open a tab by its name on the page ("Filters", "Feature maps", ...). */
  function openTab(name) {
    for (const tab of document.querySelectorAll("#instruments [role=tab]")) if (tab.textContent.trim() === name) tab.click();
  }

  const reducedMotion = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

  return { get, set, on, ask, fileUrl, readLink, writeLink, say, openTab, reducedMotion };
})();

// Gradio's footer describes each icon with the words beside it, which a screen reader would read twice.
new MutationObserver((_, observer) => {
  const icons = document.querySelectorAll("footer img");
  for (const icon of icons) icon.alt = "";
  if (icons.length) observer.disconnect();
}).observe(document.documentElement, { childList: true, subtree: true });

// Tabs move with the arrow keys, as a screen reader's user expects of a tab list.
document.addEventListener("keydown", (event) => {
  const tab = event.target.closest && event.target.closest("#instruments [role=tab]");
  if (!tab || !["ArrowLeft", "ArrowRight", "Home", "End"].includes(event.key)) return;
  const tabs = [...tab.closest("[role=tablist]").querySelectorAll("[role=tab]")].filter((each) => each.offsetParent);
  const at = tabs.indexOf(tab);
  const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: tabs.length - 1 }[event.key];
  const next = tabs[(to + tabs.length) % tabs.length];
  event.preventDefault();
  next.focus();
  next.click();
});

// The open tab is part of the link, and a link opens it.
document.addEventListener("click", (event) => {
  const tab = event.target.closest && event.target.closest("#instruments [role=tab]");
  if (tab) explorer.writeLink("page", { tab: tab.textContent.trim() });
});
const askedTab = explorer.readLink("page").tab;
if (askedTab) {
  new MutationObserver((_, observer) => {
    if (!document.querySelector("#instruments [role=tab]")) return;
    observer.disconnect();
    explorer.openTab(askedTab);
  }).observe(document.documentElement, { childList: true, subtree: true });
}
