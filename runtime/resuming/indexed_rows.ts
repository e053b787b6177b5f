/**
 * The rows that topics were found to have, by an index on disk. A row is known by its own record: by the origin and the row
 * number that the record names, never by its message id alone.
 *
 * @module
 */
import type { Target } from "../../actors/messages.ts";
import {
  type AlreadyWritten,
  ID_REUSED,
  MovedRowError,
  type ReusedId,
  type SoughtRow,
  UnknownOrderError,
  type WrittenRow,
} from "../../actors/delivery/already_written.ts";
import { bytesToUuid } from "../../records/ids/uuid_text.ts";
import { RecordDigest } from "../../records/record_digest.ts";
import type { RecordKind, SchemaVersion } from "../../schemas/record_types.ts";
import type { CopySource } from "../../state/stored_copy.ts";
import type { OwnCopy, WantedCopy } from "../../state/written_ids.ts";
import type { IdIndex } from "./id_index.ts";
import { isCopyOf, type NamedCopy, refuseOthers } from "./named_copies.ts";

/**
 * What a load that writes only what is absent makes of a row that has no record of its own, while the topic has its content as
 * often as the files of the run:
 *
 * - `refuse`: stops.
 * - `take`: the row was moved, and is there.
 * - `write`: it is another row like it.
 */
export type MovedRows = "refuse" | "take" | "write";

/** Of which load rows are looked for in an index. */
export interface IndexedRowsOptions {
  readonly index: IdIndex;
  readonly origin: string;
  /** Id of the source. */
  readonly file: string;
  /** What its rows are of. */
  readonly kind: RecordKind;
  /** Rows up to this one may have been written before, and be gone from a topic that keeps the latest of each key. @default all */
  readonly doubtedRows?: number;
}

/** Every row that the topics had, too many for memory, by an index on disk. */
abstract class RowsInIndex implements AlreadyWritten {
  readonly lastRow = Infinity;
  firstReused: ReusedId | null = null;
  /** Where topics are compared with a file as it is now, rows that it no longer has are not asked for. */
  readonly furthestRow = 0;
  protected readonly index: IdIndex;
  readonly #origin: string;
  readonly #file: string;
  readonly #digests: Readonly<Record<SchemaVersion, RecordDigest>>;

  readonly #doubtedRows: number;

  constructor({ index, origin, file, kind, doubtedRows = Infinity }: IndexedRowsOptions) {
    this.index = index;
    this.#doubtedRows = doubtedRows;
    this.#origin = origin;
    this.#file = file;
    this.#digests = { v1: new RecordDigest(kind, "v1"), v2: new RecordDigest(kind, "v2") };
  }

  take({ topic, version }: Pick<Target, "topic" | "version">, sought: SoughtRow): WrittenRow | typeof ID_REUSED | null {
    const { row, messageId } = sought;
    const record = sought.record();
    const digest = record === null ? null : this.#digests[version].ofWritable(record);
    const source: CopySource = { origin: this.#origin, row };
    const own = this.index.own({ topic, version, source }).map((copy) => ({
      ...copy,
      messageId: bytesToUuid(copy.messageId),
    }));
    if (digest !== null && own.some((copy) => isCopyOf(copy, sought) && copy.digest === digest)) {
      return this.#hasLastWord(sought, { topic, version }) ? this.own : null;
    }
    if (own.some((copy) => copy.replayed && this.#isOfReplay(copy, { topic, version, sought }))) return THERE_BEFORE;
    refuseOthers(own, { topic, sought });
    // What cannot be written as this version is in no topic: the converter will refuse it.
    if (messageId === null || digest === null) return null;
    const wanted = { topic, version, messageId, digest, source, file: this.#file };
    const isThere = this.other(wanted) || this.#isReplayed(wanted);
    if (isThere ? this.#hasLastWord(sought, { topic, version }) : this.#isSuperseded(sought, { topic, version })) {
      return THERE_BEFORE;
    }
    if (!isThere && this.moved(wanted)) return THERE_BEFORE;
    const isReused = this.index.isReused(wanted);
    if (isReused && record !== null) this.#noteReused(wanted, record);
    this.writes(wanted);
    return isReused ? ID_REUSED : null;
  }

  #noteReused(wanted: WantedCopy, record: ReusedId["record"]): void {
    const { topic, version, messageId, source: { row }, file } = wanted;
    const about = { topic, version, messageId, kind: this.#digests[version].kind, source: file, row, record };
    this.firstReused ??= { ...about, place: this.index.placeOfOther(wanted) };
  }

  /**
   * Whether what a replay has written of the row is the row: what cannot be read now was read with other flags then, and what can
   * may have another id, since it could not be read when it was loaded.
   */
  #isOfReplay(
    copy: Pick<OwnCopy, "digest"> & NamedCopy,
    { topic, version, sought }: { readonly topic: string; readonly version: SchemaVersion; readonly sought: SoughtRow },
  ): boolean {
    const { row, messageId } = sought;
    if (messageId === null) return true;
    const known = this.index.replayed({ topic, version, source: { origin: this.#origin, row }, file: this.#file });
    if (known !== null) return known.messageId === copy.messageId && known.digest === copy.digest;
    // Of what cannot be written as this version the id is all that there is to compare.
    const record = sought.record();
    return isCopyOf(copy, sought) && (record === null || this.#digests[version].ofWritable(record) === null);
  }

  /** Whether it is there under the id that a replay gave it, since its fields could not be read when it was loaded. */
  #isReplayed(wanted: WantedCopy): boolean {
    const replayed = this.index.replayed(wanted);
    return replayed !== null && this.other({ ...wanted, ...replayed });
  }

  /** Whether the latest record of its key has taken its place. @throws {UnknownOrderError} */
  #isSuperseded(sought: SoughtRow, { topic, version }: Pick<Target, "topic" | "version">): boolean {
    const { row, key } = sought;
    if (row > this.#doubtedRows) return false;
    const standing = this.index.latest.standingOf({ topic, version, key, row, file: this.#file });
    if (typeof standing !== "string") throw new UnknownOrderError(sought, standing.unknown);
    return standing === "superseded";
  }

  /** Whether nothing older has taken the place of what a row says. @throws {UnknownOrderError} */
  #hasLastWord(sought: SoughtRow, { topic, version }: Pick<Target, "topic" | "version">): boolean {
    const { row, key } = sought;
    const source: CopySource = { origin: this.#origin, row };
    const by = this.index.latest.overtakenBy({ topic, version, key, source, file: this.#file });
    if (by !== null && by !== "older") throw new UnknownOrderError(sought, { ...by.unknown, isThere: true });
    return by === null;
  }

  /** What a row's own record means. */
  protected abstract readonly own: WrittenRow;
  /** Whether a row that has no record of its own has one of equal content, by this id. */
  protected abstract other(wanted: WantedCopy): boolean;
  /** Whether a row that has no record by these counts as there. @throws {MovedRowError} */
  protected abstract moved(wanted: WantedCopy): boolean;
  /** The row is going to be written. */
  protected abstract writes(wanted: WantedCopy): void;
}

const THERE_BEFORE: WrittenRow = { before: true, place: null };
const OF_THIS_LOAD: WrittenRow = { before: false, place: null };

/**
 * For a load that writes only what is absent: each row has the record of its own, or takes one of its id and content,
 * else one of its content, that is that of no other file that is known. So of equal rows, in any number of files, as
 * many are written as records are absent.
 */
export class IndexedRows extends RowsInIndex {
  protected readonly own: WrittenRow;

  readonly #moved: MovedRows;

  /** @param options.before whether the load's own records were there before it began */
  constructor(
    { before, moved, ...options }: IndexedRowsOptions & { readonly before: boolean; readonly moved: MovedRows },
  ) {
    super(options);
    this.own = before ? THERE_BEFORE : OF_THIS_LOAD;
    this.#moved = moved;
  }

  protected other(wanted: WantedCopy): boolean {
    return this.index.takeOther(wanted) || this.index.takeAlike(wanted);
  }

  protected moved(wanted: WantedCopy): boolean {
    if (this.#moved === "write" || !this.index.hasSpare(wanted)) return false;
    if (this.#moved === "refuse") throw new MovedRowError(wanted);
    this.index.settle(wanted);
    return true;
  }

  protected writes(wanted: WantedCopy): void {
    this.index.settle(wanted);
  }
}

/**
 * For a load that writes once what several files have: the first file that comes to an id and content writes it, or to a
 * content as often as it has it.
 */
export class RowsWrittenOnce extends RowsInIndex {
  protected readonly own = OF_THIS_LOAD;
  readonly #fromStart: boolean;

  /**
   * @param options.fromStart whether the file is read from its first row: else it is not known how often it had a
   * content before
   */
  constructor({ fromStart, ...options }: IndexedRowsOptions & { readonly fromStart: boolean }) {
    super(options);
    this.#fromStart = fromStart;
  }

  protected other(wanted: WantedCopy): boolean {
    const isThere = this.index.hasOther(wanted) || (this.#fromStart && this.index.hasAlike(wanted));
    if (isThere) this.index.noteShared(wanted);
    return isThere;
  }

  protected moved(): boolean {
    return false;
  }

  protected writes({ topic, ...copy }: WantedCopy): void {
    this.index.add(topic, copy);
  }
}
