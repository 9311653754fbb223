// The tab's modules are files that Node imports: nothing in them works at import, for there is no page then.
import assert from "node:assert";
import { test } from "node:test";

import { start } from "../../../../explorer/ui/web/maps/main.js";

test("all modules of the tab are there and do nothing before the tab is started", () => {
  assert.strictEqual(typeof globalThis.document, "undefined");
  assert.strictEqual(typeof start, "function");
});
