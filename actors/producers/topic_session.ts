/**
 * All that must happen before a topic's first send, and after each one that failed: the earlier client is closed, the
 * topic exists, what became of doubtful sends is known, and a new client is connected.
 *
 * @module
 */
import type { LogProducer } from "../../transport/log.ts";
import type { TopicLedger } from "./topic_ledger.ts";
import { type FoundRecords, readPastAcknowledged, type ResolveOptions } from "./resolve_by_reading.ts";
import { openTopic, type TopicPolicy } from "./topic_opening.ts";

/** A client that may send, and what was found out before. */
export interface TopicSession<T> {
  readonly client: LogProducer;
  readonly partitions: number;
  /** One entry for each partition with a doubtful send. */
  readonly found: readonly FoundRecords<T>[];
}

/** Options of {@link openSession}. */
export interface TopicSessionOptions<T> extends Omit<ResolveOptions<T>, "topic" | "from"> {
  readonly topic: TopicPolicy;
  readonly ledger: TopicLedger;
}

/** Opens a session. The caller must close its client. @throws {LogError} */
export async function openSession<T>(options: TopicSessionOptions<T>): Promise<TopicSession<T>> {
  const { topic, log, ledger, pick, observe, clock, settleMs, signal } = options;
  await ledger.closing;
  const { partitions } = await openTopic(topic, { log, ledger, observe });
  const from = new Map(ledger.unsettled.map((partition) => [partition, ledger.next(partition) ?? 0n]));
  const found = await readPastAcknowledged({ log, topic: topic.name, from, pick, clock, settleMs, signal, observe });
  signal.throwIfAborted();
  return { client: await log.createProducer(), partitions, found };
}
