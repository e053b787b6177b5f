/**
 * Reads a topic and yields the records to show.
 *
 * @module
 */
import type { Log, StoredRecord } from "../../transport/log.ts";
import type { SchemaRegistry } from "../../transport/registry.ts";
import { inArrivalOrder } from "./arrival_order.ts";
import { RecordPresenter } from "./shown_record.ts";
import type { ShownRecord } from "./shown_record.ts";
import { tailRanges } from "./tail_ranges.ts";
import type { TailRange, TailRequest } from "./tail_ranges.ts";

/** What the user asked for. */
export interface TailTopicOptions extends TailRequest {
  /** Stop after this many records. */
  readonly limit: number;
  readonly signal: AbortSignal;
  /** Whether to show instants as text too. @default false */
  readonly showsInstants?: boolean;
}

/** Where to read. */
export interface TailSource {
  readonly log: Log;
  readonly registry: SchemaRegistry;
}

interface PartitionChunk {
  readonly partition: number;
  readonly records: readonly StoredRecord[];
}

/** Records in the order of reading: by offset within a partition; partitions in the order in which their chunks arrive. */
export async function* tailTopic(
  { log, registry }: TailSource,
  options: TailTopicOptions,
): AsyncGenerator<readonly ShownRecord[]> {
  const { topic, key, limit, signal, showsInstants = false } = options;
  const leaving = new AbortController();
  const ranges = await tailRanges(log, options);
  const reading = AbortSignal.any([signal, leaving.signal]);
  const streams = ranges.map((range) => chunksOf(log, { topic, range, signal: reading }));
  const presenter = new RecordPresenter(registry, { showsInstants });
  let left = limit;
  for await (const { partition, records } of inArrivalOrder(streams, () => leaving.abort())) {
    const wanted = records.filter((record) => key === null || sameBytes(record.key, key)).slice(0, left);
    const shown: ShownRecord[] = [];
    for (const record of wanted) shown.push(await presenter.present(record, { topic, partition }));
    if (shown.length > 0) yield shown;
    left -= shown.length;
    if (left === 0) return;
  }
}

async function* chunksOf(
  log: Log,
  { topic, range, signal }: { readonly topic: string; readonly range: TailRange; readonly signal: AbortSignal },
): AsyncGenerator<PartitionChunk> {
  const { partition, from, to } = range;
  try {
    for await (const records of log.read(topic, partition, { from, to, signal })) {
      yield { partition, records };
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

function sameBytes(a: Uint8Array | null, b: Uint8Array): boolean {
  return a !== null && a.length === b.length && a.every((byte, index) => byte === b[index]);
}
