/**
 * An export of dead letters to a topic: each letter once, after the last one of the export before.
 *
 * Where it stands is a checkpoint in state.sqlite: on disk before the first send, and moved over letters that are
 * acknowledged. What lies past its offsets is read before anything is sent again: after an outcome that is not known, and
 * at the start of every run, since the one before may have been killed.
 *
 * @module
 */
import { type Clock, systemClock } from "../../actors/kernel/clock.ts";
import { collectPast } from "../../actors/resolve_by_reading.ts";
import { retryDelayMs, type RetryPolicy } from "../../actors/retry_delay.ts";
import { NO_OPEN_INSTANT } from "../../records/open_instant.ts";
import type { Checkpoint, CheckpointKey } from "../../state/checkpoint.ts";
import { CheckpointError, CheckpointStore } from "../../state/checkpoints.ts";
import type { StateDatabase } from "../../state/database.ts";
import { type DeadLetterFilter, DeadLetterStore, type StoredDeadLetter } from "../../state/dead_letters.ts";
import { batchBytes, DEFAULT_MAX_MESSAGE_BYTES, recordBytes } from "../../transport/batch_size.ts";
import { type Log, LogError, type LogErrorCode, type LogProducer, type LogRecord } from "../../transport/log.ts";
import { partitionFor } from "../../transport/partitioner.ts";
import { exportedId, letterRecord } from "./letter_record.ts";

/** What is exported, and where to. */
export interface TopicExportOptions {
  readonly database: StateDatabase;
  readonly log: Log;
  readonly topic: string;
  /** How the topic is made if it is not there. */
  readonly create: { readonly allowed: boolean; readonly replicationFactor?: number | undefined };
  /** Each filter has a place of its own in each topic. */
  readonly filter: Pick<DeadLetterFilter, "rule" | "sourcePart" | "dataType">;
  /** Aborted: what is being sent settles, and the export ends. */
  readonly signal: AbortSignal;
  readonly clock?: Clock;
  /** @default 100 ms to 5 s */
  readonly retry?: RetryPolicy;
  /** How long an end must stand still before it is believed. @default 500 */
  readonly settleMs?: number;
}

/** What an export has done; the names are those of `--json`. */
export interface TopicExport {
  readonly topic: string;
  /** Letters that were written and acknowledged. */
  readonly letters: number;
  /** Letters that were found there: an export that was killed, or a send whose answer got lost, has written them. */
  readonly found_in_topic: number;
  /** The id of the last letter that is in the topic; 0 if there is none. */
  readonly last: number;
  /** False if it was stopped before its end. */
  readonly complete: boolean;
  /** Why it begins with the first letter although there was an export before; null otherwise. */
  readonly restarted: "topic_changed" | "damaged" | null;
}

/** Letters in memory at once: each may have a megabyte. */
const PAGE = 100;
/** More than the longest row, with its headers. */
const TOPIC_MAX_MESSAGE_BYTES = 2 * 1024 * 1024;
/** Attempts in a row without a letter written; with the waits above some half a minute. */
const MOST_ATTEMPTS = 10;
/** Codes that no waiting mends. */
const NEEDS_HELP: ReadonlySet<LogErrorCode> = new Set<LogErrorCode>(["unauthorized", "invalid_request"]);

/**
 * Writes letters to a topic, and notes how far it has come.
 *
 * @throws {LogError} If the topic may not be made or cannot be written to. A later run goes on from there.
 * @throws {StateFileError}
 */
export async function exportToTopic(options: TopicExportOptions): Promise<TopicExport> {
  const { database, topic, filter } = options;
  // Nothing is made for nothing.
  if (new DeadLetterStore(database).count(filter) === 0) {
    return { topic, letters: 0, found_in_topic: 0, last: 0, complete: true, restarted: null };
  }
  return await new TopicExporter(options).run();
}

/** A letter on its way. */
interface Pending {
  readonly id: number;
  readonly partition: number;
  readonly record: LogRecord;
}

class TopicExporter {
  readonly #options: TopicExportOptions;
  readonly #clock: Clock;
  readonly #letters: DeadLetterStore;
  readonly #checkpoints: CheckpointStore;
  /** Letters past the checkpoint that are in the topic. */
  readonly #found = new Set<number>();
  #producer: LogProducer | null = null;
  #exportId = "";
  /** For each partition, one past the last record of this export that is known to be there. */
  #next: bigint[] = [];
  #maxBytes = DEFAULT_MAX_MESSAGE_BYTES;
  #attempt = 0;
  #written = 0;
  #foundInTopic = 0;

  constructor(options: TopicExportOptions) {
    const { database } = options;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#letters = new DeadLetterStore(database);
    this.#checkpoints = new CheckpointStore(database, { clock: this.#clock });
  }

  async run(): Promise<TopicExport> {
    const { topic, filter, signal } = this.#options;
    const { checkpoint: begun, restarted, isNew } = await this.#begin();
    let checkpoint = begun;
    try {
      // The run before may have been killed after a send that it did not note.
      let isRead = isNew;
      while (!signal.aborted) {
        const page = this.#letters.list({ ...filter, after: checkpoint.position.row, limit: PAGE });
        const last = page.at(-1);
        if (last === undefined) break;
        if (!isRead) await this.#readAhead();
        isRead = true;
        await this.#write(page);
        // Also if the end was asked for meanwhile: what is written must be known.
        checkpoint = this.#checkpoints.save(this.#moved(checkpoint, { last: last.id, letters: page.length }));
      }
    } finally {
      await this.#retireProducer();
    }
    const last = checkpoint.position.row;
    const complete = this.#letters.list({ ...filter, after: last, limit: 1 }).length === 0;
    return { topic, letters: this.#written, found_in_topic: this.#foundInTopic, last, complete, restarted };
  }

  /** The place to go on from, on disk before the first send. */
  async #begin(): Promise<{ checkpoint: Checkpoint; restarted: TopicExport["restarted"]; isNew: boolean }> {
    const { log, topic } = this.#options;
    const { id, config } = await this.#openTopic();
    const clusterId = await log.admin.clusterId();
    this.#maxBytes = Number(config["max.message.bytes"] ?? DEFAULT_MAX_MESSAGE_BYTES);
    const ends = (await log.admin.offsets(topic)).map(({ end }) => end);
    const key = this.#keyOf(clusterId);
    const { stored, damaged } = this.#stored(key);
    const [known] = stored?.topics ?? [];
    const exportId = stored?.flags.export;
    const isSame = known !== undefined && (known.id === null || id === null || known.id === id) &&
      known.next.every((offset, partition) => offset <= (ends[partition] ?? -1n));
    if (stored !== null && isSame && typeof exportId === "string") {
      this.#exportId = exportId;
      // Partitions that have been added since are read from their start.
      this.#next = ends.map((_, partition) => known.next[partition] ?? 0n);
      return { checkpoint: stored, restarted: null, isNew: false };
    }
    this.#exportId = crypto.randomUUID();
    this.#next = ends;
    const checkpoint = this.#checkpoints.begin({
      ...key,
      file: null,
      flags: { export: this.#exportId },
      position: { row: 0, line: 0, offset: 0, openInstant: NO_OPEN_INSTANT },
      counts: { read: 0, acked: 0, dead_lettered: 0, duplicates_skipped: 0, versions: {} },
      finished: null,
      clusterId,
      topics: [{ name: topic, version: "v2", id, next: ends }],
    }, { replace: true });
    return { checkpoint, restarted: damaged ? "damaged" : stored === null ? null : "topic_changed", isNew: true };
  }

  /** No source has such an id. A version has to be named; it means nothing here. */
  #keyOf(clusterId: string): CheckpointKey & { readonly versions: "v2" } {
    const { topic, filter: { rule = null, sourcePart = null, dataType = null } } = this.#options;
    return { source: `export:${JSON.stringify([clusterId, topic, rule, sourcePart, dataType])}`, versions: "v2" };
  }

  #stored(key: CheckpointKey): { readonly stored: Checkpoint | null; readonly damaged: boolean } {
    try {
      return { stored: this.#checkpoints.load(key), damaged: false };
    } catch (error) {
      if (error instanceof CheckpointError && error.code === "damaged") return { stored: null, damaged: true };
      throw error;
    }
  }

  async #openTopic() {
    const { log, topic, create: { allowed, replicationFactor } } = this.#options;
    const known = await log.admin.describeTopic(topic);
    if (known !== null) return known;
    if (!allowed) {
      throw new LogError(
        "invalid_request",
        `Topic "${topic}" does not exist and topics.create is false: create it, or allow its creation`,
      );
    }
    try {
      // One partition keeps the letters in the order of their ids.
      await log.admin.createTopic({
        name: topic,
        partitions: 1,
        ...(replicationFactor === undefined ? {} : { replicationFactor }),
        config: { "compression.type": "producer", "max.message.bytes": String(TOPIC_MAX_MESSAGE_BYTES) },
      });
    } catch (error) {
      if (!(error instanceof LogError && error.code === "topic_exists")) throw error;
    }
    const made = await log.admin.describeTopic(topic);
    if (made === null) throw new LogError("leader_changed", `Topic "${topic}" is not visible yet`);
    return made;
  }

  /** The checkpoint past a page. The ids of letters that are gone, or are not asked for, count as passed over. */
  #moved(checkpoint: Checkpoint, { last, letters }: { readonly last: number; readonly letters: number }): Checkpoint {
    const acked = checkpoint.counts.acked + letters;
    return {
      ...checkpoint,
      position: { ...checkpoint.position, row: last },
      counts: { ...checkpoint.counts, read: last, acked, duplicates_skipped: last - acked },
      topics: checkpoint.topics.map((topic) => ({ ...topic, next: this.#next })),
    };
  }

  /** Returns when every letter of a page is in the topic. One send at a time, so one unsettled for each partition. */
  async #write(page: readonly StoredDeadLetter[]): Promise<void> {
    const timestamp = this.#clock.now();
    let pending = page.map((letter): Pending => {
      const record = letterRecord(letter, { exportId: this.#exportId, timestamp });
      return { id: letter.id, partition: partitionFor(record.key ?? new Uint8Array(), this.#next.length), record };
    });
    let limit = this.#maxBytes;
    for (;;) {
      pending = pending.filter(({ id }) => !this.#isFound(id));
      const batch = nextBatch(pending, limit);
      const [first] = batch;
      if (first === undefined) return;
      const refusal = await this.#send(first.partition, batch);
      if (refusal === null) {
        pending = pending.filter((letter) => !batch.includes(letter));
        continue;
      }
      if (refusal.code === "message_too_large") {
        if (batch.length === 1) throw tooLarge(first.id, refusal);
        limit = Math.ceil(batchBytes(batch.map(({ record }) => record)) / 2);
      } else if (
        this.#options.signal.aborted || NEEDS_HELP.has(refusal.code) || (this.#attempt += 1) >= MOST_ATTEMPTS
      ) {
        throw refusal;
      }
      // Of letters that are there nobody knows yet which: they are read before anything is sent again.
      await this.#resolve();
    }
  }

  /** The log's error; null if the batch is stored. */
  async #send(partition: number, batch: readonly Pending[]): Promise<LogError | null> {
    const { log, topic } = this.#options;
    try {
      this.#producer ??= await log.createProducer();
    } catch (error) {
      if (error instanceof LogError) return error;
      throw error;
    }
    const outcome = await this.#producer.send(topic, partition, batch.map(({ record }) => record));
    if (outcome.type !== "stored") return outcome.error;
    this.#next[partition] = outcome.baseOffset + BigInt(batch.length);
    this.#written += batch.length;
    this.#attempt = 0;
    return null;
  }

  /** The client is closed, and read is what it may have written. Until that is done nothing is sent. */
  async #resolve(): Promise<void> {
    for (;;) {
      await this.#retireProducer();
      await this.#wait();
      try {
        return await this.#readAhead();
      } catch (error) {
        if (!(error instanceof LogError) || NEEDS_HELP.has(error.code)) throw error;
        this.#attempt += 1;
        if (this.#attempt >= MOST_ATTEMPTS || this.#options.signal.aborted) throw error;
      }
    }
  }

  /** Notes which letters are in the topic past what is known. */
  async #readAhead(): Promise<void> {
    const { log, topic, settleMs = 500 } = this.#options;
    // What was begun is brought to its end, also if the end was asked for meanwhile.
    const signal = new AbortController().signal;
    for (const [partition, from] of this.#next.entries()) {
      const options = { log, topic, partition, from, clock: this.#clock, settleMs, signal };
      const { records, end } = await collectPast(options, (record) => exportedId(record, this.#exportId));
      for (const id of records) this.#found.add(id);
      if (end > from) this.#next[partition] = end;
    }
  }

  #isFound(id: number): boolean {
    if (!this.#found.delete(id)) return false;
    this.#foundInTopic += 1;
    return true;
  }

  async #wait(): Promise<void> {
    const { retry = { minMs: 100, maxMs: 5_000 } } = this.#options;
    await this.#clock.sleep(retryDelayMs(retry, { attempt: this.#attempt, random: Math.random }));
  }

  async #retireProducer(): Promise<void> {
    const finished = this.#producer;
    this.#producer = null;
    // One that does not close in order has ended all the same.
    await finished?.close().catch(() => {});
  }
}

/** The first letters of one partition that fit in a batch; at least one if there is one. */
function nextBatch(pending: readonly Pending[], limit: number): readonly Pending[] {
  const [first] = pending;
  const batch: Pending[] = [];
  let bytes = batchBytes([]);
  for (const letter of pending) {
    if (letter.partition !== first?.partition) continue;
    bytes += recordBytes(letter.record);
    if (batch.length > 0 && bytes > limit) break;
    batch.push(letter);
  }
  return batch;
}

function tooLarge(id: number, cause: LogError): LogError {
  const message = `Dead letter ${id} is too large for the topic, and the export ends before it: ${cause.message}`;
  return new LogError("message_too_large", message, { cause });
}
