/**
 * Everything that stands before a topic's first send, and after each one that failed: the client before is closed, the
 * topic is there, what became of doubtful sends is known, a new client is connected.
 *
 * @module
 */
import type { Observer } from "../telemetry/events.ts";
import type { Log, LogProducer } from "../transport/log.ts";
import type { Clock } from "./kernel/clock.ts";
import type { PartitionLedger } from "./partition_ledger.ts";
import { type FoundRecords, readPastAcknowledged } from "./resolve_by_reading.ts";
import { openTopic, type TopicPolicy } from "./topic_opening.ts";

/** A client that may send, and what was found out before. */
export interface TopicSession {
  readonly client: LogProducer;
  readonly partitions: number;
  /** One entry for each partition with a doubtful send. */
  readonly found: readonly FoundRecords[];
}

/** Options of {@link openSession}. */
export interface TopicSessionOptions {
  readonly topic: TopicPolicy;
  readonly log: Log;
  readonly ledger: PartitionLedger;
  readonly observe: Observer;
  readonly clock: Clock;
  /** How long a log must stand still before its end is believed. */
  readonly settleMs: number;
  readonly signal: AbortSignal;
}

/** Opens a session. Whoever gets it closes its client. @throws {LogError} */
export async function openSession(options: TopicSessionOptions): Promise<TopicSession> {
  const { topic, log, ledger, observe, clock, settleMs, signal } = options;
  await ledger.closing;
  const partitions = await openTopic(topic, { log, ledger, observe });
  const from = new Map(ledger.unsettled.map((partition) => [partition, ledger.next(partition) ?? 0n]));
  const found = await readPastAcknowledged({ log, topic: topic.name, from, clock, settleMs, signal, observe });
  signal.throwIfAborted();
  return { client: await log.createProducer(), partitions, found };
}
