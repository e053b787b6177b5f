/**
 * The log port on a SQLite file, with real partitions and offsets. An acknowledgement means that SQLite has committed,
 * and with `full` that the disk has synced. One process writes; others may read meanwhile. There is no retention and no
 * compaction: compacted topics keep every record. docs/embedded.md says what is promised.
 *
 * @module
 */
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import type { Clock } from "../../kernel/clock.ts";
import { type Log, type LogAdmin, LogError, type LogProducer, type ReadOptions, type StoredRecord } from "../log.ts";
import { endLost, pickPartitions } from "../log_rules.ts";
import { LogStore } from "./log_store.ts";
import { logErrorOf } from "./port_errors.ts";
import { EmbeddedProducer } from "./producer.ts";
import { TurnQueue } from "./turn_queue.ts";

/** Name of the log's file in the data folder. */
export const LOG_FILE = "log.sqlite";

/** Options of {@link openEmbeddedLog}. */
export interface EmbeddedLogOptions {
  /** Folder of the file; opening for writing makes a missing folder. */
  readonly dataDir: string;
  readonly clock: Clock;
  /** `full`: an acknowledged record survives a power cut. `normal`: it survives a crash of the process. @default "full" */
  readonly sync?: "full" | "normal";
  /** For other processes than the writer. Every call that writes is refused as `unauthorized`. @default false */
  readonly readOnly?: boolean;
  /** Milliseconds after which a read at the end looks for new records again. @default 25 */
  readonly pollMs?: number;
}

/**
 * Opens the embedded log. The caller holds the data folder's lock if it opens for writing.
 *
 * @throws {StorageError} if the file is missing (reading), foreign, of a newer format, damaged or inaccessible
 */
export function openEmbeddedLog(options: EmbeddedLogOptions): Log {
  return new EmbeddedLog(options);
}

class EmbeddedLog implements Log {
  readonly admin: LogAdmin;
  readonly #file: string;
  readonly #store: LogStore;
  readonly #clock: Clock;
  readonly #readOnly: boolean;
  readonly #pollMs: number;
  readonly #turns = new TurnQueue();
  readonly #closing = new AbortController();
  readonly #producers = new Set<LogProducer>();
  #closed: Promise<void> | null = null;

  constructor({ dataDir, clock, sync = "full", readOnly = false, pollMs = 25 }: EmbeddedLogOptions) {
    this.#file = join(dataDir, LOG_FILE);
    this.#store = new LogStore(this.#file, { readOnly, sync });
    this.#clock = clock;
    this.#readOnly = readOnly;
    this.#pollMs = pollMs;
    this.admin = this.#createAdmin();
  }

  createProducer(): Promise<LogProducer> {
    return this.#write(() => {
      const producer = new EmbeddedProducer({
        store: this.#store,
        file: this.#file,
        turns: this.#turns,
        onClose: () => this.#producers.delete(producer),
      });
      this.#producers.add(producer);
      return producer;
    });
  }

  async *read(topic: string, partition: number, options: ReadOptions): AsyncGenerator<readonly StoredRecord[]> {
    const { from, to, signal } = options;
    const place = await this.#read(() => this.#placeOf(topic, partition, from));
    const stop = signal === undefined ? this.#closing.signal : AbortSignal.any([signal, this.#closing.signal]);
    const until = to === undefined ? Infinity : Number(to);
    for (let next = Number(from); next < until && !signal?.aborted;) {
      const chunk = await this.#read(() => this.#chunkOf(place, { from: next, to: until }));
      next += chunk.length;
      if (chunk.length > 0) yield chunk;
      else if (to !== undefined) throw endLost({ topic, partition, to, end: BigInt(next) });
      else await this.#clock.sleep(this.#pollMs, stop).catch(() => undefined);
    }
  }

  async offsetForTime(topic: string, partition: number, timestamp: number): Promise<bigint> {
    return BigInt(await this.#read(() => this.#store.offsetForTime(topic, partition, timestamp)));
  }

  close(): Promise<void> {
    return this.#closed ??= this.#close();
  }

  async #close(): Promise<void> {
    this.#closing.abort();
    await Promise.all([...this.#producers].map((producer) => producer.close()));
    this.#store.close();
  }

  #createAdmin(): LogAdmin {
    const store = this.#store;
    return {
      clusterId: () => this.#read(() => store.clusterId),
      brokers: () => this.#read(() => ["embedded"]),
      listTopics: () => this.#read(() => store.topicNames()),
      describeTopic: (name) =>
        this.#read(() => {
          const topic = store.topic(name);
          if (topic === null) return null;
          const { id, partitions, replicationFactor, config } = topic;
          return { name, id, partitions, replicationFactor, config };
        }),
      rights: () => this.#read(() => null),
      createTopic: (spec) => this.#write(() => store.createTopic(spec)),
      deleteTopic: (name) => this.#write(() => store.deleteTopic(name)),
      offsets: (topic) => this.#read(() => store.offsets(topic)),
      leaderOffsets: (topic, partitions) =>
        this.#read(() =>
          pickPartitions(store.offsets(topic), { topic, partitions })
            // There is one leader without followers, and no election.
            .map((offsets) => ({ ...offsets, logEnd: offsets.end, leaderEpoch: 0 }))
        ),
    };
  }

  #read<T>(work: () => T): Promise<T> {
    return this.#call(() => this.#store.snapshot(work));
  }

  #write<T>(work: () => T): Promise<T> {
    return this.#call(() => {
      if (this.#readOnly) {
        throw new LogError("unauthorized", `The embedded log is open for reading only: ${this.#file}`);
      }
      return work();
    });
  }

  /** SQLite works synchronously and blocks the loop, so each call first gives the loop a turn. */
  async #call<T>(work: () => T): Promise<T> {
    this.#checkOpen();
    await setImmediate();
    this.#checkOpen();
    try {
      return work();
    } catch (error) {
      throw logErrorOf(error, this.#file);
    }
  }

  #checkOpen(): void {
    if (this.#closing.signal.aborted) throw new LogError("closed", "The log is closed");
  }

  #placeOf(topic: string, partition: number, from: bigint): Place {
    const base = this.#store.baseOf(topic, partition);
    const end = this.#store.endOf(base);
    if (from < 0n || from > BigInt(end)) {
      throw new LogError("offset_out_of_range", `Offset ${from} of ${topic}/${partition} is outside 0 to ${end}`);
    }
    return { topic, base, id: this.#store.requireTopic(topic).id };
  }

  /** The records that exist in a range; may be none. */
  #chunkOf({ topic, id, base }: Place, { from, to }: { readonly from: number; readonly to: number }): StoredRecord[] {
    // A deleted topic never gets another record: the read would wait for ever.
    if (this.#store.requireTopic(topic).id !== id) {
      throw new LogError("unknown_topic", `Topic "${topic}" was deleted and made again while it was read`);
    }
    const end = this.#store.endOf(base);
    return from < end ? this.#store.chunk(base, { from, to: Math.min(to, end) }) : [];
  }
}

/** A partition of one incarnation of a topic. */
interface Place {
  readonly topic: string;
  readonly id: string;
  /** Row id of its offset 0. */
  readonly base: number;
}
