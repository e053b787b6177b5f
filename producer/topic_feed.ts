/**
 * The way of records from the embedded producer into the actor tree, and of their receipts back: one feed for each topic,
 * or for several that records share, and for one setting of the version flag.
 *
 * @module
 */
import type { RowAcknowledged } from "../actors/delivery/pending_batch.ts";
import type { VersionFlag } from "../config/version_flag.ts";
import type { SourceOptions } from "../runtime.ts";
import type { RecordV2, Unscaled } from "../schemas/record_types.ts";
import { PushSource, type PushSourceOptions, type RowCall } from "../sources/push_source.ts";
import type { Dataset } from "../sources/source.ts";
import { OutcomeUnknownError, RecordRefusedError } from "./errors.ts";
import type { ProduceReceipt, WrittenCopy } from "./receipt.ts";

/** Options of a feed. */
export interface TopicFeedOptions extends Pick<PushSourceOptions, "id" | "capacity" | "after"> {
  /** Of its first record. */
  readonly dataset: Dataset;
  readonly topics: ReadonlySet<string>;
  readonly flag: VersionFlag;
  /** Called for each copy that is in the log. */
  readonly onWritten: (copy: WrittenCopy) => void;
}

/** A push source, with the callbacks that the runtime calls as its rows settle. */
export class TopicFeed {
  readonly source: PushSource<ProduceReceipt>;
  readonly sourceOptions: SourceOptions;
  readonly topics: ReadonlySet<string>;
  readonly flag: VersionFlag;
  readonly #dataset: Dataset;
  readonly #onWritten: (copy: WrittenCopy) => void;
  /** Copies of rows that some target does not have yet, by row number. */
  readonly #copies = new Map<number, WrittenCopy[]>();
  readonly #ended = Promise.withResolvers<void>();

  constructor({ dataset, topics, flag, onWritten, ...options }: TopicFeedOptions) {
    this.#dataset = dataset;
    this.topics = topics;
    this.flag = flag;
    this.#onWritten = onWritten;
    this.source = new PushSource({ ...options, ...dataset });
    this.sourceOptions = {
      flag,
      // Each record has a caller that gets the refusal, so that no number of them is too many.
      tooManyDeadLetters: () => null,
      // Records that are handed over from now on must not share the fate of what made the source stop.
      onStopping: () => this.source.close(),
      onReceipt: (acknowledged) => this.#acknowledged(acknowledged),
      onRefused: (batch, refusals) => {
        for (const { index, rule, reason } of refusals) this.#refused(batch.rows[index]?.row ?? 0, { rule, reason });
      },
    };
  }

  /** True while it takes records that are handed over under this flag. */
  takes(flag: VersionFlag): boolean {
    return flag === this.flag && this.source.takesRows;
  }

  /** Hands a record over. */
  push(record: Unscaled<RecordV2>, dataset: Dataset, call: RowCall<ProduceReceipt>): void {
    this.source.push(record, { dataset: dataset === this.#dataset ? undefined : dataset, call });
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
    const row = batch.rows[index];
    if (row === undefined || !row.ok) return;
    const { messageId } = row;
    const copy: WrittenCopy = { ...receipt, schemaVersion: target.version, messageId };
    this.#onWritten(copy);
    const copies = [...this.#copies.get(row.row) ?? [], copy];
    if (copies.length < targets) return void this.#copies.set(row.row, copies);
    if (targets > 1) this.#copies.delete(row.row);
    const shown = copies.find(({ schemaVersion }) => schemaVersion === "v2") ?? copy;
    this.source.settle(row.row, { ...shown, copies });
  }

  #refused(row: number, { rule, reason }: { readonly rule: string; readonly reason: string }): void {
    const written = this.#copies.get(row);
    this.#copies.delete(row);
    this.source.refuse(row, new RecordRefusedError(rule, reason, written));
  }
}
