/**
 * What a topic must hold: the rows of the source files, by message id, in file order. Kept compact, because it holds every
 * row of the files: one map entry and a few bytes each.
 *
 * @module
 */
import { keyOf } from "../../actors/encoding/encode_rows.ts";
import { RecordError } from "../../records/errors.ts";
import { START_BY_ROW } from "../../records/content/file_position.ts";
import { EncodeError } from "../../schemas/codec.ts";
import type { SchemaVersion } from "../../schemas/record_types.ts";
import type { GoodRow, RowSource } from "../../sources/source.ts";
import type { SourceRowRef } from "../../transport/source_header.ts";
import {
  type ContentDigest,
  type DecodedRecord,
  hasVenueId,
  RecordDigest,
  timeOf,
} from "../../records/record_digest.ts";
import { SeenRows } from "./seen_rows.ts";

/**
 * How a record of the topic compares with the files. Records of a duplicated id may also differ in values. `surplus`:
 * there are more records of its id and content than rows, and it names a row of its own.
 */
export type Match = "found" | "twice" | "surplus" | "different" | "twice_different";

const BATCH_ROWS = 1_000;

/** An expected row under its id by row number. */
export interface NumberedRow {
  readonly messageId: string;
  /** Its place in file order. */
  readonly index: number;
  readonly digest: ContentDigest;
}

/** An expected row that a record may match by content. */
export interface RowByContent extends Omit<NumberedRow, "messageId"> {
  /** It was not found. */
  readonly isAbsent: boolean;
}

/** A record that was read: the parts that tell which row it holds. */
export interface ReadRecord {
  readonly messageId: string;
  readonly digest: ContentDigest;
  /** The row that it names as its origin; null if it names none. */
  readonly source: SourceRowRef | null;
}

/** The row that a record holds, and how the two compare. */
export interface Matched {
  readonly match: Match;
  /** The row's place in file order. */
  readonly index: number;
}

/** Which rows the topic must hold. */
export interface WantedRows {
  /** Rows with an id and content that an earlier file has; `once`: only those of the first file count. */
  readonly acrossFiles: "each" | "once";
  /** Rows of one key; `latest`: only the last row of the last file with the key counts. */
  readonly ofKey: "each" | "latest";
}

/** What is known of an expected row. */
const ABSENT = 0, FOUND = 1, SUPERSEDED = 2;

/** The rows that one version's topic must hold. */
export class ExpectedRows {
  readonly #wanted: WantedRows;
  /** By key, the latest row, where only that is expected. */
  readonly #latest = new Map<string, number>();
  #superseded = 0;
  /** By id, the first row that has it. */
  readonly #indexOf = new Map<string, number>();
  /** For each row whose id a later row has too: the next such row. */
  readonly #nextOf = new Map<number, number>();
  readonly #digests: number[] = [];
  readonly #days: string[] = [];
  readonly #rows: number[] = [];
  /** Rows that another file's row stands for. */
  readonly #stoodFor: { readonly file: number; readonly digest: ContentDigest }[] = [];
  /** For each source, the place of its first row. */
  readonly #starts: number[] = [];
  readonly #fileOf = new Map<RowSource, number>();
  #found = new Uint8Array(1024);
  readonly #seen = new SeenRows();
  /** By the first row of an id: records with values that no row of the id has. */
  readonly #different = new Map<number, number>();
  readonly symbols = new Set<string>();
  /** Rows that are in no topic because they cannot be written; a load makes dead letters of them. */
  bad = 0;
  /** Ids that several rows of one file have. */
  readonly #repeated = new Set<number>();
  /** Ids that several files have. */
  readonly #shared = new Set<number>();
  /** Ids that rows of different content have. */
  readonly #reused = new Set<string>();
  firstTime = Infinity;
  lastTime = -Infinity;

  constructor(wanted: WantedRows = { acrossFiles: "each", ofKey: "each" }) {
    this.#wanted = wanted;
  }

  get size(): number {
    return this.#digests.length - this.#superseded;
  }

  get repeated(): number {
    return this.#repeated.size;
  }

  get shared(): number {
    return this.#shared.size;
  }

  /** Ids that rows of different content have, in the order of their second row. */
  get reused(): ReadonlySet<string> {
    return this.#reused;
  }

  /** Adds the rows of a source, in its order. */
  async addSource(source: RowSource, version: SchemaVersion): Promise<void> {
    this.#fileOf.set(source, this.#starts.length);
    this.#starts.push(this.#digests.length);
    const digest = new RecordDigest(source.kind, version);
    const reader = await source.open();
    try {
      for (let batch = await reader.next(BATCH_ROWS); batch !== null; batch = await reader.next(BATCH_ROWS)) {
        for (const row of batch.rows) {
          if (!row.ok) {
            this.bad += 1;
            continue;
          }
          try {
            const index = this.#add(row, digest.ofRow(row.record));
            if (index !== null && this.#wanted.ofKey === "latest") {
              this.#latestIs(index, keyOf(source.kind, row.record));
            }
          } catch (error) {
            if (!(error instanceof RecordError || error instanceof EncodeError)) throw error;
            this.bad += 1;
          }
        }
      }
    } finally {
      await reader.close();
    }
  }

  /**
   * Reads a source again, and gives those of its expected rows whose ids by row number are wanted. Gives nothing for a
   * source that can be read only once.
   */
  async *rowsByNumber(
    source: RowSource,
    { version, wanted }: { readonly version: SchemaVersion; readonly wanted: ReadonlySet<string> },
  ): AsyncGenerator<NumberedRow> {
    if (!source.resumable) return;
    const file = this.#fileOf.get(source);
    const digest = new RecordDigest(source.kind, version);
    const rows = await source.open(), numbered = await source.open(START_BY_ROW);
    try {
      for (;;) {
        const batch = await rows.next(BATCH_ROWS), same = await numbered.next(BATCH_ROWS);
        if (batch === null || same === null) return;
        for (const [at, row] of batch.rows.entries()) {
          const other = same.rows[at];
          if (!row.ok || !other?.ok || !wanted.has(other.messageId)) continue;
          const index = this.#rowsOf(row.messageId).find((index) =>
            this.#rows[index] === row.row && this.fileOf(index) === file
          );
          if (index === undefined) continue;
          yield { messageId: other.messageId, index, digest: digest.ofRow(other.record) };
        }
      }
    } finally {
      await rows.close();
      await numbered.close();
    }
  }

  /**
   * Reads a source again, and gives its expected rows without an id of the venue: their ids depend on their place in
   * the file, or on how many equal rows come before them. Gives nothing for a source that can be read only once.
   */
  async *rowsWithoutVenueId(source: RowSource, version: SchemaVersion): AsyncGenerator<RowByContent> {
    if (!source.resumable) return;
    const file = this.#fileOf.get(source);
    const digest = new RecordDigest(source.kind, version);
    const rows = await source.open();
    try {
      for (let batch = await rows.next(BATCH_ROWS); batch !== null; batch = await rows.next(BATCH_ROWS)) {
        for (const row of batch.rows) {
          if (!row.ok || hasVenueId(row.record)) continue;
          const index = this.#rowsOf(row.messageId).find((index) => {
            return this.#rows[index] === row.row && this.fileOf(index) === file;
          });
          if (index === undefined) continue;
          yield { index, digest: digest.ofRow(row.record), isAbsent: this.#found[index] === ABSENT };
        }
      }
    } finally {
      await rows.close();
    }
  }

  /** @returns its index; null if another file's row stands for it */
  #add({ record, messageId, tradeDate, row }: GoodRow, digest: ContentDigest): number | null {
    const first = this.#indexOf.get(messageId);
    const index = this.#digests.length;
    if (first === undefined) {
      this.#indexOf.set(messageId, index);
    } else {
      const file = this.#starts.length - 1;
      const before = this.#allOf(messageId);
      const isRepeated = before.some((one) => this.fileOf(one) === file);
      const isShared = before.some((one) => this.fileOf(one) !== file);
      if (isRepeated) this.#repeated.add(first);
      if (isShared) this.#shared.add(first);
      if (before.some((one) => this.#digests[one] !== digest)) this.#reused.add(messageId);
      const isEqual = before.some((one) => this.fileOf(one) !== file && this.#digests[one] === digest);
      if (isEqual && this.#wanted.acrossFiles === "once") {
        this.#stoodFor.push({ file, digest });
        return null;
      }
      this.#nextOf.set(before.at(-1) ?? first, index);
    }
    this.#digests.push(digest);
    this.#days.push(tradeDate);
    this.#rows.push(row);
    const time = timeOf(record);
    this.firstTime = Math.min(this.firstTime, time);
    this.lastTime = Math.max(this.lastTime, time);
    this.symbols.add(record.symbol);
    if (index >= this.#found.length) {
      const larger = new Uint8Array(this.#found.length * 2);
      larger.set(this.#found);
      this.#found = larger;
    }
    return index;
  }

  /** Replaces the earlier row of the same key. */
  #latestIs(index: number, key: string): void {
    const before = this.#latest.get(key);
    this.#latest.set(key, index);
    if (before === undefined) return;
    this.#found[before] = SUPERSEDED;
    this.#superseded += 1;
  }

  /** The expected rows that have an id, in file order. */
  #rowsOf(messageId: string): number[] {
    return this.#allOf(messageId).filter((index) => this.#found[index] !== SUPERSEDED);
  }

  #allOf(messageId: string): number[] {
    const rows: number[] = [];
    for (let index = this.#indexOf.get(messageId); index !== undefined; index = this.#nextOf.get(index)) {
      rows.push(index);
    }
    return rows;
  }

  /** The number of the file that a row is of. */
  fileOf(index: number): number {
    let from = 0, to = this.#starts.length;
    while (to - from > 1) {
      const middle = (from + to) >> 1;
      if ((this.#starts[middle] ?? Infinity) <= index) from = middle;
      else to = middle;
    }
    return from;
  }

  /** True if a file could hold such a record: the files have its symbol, and their time span includes its time. */
  covers({ symbol, time }: DecodedRecord): boolean {
    return this.symbols.has(symbol) && time >= this.firstTime && time <= this.lastTime;
  }

  /**
   * Notes that the topic holds a record of one of the rows with its id. The record belongs to a row of its content
   * that was not found yet: to the row number that it names, if it names one. There may be more records than rows, and
   * records of other content.
   *
   * @returns null if no row has the id
   */
  take({ messageId, digest, source }: ReadRecord): Matched | null {
    const rows = this.#rowsOf(messageId);
    const [first] = rows;
    if (first === undefined) return null;
    const alike = rows.filter((index) => this.#digests[index] === digest);
    if (source !== null && !this.#seen.add(source)) {
      return { match: alike.length > 0 ? "twice" : "twice_different", index: first };
    }
    if (alike.length === 0) {
      this.#different.set(first, (this.#different.get(first) ?? 0) + 1);
      return { match: "different", index: first };
    }
    const open = alike.filter((index) => this.#found[index] === ABSENT);
    const index = open.find((index) => this.#rows[index] === source?.row) ?? open[0];
    if (index === undefined) return { match: source === null ? "twice" : "surplus", index: first };
    this.#found[index] = FOUND;
    return { match: "found", index };
  }

  /** Notes that the topic holds a row, under another id. */
  found({ index, digest }: Omit<NumberedRow, "messageId">, found: ContentDigest): Match {
    if (this.#found[index] !== ABSENT) return "twice";
    this.#found[index] = FOUND;
    return digest === found ? "found" : "different";
  }

  /**
   * Assigns the records of other content to rows that were not found. Call only when all records were read.
   *
   * @returns how many rows got one, and how many records are left because there were more than rows
   */
  settleDifferent(): { readonly found: number; readonly left: number } {
    let found = 0, left = 0;
    for (const [first, count] of this.#different) {
      let rest = count;
      for (let index: number | undefined = first; index !== undefined && rest > 0; index = this.#nextOf.get(index)) {
        if (this.#found[index] !== ABSENT) continue;
        this.#found[index] = FOUND;
        found += 1;
        rest -= 1;
      }
      left += rest;
    }
    this.#different.clear();
    return { found, left };
  }

  /**
   * For rows that are written once for several files: of a content that is missing under an id, expects as many rows
   * as the file with the largest number of them has, under any ids. Call only when all records were read.
   */
  settleShared(): void {
    const { acrossFiles, ofKey } = this.#wanted;
    if (acrossFiles === "each" || ofKey === "latest") return;
    const contents = new Map<
      ContentDigest,
      { readonly rowsOf: Map<number, number>; absent: number[]; found: number }
    >();
    this.#digests.forEach((digest, index) => {
      if (this.#found[index] === ABSENT) contents.set(digest, { rowsOf: new Map(), absent: [], found: 0 });
    });
    const count = (file: number, rowsOf: Map<number, number>) => rowsOf.set(file, (rowsOf.get(file) ?? 0) + 1);
    for (const { file, digest } of this.#stoodFor) count(file, contents.get(digest)?.rowsOf ?? new Map());
    this.#digests.forEach((digest, index) => {
      const content = contents.get(digest);
      if (content === undefined) return;
      count(this.fileOf(index), content.rowsOf);
      if (this.#found[index] === ABSENT) content.absent.push(index);
      else content.found += 1;
    });
    for (const { rowsOf, absent, found } of contents.values()) {
      const missing = Math.max(0, Math.max(...rowsOf.values()) - found);
      for (const index of absent.slice(missing)) {
        this.#found[index] = SUPERSEDED;
        this.#superseded += 1;
      }
    }
  }

  /** Rows by trade date: expected, and found. */
  days(): Record<string, { expected: number; found: number }> {
    const days = new Map<string, { expected: number; found: number }>();
    this.#days.forEach((day, index) => {
      if (this.#found[index] === SUPERSEDED) return;
      const count = days.get(day) ?? { expected: 0, found: 0 };
      count.expected += 1;
      if (this.#found[index] === FOUND) count.found += 1;
      days.set(day, count);
    });
    return Object.fromEntries([...days].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** Rows that the topic does not hold, and the ids of some, as many as asked for. */
  missing(limit: number): { count: number; ids: string[] } {
    const ids: string[] = [];
    let count = 0;
    for (const [messageId, first] of this.#indexOf) {
      for (let index: number | undefined = first; index !== undefined; index = this.#nextOf.get(index)) {
        if (this.#found[index] !== ABSENT) continue;
        count += 1;
        if (ids.length < limit) ids.push(messageId);
      }
    }
    return { count, ids };
  }
}
