/**
 * Tells what a topic holds, by the last records of its partitions.
 *
 * @module
 */
import { recordNameOf } from "../schemas/avro/record_name.ts";
import { parseFrame, WireError } from "../schemas/avro/wire.ts";
import { lastRecords } from "./last_records.ts";
import { type Log, LogError, type PartitionOffsets } from "./log.ts";
import { RegistryError, type SchemaRegistry } from "./registry.ts";

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
    const last = await lastRecords(offsets, {
      read: async ({ partition, ...part }, visit) => {
        for await (const records of this.#log.read(topic, partition, part)) records.forEach(visit);
      },
      counts: ({ value }) => value !== null,
    });
    const records: SampledRecord[] = [];
    for (const [at, { partition }] of offsets.entries()) {
      for (const { key, value } of last[at] ?? []) {
        if (value !== null) records.push({ partition, key, name: await names.of(value) });
      }
    }
    return { partitions: offsets.length, records, begun };
  }

  async #offsetsOf(topic: string): Promise<readonly PartitionOffsets[]> {
    try {
      return await this.#log.admin.offsets(topic);
    } catch (error) {
      if (error instanceof LogError && error.code === "unknown_topic") return [];
      throw error;
    }
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
