/**
 * Which rows of a file are records, by their values: rows that a mapping passes over, corrections, and the trailer.
 *
 * @module
 */
import { RecordError } from "../../../records/errors.ts";
import { type BadRow, SourceError } from "../../source.ts";
import { type Cells, textOf } from "../cells.ts";
import { KnownBytes } from "../readers/known_bytes.ts";
import { badForm, badRow, type RawRow } from "../row_parser.ts";
import { rowReason } from "../../../records/row_reason.ts";
import type { Mapping } from "./language.ts";

/** Where the columns are, and what the file is. */
export interface FilterAbout {
  readonly slotOf: (column: string) => number;
  /** For messages. */
  readonly path: string;
  /** How many lines the header takes, 0 if there is none; null for rows without their file, where a trailer counts nothing. */
  readonly headerLines: number | null;
}

type Rows = Mapping["rows"];

const utf8 = new TextDecoder();
/** How much of a line is shown. */
const SHOWN_BYTES = 100;

/** Judges rows. */
export class RowFilter {
  readonly #only: readonly Choice[];
  readonly #corrections: Corrections | null;
  readonly #trailer: Trailer | null;
  readonly #path: string;
  readonly #headerLines: number | null;
  readonly #mayBeEmpty: boolean;
  /** Lines that are comments are not counted. */
  readonly #hasComments: boolean;
  #hasTrailer = false;
  /** The number of the last row that was looked at. */
  #row = 0;
  /** The last row that had other columns. */
  #odd: { readonly row: number; readonly line: number; readonly text: string } | null = null;

  constructor(rows: Rows, { slotOf, path, headerLines }: FilterAbout) {
    const { only = [], corrections } = rows;
    this.#path = path;
    this.#headerLines = headerLines;
    this.#hasComments = rows.form === "delimited" && rows.comment !== undefined;
    this.#mayBeEmpty = rows.emptyFile === "emptyDay";
    this.#only = only.map(({ from, keep, skip = [] }) => ({
      slot: slotOf(from),
      field: from,
      values: new KnownBytes<boolean>([
        ...keep.map((value) => [value, true] as const),
        ...skip.map((value) => [value, false] as const),
      ]),
      hint: `The format knows ${[...keep, ...skip].map((value) => JSON.stringify(value)).join(", ")} there.`,
    }));
    this.#corrections = corrections === undefined || corrections.then === "inline" ? null : {
      slot: slotOf(corrections.from),
      field: corrections.from,
      none: new KnownBytes(corrections.none.map((value) => [value, true])),
    };
    const trailer = rows.form === "delimited" ? rows.trailer : undefined;
    this.#trailer = trailer === undefined ? null : {
      slot: slotOf(trailer.from),
      mark: new KnownBytes([[trailer.equals, true]]),
      count: slotOf(trailer.count),
      from: trailer.from,
      equals: trailer.equals,
    };
  }

  /** Null for a record; `passed_over` for a row that is none and need not be. @throws {SourceError} `incomplete` */
  judge(cells: Cells, raw: RawRow): BadRow | null {
    for (const { slot, values, field, hint } of this.#only) {
      const isKept = values.of(cells, slot);
      if (isKept === true) continue;
      if (isKept === false) return badForm(raw, "passed_over", "");
      const value = textOf(cells, slot, field);
      return refused(raw, new RecordError("unknown_enum", { field, value, hint }));
    }
    const corrections = this.#corrections;
    if (corrections === null || corrections.none.of(cells, corrections.slot) === true) return null;
    const { field, slot } = corrections;
    const detail = `${field} is ${JSON.stringify(textOf(cells, slot, field))}: it is no trade of its own.`;
    return badForm(raw, "correction", detail);
  }

  /** What a trailer proves, as a row that is passed over; null for another row. @throws {SourceError} `incomplete` */
  trailer(cells: Cells, raw: RawRow): BadRow | null {
    const trailer = this.#trailer;
    if (trailer === null) return null;
    this.#row = raw.row;
    if (this.#hasTrailer) {
      throw this.#incomplete(raw, "there are rows after the last one, which says how many there are");
    }
    if (trailer.mark.of(cells, trailer.slot) !== true) return null;
    const headerLines = this.#headerLines;
    if (headerLines === null) {
      return badForm(raw, "passed_over", "It is the last row of its file, and counts the others.");
    }
    const text = textOf(cells, trailer.count, "count");
    // Every row is a line. A reader that resumes knows how many lines and rows there were, not what each line was.
    const count = this.#hasComments ? raw.row - 1 : raw.line - 1 - headerLines;
    const counted = (what: string) => `${count} ${what}${count === 1 ? "" : "s"}`;
    if (!/^[0-9]{1,15}$/.test(text) || Number(text) !== count) {
      const where = headerLines > 0 && !this.#hasComments ? "between the header and it" : "before it";
      const there = `there ${count === 1 ? "is" : "are"} ${counted(this.#hasComments ? "row" : "line")} ${where}`;
      throw this.#incomplete(raw, `its last row counts ${JSON.stringify(text)} rows, and ${there}`);
    }
    this.#hasTrailer = true;
    const proof = `It counts ${counted("row")}, and as many ${
      this.#hasComments ? "" : "lines "
    }are before it: the file is whole.`;
    return { ...badForm(raw, "passed_over", proof), proof };
  }

  /** Notes a row of other columns, which may be meant to be the trailer. */
  noteOdd(raw: RawRow): void {
    if (this.#trailer === null) return;
    const text = utf8.decode(raw.buffer.subarray(raw.start, Math.min(raw.end, raw.start + SHOWN_BYTES)));
    this.#odd = { row: raw.row, line: raw.line, text };
  }

  /** As that of a parser. @throws {SourceError} `incomplete` */
  end(rows: number, bytes: number | null): void {
    if (this.#trailer === null || this.#hasTrailer) return;
    // The last row may have been read before.
    if (rows === 0 && (bytes === null || (bytes === 0 && this.#mayBeEmpty))) return;
    throw new SourceError(
      "incomplete",
      `${this.#path} ends without the row that says how many rows it has: the end of it may be missing. ` +
        `${this.#lastLine(this.#trailer)}The rows that are there are written. Get the whole file, then run again.`,
    );
  }

  /** What stands at the end in place of the trailer, if that is no row either; else nothing. */
  #lastLine({ from, equals }: Trailer): string {
    const odd = this.#odd;
    if (odd === null || odd.row !== this.#row) return "";
    return `Its last line, line ${odd.line}, is ${JSON.stringify(odd.text)}: it would be that row if its column ` +
      `${JSON.stringify(from)} were ${JSON.stringify(equals)}, split by the delimiter of the other rows. `;
  }

  #incomplete({ line }: RawRow, what: string): SourceError {
    return new SourceError(
      "incomplete",
      `Line ${line} of ${this.#path}: ${what}. The rows before it are written. Get the whole file, then run again.`,
    );
  }
}

interface Choice {
  readonly slot: number;
  readonly field: string;
  readonly values: KnownBytes<boolean>;
  readonly hint: string;
}

interface Corrections {
  readonly slot: number;
  readonly field: string;
  readonly none: KnownBytes<boolean>;
}

interface Trailer {
  readonly slot: number;
  readonly mark: KnownBytes<boolean>;
  readonly count: number;
  /** For messages: what the mapping says. */
  readonly from: string;
  readonly equals: string;
}

function refused(raw: RawRow, error: RecordError): BadRow {
  return badRow(raw, error.rule, rowReason(error));
}
