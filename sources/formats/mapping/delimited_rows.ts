/**
 * The rows of a delimited file as cells: column `i` is slot `i`.
 *
 * @module
 */
import type { BadRow } from "../../source.ts";
import { DelimitedCells, type DelimitedOptions } from "../delimited_cells.ts";
import { badForm, QUOTING, type RawRow } from "../row_parser.ts";
import type { DelimitedForm, RowCells } from "./event_plan.ts";
import type { RowFilter } from "./row_filter.ts";

/** What rows must be like. */
export interface DelimitedRowsOptions extends DelimitedOptions {
  /** The names of the columns. */
  readonly columns: readonly string[];
  /** Whether the first line has named them. */
  readonly hasHeader: boolean;
  /** @default every row is a record */
  readonly filter?: RowFilter | null | undefined;
}

/** Splits rows. */
export class DelimitedRows extends DelimitedCells implements RowCells {
  readonly isCacheable: boolean = true;
  readonly #columns: readonly string[];
  readonly #hasHeader: boolean;
  readonly #filter: RowFilter | null;

  constructor({ columns, hasHeader, filter = null, ...options }: DelimitedRowsOptions) {
    super(options);
    this.#columns = columns;
    this.#hasHeader = hasHeader;
    this.#filter = filter;
  }

  get delimited(): DelimitedForm | null {
    if (this.#filter !== null || !this.isCacheable) return null;
    return { delimiter: this.delimiter, isQuoted: this.isQuoted, width: this.#columns.length };
  }

  splitRow(raw: RawRow): BadRow | null {
    const fault = this.split(raw.buffer, raw.start, raw.end);
    if (fault !== null) return badForm(raw, fault, QUOTING);
    const filter = this.#filter;
    const trailer = filter === null ? null : filter.trailer(this, raw);
    if (trailer !== null) return trailer;
    const { length } = this.#columns;
    if (this.count === length) return filter === null ? null : filter.judge(this, raw);
    const expected = this.#hasHeader
      ? `the header has ${length}`
      : `${length} are expected: ${this.#columns.join(", ")}`;
    return badForm(raw, "wrong_column_count", `It has ${this.count}, and ${expected}.`);
  }

  end(rows: number, bytes: number | null): void {
    this.#filter?.end(rows, bytes);
  }
}
