/**
 * The reading side: one partition, from an offset on, without a consumer group.
 *
 * @module
 */
import { LogError, type ReadOptions, type StoredRecord } from "../log.ts";
import { type Connections, isConnectionLoss } from "./connections.ts";
import { Deadline, retryDelayMs } from "./deadline.ts";
import { asLogError, meaningOf, NO_ERROR, topicFailure } from "./errors.ts";
import { type FetchAnswer, fetchRequest, type PartitionName } from "./messages.ts";
import type { KafkaLogOptions } from "./options.ts";
import { type DecodedBatches, decodeRecordBatches } from "./record_batch_decoder.ts";

/** Brings about 8,000 small records at a time. */
const FETCH_BYTES = 1024 * 1024;
/** No broker takes a larger batch, unless its `socket.request.max.bytes` was raised. */
const MAX_FETCH_BYTES = 100 * 1024 * 1024;
/** How long a broker may wait for new records before it answers that there are none. */
const LONG_POLL_MS = 5_000;

/** Options of {@link readPartition}. */
export interface PartitionReadOptions extends ReadOptions {
  /** Connections of this read's own: a broker answers one fetch after the other, so that a waiting one blocks others. */
  readonly connections: Connections;
  readonly options: KafkaLogOptions;
  /** Ends the read with `closed`. */
  readonly closing: AbortSignal;
}

/** Reads a partition in chunks; see `Log.read`. Closes the connections at its end. */
export async function* readPartition(
  name: PartitionName,
  options: PartitionReadOptions,
): AsyncGenerator<readonly StoredRecord[]> {
  const { connections, closing, signal, from, to } = options;
  const stop = signal === undefined ? closing : AbortSignal.any([closing, signal]);
  const end = () => void connections.close();
  stop.addEventListener("abort", end, { once: true });
  try {
    if (!stop.aborted && to !== undefined && to <= from) await requirePartition(name, options);
    let next = from;
    while (!stop.aborted && (to === undefined || next < to)) {
      const found = await fetchNext(name, next, { ...options, stop });
      next = found.next;
      const records = found.records.filter(({ offset }) => offset >= found.from && (to === undefined || offset < to));
      if (records.length > 0 && !stop.aborted) yield records;
    }
    if (closing.aborted && !signal?.aborted) throw new LogError("closed", "The log is closed");
  } finally {
    stop.removeEventListener("abort", end);
    await connections.close();
  }
}

interface FetchedRecords {
  readonly from: bigint;
  readonly records: readonly StoredRecord[];
  readonly next: bigint;
}

/** One fetch that got an answer, tried again for as long as one request may take. Nothing new is an answer too. */
async function fetchNext(
  name: PartitionName,
  from: bigint,
  { connections, options, stop }: PartitionReadOptions & { stop: AbortSignal },
): Promise<FetchedRecords> {
  const what = `Reading ${name.topic}/${name.partition} from offset ${from}`;
  const deadline = new Deadline(options.clock, options.requestTimeoutMs);
  let maxBytes = FETCH_BYTES;
  for (let tries = 0;; tries++) {
    try {
      const answer = await fetchOnce(name, { connections, options, deadline, what, from, maxBytes });
      const decoded = decodeRecordBatches(answer.batches);
      const next = nextOffset(from, answer, decoded);
      if (next > from || answer.batches.length === 0) return { from, records: decoded.records, next };
      // Not one whole batch fitted in: brokers send the first one whole, but need not.
      if (maxBytes === MAX_FETCH_BYTES) {
        throw new LogError("client", `the broker sends no whole batch in ${MAX_FETCH_BYTES} bytes`);
      }
      maxBytes = Math.min(maxBytes * 2, MAX_FETCH_BYTES);
    } catch (error) {
      if (stop.aborted) return { from, records: [], next: from };
      const { retriable, code } = meaningOf(error);
      connections.forget(name.topic);
      // A topic that is not there is not waited for.
      if (!retriable || code === "unknown_topic" || deadline.passed) throw asLogError(error, what);
      await deadline.pause(retryDelayMs(tries), stop).catch(() => undefined);
      // Another try could only tell that it had no time.
      if (deadline.passed && !stop.aborted) throw asLogError(error, what);
    }
  }
}

async function fetchOnce(
  name: PartitionName,
  { connections, options, deadline, what, from, maxBytes }: Pick<PartitionReadOptions, "connections" | "options"> & {
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

/**
 * Where to read on. Batches tell where they end, with or without records in them. If nothing at all came although the
 * end is further on, compaction has emptied the rest, and the end is next; unless the broker is throttling, which also
 * looks like this.
 */
function nextOffset(from: bigint, answer: FetchAnswer, { next }: DecodedBatches): bigint {
  if (next !== null) return next > from ? next : from;
  const emptied = answer.batches.length === 0 && answer.clientSideThrottleTime === 0 && answer.highWatermark > from;
  return emptied ? answer.highWatermark : from;
}

async function requirePartition(name: PartitionName, { connections, options }: PartitionReadOptions): Promise<void> {
  const what = `Reading ${name.topic}/${name.partition}`;
  try {
    await new Deadline(options.clock, options.requestTimeoutMs).within(connections.leader(name), what);
  } catch (error) {
    throw asLogError(error, what);
  }
}
