/**
 * The rows of a delimited file as cells: column `i` is slot `i`.
 *
 * @module
 */
import type { BadRow } from "../../source.ts";
import { DelimitedCells, type DelimitedOptions } from "../delimited_cells.ts";
import { badForm, QUOTING, type RawRow } from "../row_parser.ts";
import { isSame } from "../readers/known_bytes.ts";
import type { DelimitedForm, RowCells } from "./event_plan.ts";
import type { RowFilter } from "./row_filter.ts";

const utf8 = new TextEncoder();
/** What lines of many files begin with that are no rows. */
const COMMENTS = ["#", "//", "%"].map((comment) => utf8.encode(comment));
const AS_COMMENT =
  "Lines that are comments are passed over where rows.comment of the mapping says what they begin with, " +
  'such as "#".';

/** What rows must be like. */
export interface DelimitedRowsOptions extends DelimitedOptions {
  /** The names of the columns. */
  readonly columns: readonly string[];
  /** Whether the first line has named them. */
  readonly hasHeader: boolean;
  /** @default every row is a record */
  readonly filter?: RowFilter | null | undefined;
  /** What a line begins with that is no row. @default every line is one */
  readonly comment?: string | undefined;
}

/** Splits rows. */
export class DelimitedRows extends DelimitedCells implements RowCells {
  readonly isCacheable: boolean = true;
  readonly #columns: readonly string[];
  readonly #hasHeader: boolean;
  readonly #filter: RowFilter | null;
  /** Null if every line is a row. */
  readonly #comment: Uint8Array | null;

  constructor({ columns, hasHeader, filter = null, comment, ...options }: DelimitedRowsOptions) {
    super(options);
    this.#columns = columns;
    this.#hasHeader = hasHeader;
    this.#filter = filter;
    this.#comment = comment === undefined ? null : utf8.encode(comment);
  }

  get delimited(): DelimitedForm | null {
    if (this.#filter !== null || this.#comment !== null || !this.isCacheable) return null;
    return { delimiter: this.delimiter, isQuoted: this.isQuoted, width: this.#columns.length };
  }

  splitRow(raw: RawRow): BadRow | null {
    if (this.#comment !== null && begins(raw, this.#comment)) {
      // It has no cells, in place of those of the row before.
      this.count = 0;
      return badForm(raw, "passed_over", "It is a comment.");
    }
    const fault = this.split(raw.buffer, raw.start, raw.end);
    if (fault !== null) return badForm(raw, fault, QUOTING);
    const filter = this.#filter;
    const trailer = filter === null ? null : filter.trailer(this, raw);
    if (trailer !== null) return trailer;
    const { length } = this.#columns;
    if (this.count === length) return filter === null ? null : filter.judge(this, raw);
    filter?.noteOdd(raw);
    const expected = this.#hasHeader
      ? `the header has ${length}`
      : `${length} are expected: ${this.#columns.join(", ")}`;
    const advice = this.#comment === null && COMMENTS.some((comment) => begins(raw, comment)) ? ` ${AS_COMMENT}` : "";
    return badForm(raw, "wrong_column_count", `It has ${this.count}, and ${expected}.${advice}`);
  }

  end(rows: number, bytes: number | null): void {
    this.#filter?.end(rows, bytes);
  }
}

function begins({ buffer, start, end }: RawRow, comment: Uint8Array): boolean {
  return end - start >= comment.length && isSame(comment, buffer, start);
}
