/**
 * A batch as one object for each row, of a parser that makes them.
 *
 * @module
 */
import type { BatchAbout, GatheredRows, RawRow, RowParser } from "./row_parser.ts";
import type { BadRow, RowBatch, SourceRow } from "../source.ts";

/** The rows that a parser makes. */
export class ParsedRows implements GatheredRows {
  readonly #parser: RowParser;
  readonly #rows: SourceRow[] = [];

  constructor(parser: RowParser) {
    this.#parser = parser;
  }

  get size(): number {
    return this.#rows.length;
  }

  add(raw: RawRow): BadRow | null {
    const row = this.#parser.parse(raw);
    if (!row.ok) return row;
    this.#rows.push(row);
    return null;
  }

  refuse(row: BadRow): void {
    this.#rows.push(row);
  }

  batch(about: BatchAbout): RowBatch {
    return { ...about, rows: this.#rows };
  }
}
