/**
 * The kernel's test kit: time that moves on command, refs that record, actors that die on command.
 *
 * @module
 */
export { type EventOf, type EventRecorder, recordEvents } from "./event_recorder.ts";
export type { WaitOptions } from "./inbox.ts";
export { killActor } from "./kill_actor.ts";
export { ManualClock } from "./manual_clock.ts";
export { type Probe, probe } from "./probe.ts";
