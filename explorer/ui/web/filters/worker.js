// The worker: filters pictures off the page's thread. ./filtering.js starts and asks it.

import { filterWork } from "./work.js";

const memory = {};
const scope = /** @type {any} */ (globalThis);

scope.onmessage = ({ data }) => {
  const made = filterWork(memory, data);
  const buffers = made.flat().flatMap((each) => [each.values.buffer, each.rgba.buffer]);
  scope.postMessage({ id: data.id, made }, buffers);
};
