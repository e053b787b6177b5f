/**
 * What a producer works with.
 *
 * @module
 */
import type { RetryPolicy } from "../../kernel/backoff.ts";
import type { Observer } from "../../telemetry/events.ts";
import type { Log } from "../../transport/log.ts";
import type { Partitioner } from "../../transport/partitioner.ts";
import type { TopicLedger } from "./topic_ledger.ts";
import type { TopicPolicy } from "./topic_opening.ts";

/** Options of a producer. */
export interface ProducerOptions {
  readonly topic: TopicPolicy;
  readonly log: Log;
  readonly ledger: TopicLedger;
  readonly observe: Observer;
  /** Which partition a key belongs to. */
  readonly partitioner: Partitioner;
  /** Maximum number of records in one send. */
  readonly maxSendRecords: number;
  /** Maximum number of bytes in one send; below the topic's `max.message.bytes`. */
  readonly maxSendBytes: number;
  /** How long records of a partition wait for more of them; a full batch is sent at once. */
  readonly lingerMs: number;
  /** Mailbox bound, in batches. */
  readonly capacity: number;
  /** Wait between attempts to open or resolve. */
  readonly retry: RetryPolicy;
  /** How long a log must stand still before its end is believed. */
  readonly settleMs: number;
  /** After this long a send that has not settled is reported, again and again. */
  readonly stallMs: number;
  /** How often the partition count is read. */
  readonly refreshMs: number;
  /** Time for an ordered stop. */
  readonly shutdownMs: number;
  /** In [0, 1); scales the waits. @default Math.random */
  readonly random?: () => number;
}
