/**
 * Counts the rows and lines of a source, and says where the row stands that was cut.
 *
 * @module
 */
import type { OpenInstant } from "../../records/ids/open_instant.ts";
import type { FilePosition } from "../../records/content/file_position.ts";
import type { RawRow } from "../formats/row_parser.ts";
import type { GrownRows } from "./grown_rows.ts";
import type { LineReader } from "./line_reader.ts";
import { emptyCut, type RowCut } from "./row_cut.ts";

/** What {@link RowPlaces} are made of. */
export interface RowPlacesOptions {
  /** Cuts the rows. */
  readonly lines: LineReader;
  /** Tells equal rows of an instant apart. */
  readonly instant: OpenInstant;
  readonly grown: GrownRows;
  /** Where the first batch begins. */
  readonly from: FilePosition;
  /** Rows and lines before the first row that is read. */
  readonly row: number;
  readonly line: number;
}

/** Places in one source. */
export class RowPlaces {
  /** Where the next batch begins. */
  position: FilePosition;
  /** The number of the last row. */
  row: number;
  /** Lines before the next row. */
  line: number;
  /** What the line reader has cut. */
  readonly cut: RowCut = emptyCut();
  /** The row that was placed last. */
  readonly raw: RawRow = {
    row: 0,
    line: 0,
    offset: 0,
    length: 0,
    buffer: new Uint8Array(0),
    start: 0,
    end: 0,
    record: -1,
  };
  readonly #lines: LineReader;
  readonly #instant: OpenInstant;
  readonly #grown: GrownRows;

  constructor({ lines, instant, grown, from, row, line }: RowPlacesOptions) {
    this.position = from;
    this.#lines = lines;
    this.#instant = instant;
    this.#grown = grown;
    this.row = row;
    this.line = line;
  }

  /** The row that was cut, as the next one. */
  placeCut(): RawRow {
    const lines = this.#lines, { start, end } = this.cut;
    const raw = this.place(lines.base + start);
    raw.buffer = lines.buffer;
    raw.start = start;
    raw.end = end;
    return raw;
  }

  /** The next row, whose bytes are not in the buffer: it begins at an offset. */
  place(offset: number): RawRow {
    const raw = this.raw;
    this.row += 1;
    raw.row = this.row;
    raw.line = this.line + 1;
    raw.offset = offset;
    raw.length = this.cut.length;
    return raw;
  }

  /** The position after all rows so far; nothing after it may have been parsed. */
  positionAt(offset: number): FilePosition {
    const content = this.#lines.contentUpTo(offset);
    return {
      row: this.row,
      at: {
        line: this.line,
        offset,
        openInstant: this.#instant.state(),
        ...(content === undefined ? {} : { content }),
        ...this.#grown.at(offset),
      },
    };
  }
}
