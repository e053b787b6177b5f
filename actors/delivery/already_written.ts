/**
 * Rows that are in the topics although no checkpoint says so: sent by a run that was killed, or, where a load writes
 * only what is absent, by any run.
 *
 * @module
 */
import type { RecordKind, RecordV2, SchemaVersion, Unscaled } from "../../schemas/record_types.ts";
import { type RowBatch, rowCount, type SupersededRow } from "../../sources/source.ts";
import { keyOf } from "../encoding/encode_rows.ts";
import type { Target } from "../messages.ts";

/** A row that one topic has. */
export interface WrittenRow {
  /** True if it was there before the load began; false if the load that resumes here has written it. */
  readonly before: boolean;
  /** Where it is, if that is known. */
  readonly place: { readonly partition: number; readonly offset: bigint } | null;
}

/** A row that must be written although a topic has its id, because it has the id only with other content. */
export const ID_REUSED = "id_reused";

/** A row that is written under an id which a topic has with other content, to be shown as an example. */
export interface ReusedId {
  readonly messageId: string;
  readonly topic: string;
  readonly version: SchemaVersion;
  readonly kind: RecordKind;
  /** Id of the source. */
  readonly source: string;
  readonly row: number;
  readonly record: Unscaled<RecordV2>;
  /** A record that has the id; null if this load is about to write it for another file. */
  readonly place: { readonly partition: number; readonly offset: bigint } | null;
}

/** A row that is about to be sent. */
export interface SoughtRow {
  /** Its number in the source. */
  readonly row: number;
  /** Null for a row that is no record. */
  readonly messageId: string | null;
  readonly key: string;
  /** Made when it is asked for; null for a row that is no record. */
  readonly record: () => Unscaled<RecordV2> | null;
  /** Records that were made of the row when it had no line end yet; they are not what it is now. @default none */
  readonly parts?: readonly RowPart[] | undefined;
}

/** A record of a part of a row. */
export interface RowPart {
  readonly messageId: string;
  readonly key: string;
}

/** What a source asks before it sends rows. */
export interface AlreadyWritten {
  /** Rows after this one were not sent. */
  readonly lastRow: number;
  /** The first row that was {@link ID_REUSED}. */
  readonly firstReused: ReusedId | null;
  /** The last row that this load is known to have sent; 0 if none is. */
  readonly furthestRow: number;
  /**
   * The row's record in a topic, of equal content; null or {@link ID_REUSED} if it is to be written. Ask once for each
   * row and target: a record stands for one row only.
   *
   * @throws {RowConflictError}
   * @throws {UnknownOrderError}
   * @throws {MovedRowError}
   */
  take(target: Pick<Target, "topic" | "version">, row: SoughtRow): WrittenRow | typeof ID_REUSED | null;
}

/**
 * A topic has another record under the number of a row than the row itself: the file no longer holds what was loaded.
 * To write the row would give two records one number, to leave it out would lose it.
 */
export class RowConflictError extends Error {
  override readonly name = "RowConflictError";
  constructor(topic: string, { row, messageId }: Pick<SoughtRow, "row" | "messageId">, found: string) {
    const now = messageId === null ? "no record" : messageId === found ? "other content" : messageId;
    super(
      `Topic ${topic} has row ${row} of this load as message ${found}, and the file has ${now} there now: it is not the file that was loaded. ` +
        "Nothing more of it is written. Load it with --only-missing, or all of it once more with --restart.",
    );
  }
}

/** Topics have rows of a load after the end of its file: what was cut off may stand in another file, whose rows are its own. */
export class RowsPastEndError extends Error {
  override readonly name = "RowsPastEndError";
  constructor(found: number, last: number) {
    super(
      `The topics have row ${found} of this load, and the file ends with row ${last}: it was cut or split after a load that ` +
        "was killed. --only-missing loads it as it is now, and the files that have the rest.",
    );
  }
}

/** A topic has the content of a row as often as the files of the run, and no record that is known to be the row's. */
export class MovedRowError extends Error {
  override readonly name = "MovedRowError";
  constructor({ topic, source: { row } }: { readonly topic: string; readonly source: Pick<SoughtRow, "row"> }) {
    super(
      `Topic ${topic} has a record like row ${row} that is no other row of these files any more: the row was moved here since it ` +
        "was loaded, or is another one like it. Nothing more of this file is written. --only-missing --moved take says that such rows " +
        "were moved, and leaves them out; --only-missing --moved write writes them.",
    );
  }
}

/** Where the latest record of a key stands. */
export interface LatestPlace {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  /** The row has a record, before that one. @default false */
  readonly isThere?: boolean;
}

/**
 * A topic that keeps only the latest record of a key has one that may or may not be newer than a row of
 * the load. Written, the row would take that one's place; left out, it might be absent.
 */
export class UnknownOrderError extends Error {
  override readonly name = "UnknownOrderError";
  constructor(
    { row, key }: Pick<SoughtRow, "row" | "key">,
    { topic, partition, offset, isThere = false }: LatestPlace,
  ) {
    const latest =
      `a record of its key "${key}" (partition ${partition}, offset ${offset}) that is of no file of this run`;
    super(
      (isThere
        ? `Topic ${topic} is compacted, and has after row ${row} of this load ${latest}`
        : `Topic ${topic} is compacted, and has no record of row ${row} of this load, but ${latest}`) +
        ": which of the two is the newer one is not known. Nothing more of it is written. Load all files that have these keys in " +
        "one command, in their order, with --only-missing; --restart writes all of this one again, over what is there.",
    );
  }
}

/** The rows of a batch whose first row has this number. */
export function* soughtRows(batch: RowBatch, firstRow: number): Iterable<SoughtRow> {
  const { events, kind } = batch;
  const parts = new Map(batch.supersedes?.map((superseded) => [superseded.row, partsOf(superseded, kind)]));
  for (let index = 0, count = rowCount(batch); index < count; index++) {
    const row = firstRow + index;
    const about = { row, parts: parts.get(row) };
    const record = () => {
      const one = batch.rows[index];
      return one?.ok === true ? one.record : null;
    };
    if (events !== undefined) {
      const shared = events.shared[index] ?? null;
      yield shared === null
        ? { ...about, messageId: null, key: "", record }
        : { ...about, messageId: events.messageId(index), key: shared.record.symbol, record };
    } else {
      const one = batch.rows[index];
      yield one?.ok === true
        ? { ...about, messageId: one.messageId, key: keyOf(kind, one.record), record }
        : { ...about, messageId: null, key: "", record };
    }
  }
}

function partsOf({ parts }: SupersededRow, kind: RecordKind): RowPart[] {
  return parts.map(({ messageId, record }) => ({ messageId, key: keyOf(kind, record) }));
}
