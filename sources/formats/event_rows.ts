/**
 * A batch of trades or quotes in columns. Its rows become objects only when a caller asks for them: a writer of records
 * takes the columns.
 *
 * @module
 */
import type { EventColumns } from "../../records/columns/event_columns.ts";
import type { RecordKind } from "../../schemas/record_types.ts";
import type { AlikeRun, BatchAbout, GatheredRows, RawRow, RunRows } from "./row_parser.ts";
import type { BadRow, RowBatch, RowPlace, SourcePosition, SourceRow } from "../source.ts";

/** The places of the rows of a batch: four numbers each. */
class Places {
  #numbers: Float64Array;
  #size = 0;

  constructor(capacity: number) {
    this.#numbers = new Float64Array(capacity * 4);
  }

  add({ row, line, offset, length }: RowPlace): void {
    const at = this.#size++ * 4;
    if (at === this.#numbers.length) {
      const grown = new Float64Array(Math.max(64, at * 2));
      grown.set(this.#numbers);
      this.#numbers = grown;
    }
    const numbers = this.#numbers;
    numbers[at] = row;
    numbers[at + 1] = line;
    numbers[at + 2] = offset;
    numbers[at + 3] = length;
  }

  /** Places of rows that follow one another, each in a line of its own. */
  addAll({ row, line, offset }: RowPlace, { starts, lengths }: RunRows): void {
    for (let index = 0; index < starts.length; index++) {
      this.add({
        row: row + index,
        line: line + index,
        offset: offset + (starts[index] ?? 0),
        length: lengths[index] ?? 0,
      });
    }
  }

  of(index: number): RowPlace {
    const [row = 0, line = 0, offset = 0, length = 0] = this.#numbers.subarray(index * 4, index * 4 + 4);
    return { row, line, offset, length };
  }
}

/** The rows that the parser puts into columns. */
export class EventRows implements GatheredRows {
  readonly #columns: EventColumns;
  readonly #places: Places;
  readonly #parseInto: (raw: RawRow) => BadRow | null;
  readonly #parseAlike: (run: AlikeRun) => RunRows | null;
  readonly #bad = new Map<number, BadRow>();

  /**
   * @param parseInto Adds a row to the columns, or returns the reason why it cannot be one.
   * @param parseAlike Adds the rows of a run that are like earlier ones.
   */
  constructor(
    columns: EventColumns,
    parseInto: (raw: RawRow) => BadRow | null,
    parseAlike: (run: AlikeRun) => RunRows | null,
  ) {
    this.#columns = columns;
    this.#places = new Places(columns.micros.length);
    this.#parseInto = parseInto;
    this.#parseAlike = parseAlike;
  }

  addAlike(run: AlikeRun): RunRows | null {
    const taken = this.#parseAlike(run);
    if (taken !== null) this.#places.addAll(run.first, taken);
    return taken;
  }

  get size(): number {
    return this.#columns.size;
  }

  add(raw: RawRow): BadRow | null {
    const bad = this.#parseInto(raw);
    if (bad === null) this.#places.add(raw);
    return bad;
  }

  refuse(row: BadRow): void {
    this.#bad.set(this.#columns.size, row);
    this.#columns.skip();
    this.#places.add(row);
  }

  batch(about: BatchAbout): RowBatch {
    return new EventBatch(about, { columns: this.#columns, places: this.#places, bad: this.#bad });
  }
}

class EventBatch implements RowBatch {
  readonly kind: RecordKind;
  readonly from: SourcePosition;
  readonly next: SourcePosition;
  readonly supersedes: RowBatch["supersedes"];
  readonly header: RowBatch["header"];
  readonly half: RowBatch["half"];
  readonly raw: (row: SourceRow) => Uint8Array;
  readonly #columns: EventColumns;
  readonly #places: Places;
  readonly #bad: ReadonlyMap<number, BadRow>;
  #rows: readonly SourceRow[] | null = null;

  constructor(
    { kind, from, next, supersedes, header, half, raw }: BatchAbout,
    { columns, places, bad }: { columns: EventColumns; places: Places; bad: ReadonlyMap<number, BadRow> },
  ) {
    this.kind = kind;
    this.from = from;
    this.next = next;
    this.supersedes = supersedes;
    this.header = header;
    this.half = half;
    this.raw = raw;
    this.#columns = columns;
    this.#places = places;
    this.#bad = bad;
  }

  get events(): EventColumns {
    return this.#columns;
  }

  get bad(): ReadonlyMap<number, BadRow> {
    return this.#bad;
  }

  get rows(): readonly SourceRow[] {
    return this.#rows ??= Array.from({ length: this.#columns.size }, (_, index) => this.#row(index));
  }

  #row(index: number): SourceRow {
    const bad = this.#bad.get(index);
    if (bad !== undefined) return bad;
    const record = this.#columns.record(index), shared = this.#columns.shared[index] ?? null;
    if (record === null || shared === null) throw new Error(`Row ${index} of the batch is neither good nor bad`);
    const { row, line, offset, length } = this.#places.of(index);
    const messageId = record.message_id, { tradeDate } = shared;
    return { row, line, offset, length, ok: true, record, messageId, tradeDate };
  }
}
