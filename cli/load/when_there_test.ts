import assert from "node:assert/strict";
import { SourceError } from "../../sources/source.ts";
import { whenThere } from "./when_there.ts";

/** A clock on which only sleeping takes time. */
function sleepingClock() {
  let now = 0;
  return { monotonic: () => now, sleep: (ms: number) => Promise.resolve(void (now += ms)) };
}

const away = new SourceError("read_failed", "a.csv is not found any more.");

Deno.test("a file that is away for a moment is waited for", async () => {
  const clock = sleepingClock();
  const found = await whenThere(() => clock.monotonic() < 4_000 ? Promise.reject(away) : Promise.resolve("there"), {
    clock,
    isOver: () => false,
  });
  assert.equal(found, "there");
});

Deno.test("a file that does not come back ends the wait after five seconds, or when all is over", async () => {
  const clock = sleepingClock();
  await assert.rejects(whenThere(() => Promise.reject(away), { clock, isOver: () => false }), away);
  assert.equal(clock.monotonic(), 5_000);
  await assert.rejects(whenThere(() => Promise.reject(away), { clock, isOver: () => true }), away);
  assert.equal(clock.monotonic(), 5_000);
});

Deno.test("any other failure is not waited for", async () => {
  const clock = sleepingClock(), other = new SourceError("changed", "a.csv was changed.");
  await assert.rejects(whenThere(() => Promise.reject(other), { clock, isOver: () => false }), other);
  assert.equal(clock.monotonic(), 0);
});
