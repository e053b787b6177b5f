/**
 * Tells what a topic holds, by the last records of its partitions.
 *
 * @module
 */
import { recordNameOf } from "../schemas/avro/record_name.ts";
import { parseFrame, WireError } from "../schemas/avro/wire.ts";
import { type Log, LogError, type PartitionOffsets, type StoredRecord } from "./log.ts";
import { RegistryError, type SchemaRegistry } from "./registry.ts";

/** How many records of each partition count. */
export const LAST_RECORDS = 3;
/** How many offsets back to look for them: offsets may have holes, and the last records may be tombstones. */
export const LOOK_BACK = [BigInt(LAST_RECORDS), 1_000n] as const;
/** How many partitions to read at the same time. */
export const PARTITIONS_AT_A_TIME = 8;

/** Stands for the name of a record that is not framed as Avro with a schema id. */
const UNFRAMED = "(not an Avro record)";

/** One of the last records of a partition. */
export interface SampledRecord {
  readonly partition: number;
  readonly key: Uint8Array | null;
  /** Full name of the record, or in brackets what else is known of it. */
  readonly name: string;
}

/** The result of a look at a topic. */
export interface TopicSample {
  /** 0 if there is no such topic. */
  readonly partitions: number;
  /** The last records of each partition that are no tombstones, in partition order. */
  readonly records: readonly SampledRecord[];
  /** Full names of the records that this process has begun to write; some may be in flight. */
  readonly begun: ReadonlySet<string>;
}

/** Tells which records topics hold. */
export class TopicContents {
  readonly #log: Log;
  readonly #registry: SchemaRegistry;
  readonly #begun = new Map<string, Set<string>>();

  constructor({ log, registry }: { readonly log: Log; readonly registry: SchemaRegistry }) {
    this.#log = log;
    this.#registry = registry;
  }

  /** Notes that this process writes records of that full name to the topic from now on. */
  begin(topic: string, record: string): void {
    const begun = this.#begun.get(topic) ?? new Set();
    this.#begun.set(topic, begun.add(record));
  }

  /**
   * Looks at the last records of each partition; a missing topic has none. Reads a bounded number of records.
   *
   * @throws {LogError}
   * @throws {RegistryError}
   */
  async sample(topic: string): Promise<TopicSample> {
    const begun = new Set(this.#begun.get(topic));
    const offsets = await this.#offsetsOf(topic);
    const names = new SchemaNames(this.#registry);
    const records: SampledRecord[][] = offsets.map(() => []);
    const queue = offsets.entries();
    let failed = false;
    // The readers share the queue: each takes the next partition when it has finished one.
    const readers = Array.from({ length: PARTITIONS_AT_A_TIME }, async () => {
      for (const [at, range] of queue) {
        if (failed) return;
        const found: SampledRecord[] = [];
        for (const { key, value } of await this.#lastRecords(topic, range)) {
          if (value !== null) found.push({ partition: range.partition, key, name: await names.of(value) });
        }
        records[at] = found;
      }
    });
    await Promise.all(readers).catch((cause) => {
      failed = true;
      throw cause;
    });
    return { partitions: offsets.length, records: records.flat(), begun };
  }

  async #offsetsOf(topic: string): Promise<readonly PartitionOffsets[]> {
    try {
      return await this.#log.admin.offsets(topic);
    } catch (error) {
      if (error instanceof LogError && error.code === "unknown_topic") return [];
      throw error;
    }
  }

  /** The last records of a partition that are no tombstones; none if there are none within the look-back. */
  async #lastRecords(
    topic: string,
    { partition, start, end }: PartitionOffsets,
  ): Promise<readonly Pick<StoredRecord, "key" | "value">[]> {
    for (const back of LOOK_BACK) {
      const from = end - back > start ? end - back : start;
      let last: readonly Pick<StoredRecord, "key" | "value">[] = [];
      if (from < end) {
        for await (const records of this.#log.read(topic, partition, { from, to: end })) {
          last = [...last, ...records.filter(({ value }) => value !== null)].slice(-LAST_RECORDS);
        }
      }
      if (last.length > 0 || from === start) return last;
    }
    return [];
  }
}

/** The full name under each schema id; asks the registry once for each. */
class SchemaNames {
  readonly #registry: SchemaRegistry;
  readonly #names = new Map<number, Promise<string>>();

  constructor(registry: SchemaRegistry) {
    this.#registry = registry;
  }

  of(value: Uint8Array): Promise<string> {
    let id: number;
    try {
      id = parseFrame(value).schemaId;
    } catch (error) {
      if (error instanceof WireError) return Promise.resolve(UNFRAMED);
      throw error;
    }
    const name = this.#names.get(id) ?? this.#nameOf(id);
    this.#names.set(id, name);
    return name;
  }

  async #nameOf(id: number): Promise<string> {
    try {
      return recordNameOf(await this.#registry.schemaById(id)) ?? UNFRAMED;
    } catch (error) {
      if (error instanceof RegistryError && error.code === "not_found") return `(schema id ${id}, not in the registry)`;
      throw error;
    }
  }
}
