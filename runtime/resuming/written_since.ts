/**
 * What was written to topics after the latest offsets that the data folder knows of: by a run that was killed, by other
 * programs, or by runs that a folder which was put back knows nothing of. Only that can hold rows past a checkpoint
 * which says that there are none.
 *
 * @module
 */
import type { Checkpoint } from "../../state/checkpoint.ts";
import type { StoredRecord } from "../../transport/log.ts";
import { sourceOf } from "../../transport/source_header.ts";
import type { LiveCluster, LiveTopic, TopicReader } from "./live_topics.ts";
import { SharedWork } from "./shared_work.ts";

/** The highest offset that a checkpoint leads to, in each partition of each topic. */
export class KnownEnds {
  readonly #ends = new Map<string, bigint[]>();

  add({ clusterId, topics }: Pick<Checkpoint, "clusterId" | "topics">): void {
    for (const { name, id, next } of topics) {
      const key = keyOf(clusterId, { name, id });
      const ends = this.#ends.get(key) ?? [];
      this.#ends.set(key, ends);
      for (const [partition, offset] of next.entries()) {
        if (offset > (ends[partition] ?? 0n)) ends[partition] = offset;
      }
    }
  }

  of(clusterId: string, topic: Pick<LiveTopic, "name" | "id">): readonly bigint[] {
    return this.#ends.get(keyOf(clusterId, topic)) ?? [];
  }
}

function keyOf(clusterId: string, { name, id }: Pick<LiveTopic, "name" | "id">): string {
  return JSON.stringify([clusterId, name, id]);
}

/** Read once for all sources of a run; where the ends are those that are known, nothing is read. */
export class WrittenSince {
  readonly #reader: TopicReader;
  readonly #ends: () => KnownEnds;
  readonly #reading = new SharedWork();
  /** By origin, the highest row. */
  readonly #rows = new Map<string, number>();

  /** @param ends as they were before the run wrote anything */
  constructor({ reader, ends }: { readonly reader: TopicReader; readonly ends: () => KnownEnds }) {
    this.#reader = reader;
    this.#ends = ends;
  }

  /** The highest row of an origin that was found; 0 if there is none. @throws {LogError} */
  async rowOf(origin: string, { clusterId, topics }: LiveCluster, signal: AbortSignal): Promise<number> {
    for (const topic of topics) {
      await this.#reading.done(
        topic.name,
        signal,
        (signal) => this.#read(topic, this.#ends().of(clusterId, topic), signal),
      );
    }
    return this.#rows.get(origin) ?? 0;
  }

  async #read({ name, offsets }: LiveTopic, known: readonly bigint[], signal: AbortSignal): Promise<void> {
    for (const { partition, start, end } of offsets) {
      const next = known[partition] ?? 0n;
      const from = next < start ? start : next;
      if (end <= from) continue;
      const visit = (record: StoredRecord) => {
        const source = sourceOf(record);
        if (source === null || source.row <= (this.#rows.get(source.origin) ?? 0)) return;
        this.#rows.set(source.origin, source.row);
      };
      await this.#reader.read(name, { partition, from, to: end }, { signal, visit });
    }
  }
}
