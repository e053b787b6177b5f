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

/** A chunk of each of so many partitions is in memory. What comes while they are read is small. */
const AT_ONCE = 4;
/** Records that are decoded at a time. */
const SHOWN_AT_ONCE = 500;

/** Records in the order of reading: by offset within a partition; partitions in the order in which their chunks arrive. */
export async function* tailTopic(
  { log, registry }: TailSource,
  options: TailTopicOptions,
): AsyncGenerator<readonly ShownRecord[]> {
  const { topic, key, limit, signal, showsInstants = false } = options;
  const { stored, following } = await tailRanges(log, options);
  const presenter = new RecordPresenter(registry, { showsInstants });
  let left = limit;
  for (const [ranges, atOnce] of [[stored, AT_ONCE], [following, following.length]] as const) {
    const leaving = new AbortController(), reading = AbortSignal.any([signal, leaving.signal]);
    const streams = ranges.map((range) => chunksOf(log, { topic, range, signal: reading }));
    for await (const { partition, records } of inArrivalOrder(streams, () => leaving.abort(), atOnce)) {
      const wanted = records.filter((record) => key === null || sameBytes(record.key, key)).slice(0, left);
      for (let from = 0; from < wanted.length; from += SHOWN_AT_ONCE) {
        const shown: ShownRecord[] = [];
        for (const record of wanted.slice(from, from + SHOWN_AT_ONCE)) {
          shown.push(await presenter.present(record, { topic, partition }));
        }
        yield shown;
      }
      left -= wanted.length;
      if (left === 0) return;
    }
    if (signal.aborted) return;
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
