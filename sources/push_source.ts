/**
 * Rows that a program hands over one by one, as a source: read in the order in which they came, each with a call that is
 * told when the row settles. Rows are kept until they settle, so a reader that is opened again loses none.
 *
 * @module
 */
import { NO_OPEN_INSTANT } from "../records/ids/open_instant.ts";
import type { AssetClass, RecordKind, RecordV2, Unscaled } from "../schemas/record_types.ts";
import type { Dataset, GoodRow, RowBatch, RowReader, RowSource, SourcePosition } from "./source.ts";

/** Who waits for a row. */
export interface RowCall<Receipt> {
  resolve(receipt: Receipt): void;
  reject(cause: unknown): void;
}

/** A record to be written, with its message id. */
export interface PushedRecord {
  readonly record: Unscaled<RecordV2>;
  readonly messageId: string;
  /** What it is of; one object for each dataset, as rows with the same one are read together. @default the source's own */
  readonly dataset?: Dataset | undefined;
}

/** What a push source is. */
export interface PushSourceOptions extends Dataset {
  readonly id: string;
  /** Unsettled rows from which on {@link PushSource.room} makes its callers wait. */
  readonly capacity: number;
  /** Nothing is read before this has settled. @default at once */
  readonly after?: Promise<unknown> | undefined;
}

/** A push to a source that takes no more rows. */
export class PushSourceClosedError extends Error {
  override readonly name = "PushSourceClosedError";
}

/** A row with its caller: one object, as there may be very many. What every pushed row has in common is not in it. */
class PushedRow<Receipt> implements GoodRow {
  constructor(
    readonly row: number,
    readonly record: Unscaled<RecordV2>,
    readonly messageId: string,
    readonly dataset: Dataset | undefined,
    readonly call: RowCall<Receipt>,
  ) {}

  get ok(): true {
    return true;
  }

  get line(): number {
    return this.row;
  }

  get offset(): number {
    return 0;
  }

  get length(): number {
    return 0;
  }

  get tradeDate(): string {
    return "";
  }
}

/** A source that a program feeds. */
export class PushSource<Receipt> implements RowSource {
  readonly id: string;
  readonly name: string;
  readonly kind: RecordKind;
  readonly exchange: string;
  readonly assetClass: AssetClass;
  readonly bytes = null;
  readonly resumable = true;
  readonly #capacity: number;
  /** Rows that have not settled, by row number, in order. */
  readonly #rows = new Map<number, PushedRow<Receipt>>();
  #lastRow = 0;
  #held: boolean;
  #closed = false;
  #failure: { readonly cause: unknown } | null = null;
  /** Readers that have nothing to read. */
  #readers: (() => void)[] = [];
  /** Callers that wait for room. */
  #waiting: (() => void)[] = [];

  constructor({ id, kind, exchange, assetClass, capacity, after }: PushSourceOptions) {
    this.id = id;
    this.name = id;
    this.kind = kind;
    this.exchange = exchange;
    this.assetClass = assetClass;
    this.#capacity = capacity;
    this.#held = after !== undefined;
    const begin = () => {
      this.#held = false;
      this.#readers = wake(this.#readers);
    };
    after?.then(begin, begin);
  }

  /** True while every row that was handed over has settled, or it is not this source's turn. */
  readonly idle = (): boolean => this.#held || this.#rows.size === 0;

  /** True while as many rows as the capacity, or more, are unsettled. */
  get full(): boolean {
    return this.#rows.size >= this.#capacity;
  }

  /** False once it was closed, or has failed. */
  get takesRows(): boolean {
    return !this.#closed && this.#failure === null;
  }

  /**
   * Hands a record over, at once and in the order of the calls; its call is told when the record is acknowledged or
   * refused. It does not wait for room: who has many records waits for {@link room} between them.
   *
   * After `close` the call is rejected with a `PushSourceClosedError`, after `fail` with its cause.
   */
  push({ record, messageId, dataset }: PushedRecord, call: RowCall<Receipt>): void {
    if (this.#failure !== null) return call.reject(this.#failure.cause);
    if (this.#closed) return call.reject(new PushSourceClosedError(`Source "${this.id}" takes no more rows`));
    const number = ++this.#lastRow;
    this.#rows.set(number, new PushedRow(number, record, messageId, dataset, call));
    if (this.#readers.length > 0) this.#readers = wake(this.#readers);
  }

  /** Resolves when the source is not full any more. */
  async room(): Promise<void> {
    while (this.full) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** The row is acknowledged. */
  settle(row: number, receipt: Receipt): void {
    this.#take(row)?.resolve(receipt);
  }

  /** The row cannot be written. */
  refuse(row: number, cause: unknown): void {
    this.#take(row)?.reject(cause);
  }

  /** No more rows; what is there is still read. */
  close(): void {
    this.#closed = true;
    this.#readers = wake(this.#readers);
  }

  /**
   * Rejects every row that has not settled, and every later one.
   *
   * @param causeOf what a row's caller is told instead, if more is known of it
   */
  fail(cause: unknown, causeOf: (row: number) => unknown = () => cause): void {
    this.#failure ??= { cause };
    for (const row of [...this.#rows.keys()]) this.refuse(row, causeOf(row));
    this.#readers = wake(this.#readers);
  }

  open(from: SourcePosition = START): Promise<RowReader> {
    let position = from;
    let open = true;
    const next = async (maxRows: number): Promise<RowBatch | null> => {
      while (open) {
        const batch = this.#held ? null : this.#batchAfter(position, maxRows);
        if (batch !== null) {
          position = batch.next;
          return batch;
        }
        if (this.#failure !== null || (this.#closed && !this.#held)) return null;
        await new Promise<void>((resolve) => this.#readers.push(resolve));
      }
      return null;
    };
    const close = () => {
      open = false;
      this.#readers = wake(this.#readers);
      return Promise.resolve();
    };
    return Promise.resolve({ next, close });
  }

  /** Rows of one dataset. */
  #batchAfter(from: SourcePosition, maxRows: number): RowBatch | null {
    const first = this.#rowAfter(from.row);
    if (first === undefined) return null;
    const { dataset } = first;
    const rows: GoodRow[] = [];
    for (let row: typeof first | undefined = first; row !== undefined && row.dataset === dataset;) {
      rows.push(row);
      if (rows.length >= maxRows) break;
      row = this.#rowAfter(row.row);
    }
    const next = positionAfter(rows.at(-1)?.row ?? from.row);
    return { kind: dataset?.kind ?? this.kind, dataset, rows, from, next, raw: noBytes };
  }

  #rowAfter(row: number): PushedRow<Receipt> | undefined {
    for (let number = row + 1; number <= this.#lastRow; number++) {
      const found = this.#rows.get(number);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #take(row: number): RowCall<Receipt> | undefined {
    const call = this.#rows.get(row)?.call;
    this.#rows.delete(row);
    if (this.#waiting.length > 0 && !this.full) this.#waiting = wake(this.#waiting);
    return call;
  }
}

const START: SourcePosition = positionAfter(0);

function positionAfter(row: number): SourcePosition {
  return { row, line: row, offset: 0, openInstant: NO_OPEN_INSTANT };
}

/** A pushed row never was bytes. */
function noBytes(): Uint8Array {
  return new Uint8Array(0);
}

/** Calls all who wait; none is left. */
function wake(waiting: readonly (() => void)[]): (() => void)[] {
  for (const resume of waiting) resume();
  return [];
}
