/**
 * Offsets of a topic that can be believed: its ends have stood still for a while. A request that a broker has received but
 * not written yet would otherwise be missed.
 *
 * @module
 */
import type { Log, PartitionOffsets } from "../transport/log.ts";
import type { Clock } from "./kernel/clock.ts";

/** Options of {@link settledOffsets}. */
export interface SettledOffsetsOptions {
  readonly log: Log;
  readonly topic: string;
  /** The partition whose end matters. @default all */
  readonly partition?: number;
  readonly clock: Clock;
  /** How long an end must stand still. */
  readonly settleMs: number;
  readonly signal: AbortSignal;
}

/** An end that moves for so many settle times moves because of others: this process sends nothing meanwhile. */
const MOST_LOOKS = 50;

/** @throws {LogError} */
export async function settledOffsets(options: SettledOffsetsOptions): Promise<readonly PartitionOffsets[]> {
  const { log, topic, partition, clock, settleMs, signal } = options;
  let offsets = await log.admin.offsets(topic);
  for (let looks = 1; looks < MOST_LOOKS; looks++) {
    await clock.sleep(settleMs, signal);
    const again = await log.admin.offsets(topic);
    const moved = again.some(({ partition: at, end }, index) =>
      (partition === undefined || partition === at) && end !== offsets[index]?.end
    );
    offsets = again;
    if (!moved) break;
  }
  return offsets;
}
