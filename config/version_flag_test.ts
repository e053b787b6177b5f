import assert from "node:assert/strict";
import { versionsUnder } from "./version_flag.ts";

Deno.test("versionsUnder() is what a flag writes", () => {
  assert.deepEqual([versionsUnder("v1"), versionsUnder("v2"), versionsUnder("both")], [["v1"], ["v2"], ["v1", "v2"]]);
});
