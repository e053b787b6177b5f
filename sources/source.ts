/**
 * The source port: rows with positions, in batches. Every adapter (files, later feeds and topics) gives rows through it,
 * and the actors know nothing else of where rows come from.
 *
 * @module
 */
import type { ContentMark } from "../records/content/content_chain.ts";
import type { EventColumns } from "../records/columns/event_columns.ts";
import type { FileStamp } from "../records/content/file_stamp.ts";
import type { FilePosition, HalfRow } from "../records/content/file_position.ts";
import type { RowRule } from "../records/row_rules.ts";
import type { AssetClass, RecordKind, RecordV2, Unscaled } from "../schemas/record_types.ts";

/** Where the next read starts. */
export interface SourcePosition {
  /** Rows read so far: good ones and bad ones. */
  readonly row: number;
  /** Plain JSON of the source's own: what it needs to read on there. Nothing else looks into it. */
  readonly at: unknown;
}

/** Where a row stands in its source. */
export interface RowPlace {
  /** The row's number, from 1. A header is no row. */
  readonly row: number;
  /** The line where the row starts, from 1. */
  readonly line: number;
  /** The row's first byte. */
  readonly offset: number;
  /** Bytes of the row without its line end. */
  readonly length: number;
}

/** A row that became a record. */
export interface GoodRow<R extends RecordV2 = RecordV2> extends RowPlace {
  /** Tells it from a {@link BadRow}. */
  readonly ok: true;
  /** The record in v2, with decimals as unscaled integers at 8 decimals. */
  readonly record: Unscaled<R>;
  /** Stable id: UUID version 8, or the source's own UUID. Two rows have the same one only if the source says so. */
  readonly messageId: string;
  /** Local date of the trade or quote, YYYY-MM-DD; the empty text for reference data, which has none. */
  readonly tradeDate: string;
  /**
   * Of a row that is replayed: the origin of the load that refused it, which its record names. @default none
   * @internal
   */
  readonly replayOf?: Uint8Array | undefined;
}

/** A row that cannot become a record. */
export interface BadRow extends RowPlace {
  /** Tells it from a {@link GoodRow}. */
  readonly ok: false;
  /** Code of the rule that the row breaks. */
  readonly rule: RowRule;
  /** One sentence that names field and value. */
  readonly reason: string;
  /** Only if the fields that make the id could be read. */
  readonly messageId?: string;
  /** Only if a setting of the source would have explained the value; {@link reason} names it. */
  readonly undeclared?: true;
  /**
   * Only of a row that is passed over, and says that the rows before it are all.
   * @internal
   */
  readonly proof?: string;
  /** Only of a csv row that is a header of other columns: their names. Rows after it may be other ones than they seem. */
  readonly columns?: readonly string[];
}

/** One row of a source. */
export type SourceRow<R extends RecordV2 = RecordV2> = GoodRow<R> | BadRow;

/** Records of one data type, of one exchange and asset class: what a topic's name is made of. */
export interface Dataset {
  /** What each row is a record of. */
  readonly kind: RecordKind;
  /** Upper case. */
  readonly exchange: string;
  /** Kind of the instruments. */
  readonly assetClass: AssetClass;
}

/** A row that was given out before without its line end. */
export interface SupersededRow {
  readonly row: number;
  /** What it was then, each time; times when it was no record are left out. */
  readonly parts: readonly GoodRow[];
}

/** Consecutive rows, in source order. */
export interface RowBatch {
  /** What each row is a record of. */
  readonly kind: RecordKind;
  /** What the rows are of, where a source has rows of several. @default the source's own */
  readonly dataset?: Dataset | undefined;
  /** Never empty. Of a batch with {@link events} they are made when they are asked for. */
  readonly rows: readonly SourceRow[];
  /**
   * The same rows in columns, if the source has them so: what needs no objects takes these.
   * @internal
   */
  readonly events?: EventColumns;
  /**
   * Of a batch with {@link events}, the rows that are no records, by index: {@link badRows} has those of any batch.
   * @internal
   */
  readonly bad?: ReadonlyMap<number, BadRow>;
  /** Where the batch begins. */
  readonly from: SourcePosition;
  /** Where the batch after it begins. */
  readonly next: SourcePosition;
  /** The header of the csv file that the rows are from, as it stands there. @default none */
  readonly header?: string | undefined;
  /**
   * Rows of it that were given out before without their line ends. @default none
   * @internal
   */
  readonly supersedes?: readonly SupersededRow[] | undefined;
  /**
   * Its last row, if it was taken without its line end: more of it may follow one day. @default none
   * @internal
   */
  readonly half?: HalfRow | undefined;
  /**
   * The original bytes of one of the rows, without its line end: a view, to be copied if it is to outlive the batch. Of a
   * row over the limit only the first {@link KEPT_BYTES}.
   */
  raw(row: SourceRow): Uint8Array;
}

/** How many rows a batch has, without making them. */
export function rowCount(batch: RowBatch): number {
  return batch.events?.size ?? batch.rows.length;
}

/** The rows of a batch that are no records, by index, without making the others. */
export function badRows(batch: RowBatch): ReadonlyMap<number, BadRow> {
  if (batch.bad !== undefined) return batch.bad;
  const bad = new Map<number, BadRow>();
  for (const [index, row] of batch.rows.entries()) if (!row.ok) bad.set(index, row);
  return bad;
}

/** Some rows of a batch, as objects: a batch of its own, with the place of the whole. */
export function rowsAlone(batch: RowBatch, from: number, to: number): RowBatch {
  const { kind, dataset, header, supersedes } = batch;
  return {
    kind,
    dataset,
    header,
    supersedes,
    from: batch.from,
    next: batch.next,
    rows: batch.rows.slice(from, to),
    raw: (row) => batch.raw(row),
  };
}

/** The local date of a row, without making it; empty text for a row that has none, or is bad. */
export function tradeDateOf(batch: RowBatch, index: number): string {
  if (batch.events !== undefined) return batch.events.shared[index]?.tradeDate ?? "";
  const row = batch.rows[index];
  return row?.ok === true ? row.tradeDate : "";
}

/** Reads a source from one position on. One call at a time. */
export interface RowReader {
  /**
   * Reads a maximum of `maxRows` rows, and at least one; null at the end. What cannot be read any further rejects, with
   * every call from then on, after the rows before it have been given out.
   */
  next(maxRows: number): Promise<RowBatch | null>;
  /** Releases what is open. Idempotent. */
  close(): Promise<void>;
  /**
   * The file, as it stood before the first byte of it was read; of a file only.
   * @internal
   */
  readonly stamp?: FileStamp;
  /**
   * What the end was like that {@link next} has met last; of a file only.
   * @internal
   */
  readonly end?: () => FileEnd;
  /**
   * Whether the end that was met is still the file's, and what was read still in it; of a file only.
   *
   * @param since The file before the first byte of it was read in this run.
   * @throws {SourceError} `rewritten`.
   * @internal
   */
  readonly confirmEnd?: (since: FileStamp) => Promise<ConfirmedEnd>;
}

/** The end of a file as a reader has met it. */
export interface FileEnd {
  /** How long its content was. */
  readonly bytes: number;
  readonly heldBack: HeldBack | null;
}

/** What a file ends with, and may be the half of a row that is being written. */
export interface HeldBack {
  /** Where it begins. */
  readonly line: number;
  /** How long it is. */
  readonly bytes: number;
  /** A quoted field of it does not end; else it has no line end. */
  readonly openQuote?: true | undefined;
}

/** The file at its end. */
export interface ConfirmedEnd {
  /** There is more after the end that was met. */
  readonly grown: boolean;
  /** All that was read is there, as long as the file has this stamp. */
  readonly stamp: FileStamp;
}

/** What a checkpoint of a file is compared with. */
export interface SourceFile {
  readonly path: string;
  /** Settings that change what the rows mean. */
  readonly flags: Readonly<Record<string, string | number | boolean | null>>;
  /** Whether a last line without its line end is taken for a row. */
  readonly takesLastLine: boolean;
  /** Whether it is read on while it grows, however often its end was met. @default false */
  readonly followed?: boolean | undefined;
  /** The path that it had while it was followed, if it has another one by now. @default none */
  readonly formerPath?: string | undefined;
  /** Opens it to be looked at, before any row is given out. @throws {SourceError} */
  examine(): Promise<ExaminedFile>;
}

/** A file that is held open to be compared with what earlier runs have read. */
export interface ExaminedFile {
  /** As it stood before anything was compared. */
  readonly stamp: FileStamp;
  /** Whether a line has several rows: one that changes hides the others, and a file of none of its rows may be the same. */
  readonly hasLists: boolean;
  /**
   * Where its first row is read, with a mark by which the file can be known before any of it is settled. Call it once.
   *
   * @param mostRows how many rows are looked at for the mark; one tells the first row @default 1024
   * @throws {SourceError} `undeclared`, `unlikely_instant` or `other_keys`, before anything is written of it.
   */
  start(mostRows?: number): Promise<FilePosition>;
  /** True if it begins as the marked content does, as far as a look at its first bytes can tell, which are read once. */
  beginsAs(mark: { readonly samples: Pick<ContentMark["samples"], "first"> }): Promise<boolean>;
  /** True if it has any of the rows that the mark knows of. */
  isRelated(mark: ContentMark): Promise<boolean>;
  /** Hashes, as of rows, of the first lines after what is marked. */
  linesAfter(mark: ContentMark): Promise<ReadonlySet<string>>;
  /** Of the rows that the mark knows of, the hashes of those that it has. */
  rowsAmong(mark: ContentMark): Promise<ReadonlySet<string>>;
  /** True if its rows are the first ones that the mark is of, and not all of them, as far as its samples tell. */
  isPart(mark: ContentMark): Promise<boolean>;
  /** Compares all that is marked, byte by byte. */
  compare(mark: ContentMark): Promise<ContentComparison>;
  /** Idempotent. */
  close(): void;
}

/** What became of content that an earlier run has read. */
export type ContentComparison =
  /** It is there; `bytes` is how long the content is now, null where it cannot be read to its end. */
  | { readonly type: "same"; readonly bytes: number | null }
  /** The content ends within it, or is another one from a byte between `from` and `to` on. */
  | {
    readonly type: "shorter" | "changed";
    readonly from: number;
    readonly to: number;
    /** True if some of the rows are there all the same. */
    readonly related: boolean;
  };

/** Rows of one data type, of one exchange and asset class, unless a batch says otherwise. */
export interface RowSource extends Dataset {
  /** The same for the same source in every run: key of its checkpoint and its dead letters. */
  readonly id: string;
  /** For people: the path as given, or `-`. */
  readonly name: string;
  /** Size in bytes, null where it is not known. */
  readonly bytes: number | null;
  /** How many of {@link bytes} have been read, at a position; null before the first. @default 0 */
  readonly bytesRead?: (position: SourcePosition | null) => number;
  /**
   * True while a source without progress is no stall: there is nothing to read, or it may not be read yet. @default
   * never
   */
  readonly idle?: () => boolean;
  /** Told that every row before a position is acknowledged, or refused and stored: the source may forget it. */
  readonly settled?: (position: SourcePosition) => void;
  /** False for a stream: it can be read once, from its start. */
  readonly resumable: boolean;
  /**
   * The file that it reads, if that can be known again by a later run. @default null
   * @internal
   */
  readonly file?: SourceFile | null;
  /**
   * Opens a reader at a position, or at the first row without one.
   *
   * @throws {SourceError} If the source cannot be opened there.
   */
  open(from?: SourcePosition): Promise<RowReader>;
  /**
   * As {@link open}, and its reader ends where the source ends now: that of a file that is followed waits there.
   *
   * @default {@link open}
   * @internal
   */
  readonly openAsItIs?: (from?: SourcePosition) => Promise<RowReader>;
}

/** How many bytes of a row over the limit are kept. */
export const KEPT_BYTES = 64 * 1024;

/** Why a source cannot be read. */
export type SourceErrorCode =
  | "not_found"
  | "not_readable"
  | "not_a_file" // a socket, a device, or something else of the system
  | "no_files" // a folder, or a pattern, without a file
  | "bad_header" // the first line does not name the columns of a record
  | "bad_option" // a setting that this source needs is missing or wrong
  | "undeclared" // a value of its first row has a meaning only with a setting that is not given
  | "unlikely_instant" // its first row is from before 1980, or of the future
  | "other_keys" // its first rows, or all, have other keys than a record
  | "incomplete" // its last row counts other rows than there are, or is missing
  | "other_header" // a later line is a header of other columns, or in another order
  | "changed" // the file is not the one that the position is of
  | "rewritten" // the file was written anew while it was read
  | "replaced" // another file has taken its name while it was opened
  | "out_of_descriptors" // too many files are open: it can be opened once others are closed
  | "not_resumable"
  | "foreign_format" // by its first bytes it is an archive, a table of another program, or text in another encoding
  | "wrong_compression" // the name of the file says something else about its compression than its first bytes
  | "twice" // a file is named twice: as it is, and compressed
  | "truncated" // a compressed file or a JSON array ends too early
  | "corrupt" // a compressed file or a JSON array is damaged
  | "read_failed";

/** A source that cannot be read, or not from there. The message says what to do. */
export class SourceError extends Error {
  /** Name of the class, for code that has the error without its class. */
  override readonly name = "SourceError";
  /**
   * Made by a source that cannot be opened or read any further.
   *
   * @param code why, from a closed list
   */
  constructor(readonly code: SourceErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
  }
}
