/**
 * Rows that are in the topics although no checkpoint says so: sent by a run that was killed, or, where a load writes only
 * what is absent, by whichever run.
 *
 * @module
 */
import { type RowBatch, rowCount } from "../sources/source.ts";
import { keyOf } from "./encode_rows.ts";
import type { Target } from "./messages.ts";

/** A row that one topic has. */
export interface WrittenRow {
  /** True if it was there before the load began; else it belongs to the load that is gone on with. */
  readonly before: boolean;
  /** Where it is, if that is known. */
  readonly place: { readonly partition: number; readonly offset: bigint } | null;
}

/** A row that is about to be sent. */
export interface SoughtRow {
  /** Its number in the source. */
  readonly row: number;
  /** Null for a row that is no record. */
  readonly messageId: string | null;
  readonly key: string;
}

/** What a source asks before it sends rows. */
export interface WrittenRows {
  /** Rows after this one were not sent. */
  readonly lastRow: number;
  /**
   * The row's record in a topic, or null. To be asked once for each row and target: a record stands for one row only.
   *
   * @throws {RowConflictError}
   */
  take(target: Target, row: SoughtRow): WrittenRow | null;
}

/**
 * A topic has another record under the number of a row than the row itself: what was loaded is not what is in the file now.
 * To write the row would give two records one number, to leave it out would lose it.
 */
export class RowConflictError extends Error {
  override readonly name = "RowConflictError";
  constructor(topic: string, { row, messageId }: Pick<SoughtRow, "row" | "messageId">, found: string) {
    super(
      `Topic ${topic} has row ${row} of this load as message ${found}, and the file has ` +
        `${messageId === null ? "no record there" : `${messageId} there`} now: it is not the file that was loaded. ` +
        "Nothing more of it is written. Load it with --only-missing, or all of it once more with --restart.",
    );
  }
}

/** The rows of a batch whose first row has this number. */
export function* soughtRows(batch: RowBatch, firstRow: number): Iterable<SoughtRow> {
  const { events, kind } = batch;
  for (let index = 0, count = rowCount(batch); index < count; index++) {
    const row = firstRow + index;
    if (events !== undefined) {
      const shared = events.shared[index] ?? null;
      yield shared === null
        ? { row, messageId: null, key: "" }
        : { row, messageId: events.messageId(index), key: shared.record.symbol };
    } else {
      const one = batch.rows[index];
      yield one?.ok === true
        ? { row, messageId: one.messageId, key: keyOf(kind, one.record) }
        : { row, messageId: null, key: "" };
    }
  }
}
