// What the page says that it keeps.

import assert from "node:assert/strict";
import test from "node:test";

import { keptWords } from "../../../explorer/ui/web/photo/about.js";

test("the words say how long, and count what was left out", () => {
  assert.match(keptWords({ minutes: 1, left_out: 0 }), / close the page, 1 minute after their last use,/);
  assert.match(keptWords({ minutes: 30, left_out: 1 }), /30 minutes after .* One file among the host's/);
  assert.match(keptWords({ minutes: 30, left_out: 3 }), / 3 files among/);
  assert.doesNotMatch(keptWords({ minutes: 30, left_out: 0 }), /checkpoints/);
});
