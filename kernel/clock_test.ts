import assert from "node:assert/strict";
import { systemClock } from "./clock.ts";

Deno.test("K14 systemClock tells both times, and its timers can be cancelled", async () => {
  const [now, monotonic] = [systemClock.now(), systemClock.monotonic()];
  assert.ok(now > Date.UTC(2024, 0, 1));
  const fired = Promise.withResolvers<void>();
  systemClock.schedule(0, () => assert.fail("it was cancelled")).cancel();
  systemClock.schedule(2, fired.resolve);
  await fired.promise;
  assert.ok(systemClock.monotonic() > monotonic);
});

Deno.test("K14 systemClock.sleep() resolves, or rejects with the reason of its signal and leaves no timer", async () => {
  const abort = new AbortController();
  await systemClock.sleep(1, abort.signal);
  const aborted = assert.rejects(systemClock.sleep(60_000, abort.signal), /enough/);
  abort.abort(new Error("enough"));
  await aborted;
  await assert.rejects(systemClock.sleep(1, abort.signal), /enough/);
});
