// The worker as it is asked: answers find their questions, a failed worker is replaced.
import assert from "node:assert/strict";
import { test } from "node:test";

import { filtering } from "../../../../explorer/ui/web/filters/filtering.js";
import { filterWork } from "../../../../explorer/ui/web/filters/work.js";

const PICTURE = [Uint8ClampedArray.of(1, 1, 1, 255, 4, 4, 4, 255), 1, 2];
const LAYER = {
  kernels: [Float64Array.of(3)], planes: 1, height: 1, width: 1, divisor: 1, magnitude: false, bias: 0, stride: 1,
  dilation: 1, padding: 0, mode: "zeros", colour: "grey", border: [0, 0, 0],
};
const job = (bias) => ({ layer: { ...LAYER, bias }, view: "clipped" });

/** Workers that answer when they are told to; what was started and sent is kept. */
function stubs() {
  const started = [];
  const start = () => {
    const memory = {};
    const worker = {
      sent: [], ended: false,
      postMessage(data) { worker.sent.push(data); },
      terminate() { worker.ended = true; },
      answer(at) { worker.onmessage({ data: { id: worker.sent[at].id, made: filterWork(memory, worker.sent[at]) } }); },
    };
    started.push(worker);
    return worker;
  };
  return { started, start };
}

test("answers find their questions in any order, and the picture is sent once", async () => {
  const { started, start } = stubs();
  const asked = filtering(start);
  asked.setPicture(...PICTURE);
  const [first, second] = [asked.ask([job(0)]), asked.ask([job(10)])];
  const [worker] = started;
  assert.deepEqual(worker.sent.map((data) => "rgba" in data), [true, false]);
  worker.answer(0);
  worker.answer(1);
  assert.deepEqual([...(await second)[0][0].values], [13, 22]);
  assert.deepEqual([...(await first)[0][0].values], [3, 12]);
  asked.setPicture(PICTURE[0].map((value) => value * 2), 1, 2);
  const third = asked.ask([job(0)]);
  worker.answer(2);
  assert.deepEqual([...(await third)[0][0].values], [6, 24]);
});

test("what waits for a worker that fails is told so, and the next question starts another", async () => {
  const { started, start } = stubs();
  const asked = filtering(start);
  asked.setPicture(...PICTURE);
  const lost = [asked.ask([job(0)]), asked.ask([job(1)])];
  started[0].onerror({});
  for (const one of lost) await assert.rejects(one, /could not be computed; please try again/);
  assert.ok(started[0].ended);
  const again = asked.ask([job(2)]);
  assert.equal(started.length, 2);
  started[1].answer(0);
  assert.deepEqual([...(await again)[0][0].values], [5, 14]);
});

test("the worker's own module answers what it is sent", async () => {
  const sent = [];
  globalThis.postMessage = (data, buffers) => sent.push([data, buffers]);
  await import("../../../../explorer/ui/web/filters/worker.js");
  const [rgba, height, width] = PICTURE;
  globalThis.onmessage({ data: { id: 7, jobs: [{ ...job(0), pooling: "max" }], rgba, height, width } });
  const [[{ id, made }, buffers]] = sent;
  assert.equal(id, 7);
  assert.deepEqual(made[0].map((each) => [...each.values]), [[3, 12], [3, 12]]); // one row: nothing to pool
  assert.deepEqual(buffers, made[0].flatMap((each) => [each.values.buffer, each.rgba.buffer]));
});
