/**
 * The way of records from the embedded producer into the actor tree, and of their receipts back: one feed for each topic,
 * or for several that records share, and for one setting of the version flag.
 *
 * @module
 */
import type { RowAcknowledged } from "../actors/delivery/pending_batch.ts";
import type { VersionFlag } from "../config/version_flag.ts";
import type { SourceOptions } from "../runtime.ts";
import { OutcomeUnknownError, RecordRefusedError } from "./errors.ts";
import type { WrittenCopy } from "./receipt.ts";
import { RecordSource, type RecordSourceOptions } from "./record_source.ts";

/** Options of a feed. */
export interface TopicFeedOptions extends RecordSourceOptions {
  readonly topics: ReadonlySet<string>;
  readonly flag: VersionFlag;
  /** Called for each copy that is in the log. */
  readonly onWritten: (copy: WrittenCopy) => void;
}

/** A source of records, with the callbacks that the runtime calls as its rows settle. */
export class TopicFeed {
  readonly source: RecordSource;
  readonly sourceOptions: SourceOptions;
  readonly topics: ReadonlySet<string>;
  readonly flag: VersionFlag;
  readonly #onWritten: (copy: WrittenCopy) => void;
  /** Copies of rows that some target does not have yet, by row number. */
  readonly #copies = new Map<number, WrittenCopy[]>();
  readonly #ended = Promise.withResolvers<void>();

  constructor({ topics, flag, onWritten, ...options }: TopicFeedOptions) {
    this.topics = topics;
    this.flag = flag;
    this.#onWritten = onWritten;
    this.source = new RecordSource(options);
    this.sourceOptions = {
      flag,
      // Each record has a caller that gets the refusal, so that no number of them is too many.
      tooManyDeadLetters: () => null,
      // Records that are handed over from now on must not share the fate of what made the source stop.
      onStopping: () => this.source.close(),
      onReceipt: (acknowledged) => this.#acknowledged(acknowledged),
      onRefused: (batch, refusals) => {
        for (const { index, rule, reason } of refusals) {
          this.#refused(RecordSource.rowOf(batch, index), { rule, reason });
        }
      },
    };
  }

  /** True while it takes records that are handed over under this flag. */
  takes(flag: VersionFlag): boolean {
    return flag === this.flag && this.source.takesRows;
  }

  /** Resolves when every row has settled. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  /**
   * The runtime reads no more: what has not settled never will.
   *
   * @param rowsInDoubt numbers of the rows that may be in a topic
   */
  end(cause: unknown, rowsInDoubt: ReadonlySet<number>): void {
    this.source.fail(
      cause,
      (row) => rowsInDoubt.has(row) ? new OutcomeUnknownError(cause, this.#copies.get(row)) : cause,
    );
    this.#copies.clear();
    this.#ended.resolve();
  }

  /** A row settles when every version that it was admitted for has its receipt. */
  #acknowledged({ batch, index, target, targets, receipt }: RowAcknowledged): void {
    const row = RecordSource.rowOf(batch, index);
    const { topic, partition, offset } = receipt;
    const messageId = this.source.messageId(row), schemaVersion = target.version;
    const copy: WrittenCopy = { topic, partition, offset, schemaVersion, messageId };
    this.#onWritten(copy);
    if (targets === 1) return this.#settle(row, copy, [copy]);
    const copies = [...this.#copies.get(row) ?? [], copy];
    if (copies.length < targets) return void this.#copies.set(row, copies);
    this.#copies.delete(row);
    this.#settle(row, copies.find(({ schemaVersion }) => schemaVersion === "v2") ?? copy, copies);
  }

  #settle(row: number, shown: WrittenCopy, copies: readonly WrittenCopy[]): void {
    const { topic, partition, offset, schemaVersion, messageId } = shown;
    this.source.settle(row, { topic, partition, offset, schemaVersion, messageId, copies });
  }

  #refused(row: number, { rule, reason }: { readonly rule: string; readonly reason: string }): void {
    const written = this.#copies.get(row);
    this.#copies.delete(row);
    this.source.refuse(row, new RecordRefusedError(rule, reason, written));
  }
}
