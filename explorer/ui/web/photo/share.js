// What a visitor hands on: a link, a lesson file; and what comes with one that is opened.

import { isZip } from "../shared/dropped.js";
import { kept, LESSON } from "../shared/kept.js";
import * as explorer from "../shared/page.js";
import { copied, linkWords, saveFrom } from "../shared/save.js";

const END = 2048; // bytes of a lesson that hold the names of its three entries
const WHOLE = "The link carries this example, its moves and what the tabs show. A lesson file holds the picture and "
  + "a note besides.";
const LEFT_OUT = "This link was made with a photograph of its maker’s own, which no link carries: an example is shown "
  + "instead. Ask for the lesson file.";

/**
 * Wire the group "Share".
 * @param {{ find: (selector: string) => any, server: import("../types").PhotoServer }} parts
 */
export function wireShare({ find, server }) {
  const say = (text) => { find(".share-done").textContent = text; };
  const tryTo = (act) => async () => {
    try {
      await act();
    } catch (error) {
      say(error.message);
    }
  };
  const copy = async (text, more) => {
    say(await copied(text) ? `Copied. ${more}` : `Copying is not allowed here: ${text}`);
  };
  explorer.on("photo", () => { find(".share-says").textContent = linkWords() || WHOLE; });
  explorer.ask(server.sharing({})).then(({ hours }) => { find(".share-photo").hidden = !hours; }, () => {});
  find(".share-link").addEventListener("click", tryTo(() => copy(location.href, linkWords())));
  find(".share-photo").addEventListener("click", tryTo(async () => {
    const { shared, hours } = await explorer.ask(server.share_photo({ photo: explorer.get("photo").token }));
    const link = new URL(location.href);
    link.searchParams.delete("photo.own");
    link.searchParams.set("photo.shared", shared);
    await copy(link.href, `Whoever has this link sees the photograph, for ${hours} hours.`);
  }));
  find(".share-lesson").addEventListener("click", tryTo(async () => {
    const request = { photo: explorer.get("photo").token, link: location.search, note: find(".share-note").value };
    const { path, name } = await explorer.ask(server.lesson_file(request));
    await saveFrom(path, name);
    say(`Saved ${name}. It opens where it is dropped on this page.`);
  }));
}

/** Whether a file is a lesson: a zip names what it holds at its end. */
export async function isLesson(file) {
  const end = await file.slice(-END).text();
  return isZip(file) && ["picture.png", "state.json", "note.txt"].every((name) => end.includes(name));
}

/** Open a lesson: the page goes to its link, and finds its photograph there. */
export function openLesson({ photo, link, note }) {
  const search = new URLSearchParams(link);
  search.delete("photo.own");
  sessionStorage.setItem(LESSON, JSON.stringify({ photo: search.has("photo.example") ? "" : photo.token, note }));
  location.search = search.toString();
}

/** What the lesson that is being opened left for after the reload: {photo, note}, once. */
export function openedLesson() {
  const told = kept(LESSON);
  if (!told) return {};
  sessionStorage.removeItem(LESSON);
  return JSON.parse(told);
}

/** The first photograph of the page, by its link: a request, and what is to be said of it. */
export function firstPhoto(server, link, lesson) {
  if (lesson.photo) return { open: () => server.open_kept({ photo: lesson.photo }), says: "" };
  if (link.shared) {
    return {
      open: async () => {
        const reply = await server.open_shared({ shared: link.shared });
        if (reply && "ok" in reply) Object.assign(reply.ok, { shared: link.shared });
        return reply;
      },
      says: "",
    };
  }
  const open = () => server.open_example({ name: link.example || "", or_first: true });
  return { open, says: link.own === "1" ? LEFT_OUT : "" };
}
