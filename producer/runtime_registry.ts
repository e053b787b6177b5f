/**
 * Lets the test kit reach the runtime behind a producer, without a way to it on the public type.
 *
 * @module
 */
import type { Runtime } from "../runtime.ts";

const runtimes = new WeakMap<object, Runtime>();

export function registerRuntime(producer: object, runtime: Runtime): void {
  runtimes.set(producer, runtime);
}

/** Undefined for anything but a producer that was started. */
export function runtimeOf(producer: object): Runtime | undefined {
  return runtimes.get(producer);
}
