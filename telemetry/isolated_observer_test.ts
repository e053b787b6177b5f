import assert from "node:assert/strict";
import type { RuntimeEvent } from "./events.ts";
import { isolatedObserver } from "./isolated_observer.ts";

const EVENT: RuntimeEvent = { type: "registry_available", stage: "schemas", registry: "http://registry" };

Deno.test("isolatedObserver() passes events on", () => {
  const seen: RuntimeEvent[] = [];
  isolatedObserver((event) => seen.push(event))(EVENT);
  assert.deepEqual(seen, [EVENT]);
});

Deno.test("isolatedObserver() tells an observer of its own failure, and throws nothing", () => {
  const cause = new Error("the disk is full");
  const seen: RuntimeEvent[] = [];
  const observe = isolatedObserver((event) => {
    seen.push(event);
    throw cause;
  });
  observe(EVENT);
  assert.deepEqual(seen, [EVENT, { type: "observer_failed", cause }]);
  observe({ type: "observer_failed", cause });
  assert.equal(seen.length, 3, "no report of a report");
});
