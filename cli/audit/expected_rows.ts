/**
 * What a topic must hold: the rows of the source files, in file order, bucket by bucket of what they are known by. Of
 * each row only some bits stay in memory.
 *
 * @module
 */
import type { SchemaVersion } from "../../schemas/record_types.ts";
import type { RowSource } from "../../sources/source.ts";
import { Bits } from "./bits.ts";
import { ByteTable } from "./byte_table.ts";
import { type EncodedRow, readRows } from "./encoded_rows.ts";
import { bucketOf, DAY_LIMIT, ROW, rowDay, rowIndex, rowMore } from "./entries.ts";
import type { RecordContents } from "./record_contents.ts";
import type { MatchBy } from "./report.ts";
import { RowGroups, type WantedRows } from "./row_groups.ts";
import { BUCKETS, Spill, type SpillRoom } from "./spill.ts";
import { Lowest } from "./tally.ts";
import { uuidOf } from "./record_id.ts";

/** Rows of a trade date. */
interface DayCounts {
  expected: number;
  found: number;
}

/** The rows that one version's topic must hold. */
export class ExpectedRows implements Disposable {
  /** Rows that are in no topic because they cannot be written; a load makes dead letters of them. */
  bad = 0;
  /** Ids that several rows of one file have. */
  repeated = 0;
  /** Ids that several files have. */
  shared = 0;
  /** Ids that rows of different content have. */
  reused = 0;
  readonly reusedIds = new Lowest<string>();
  /** The rows that the topic must hold, by index. */
  readonly wanted = new Bits();
  /** Those of them that it holds. */
  readonly found = new Bits();
  readonly #rows: Spill;
  readonly #match: MatchBy;
  readonly #how: WantedRows;
  /** For each source, the index of its first row, and the end. */
  readonly #starts: number[] = [0];
  readonly #symbols = new ByteTable();
  /** Keys of rows, where only the latest of each is expected. */
  readonly #keys = new ByteTable();
  /** The rows that are the latest of their keys, where only those are expected. */
  #latest: ReadonlySet<number> | null = null;
  readonly #days: DayCounts[] = [];
  readonly #dayNumbers = new Map<string, number>();
  readonly #entry = new Uint32Array(ROW.words);
  #firstTime = Infinity;
  #lastTime = -Infinity;

  constructor(how: WantedRows & { readonly match: MatchBy }, room: SpillRoom) {
    this.#how = how;
    this.#match = how.match;
    this.#rows = new Spill(ROW.words, room);
  }

  /** Adds the rows of a source, in its order. */
  async addSource(source: RowSource, version: SchemaVersion, onRow: () => void): Promise<void> {
    const start = this.#starts.at(-1) ?? 0;
    const { rows, bad } = await readRows(source, { version }, (row) => {
      this.#add(row, start + row.at);
      onRow();
    });
    this.bad += bad;
    this.#starts.push(start + rows);
  }

  /** Finds the latest row of each key, where only that is expected. Call it when all are added. */
  decide(): void {
    if (this.#how.ofKey === "each") return;
    const latest: number[] = [];
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      const groups = this.groups(bucket);
      for (let row = 0; row < groups.size; row++) {
        const key = groups.words[row * ROW.words + ROW.recordKey] ?? 0, index = groups.index(row);
        if (!groups.isStoodFor(row) && index >= (latest[key] ?? 0)) latest[key] = index;
      }
    }
    this.#latest = new Set(latest.values().filter((index) => index !== undefined));
  }

  /** The rows of a bucket that are to be compared: once for each bucket. */
  open(bucket: number): RowGroups {
    const groups = this.groups(bucket);
    this.repeated += groups.repeated;
    this.shared += groups.shared;
    this.reused += groups.reused.length;
    for (const row of groups.reused) this.reusedIds.add(groups.index(row), uuidOf(groups.words, row * ROW.words));
    for (let row = 0; row < groups.size; row++) {
      const index = groups.index(row);
      if (groups.isStoodFor(row) || this.#latest?.has(index) === false) continue;
      this.wanted.add(index);
      const counts = this.#days[rowDay(groups.words, row * ROW.words)];
      if (counts !== undefined) counts.expected += 1;
    }
    return groups;
  }

  /** The rows of a bucket, by what they are known by. */
  groups(bucket: number): RowGroups {
    return new RowGroups(this.#rows.whole(bucket), {
      ...this.#how,
      match: this.#match,
      fileOf: (row) => this.fileOf(row),
    });
  }

  /** The number of the source that a row is of. */
  fileOf(index: number): number {
    let from = 0, to = this.#starts.length - 1;
    while (to - from > 1) {
      const middle = (from + to) >> 1;
      if ((this.#starts[middle] ?? Infinity) <= index) from = middle;
      else to = middle;
    }
    return from;
  }

  /** The first index of a source. */
  startOf(file: number): number {
    return this.#starts[file] ?? 0;
  }

  /** The number of a row in its source, from 1. */
  numberOf(index: number): number {
    return index - this.startOf(this.fileOf(index)) + 1;
  }

  /** True if a file could hold such a record: the files have its symbol, and their time span includes its time. */
  covers(contents: RecordContents, record: number): boolean {
    const time = contents.time(record);
    if (time < this.#firstTime || time > this.#lastTime) return false;
    const from = contents.symbolFrom(record), end = contents.symbolEnd(record);
    return this.#symbols.find(contents.bytes(record), from, end) !== ByteTable.NONE;
  }

  /** The number of a trade date. */
  dayOf(date: string): number {
    const known = this.#dayNumbers.get(date);
    if (known !== undefined) return known;
    const number = Math.min(this.#dayNumbers.size, DAY_LIMIT - 1);
    this.#dayNumbers.set(date, number);
    this.#days[number] ??= { expected: 0, found: 0 };
    return number;
  }

  /** Notes that the topic holds a row. */
  find(index: number, day: number): void {
    this.found.add(index);
    const counts = this.#days[day];
    if (counts !== undefined) counts.found += 1;
  }

  /** Notes that the topic need not hold a row. */
  supersede(index: number, day: number): void {
    this.wanted.delete(index);
    const counts = this.#days[day];
    if (counts !== undefined) counts.expected -= 1;
  }

  /** Rows by trade date: expected, and found. */
  days(): Record<string, DayCounts> {
    const days = [...this.#dayNumbers].flatMap(([day, number]) => {
      const counts = this.#days[number];
      return counts === undefined || counts.expected === 0 ? [] : [[day, counts] as const];
    });
    return Object.fromEntries(days.sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** The ids of some rows, where those are known. */
  idsOf(indexes: readonly number[]): ReadonlyMap<number, string> {
    const wanted = new Set(this.#match === "ids" ? indexes : []), ids = new Map<number, string>();
    for (let bucket = 0; bucket < BUCKETS && ids.size < wanted.size; bucket++) {
      for (const words of this.#rows.read(bucket)) {
        for (let at = 0; at < words.length; at += ROW.words) {
          const index = rowIndex(words, at);
          if (wanted.has(index)) ids.set(index, uuidOf(words, at));
        }
      }
    }
    return ids;
  }

  [Symbol.dispose](): void {
    this.#rows[Symbol.dispose]();
  }

  #add({ digest, id, hasVenueId, tradeDate, keyText, time, symbol }: EncodedRow, index: number): void {
    const entry = this.#entry, byId = this.#match === "ids", key = byId ? id : digest;
    entry.set(key, ROW.key);
    entry[ROW.content] = byId ? digest[0] ?? 0 : 0;
    entry[ROW.content + 1] = byId ? digest[1] ?? 0 : 0;
    entry[ROW.index] = index;
    entry[ROW.more] = rowMore(index, { day: this.dayOf(tradeDate), hasVenueId });
    entry[ROW.recordKey] = this.#how.ofKey === "each" ? 0 : this.#numberOfKey(keyText);
    this.#rows.add(bucketOf(key[0] ?? 0, key[1] ?? 0, key[2] ?? 0, key[3] ?? 0), entry);
    if (time < this.#firstTime) this.#firstTime = time;
    if (time > this.#lastTime) this.#lastTime = time;
    this.#symbols.add(symbol.bytes, symbol.from, symbol.end);
  }

  #numberOfKey(text: string): number {
    const bytes = new TextEncoder().encode(text);
    return this.#keys.add(bytes, 0, bytes.length);
  }
}
