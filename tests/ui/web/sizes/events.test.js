// What is painted and what the clock does, without a browser: what they ask of one is played here.
import assert from "node:assert/strict";
import { test } from "node:test";

import { startPlayback, togglePlayback } from "../../../../explorer/ui/web/shared/playback.js";
import { paintStill } from "../../../../explorer/ui/web/sizes/draw.js";
import { layoutPicture, makeView } from "../../../../explorer/ui/web/sizes/layout.js";
import { moveWalk } from "../../../../explorer/ui/web/sizes/listen.js";
import { preparePicture } from "../../../../explorer/ui/web/sizes/picture.js";
import { layer } from "./layers.js";

/** A context that paints nothing, and the texts that it was given. */
function recorder() {
  const texts = [];
  const nothing = () => ({ width: 0 });
  const context = new Proxy({ fillText: (text) => texts.push(text) }, { get: (own, name) => own[name] || nothing });
  return { context, texts };
}

function painted(one) {
  globalThis.getComputedStyle = () => ({ getPropertyValue: () => "", fontFamily: "serif" });
  const drawn = makeView(one, 0);
  const layout = layoutPicture(one, drawn, 930, 440);
  const look = { cells: "numbers", hues: false };
  const { context, texts } = recorder();
  const picture = preparePicture({ layer: one, drawn, layout, look, filter: 0, root: null });
  paintStill(context, picture);
  return { picture, texts };
}

test("output numbers of too many terms are left out of the picture", () => {
  const deep = painted(layer({ size: 7, padding: 1, channels: 256 })); // 2,304 terms each
  assert.equal(deep.picture.numbers(0, 0, 0), null);
  assert.equal(deep.picture.reach, 1);
  assert.ok(deep.texts.includes("4"), "its input numbers are there");
  assert.ok(!deep.texts.includes("−∞"));
  const whole = painted(layer({ kind: "adaptive", size: 4096, kernel_size: 1 })); // 16,777,216 terms
  assert.equal(whole.picture.numbers(0, 0, 0), null);
  const shallow = painted(layer({ size: 7, padding: 1 }));
  assert.ok(shallow.picture.reach > 1);
  assert.ok(shallow.texts.includes(String(shallow.picture.numbers(0, 3, 3)).replace("-", "−")));
});

test("a maximum of padding alone is painted as what torch gives", () => {
  const { texts } = painted(layer({ kind: "max", size: 1, kernel_size: 2, padding: 1, dilation: 2 }));
  assert.ok(texts.includes("−∞"));
});

test("a walk that is paused and played again within a frame has one clock", () => {
  const frames = new Map();
  globalThis.requestAnimationFrame = (tick) => frames.set(frames.size + 1, tick) && frames.size;
  globalThis.cancelAnimationFrame = (frame) => frames.delete(frame);
  const view = {
    playback: startPlayback(9), clock: 0, showWalk: () => false, draw: () => {},
    root: { isConnected: true }, canvas: { offsetParent: {} },
  };
  for (let press = 0; press < 3; press += 1) moveWalk(view, togglePlayback(view.playback));
  assert.ok(view.playback.playing);
  assert.equal(frames.size, 1);
});
