/**
 * Lets a test kill one actor of a running tree.
 *
 * @module
 */
import { rootOf } from "./system_registry.ts";
import type { ActorSystem } from "./types.ts";

/**
 * Makes the actor at a path fail as if it had thrown now, even while its `receive` waits. For tests of recovery;
 * products have no such switch.
 *
 * @throws {RangeError} if no incarnation runs there: the path is unknown, or the actor has ended or waits for its
 * restart
 *
 * @example
 * ```ts
 * import { type RuntimeEvent, settingsFrom, startRuntime } from "tickflume";
 * import { killActor, MemoryLog, MemoryRegistry, recordEvents } from "tickflume/testing";
 * import assert from "node:assert/strict";
 *
 * const events = recordEvents<RuntimeEvent>();
 * const runtime = await startRuntime(settingsFrom({}, { cwd: "/" }), {
 *   log: new MemoryLog(),
 *   registry: new MemoryRegistry(),
 *   deadLetters: { add: () => {} },
 *   observe: events.observer,
 * });
 * killActor(runtime.system, "root/converters/converter");
 * const { incarnation } = await events.next("restart_scheduled", { path: "root/converters/converter" });
 * assert.equal(incarnation, 2);
 * await runtime.stop();
 * ```
 */
export function killActor(system: ActorSystem, path: string, cause: unknown = new Error("killed by a test")): void {
  if (rootOf(system)?.fail(path, cause) !== true) {
    throw new RangeError(`Cannot kill "${path}" as no actor runs there: see the snapshot of the system`);
  }
}
