// The worker as something to be asked. One that fails takes with it what was asked, and another is started.

const FAILED = "The filter could not be computed; please try again, or reload the page.";

const startWorker = () => new Worker(new URL("./worker.js", import.meta.url), { type: "module" });

/** `ask(jobs)` promises what filterWork in ./work.js makes of them; `setPicture` changes what is filtered. */
export function filtering(start = startWorker) {
  const waiting = new Map();
  let [count, picture, sent] = [0, null, false];
  let worker = started();

  function started() {
    const fresh = start();
    fresh.onmessage = ({ data }) => {
      waiting.get(data.id).resolve(data.made);
      waiting.delete(data.id);
    };
    fresh.onerror = fail;
    return fresh;
  }

  function fail() {
    worker.terminate();
    worker = null;
    for (const { reject } of waiting.values()) reject(new Error(FAILED));
    waiting.clear();
  }

  return {
    setPicture(rgba, height, width) {
      [picture, sent] = [{ rgba, height, width }, false];
    },
    ask(jobs) {
      if (!worker) [worker, sent] = [started(), false];
      count += 1;
      const id = count;
      return new Promise((resolve, reject) => {
        waiting.set(id, { resolve, reject });
        worker.postMessage({ id, jobs, ...(sent ? {} : picture) });
        sent = true;
      });
    },
  };
}
