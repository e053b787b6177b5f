/**
 * What a topic holds, by the last records of its partitions.
 *
 * @module
 */
import { recordNameOf } from "../schemas/record_name.ts";
import { parseFrame, WireError } from "../schemas/wire.ts";
import { type Log, LogError, type PartitionOffsets, type StoredRecord } from "./log.ts";
import { RegistryError, type SchemaRegistry } from "./registry.ts";

/** How far back the last record of a partition is looked for: offsets may have holes, and the last may be a tombstone. */
const LOOK_BACK = [1n, 1_000n] as const;

/** Stands for the name of a record that has no schema id. */
const UNFRAMED = "(not an Avro record)";

/** Says which records topics hold. */
export class TopicContents {
  readonly #log: Log;
  readonly #registry: SchemaRegistry;
  /** By topic, what this process has begun to write, which may be on its way. */
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
   * The full names of what this process has begun to write and of the last record of each partition; none for a topic that
   * is empty or not there. Reads a bounded number of records.
   *
   * @throws {LogError}
   * @throws {RegistryError}
   */
  async recordsIn(topic: string): Promise<ReadonlySet<string>> {
    const names = new Set(this.#begun.get(topic));
    for (const offsets of await this.#offsetsOf(topic)) {
      const last = await this.#lastRecord(topic, offsets);
      if (last !== null) names.add(await this.#nameOf(last));
    }
    return names;
  }

  async #offsetsOf(topic: string): Promise<readonly PartitionOffsets[]> {
    try {
      return await this.#log.admin.offsets(topic);
    } catch (error) {
      if (error instanceof LogError && error.code === "unknown_topic") return [];
      throw error;
    }
  }

  /** The last value of a partition that is no tombstone; null if there is none as far as is looked. */
  async #lastRecord(
    topic: string,
    { partition, start, end }: PartitionOffsets,
  ): Promise<Uint8Array | null> {
    for (const back of LOOK_BACK) {
      const from = end - back > start ? end - back : start;
      let last: StoredRecord["value"] = null;
      if (from < end) {
        for await (const records of this.#log.read(topic, partition, { from, to: end })) {
          last = records.findLast(({ value }) => value !== null)?.value ?? last;
        }
      }
      if (last !== null) return last;
      if (from === start) return null;
    }
    return null;
  }

  async #nameOf(value: Uint8Array): Promise<string> {
    let id: number;
    try {
      id = parseFrame(value).schemaId;
    } catch (error) {
      if (error instanceof WireError) return UNFRAMED;
      throw error;
    }
    try {
      return recordNameOf(await this.#registry.schemaById(id)) ?? UNFRAMED;
    } catch (error) {
      if (error instanceof RegistryError && error.code === "not_found") return `(schema id ${id}, not in the registry)`;
      throw error;
    }
  }
}
