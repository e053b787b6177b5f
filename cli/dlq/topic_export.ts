/**
 * An export of dead letters to a topic: writes each letter once, and resumes after the last letter of the previous
 * export.
 *
 * A mark in state.sqlite holds its place: on disk before the first send, and moved past letters that are in the topic.
 * The client comes from the session that the producers of records use. It reads what lies past the known offsets before
 * it sends again: after an unknown outcome, and at the start of every run, because the run before may have been killed.
 * Unlike those producers, an export gives up after a while: a person waits for it.
 *
 * @module
 */
import { type Clock, systemClock } from "../../kernel/clock.ts";
import { retryDelayMs, type RetryPolicy } from "../../kernel/backoff.ts";
import { needsHelp } from "../../actors/needs_help.ts";
import { openSession } from "../../actors/producers/topic_session.ts";
import { DeadLetterStore, type StoredDeadLetter } from "../../state/dead_letters.ts";
import { batchBytes, recordBytes } from "../../transport/batch_size.ts";
import { LogError, type LogProducer, type LogRecord } from "../../transport/log.ts";
import { type Partitioner, partitionFor } from "../../transport/partitioner.ts";
import { type ExportPlace, type ExportPlaceOptions, openPlace, type RestartReason } from "./export_place.ts";
import { exportedIdentity, letterRecord } from "./letter_record.ts";

/** Which letters to export, and to which topic. */
export interface TopicExportOptions extends ExportPlaceOptions {
  /** When aborted: the current sends settle, and the export ends. */
  readonly signal: AbortSignal;
  /** Which partition a key belongs to, if the topic has several. */
  readonly partitioner: Partitioner;
  /** @default 100 ms to 5 s */
  readonly retry?: RetryPolicy;
  /** How long a log must stand still before the export believes its end. @default 500 */
  readonly settleMs?: number;
  readonly clock?: Clock;
}

/** The result of an export, named as in `--json`. */
export interface TopicExport {
  readonly topic: string;
  /** Letters that were written and acknowledged. */
  readonly letters: number;
  /** Letters that were found in the topic: a killed export, or a send whose answer got lost, has written them. */
  readonly found_in_topic: number;
  /** The id of the last letter that is in the topic; 0 if there is none. */
  readonly last: number;
  /** False if it was stopped early. */
  readonly complete: boolean;
  readonly restarted: RestartReason | null;
}

/** Maximum number of letters in memory: each may have a megabyte. */
const PAGE = 100;
/** Maximum number of consecutive attempts without a letter written; with the waits above about half a minute. */
const MOST_ATTEMPTS = 10;
/**
 * Writes letters to a topic, and notes how far it has come. After an error, a later run resumes there.
 *
 * @throws {LogError} If the topic may not be created or cannot be written to.
 * @throws {StorageError}
 */
export async function exportToTopic(options: TopicExportOptions): Promise<TopicExport> {
  const { database, topic, filter } = options;
  // Creates no topic if there is no letter to write.
  if (new DeadLetterStore(database).count(filter) === 0) {
    return { topic, letters: 0, found_in_topic: 0, last: 0, complete: true, restarted: null };
  }
  return await new TopicExporter(options, await openPlace(options)).run();
}

/** A letter that is being sent. */
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
  /** By identity, letters past the place that are in the topic already. */
  readonly #found = new Set<string>();
  #client: LogProducer | null = null;
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
      while (!signal.aborted) {
        const page = this.#letters.list({ ...filter, after: place.last, limit: PAGE });
        const last = page.at(-1);
        if (last === undefined) break;
        await this.#write(page);
        // Runs even after a stop: the fate of what was written must be known.
        place.moveTo(last.id);
      }
    } finally {
      this.#retireClient();
      await place.ledger.closing;
    }
    const { last, restarted } = place;
    const complete = this.#letters.list({ ...filter, after: last, limit: 1 }).length === 0;
    return { topic, letters: this.#written, found_in_topic: this.#foundInTopic, last, complete, restarted };
  }

  /**
   * Resolves when every letter of a page is in the topic. One send at a time, so each partition has at most one
   * unsettled send.
   */
  async #write(page: readonly StoredDeadLetter[]): Promise<void> {
    let client = this.#client ?? await this.#open();
    let pending = this.#pendingOf(page);
    let limit = this.place.maxBytes;
    for (;;) {
      pending = pending.filter(({ identity }) => !this.#isFound(identity));
      const batch = nextBatch(pending, limit);
      const [first] = batch;
      if (first === undefined) return;
      const refusal = await this.#send(client, batch);
      if (refusal === null) {
        pending = pending.filter((letter) => !batch.includes(letter));
        continue;
      }
      if (refusal.code === "message_too_large") {
        if (batch.length === 1) throw tooLarge(first.id, refusal);
        limit = Math.ceil(batchBytes(batch.map(({ record }) => record)) / 2);
      } else this.#countFailure(refusal);
      this.#retireClient();
      await this.#wait();
      client = await this.#open();
    }
  }

  #pendingOf(page: readonly StoredDeadLetter[]): readonly Pending[] {
    const { exportId, ledger: { partitions } } = this.place;
    const timestamp = this.#clock.now();
    return page.map((letter) => {
      const record = letterRecord(letter, { exportId, timestamp });
      const partition = partitionFor(record.key ?? new Uint8Array(), partitions, this.#options.partitioner);
      return { id: letter.id, identity: exportedIdentity(record, exportId) ?? "", partition, record };
    });
  }

  /** Sends letters of one partition. @returns the log's error; null if the letters are stored. */
  async #send(client: LogProducer, batch: readonly Pending[]): Promise<LogError | null> {
    const { ledger } = this.place;
    const partition = batch[0]?.partition ?? 0;
    // The export's id tells these records from all others, so the ledger needs none of them.
    ledger.sendStarted(partition, () => []);
    const outcome = await client.send(this.#options.topic, partition, batch.map(({ record }) => record));
    if (outcome.type !== "stored") return outcome.error;
    ledger.settled(partition, outcome.baseOffset + BigInt(batch.length));
    this.#written += batch.length;
    this.#attempt = 0;
    return null;
  }

  /** Opens a client and finds what earlier clients may have written. Nothing is sent before that. */
  async #open(): Promise<LogProducer> {
    const { log, settleMs = 500, observe = () => {} } = this.#options;
    const { exportId, ledger, policy } = this.place;
    for (;;) {
      try {
        const { client, partitions, found } = await openSession({
          topic: policy,
          log,
          ledger,
          pick: (_, record) => exportedIdentity(record, exportId),
          observe,
          clock: this.#clock,
          settleMs,
          // Finishes what was begun, even if a stop was requested meanwhile.
          signal: new AbortController().signal,
        });
        for (const { partition, records, end } of found) {
          for (const identity of records) this.#found.add(identity);
          ledger.settled(partition, end);
        }
        ledger.partitions = partitions;
        return this.#client = client;
      } catch (error) {
        if (!(error instanceof LogError)) throw error;
        this.#countFailure(error);
        await this.#wait();
      }
    }
  }

  #countFailure(error: LogError): void {
    this.#attempt += 1;
    if (this.#options.signal.aborted || needsHelp(error.code) || this.#attempt >= MOST_ATTEMPTS) throw error;
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

  /** Nothing is read or sent before the client is closed. A client whose close fails has ended all the same. */
  #retireClient(): void {
    const finished = this.#client;
    this.#client = null;
    if (finished !== null) this.place.ledger.closing = finished.close().catch(() => {});
  }
}

/** The first letters of one partition that fit into a batch; at least one if there is one. */
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
