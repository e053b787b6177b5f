/**
 * Settings and steps that several scenarios share.
 *
 * @module
 */
import type { SettingsInput } from "../../config/settings.ts";
import { pause } from "./fault_stack.ts";
import type { ProduceFault } from "./kafka_proxy.ts";
import type { Disturbance } from "./load_scenario.ts";

/** All rows of the sample's BHP trades. */
export const BASELINE_ROWS = 91_631;

/** One batch at a time, each of 500 rows: a repetition under a used number looks like the original. */
export const EQUAL_BATCHES: SettingsInput = { pipeline: { batchRows: 500, windowRows: 500 } };

/** Faults come every few seconds, so a request must not wait half a minute for its answer. */
export const SHORT_TIMES: SettingsInput = {
  kafka: { requestTimeoutMs: 1_000, deliveryTimeoutMs: 4_000, connectionTimeoutMs: 1_000 },
};

/** Strikes produce requests with these faults in turn, until the load has ended. @returns how often. */
export async function strikeEvery(
  { bench, load, whenShare, note, problem }: Disturbance,
  { everyMs, faults }: { readonly everyMs: number; readonly faults: readonly ProduceFault[] },
): Promise<void> {
  const ended = new Promise<void>((resolve) => load.signal.addEventListener("abort", () => resolve(), { once: true }));
  let strikes = 0;
  await whenShare(0.02);
  while (!load.signal.aborted) {
    const fault = faults[strikes % faults.length];
    if (fault === undefined) return;
    await Promise.race([bench.proxy.strike(fault), ended]);
    if (load.signal.aborted) break;
    load.faultEnded();
    strikes++;
    // Otherwise a slow recovery would be struck again at once, and a load would never end.
    await load.whenStored(load.stored + 1);
    await pause(everyMs, load.signal);
  }
  note(`${strikes} times`);
  if (strikes < 2) problem(`only ${strikes} faults before the load had ended`);
}
