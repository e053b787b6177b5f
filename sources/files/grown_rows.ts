/**
 * Rows that an earlier run has taken without their line end: they may have grown since.
 *
 * @module
 */
import type { FilePlace, FilePosition, HalfRow } from "../../records/content/file_position.ts";
import { isPast } from "../../records/content/half_rows.ts";
import type { OpenInstantState } from "../../records/ids/open_instant.ts";
import type { RawRow, RowParser } from "../formats/row_parser.ts";
import type { GoodRow, SupersededRow } from "../source.ts";
import type { RowCut } from "./row_cut.ts";

/** How rows were read that had no line end. */
export interface EarlierReads {
  /** Where the row before the first one begins, if it is one, and where the line reader stands; else null. */
  readonly before: FilePosition | null;
  /** Gives rows the ids that they were given there. */
  readonly parserAt: (instant: OpenInstantState) => RowParser;
}

/** What has become of such a row: it is as it was, has got its line end alone, or is another row by now. */
export type Growth = "none" | "line_end" | "more";

const CR = 0x0d;

/** Such rows of one source. */
export class GrownRows {
  /** Where the row before the first one begins, as long as it is not known whether it has grown. */
  before: FilePosition | null;
  /** Of the batch that is being read. */
  superseded: SupersededRow[] = [];
  readonly #from: FilePosition;
  readonly #parser: RowParser;
  readonly #earlier: EarlierReads | null;
  /** Of rows that are still to come. */
  readonly #halves: readonly HalfRow[];
  /** How many rows were given out once more. */
  #again: number;

  constructor(from: FilePosition, parser: RowParser, earlier: EarlierReads | null) {
    this.before = earlier?.before ?? null;
    this.#from = from;
    this.#parser = parser;
    this.#earlier = earlier;
    this.#halves = from.at.halves ?? [];
    this.#again = from.at.again ?? 0;
  }

  /** Whether a row that is still to come may be one of them. */
  get isWaiting(): boolean {
    return this.before !== null || this.#halves.length > 0;
  }

  /** What has become of the row before the first one, now that it was cut. */
  growthOf({ start, length, ended }: RowCut, { buffer, before }: {
    readonly buffer: Uint8Array;
    readonly before: FilePosition;
  }): Growth {
    const taken = this.#taken(before);
    const isSame = length === taken || (length === taken - 1 && buffer[start + length] === CR);
    if (!isSame) return "more";
    return ended ? "line_end" : "none";
  }

  /**
   * The row before the first one is given out once more, whole, under the same number.
   *
   * @param raw null if it is over the limit
   */
  giveAgain(raw: RawRow | null, before: FilePosition): void {
    const { row } = this.#from, half = { row, offset: before.at.offset, bytes: this.#taken(before) };
    this.before = null;
    this.#again += 1;
    this.superseded.push({ row, parts: raw === null ? [] : this.#partsOf(raw, [half]) });
  }

  /** Finds the records that an earlier run has made of a row, if it was half then; nothing of a row that has not grown. */
  find(raw: RawRow): void {
    if (this.#halves.length === 0) return;
    const { row } = raw;
    const shorter = this.#halves.filter(({ offset, bytes }) => offset === raw.offset && bytes < raw.length);
    if (shorter.length === 0) return;
    const parts = this.#partsOf(raw, shorter);
    const before = this.superseded.find((one) => one.row === row);
    this.superseded = this.superseded.filter((one) => one !== before);
    this.superseded.push({ row, parts: [...before?.parts ?? [], ...parts] });
  }

  /** What a position keeps of them. */
  at(offset: number): Pick<FilePlace, "again" | "halves"> {
    const halves = this.#halves.filter((half) => !isPast(offset, half));
    return {
      ...(this.#again === 0 ? {} : { again: this.#again }),
      ...(halves.length === 0 ? {} : { halves }),
    };
  }

  /** How many bytes were taken of the row before the first one. */
  #taken(before: FilePosition): number {
    return this.#from.at.offset - before.at.offset;
  }

  /** The records that were made of the first bytes of a row. Nothing after it may have been parsed. */
  #partsOf(raw: RawRow, halves: readonly HalfRow[]): GoodRow[] {
    if (this.#earlier === null) return [];
    const instant = this.#parser.instant.state(), { parserAt } = this.#earlier;
    return halves.flatMap(({ bytes }) => {
      const length = raw.buffer[raw.start + bytes - 1] === CR ? bytes - 1 : bytes;
      const part = parserAt(instant).parse({ ...raw, length, end: raw.start + length });
      return part.ok ? [part] : [];
    });
  }
}
