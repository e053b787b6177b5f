/**
 * The rows that topics were found to have past a checkpoint, in memory. A row is known by its own record: by the origin and
 * the row number that the record names, never by its message id alone.
 *
 * @module
 */
import type { Target } from "../../actors/messages.ts";
import {
  type AlreadyWritten,
  RowConflictError,
  type SoughtRow,
  UnknownOrderError,
  type WrittenRow,
} from "../../actors/delivery/already_written.ts";
import { type ContentDigest, RecordDigest } from "../../records/record_digest.ts";
import type { StoredIdentity } from "../../records/ids/stored_identity.ts";
import type { RecordKind, SchemaVersion } from "../../schemas/record_types.ts";
import { isCopyOf, refuseOthers } from "./named_copies.ts";

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
  /** Which row of which file of the run it is, by their places; null if it is not known. */
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
export class RowsPastCheckpoint implements AlreadyWritten {
  readonly lastRow: number;
  /** Rows are told apart by their numbers here, not by ids. */
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

  /** Rows, of any number of topics. */
  get size(): number {
    return this.#rows.size;
  }

  get furthestRow(): number {
    return this.#furthest;
  }

  /**
   * Whether any row may have been sent: also one that is not found, since a record of another load has taken its place.
   */
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

  /** Notes the record of another load. Note all records of a partition in its order. */
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
