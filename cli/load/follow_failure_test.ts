import assert from "node:assert/strict";
import { LoadRefusedError } from "../../runtime/resuming/load_refused_error.ts";
import { followFailure } from "./follow_failure.ts";

Deno.test("followFailure() says how to go on where a load names flags that a follow refuses", () => {
  const { message } = new LoadRefusedError("/a.csv", [{ code: "truncated", text: "It was cut." }]);
  const told = followFailure("/a.csv", message);
  assert.match(told, /^\/a\.csv: It was loaded before.*--only-missing writes/);
  assert.match(
    told,
    /run the same command once without --follow and with that flag, for this file, and then follow it again/,
  );
});

Deno.test("followFailure() leaves a message alone that names no such flag, or the way on itself", () => {
  assert.equal(followFailure("/a.csv", "/a.csv may not be read."), "/a.csv may not be read.");
  const own = "/a.csv is another file: run once with --only-missing instead of --follow.";
  assert.equal(followFailure("/a.csv", own), own);
});
