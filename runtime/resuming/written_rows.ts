/**
 * The rows that topics were found to have, in memory or on disk. A row is known by its own record: by the origin and the row
 * number that the record names, never by its message id alone.
 *
 * @module
 */
import type { Target } from "../../actors/messages.ts";
import {
  ID_REUSED,
  MovedRowError,
  type ReusedId,
  RowConflictError,
  type SoughtRow,
  UnknownOrderError,
  type WrittenRow,
  type WrittenRows,
} from "../../actors/delivery/written_rows.ts";
import { bytesToUuid } from "../../records/ids/identity.ts";
import { type ContentDigest, RecordDigest } from "../../records/record_digest.ts";
import type { StoredIdentity } from "../../records/ids/stored_identity.ts";
import type { RecordKind, SchemaVersion } from "../../schemas/record_types.ts";
import type { LatestOfKeys } from "../../state/latest_of_keys.ts";
import type { CopySource, RecordPlace, StoredCopy } from "../../state/stored_copy.ts";
import type {
  OwnCopy,
  ReplayedRow,
  RowOfFile,
  RowOfOrigin,
  SoughtContent,
  WantedCopy,
} from "../../state/written_ids.ts";

/** A record of this load that was found past its checkpoint. */
export interface FoundRow extends StoredIdentity {
  readonly row: number;
  readonly partition: number;
  readonly offset: bigint;
  /** Its key, in a topic that keeps only the latest record of each; else null. */
  readonly key: string | null;
  /** Of a row that was half once: the half may have the id of the whole. Null if it cannot be read; absent of other rows. */
  readonly digest?: ContentDigest | null | undefined;
}

/** A record of a key past the checkpoint that this load has not written, in a topic that keeps only the latest of each. */
export interface OtherRecord {
  readonly key: string;
  readonly partition: number;
  readonly offset: bigint;
  /** Which row of which file of the run it is, by their places; null if that is not known. */
  readonly of: { readonly place: number; readonly row: number } | null;
}

/** The rows of one topic and version. */
interface TopicRows {
  readonly rows: Map<number, FoundRow>;
  /** Records of rows that were half when they were first sent, which may be there both ways. */
  readonly halves: Map<number, FoundRow[]>;
  /** By key, the latest row, in a topic that keeps only that one. */
  readonly lastOfKey: Map<string, number>;
}

/** Few enough to be kept in memory: what a killed run had sent past its checkpoint. */
export class RowsPastCheckpoint implements WrittenRows {
  readonly lastRow: number;
  /** A row is told by its number here, not by its id. */
  readonly firstReused = null;
  readonly #kind: RecordKind;
  readonly #place: number | null;
  readonly #topics = new Map<string, TopicRows>();
  /** By topic and key, in each partition the latest record that is not of this load. */
  readonly #others = new Map<string, Map<number, OtherRecord>>();
  readonly #rows = new Set<number>();
  #furthest = 0;

  /** @param place of the file in its run; null if it is not known */
  constructor(lastRow: number, { kind, place }: { readonly kind: RecordKind; readonly place: number | null }) {
    this.lastRow = lastRow;
    this.#kind = kind;
    this.#place = place;
  }

  /** Rows, of however many topics. */
  get size(): number {
    return this.#rows.size;
  }

  get furthestRow(): number {
    return this.#furthest;
  }

  /** Whether any row may have been sent: also one that is not found, since another's record has taken its place. */
  get anySent(): boolean {
    return this.size > 0 || this.#others.size > 0;
  }

  /** @throws {RowConflictError} If the row was found as another message. */
  add(topic: string, found: FoundRow): void {
    const known = this.#of(topic, found.version);
    const { row, key, partition, offset, messageId } = found;
    if (found.digest !== undefined) {
      known.halves.set(row, [...known.halves.get(row) ?? [], found]);
    } else {
      const before = known.rows.get(row);
      if (before !== undefined && before.messageId !== messageId) {
        throw new RowConflictError(topic, found, before.messageId);
      }
      // Of a row that is there twice the first one counts: from there on it is looked for again.
      if (before === undefined || (before.partition === partition && offset < before.offset)) {
        known.rows.set(row, found);
      }
    }
    if (key !== null) {
      if (row > (known.lastOfKey.get(key) ?? 0)) known.lastOfKey.set(key, row);
      this.#others.get(topicKey(topic, key))?.delete(partition);
    }
    this.#rows.add(row);
    if (row > this.#furthest) this.#furthest = row;
  }

  /** Notes what others have written. Of each partition everything has to be noted in its order. */
  addOther(topic: string, other: OtherRecord): void {
    const key = topicKey(topic, other.key);
    const others = this.#others.get(key) ?? new Map<number, OtherRecord>();
    this.#others.set(key, others.set(other.partition, other));
  }

  take({ topic, version }: Pick<Target, "topic" | "version">, sought: SoughtRow): WrittenRow | null {
    const known = this.#topics.get(topicKey(topic, version));
    const found = known?.rows.get(sought.row) ??
      this.#whole(known?.halves.get(sought.row) ?? [], { topic, version, sought });
    if (found !== null) {
      if (found.messageId !== sought.messageId) throw new RowConflictError(topic, sought, found.messageId);
      return { before: false, place: found };
    }
    // It was there, since a later row of its key is; written now it would take that one's place.
    if (sought.messageId === null || sought.row > this.lastRow) return null;
    const last = known?.lastOfKey.get(sought.key);
    if (last !== undefined && last > sought.row) return SUPERSEDED;
    return this.#isSuperseded(topic, sought) ? SUPERSEDED : null;
  }

  /** Whether a later row of the run has taken its place. @throws {UnknownOrderError} */
  #isSuperseded(topic: string, sought: SoughtRow): boolean {
    for (const { of, partition, offset } of this.#others.get(topicKey(topic, sought.key))?.values() ?? []) {
      const order = of === null || this.#place === null ? 0 : of.place - this.#place || of.row - sought.row;
      if (order === 0) throw new UnknownOrderError(sought, { topic, partition, offset });
      if (order > 0) return true;
    }
    return false;
  }

  /** The record of what the row is now; null if there are only those of parts of it. */
  #whole(
    copies: readonly FoundRow[],
    { topic, version, sought }: { readonly topic: string; readonly version: SchemaVersion; readonly sought: SoughtRow },
  ): FoundRow | null {
    if (copies.length === 0) return null;
    const record = sought.record();
    const digest = record === null ? null : new RecordDigest(this.#kind, version).ofWritable(record);
    const whole = copies.find((copy) => isCopyOf(copy, sought) && digest !== null && copy.digest === digest);
    if (whole === undefined) refuseOthers(copies, { topic, sought });
    return whole ?? null;
  }

  #of(topic: string, version: string): TopicRows {
    const key = topicKey(topic, version);
    const known = this.#topics.get(key) ?? { rows: new Map(), halves: new Map(), lastOfKey: new Map() };
    this.#topics.set(key, known);
    return known;
  }
}

const SUPERSEDED: WrittenRow = { before: false, place: null };

/** @param of a version or a key; a topic's name has no blanks */
function topicKey(topic: string, of: string): string {
  return `${topic} ${of}`;
}

/** A record that names a row as its own. */
type Copy = Pick<FoundRow, "messageId">;

function isCopyOf({ messageId }: Copy, sought: SoughtRow): boolean {
  return messageId === sought.messageId?.toLowerCase();
}

/** Records that name the row and are not what it is now must be of parts of it. @throws {RowConflictError} */
function refuseOthers(
  copies: readonly Copy[],
  { topic, sought }: { readonly topic: string; readonly sought: SoughtRow },
): void {
  const parts = sought.parts?.map(({ messageId }) => messageId.toLowerCase()) ?? [];
  const stranger = copies.find(({ messageId }) => !parts.includes(messageId));
  if (stranger !== undefined) throw new RowConflictError(topic, sought, stranger.messageId);
}

/**
 * What a load that writes only what is absent makes of a row that has no record of its own, while the topic has its content as
 * often as the files of the run:
 *
 * - `refuse`: stops.
 * - `take`: the row was moved, and is there.
 * - `write`: it is another row like it.
 */
export type MovedRows = "refuse" | "take" | "write";

/** An index of what topics have; `WrittenIds` in state/ is one. */
export interface IdIndex {
  add(topic: string, copy: StoredCopy): void;
  /** To be called after the last {@link add}. */
  flush(): void;
  reserve(origin: string, file: string): void;
  reserveRest(origin: string, by: { readonly owner: string; readonly file: string }): void;
  reserveRow(row: RowOfFile): void;
  own(wanted: RowOfOrigin): readonly OwnCopy[];
  want(content: Omit<WantedCopy, "source">): void;
  takeOther(wanted: WantedCopy): boolean;
  takeAlike(wanted: WantedCopy): boolean;
  hasSpare(wanted: WantedCopy): boolean;
  settle(wanted: WantedCopy): void;
  takeReplayed(wanted: WantedCopy): boolean;
  hasOther(wanted: Omit<WantedCopy, "file">): boolean;
  hasAlike(wanted: Omit<WantedCopy, "file" | "messageId">): boolean;
  noteShared(row: Omit<WantedCopy, "file" | "messageId">): void;
  isReused(wanted: Omit<WantedCopy, "file">): boolean;
  placeOfOther(wanted: Omit<WantedCopy, "file" | "digest">): RecordPlace | null;
  hasReplayed(topic: string, identity: StoredIdentity): boolean;
  hasAnyReplayed(topic: string, version: SchemaVersion): boolean;
  noteReplayed(row: ReplayedRow): void;
  replayed(wanted: RowOfFile): Pick<ReplayedRow, "messageId" | "digest"> | null;
  originsOf(topic: string, sought: SoughtContent, row: number): readonly string[];
  rowsOf(topic: string, about: { readonly version: StoredIdentity["version"]; readonly origin: string }): number;
  readonly latest: Pick<LatestOfKeys, "note" | "notePlace" | "noteRow" | "standingOf" | "overtakenBy">;
}

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

/** Too many for memory: whatever the topics had, by an index on disk. */
abstract class RowsInIndex implements WrittenRows {
  readonly lastRow = Infinity;
  firstReused: ReusedId | null = null;
  /** Where topics are compared with a file as it is, what it has no more is not asked for. */
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
    // What cannot be written as this version is in no topic: it is to be refused.
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
    copy: Pick<OwnCopy, "digest"> & Copy,
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
 * For a load that writes only what is absent: each row has the record of its own, or takes one of its id and content, else
 * one of its content, that is that of no other file that is known. So of rows that are equal, in however many files, as many are written as records are absent.
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

  /** @param options.fromStart whether the file is read from its first row: else nobody knows how often it had a content before */
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
