/**
 * Checks the order of the records that were found, in the order of the topic.
 *
 * @module
 */
import { BY_ROW, flagsOf, NO_ORIGIN, ordinalOf, PAIR, recordRowOf, REPLAYED } from "./entries.ts";
import type { ExpectedRows } from "./expected_rows.ts";
import { KeyOrder } from "./key_order.ts";
import { BUCKETS, type Spill } from "./spill.ts";
import { type Compared, Lowest } from "./tally.ts";
import type { TopicRecords } from "./topic_records.ts";

/** What is not in order. */
export interface OrderReport {
  readonly outOfOrder: number;
  readonly lateLoads: number;
  readonly examples: readonly Compared[];
}

/**
 * Reads the pairs of rows and records, which are divided by their places in the topic. What a replay wrote is late by
 * right: it counts as that, and nothing need come after it.
 */
export function checkOrder(
  pairs: Spill,
  { expected, records, ordinals }: {
    readonly expected: ExpectedRows;
    readonly records: TopicRecords;
    readonly ordinals: number;
  },
): OrderReport {
  /** By load: the order that is promised. */
  const order = new KeyOrder();
  /** By file, for all loads that have written it. */
  const orderOfFiles = new KeyOrder();
  const examples = new Lowest<Compared>();
  let outOfOrder = 0, lateLoads = 0;
  const partitions = records.partitions();
  for (let bucket = 0; bucket < BUCKETS; bucket++) {
    const words = pairs.whole(bucket, { last: true });
    for (const at of inOrder(words, Math.floor(bucket * ordinals / BUCKETS))) {
      const more = words[at + PAIR.more] ?? 0, ordinal = ordinalOf(words[at + PAIR.ordinal] ?? 0, more);
      const partition = partitions(ordinal), flags = flagsOf(more), key = words[at + PAIR.recordKey] ?? 0;
      const index = (words[at + PAIR.index] ?? 0) + (words[at + PAIR.indexUpper] ?? 0) * 2 ** 32;
      const origin = words[at + PAIR.origin] ?? NO_ORIGIN, file = expected.fileOf(index);
      const place = { partition, series: file, index };
      if (isOfReplay(flags, origin)) {
        // It stands where its replay wrote it, and the record does not say which replay that was.
        if (orderOfFiles.isAside(key, place)) lateLoads += 1;
        continue;
      }
      // An old row that a later load has written really comes later in the log, so loads are told from each other.
      const isOfLoad = origin !== NO_ORIGIN, row = recordRowOf(words[at + PAIR.row] ?? 0, more);
      const own = isOfLoad ? { partition, series: origin * 2 + 1, index: row } : { partition, series: file * 2, index };
      const isLate = order.isLate(key, own), isBehind = orderOfFiles.isLate(key, place);
      if (isLate) {
        outOfOrder += 1;
        examples.add(ordinal, { ordinal, index });
      } else if (isBehind) lateLoads += 1;
    }
  }
  return { outOfOrder: outOfOrder + order.interleaved, lateLoads, examples: examples.items };
}

/** Whether a replay wrote a record: its headers say so, or, where those were lost, the id by row number that it has. */
function isOfReplay(flags: number, origin: number): boolean {
  return (flags & REPLAYED) !== 0 || (origin === NO_ORIGIN && (flags & BY_ROW) !== 0);
}

/** Where the entries begin, in the order of their ordinals, of which `first` is the lowest. */
function* inOrder(words: Uint32Array, first: number): Generator<number> {
  const size = words.length / PAIR.words;
  const ordinals = new Float64Array(size);
  for (let entry = 0; entry < size; entry++) {
    const at = entry * PAIR.words;
    const ordinal = ordinalOf(words[at + PAIR.ordinal] ?? 0, words[at + PAIR.more] ?? 0) - first;
    // Both fit into a number that is exact: a bucket has a small part of all offsets.
    ordinals[entry] = ordinal * size + entry;
  }
  ordinals.sort();
  for (const ordinal of ordinals) yield ordinal % size * PAIR.words;
}
