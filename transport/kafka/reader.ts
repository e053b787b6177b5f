/**
 * The reading side: reads one partition from an offset on, without a consumer group.
 *
 * @module
 */
import { type LeaderOffsets, LogError, type ReadOptions } from "../log.ts";
import { endLost } from "../log_rules.ts";
import { type Connections, isConnectionLoss } from "./connections.ts";
import { Deadline } from "./deadline.ts";
import { asLogError, KafkaFailure, meaningOf, MEANINGS, NO_ERROR, topicFailure } from "./errors.ts";
import { type FetchAnswer, fetchRequest, type PartitionName } from "./messages.ts";
import type { KafkaLogOptions } from "./options.ts";
import type { DecodedChunk, WantedOffsets } from "./record_batch_decoder.ts";

/** Brings about 8,000 small records at a time. */
const FETCH_BYTES = 1024 * 1024;
/** No broker takes a larger batch, unless its `socket.request.max.bytes` was raised. */
const MAX_FETCH_BYTES = 100 * 1024 * 1024;
/** How long a broker waits for new records before it answers without any. */
const LONG_POLL_MS = 5_000;
/**
 * How long to ask a broker again that withholds records. A broker whose quota is spent or whose remote tier is slow
 * does so for seconds, and so does a new leader until its followers have answered it.
 */
const WITHHELD_PATIENCE_MS = 120_000;

/** Options of {@link readPartition}. */
export interface PartitionReadOptions<T> extends ReadOptions {
  /** Decodes the first batches of a fetch, and the wanted records of them. */
  readonly decode: (batches: Uint8Array, wanted: WantedOffsets) => DecodedChunk<T>;
  /**
   * Connections for this read alone: a broker answers fetches of a connection in order, so a waiting one blocks others.
   */
  readonly connections: Connections;
  readonly options: KafkaLogOptions;
  /** Asks the newest leader for the partition's offsets. */
  readonly leaderOffsets: () => Promise<LeaderOffsets>;
  /** Ends the read with `closed`. */
  readonly closing: AbortSignal;
}

/** Reads a partition in chunks; see `Log.read`. Closes the connections at its end. */
export async function* readPartition<T>(name: PartitionName, options: PartitionReadOptions<T>): AsyncGenerator<T> {
  const { connections, closing, signal, from, to } = options;
  const stop = signal === undefined ? closing : AbortSignal.any([closing, signal]);
  const end = () => void connections.close();
  stop.addEventListener("abort", end, { once: true });
  try {
    if (!stop.aborted && to !== undefined && to <= from) await requirePartition(name, options);
    let next = from, rest: Uint8Array = new Uint8Array(0);
    while (!stop.aborted && (to === undefined || next < to)) {
      const found = nextOf(rest, next, { name, options }) ?? await fetchNext(name, next, { ...options, stop });
      next = found.next;
      rest = found.rest;
      if (found.chunk !== null && !stop.aborted) yield found.chunk;
    }
    if (closing.aborted && !signal?.aborted) throw new LogError("closed", "The log is closed");
  } finally {
    stop.removeEventListener("abort", end);
    await connections.close();
  }
}

interface FetchedRecords<T> {
  readonly chunk: T | null;
  readonly next: bigint;
  /** What was fetched and is not decoded yet. */
  readonly rest: Uint8Array;
}

/** The next records of what was fetched; null if that holds no whole batch, which the next fetch brings. */
function nextOf<T>(
  batches: Uint8Array,
  from: bigint,
  { name, options: { decode, to } }: { readonly name: PartitionName; readonly options: PartitionReadOptions<T> },
): FetchedRecords<T> | null {
  try {
    const { chunk, next, rest } = decode(batches, { from, to });
    return next !== null && next > from ? { chunk, next, rest } : null;
  } catch (error) {
    throw asLogError(error, readingFrom(name, from));
  }
}

function readingFrom({ topic, partition }: PartitionName, from: bigint): string {
  return `Reading ${topic}/${partition} from offset ${from}`;
}

/**
 * Fetches until a fetch brings something, and retries errors for as long as one request may take. If the caller asked
 * for no end (`to`), also returns nothing at the end of the readable records. An end comes from the log itself: if the
 * newest leader's log ends before it, the last records are lost and will never come.
 *
 * Each batch tells where it ends, even without records, so reading continues over what compaction has removed. An empty
 * answer says nothing about the records there, so reading never skips past one.
 */
async function fetchNext<T>(
  name: PartitionName,
  from: bigint,
  read: PartitionReadOptions<T> & { stop: AbortSignal },
): Promise<FetchedRecords<T>> {
  const { connections, options, to, leaderOffsets, stop } = read;
  const what = readingFrom(name, from), nothing = { chunk: null, next: from, rest: new Uint8Array(0) };
  const { clock, requestTimeoutMs } = options;
  let deadline = new Deadline(clock, requestTimeoutMs);
  let withheld: Deadline | null = null;
  let maxBytes = FETCH_BYTES;
  for (let tries = 0;; tries++) {
    try {
      const answer = await fetchOnce(name, { connections, options, deadline, what, from, maxBytes });
      const found = nextOf(answer.batches, from, { name, options: read });
      if (found !== null) return found;
      const atEnd = answer.batches.length === 0 && answer.highWatermark <= from;
      if (atEnd && to === undefined) return nothing;
      if (atEnd && to !== undefined) requireEnd(name, to, await leaderOffsets());
      withheld ??= new Deadline(clock, WITHHELD_PATIENCE_MS);
      if (withheld.passed) throw withheldFailure(answer);
      if (answer.batches.length > 0) maxBytes = Math.min(2 * maxBytes, MAX_FETCH_BYTES);
      await withheld.backOff(tries, stop).catch(() => undefined);
      if (stop.aborted) return nothing;
      // The broker does answer, so the time of a request starts over.
      deadline = new Deadline(clock, requestTimeoutMs);
    } catch (error) {
      if (stop.aborted) return nothing;
      const { retriable, code } = meaningOf(error);
      connections.forget(name.topic);
      // A missing topic is not worth waiting for.
      if (!retriable || code === "unknown_topic" || deadline.passed) throw asLogError(error, what);
      await deadline.backOff(tries, stop).catch(() => undefined);
      // Another try could only say that it had no time.
      if (deadline.passed && !stop.aborted) throw asLogError(error, what);
    }
  }
}

async function fetchOnce(
  name: PartitionName,
  { connections, options, deadline, what, from, maxBytes }:
    & Pick<PartitionReadOptions<unknown>, "connections" | "options">
    & {
      deadline: Deadline;
      what: string;
      from: bigint;
      maxBytes: number;
    },
): Promise<FetchAnswer> {
  const leader = await deadline.within(connections.leader(name), what);
  try {
    const maxWaitMs = Math.min(LONG_POLL_MS, Math.floor(options.requestTimeoutMs / 2));
    const request = fetchRequest(name, { offset: from, maxWaitMs, maxBytes });
    const answer = await deadline.within(leader.send(request), what, options.requestTimeoutMs);
    if (answer.error !== NO_ERROR) throw topicFailure(answer.error, "Read", name.topic);
    return answer;
  } catch (error) {
    if (isConnectionLoss(error)) connections.drop(leader);
    throw error;
  }
}

function requireEnd({ topic, partition }: PartitionName, to: bigint, { logEnd }: LeaderOffsets): void {
  if (logEnd < to) throw endLost({ topic, partition, to, end: logEnd });
}

/** The error of a broker that has more records and has withheld them for a long time. */
function withheldFailure({ highWatermark }: FetchAnswer): KafkaFailure {
  return new KafkaFailure(
    { ...MEANINGS.timedOut, retriable: false },
    `nothing came for ${
      WITHHELD_PATIENCE_MS / 1_000
    } s, although the broker says that the partition reaches to offset ` +
      `${highWatermark} or further. A quota or a remote tier of the brokers may hold records back, and so do followers that ` +
      "are away: look there, and run the command again. If nothing is left up to that offset, one more record in the partition helps",
  );
}

async function requirePartition(
  name: PartitionName,
  { connections, options }: PartitionReadOptions<unknown>,
): Promise<void> {
  const what = `Reading ${name.topic}/${name.partition}`;
  try {
    await new Deadline(options.clock, options.requestTimeoutMs).within(connections.leader(name), what);
  } catch (error) {
    throw asLogError(error, what);
  }
}
