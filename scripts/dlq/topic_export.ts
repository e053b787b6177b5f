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
import { retryDelayMs, type RetryPolicy } from "../../actors/kernel/backoff.ts";
import { DeadLetterStore, type StoredDeadLetter } from "../../state/dead_letters.ts";
import type { Observer } from "../../telemetry/events.ts";
import { batchBytes, recordBytes } from "../../transport/batch_size.ts";
import { LogError, type LogErrorCode, type LogProducer, type LogRecord } from "../../transport/log.ts";
import { type Partitioner, partitionFor } from "../../transport/partitioner.ts";
import { type ExportPlace, type ExportPlaceOptions, openPlace, type RestartReason } from "./export_place.ts";
import { exportedIdentity, letterRecord } from "./letter_record.ts";

/** What is exported, and where to. */
export interface TopicExportOptions extends ExportPlaceOptions {
  /** Aborted: what is being sent settles, and the export ends. */
  readonly signal: AbortSignal;
  /** Which partition a key belongs to, where the topic has several. */
  readonly partitioner: Partitioner;
  /** @default 100 ms to 5 s */
  readonly retry?: RetryPolicy;
  /** How long a log must stand still before its end is believed. @default 500 */
  readonly settleMs?: number;
  /** Is told of a long wait for followers. @default none */
  readonly observe?: Observer;
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
  readonly restarted: RestartReason | null;
}

/** Letters in memory at once: each may have a megabyte. */
const PAGE = 100;
/** Attempts in a row without a letter written; with the waits above some half a minute. */
const MOST_ATTEMPTS = 10;
/** Codes that no waiting mends. */
const NEEDS_HELP: ReadonlySet<LogErrorCode> = new Set<LogErrorCode>([
  "unauthenticated",
  "unauthorized",
  "invalid_request",
]);

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
  return await new TopicExporter(options, await openPlace(options)).run();
}

/** A letter on its way. */
interface Pending {
  readonly id: number;
  readonly identity: string;
  readonly partition: number;
  readonly record: LogRecord;
}

class TopicExporter {
  readonly #options: TopicExportOptions;
  readonly #clock: Clock;
  readonly #letters: DeadLetterStore;
  /** Letters past the place that are in the topic, by identity. */
  readonly #found = new Set<string>();
  #producer: LogProducer | null = null;
  #attempt = 0;
  #written = 0;
  #foundInTopic = 0;

  constructor(options: TopicExportOptions, readonly place: ExportPlace) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#letters = new DeadLetterStore(options.database);
  }

  async run(): Promise<TopicExport> {
    const { topic, filter, signal } = this.#options;
    const { place } = this;
    try {
      // The run before may have been killed after a send that it did not note.
      let isRead = place.isNew;
      while (!signal.aborted) {
        const page = this.#letters.list({ ...filter, after: place.last, limit: PAGE });
        const last = page.at(-1);
        if (last === undefined) break;
        if (!isRead) await this.#readAhead();
        isRead = true;
        await this.#write(page);
        // Also if the end was asked for meanwhile: what is written must be known.
        place.move({ last: last.id, letters: page.length });
      }
    } finally {
      await this.#retireProducer();
    }
    const { last, restarted } = place;
    const complete = this.#letters.list({ ...filter, after: last, limit: 1 }).length === 0;
    return { topic, letters: this.#written, found_in_topic: this.#foundInTopic, last, complete, restarted };
  }

  /** Returns when every letter of a page is in the topic. One send at a time, so one unsettled for each partition. */
  async #write(page: readonly StoredDeadLetter[]): Promise<void> {
    const { exportId, next, maxBytes } = this.place;
    const { partitioner } = this.#options;
    const timestamp = this.#clock.now();
    let pending = page.map((letter): Pending => {
      const record = letterRecord(letter, { exportId, timestamp });
      const partition = partitionFor(record.key ?? new Uint8Array(), next.length, partitioner);
      return { id: letter.id, identity: exportedIdentity(record, exportId) ?? "", partition, record };
    });
    let limit = maxBytes;
    for (;;) {
      pending = pending.filter(({ identity }) => !this.#isFound(identity));
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
    this.place.next[partition] = outcome.baseOffset + BigInt(batch.length);
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
    const { log, topic, settleMs = 500, observe = () => {} } = this.#options;
    // What was begun is brought to its end, also if the end was asked for meanwhile.
    const signal = new AbortController().signal;
    const { exportId, next } = this.place;
    const from = new Map(next.entries());
    const options = { log, topic, from, clock: this.#clock, settleMs, signal, observe };
    const collected = await collectPast(options, (_, record) => exportedIdentity(record, exportId));
    for (const { partition, records, end } of collected) {
      for (const identity of records) this.#found.add(identity);
      if (end > (next[partition] ?? 0n)) next[partition] = end;
    }
  }

  #isFound(identity: string): boolean {
    if (!this.#found.delete(identity)) return false;
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
