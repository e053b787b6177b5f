/**
 * The log port on real Kafka, through any client library.
 *
 * @module
 */
import type { LeaderOffsets, LogAdmin, LogProducer, ReadOptions, StoredRecord } from "../log.ts";
import { LogError } from "../log.ts";
import { KafkaAdmin } from "./admin.ts";
import type { KafkaClient } from "./client.ts";
import { Connections } from "./connections.ts";
import { untold } from "./leader_offsets.ts";
import type { PartitionName } from "./messages.ts";
import type { KafkaLogOptions } from "./options.ts";
import { openKafkaProducer } from "./producer.ts";
import { type PartitionReadOptions, readPartition } from "./reader.ts";
import { decodeRecords } from "./record_batch_decoder.ts";
import { decodeRecordTable } from "./record_table_decoder.ts";
import type { RecordTable, TableLog } from "../record_table.ts";

/** See {@link Log}. It does not connect before the first call, so brokers may come up later. */
export class KafkaLog implements TableLog {
  readonly #client: KafkaClient;
  readonly #options: KafkaLogOptions;
  readonly #connections: Connections;
  readonly #admin: KafkaAdmin;
  readonly #closing = new AbortController();
  readonly #producers = new Set<Promise<LogProducer>>();
  readonly #calls = new Set<Promise<unknown>>();
  readonly admin: LogAdmin;
  #closed: Promise<void> | null = null;

  /** @throws {LogError} `invalid_request` for an invalid broker address */
  constructor(client: KafkaClient, options: KafkaLogOptions) {
    this.#client = client;
    this.#options = options;
    this.#connections = new Connections(client, options);
    this.#admin = new KafkaAdmin(this.#connections, options);
    const admin = this.#admin;
    this.admin = {
      clusterId: () => this.#call(() => admin.clusterId()),
      brokers: () => this.#call(() => admin.brokers()),
      listTopics: () => this.#call(() => admin.listTopics()),
      describeTopic: (name) => this.#call(() => admin.describeTopic(name)),
      rights: (topic) => this.#call(() => admin.rights(topic)),
      createTopic: (spec) => this.#call(() => admin.createTopic(spec)),
      deleteTopic: (name) => this.#call(() => admin.deleteTopic(name)),
      offsets: (topic) => this.#call(() => admin.offsets(topic)),
      leaderOffsets: (topic, partitions) => this.#call(() => admin.leaderOffsets(topic, partitions)),
    };
  }

  createProducer(): Promise<LogProducer> {
    return this.#call(async () => {
      const opening = openKafkaProducer(new Connections(this.#client, this.#options), this.#options);
      this.#producers.add(opening);
      try {
        const producer = await opening;
        return {
          send: (topic, partition, records) => producer.send(topic, partition, records),
          close: () => producer.close().finally(() => this.#producers.delete(opening)),
        };
      } catch (error) {
        this.#producers.delete(opening);
        throw error;
      }
    });
  }

  read(topic: string, partition: number, options: ReadOptions): AsyncGenerator<readonly StoredRecord[]> {
    return this.#read({ topic, partition }, options, decodeRecords);
  }

  readTables(topic: string, partition: number, options: ReadOptions): AsyncGenerator<RecordTable> {
    return this.#read({ topic, partition }, options, decodeRecordTable);
  }

  async *#read<T>(
    { topic, partition }: PartitionName,
    options: ReadOptions,
    decode: PartitionReadOptions<T>["decode"],
  ): AsyncGenerator<T> {
    this.#requireOpen();
    yield* readPartition({ topic, partition }, {
      ...options,
      decode,
      connections: new Connections(this.#client, this.#options),
      options: this.#options,
      leaderOffsets: () => this.#leaderOffsets({ topic, partition }),
      closing: this.#closing.signal,
    });
  }

  async #leaderOffsets({ topic, partition }: PartitionName): Promise<LeaderOffsets> {
    const [offsets] = await this.#call(() => this.#admin.leaderOffsets(topic, [partition]));
    if (offsets === undefined) throw untold(topic, partition);
    return offsets;
  }

  offsetForTime(topic: string, partition: number, timestamp: number): Promise<bigint> {
    return this.#call(() => this.#admin.offsetForTime(topic, partition, timestamp));
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.#closing.abort();
    const producers = await Promise.allSettled(this.#producers);
    await Promise.all(producers.map((each) => each.status === "fulfilled" ? each.value.close() : undefined));
    await this.#connections.close();
    await Promise.allSettled(this.#calls);
  }

  async #call<T>(work: () => Promise<T>): Promise<T> {
    this.#requireOpen();
    const working = work();
    this.#calls.add(working);
    try {
      return await working;
    } catch (error) {
      // `close` may have ended the connections during the call.
      if (this.#closing.signal.aborted) this.#requireOpen();
      throw error;
    } finally {
      this.#calls.delete(working);
    }
  }

  #requireOpen(): void {
    if (this.#closing.signal.aborted) throw new LogError("closed", "The log is closed");
  }
}
