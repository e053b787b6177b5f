/**
 * Compares what ids could not tell by content: rows that were not found with records of the same content under any id. A
 * row without an id of its venue has one by its place in the file, or by how many equal rows come before it, so that it
 * changes when rows before it come or go.
 *
 * @module
 */
import { HashFilter } from "./bits.ts";
import { ordinalOf, RECORD, ROW, rowDay, rowHasVenueId, rowIndex } from "./entries.ts";
import type { Comparison } from "./match_by_id.ts";
import type { WantedRows } from "./row_groups.ts";
import { BUCKETS, Spill, type SpillRoom } from "./spill.ts";

/** Content (2 words), index or ordinal (2), day, and what it is. */
const ENTRY = { content: 0, number: 2, numberUpper: 3, day: 4, what: 5, words: 6 } as const;
const ROW_HERE = 0, VENUE_ROW = 1, STOOD_FOR = 2, STRANGER = 3, SURPLUS = 4;

/** Rows of one content, in file order, and records. */
interface Content {
  readonly rows: { readonly index: number; readonly day: number; readonly what: number }[];
  /** By their places in the topic. */
  readonly strangers: number[];
  readonly surplus: number[];
}

/** The comparison by content. */
export class ContentMatching implements Disposable {
  readonly #comparison: Comparison;
  readonly #once: boolean;
  readonly #entries: Spill;
  readonly #wanted = new HashFilter();
  readonly #entry = new Uint32Array(ENTRY.words);

  constructor(comparison: Comparison, { acrossFiles, ofKey }: WantedRows, room: SpillRoom) {
    this.#comparison = comparison;
    this.#once = acrossFiles === "once" && ofKey === "each";
    this.#entries = new Spill(ENTRY.words, room);
  }

  /** Adds a record whose id no row has. */
  addStranger(words: Uint32Array, at: number): void {
    this.#addRecord(words, at, STRANGER);
  }

  /** Compares all. Call it when all strangers are added. */
  match(): void {
    this.#addSurplus();
    this.#noteAbsent();
    if (this.#wanted.isEmpty) return;
    this.#addRows();
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      for (const content of this.#contentsOf(bucket)) this.#settle(content);
    }
  }

  [Symbol.dispose](): void {
    this.#entries[Symbol.dispose]();
  }

  #addSurplus(): void {
    const { surplus } = this.#comparison.leftovers;
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      for (const words of surplus.read(bucket, { last: true })) {
        for (let at = 0; at < words.length; at += RECORD.words) this.#addRecord(words, at, SURPLUS);
      }
    }
  }

  #addRecord(words: Uint32Array, at: number, what: number): void {
    const first = words[at + RECORD.content] ?? 0, second = words[at + RECORD.content + 1] ?? 0;
    this.#wanted.add(first);
    const ordinal = ordinalOf(words[at + RECORD.ordinal] ?? 0, words[at + RECORD.more] ?? 0);
    this.#add({ first, second, number: ordinal, day: 0, what });
  }

  /** Where rows are written once for several files, those that were not found are compared with all of their content. */
  #noteAbsent(): void {
    const { expected } = this.#comparison;
    if (!this.#once || expected.found.size === expected.wanted.size) return;
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      const { words } = expected.groups(bucket);
      for (let at = 0; at < words.length; at += ROW.words) {
        const index = rowIndex(words, at);
        if (expected.wanted.has(index) && !expected.found.has(index)) this.#wanted.add(words[at + ROW.content] ?? 0);
      }
    }
  }

  #addRows(): void {
    const { expected } = this.#comparison;
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      const groups = expected.groups(bucket), { words } = groups;
      for (let row = 0; row < groups.size; row++) {
        const at = row * ROW.words, number = rowIndex(words, at);
        const first = words[at + ROW.content] ?? 0, second = words[at + ROW.content + 1] ?? 0;
        const isStoodFor = groups.isStoodFor(row);
        if (!this.#wanted.mayHave(first) || (!isStoodFor && !expected.wanted.has(number))) continue;
        const what = isStoodFor ? STOOD_FOR : rowHasVenueId(words, at) ? VENUE_ROW : ROW_HERE;
        this.#add({ first, second, number, day: rowDay(words, at), what });
      }
    }
  }

  #add(
    { first, second, number, day, what }: { first: number; second: number; number: number; day: number; what: number },
  ): void {
    const entry = this.#entry;
    entry[ENTRY.content] = first;
    entry[ENTRY.content + 1] = second;
    entry[ENTRY.number] = number;
    entry[ENTRY.numberUpper] = Math.floor(number / 2 ** 32);
    entry[ENTRY.day] = day;
    entry[ENTRY.what] = what;
    this.#entries.add(second % BUCKETS, entry);
  }

  #contentsOf(bucket: number): Iterable<Content> {
    const contents = new Map<number, Content>();
    const words = this.#entries.whole(bucket, { last: true });
    for (let at = 0; at < words.length; at += ENTRY.words) {
      // All bits but those that the bucket tells fit into a number, but for four.
      const key = (words[at] ?? 0) * 2 ** 20 + Math.floor((words[at + 1] ?? 0) / 2 ** 12);
      const content = contents.get(key) ?? { rows: [], strangers: [], surplus: [] };
      contents.set(key, content);
      const number = (words[at + ENTRY.number] ?? 0) + (words[at + ENTRY.numberUpper] ?? 0) * 2 ** 32;
      const what = words[at + ENTRY.what] ?? 0;
      if (what === STRANGER) content.strangers.push(number);
      else if (what === SURPLUS) content.surplus.push(number);
      else content.rows.push({ index: number, day: words[at + ENTRY.day] ?? 0, what });
    }
    for (const { rows, strangers, surplus } of contents.values()) {
      rows.sort((a, b) => a.index - b.index);
      strangers.sort((a, b) => a - b);
      surplus.sort((a, b) => a - b);
    }
    return contents.values();
  }

  #settle({ rows, strangers, surplus }: Content): void {
    const { expected, tally } = this.#comparison;
    const movable = rows.filter(({ what }) => what === ROW_HERE);
    const absent = movable.filter(({ index }) => !expected.found.has(index));
    const records = surplus.length + strangers.length, moved = absent.slice(0, records);
    for (const { index, day } of moved) {
      expected.find(index, day);
      tally.found += 1;
      tally.otherIds += 1;
    }
    const index = rows[0]?.index ?? null;
    for (const ordinal of surplus.slice(moved.length)) tally.isTwice({ ordinal, index });
    for (const ordinal of strangers.slice(Math.max(0, moved.length - surplus.length))) {
      if (movable.length > 0) tally.isTwice({ ordinal, index });
      else tally.isUnexpected(ordinal);
    }
    if (this.#once) this.#settleShared(rows);
  }

  /**
   * Of a content that is missing under an id, expects as many rows as the file with the largest number of them has, under
   * any ids.
   */
  #settleShared(rows: Content["rows"]): void {
    const { expected } = this.#comparison;
    const absent = rows.filter(({ index }) => expected.wanted.has(index) && !expected.found.has(index));
    if (absent.length === 0) return;
    const rowsOf = new Map<number, number>();
    for (const { index } of rows) {
      const file = expected.fileOf(index);
      rowsOf.set(file, (rowsOf.get(file) ?? 0) + 1);
    }
    const found = rows.filter(({ index }) => expected.found.has(index)).length;
    const missing = Math.max(0, Math.max(...rowsOf.values()) - found);
    for (const { index, day } of absent.slice(missing)) expected.supersede(index, day);
  }
}
