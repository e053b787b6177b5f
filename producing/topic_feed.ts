/**
 * The way of one topic's records from the embedded producer into the actor tree, and of their receipts back.
 *
 * @module
 */
import type { RowAcknowledged } from "../actors/delivery_window.ts";
import { RecordRefusedError } from "./errors.ts";
import type { ProduceReceipt, WrittenCopy } from "./receipt.ts";
import type { SourceOptions } from "../runtime.ts";
import { PushSource, type PushSourceOptions } from "../sources/push_source.ts";

/** Options of a feed. */
export interface TopicFeedOptions extends PushSourceOptions {
  /** Called for each copy that is in the log. */
  readonly onWritten: (copy: WrittenCopy) => void;
}

/** A push source, with what the runtime has to call as its rows settle. */
export class TopicFeed {
  readonly source: PushSource<ProduceReceipt>;
  readonly sourceOptions: SourceOptions;
  readonly #onWritten: (copy: WrittenCopy) => void;
  /** Copies of rows that some target does not have yet, by row number. */
  readonly #copies = new Map<number, WrittenCopy[]>();

  constructor({ onWritten, ...options }: TopicFeedOptions) {
    this.#onWritten = onWritten;
    this.source = new PushSource(options);
    this.sourceOptions = {
      // Each record has a caller who hears of it, so that no number of them is too many.
      tooManyDeadLetters: () => null,
      onReceipt: (acknowledged) => this.#acknowledged(acknowledged),
      onRefused: (batch, refusals) => {
        for (const { index, rule, reason } of refusals) this.#refused(batch.rows[index]?.row ?? 0, { rule, reason });
      },
    };
  }

  /** A row settles when every version that it was admitted for has its receipt. */
  #acknowledged({ batch, index, target, targets, receipt }: RowAcknowledged): void {
    const row = batch.rows[index];
    if (row === undefined || !row.ok) return;
    const { messageId } = row;
    const copy: WrittenCopy = { ...receipt, schemaVersion: target.version, messageId };
    const copies = [...this.#copies.get(row.row) ?? [], copy];
    this.#copies.set(row.row, copies);
    this.#onWritten(copy);
    if (copies.length < targets) return;
    this.#copies.delete(row.row);
    const shown = copies.find(({ schemaVersion }) => schemaVersion === "v2") ?? copy;
    this.source.settle(row.row, { ...shown, copies });
  }

  #refused(row: number, { rule, reason }: { readonly rule: string; readonly reason: string }): void {
    const written = this.#copies.get(row);
    this.#copies.delete(row);
    this.source.refuse(row, new RecordRefusedError(rule, reason, written));
  }
}
