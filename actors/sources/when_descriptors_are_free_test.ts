import assert from "node:assert/strict";
import { SourceError } from "../../sources/source.ts";
import type { RuntimeEvent } from "../../telemetry/events.ts";
import { ManualClock } from "../../kernel/testing.ts";
import { whenDescriptorsAreFree } from "./when_descriptors_are_free.ts";

const FULL = new SourceError("out_of_descriptors", "too many files are open");

function bench(failures: readonly unknown[]) {
  const clock = new ManualClock();
  const events: RuntimeEvent[] = [];
  const abort = new AbortController();
  const left = [...failures];
  const opening = whenDescriptorsAreFree(
    () => left.length > 0 ? Promise.reject(left.shift()) : Promise.resolve("open"),
    { source: "a.csv", clock, signal: abort.signal, observe: (event) => events.push(event) },
  );
  opening.catch(() => {});
  return { clock, events, abort, opening };
}

Deno.test("whenDescriptorsAreFree() waits and tries again, longer each time, and tells of it", async () => {
  const { clock, events, opening } = bench([FULL, FULL, FULL]);
  await clock.advance(20_000);
  assert.equal(await opening, "open");
  assert.deepEqual(
    events.map((event) => event.type === "source_waits" ? [event.source, event.attempt, event.cause] : event.type),
    [["a.csv", 1, FULL], ["a.csv", 2, FULL], ["a.csv", 3, FULL]],
  );
});

Deno.test("whenDescriptorsAreFree() ends with its signal, and leaves no timer", async () => {
  const { clock, abort, opening } = bench(Array(1_000).fill(FULL));
  await clock.advance(1_000);
  abort.abort(new Error("stopped"));
  await assert.rejects(opening, /stopped/);
  assert.equal(clock.pending, 0);
});

Deno.test("whenDescriptorsAreFree() rejects with any other error at once", async () => {
  const gone = new SourceError("not_found", "gone");
  const { events, opening } = bench([gone]);
  await assert.rejects(opening, gone);
  assert.deepEqual(events, []);
});
