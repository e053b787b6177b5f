/**
 * Rows that a program hands over one by one, as a source: read in the order in which they came, each with a promise that
 * settles when the row does. Rows are kept until they settle, so a reader that is opened again loses none.
 *
 * @module
 */
import { NO_OPEN_INSTANT } from "../records/open_instant.ts";
import type { AssetClass, RecordKind, RecordV2, Unscaled } from "../schemas/record_types.ts";
import type { GoodRow, RowBatch, RowReader, RowSource, SourcePosition } from "./source.ts";

/** A record to be written, with its message id. */
export interface PushedRecord {
  readonly record: Unscaled<RecordV2>;
  readonly messageId: string;
}

/** What a push source is. */
export interface PushSourceOptions {
  readonly id: string;
  readonly kind: RecordKind;
  /** Upper case. */
  readonly exchange: string;
  readonly assetClass: AssetClass;
  /** Unsettled rows from which on {@link PushSource.room} makes its callers wait. */
  readonly capacity: number;
}

/** A push to a source that takes no more rows. */
export class PushSourceClosedError extends Error {
  override readonly name = "PushSourceClosedError";
}

interface Entry<Receipt> {
  readonly row: GoodRow;
  readonly resolve: (receipt: Receipt) => void;
  readonly reject: (cause: unknown) => void;
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
  readonly #entries = new Map<number, Entry<Receipt>>();
  #lastRow = 0;
  #closed = false;
  #failure: { readonly cause: unknown } | null = null;
  /** Readers that have nothing to read. */
  #readers: (() => void)[] = [];
  /** Callers that wait for room. */
  #waiting: (() => void)[] = [];

  constructor(options: PushSourceOptions) {
    this.id = options.id;
    this.name = options.id;
    this.kind = options.kind;
    this.exchange = options.exchange;
    this.assetClass = options.assetClass;
    this.#capacity = options.capacity;
  }

  /** True while every row that was handed over has settled. */
  readonly idle = (): boolean => this.#entries.size === 0;

  /** True while as many rows as the capacity, or more, are unsettled. */
  get full(): boolean {
    return this.#entries.size >= this.#capacity;
  }

  /**
   * Hands a record over, at once and in the order of the calls; settles when the record is acknowledged or refused. It
   * does not wait for room: who has many records waits for {@link room} between them.
   *
   * @throws {PushSourceClosedError} After `close`; after `fail` its cause.
   */
  push({ record, messageId }: PushedRecord): Promise<Receipt> {
    if (this.#failure !== null) return Promise.reject(this.#failure.cause);
    if (this.#closed) return Promise.reject(new PushSourceClosedError(`Source "${this.id}" takes no more rows`));
    const { promise, resolve, reject } = Promise.withResolvers<Receipt>();
    const number = ++this.#lastRow;
    const place = { row: number, line: number, offset: 0, length: 0 };
    this.#entries.set(number, { row: { ok: true, ...place, record, messageId, tradeDate: "" }, resolve, reject });
    this.#readers = wake(this.#readers);
    return promise;
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

  /** Rejects every row that has not settled, and every later one. */
  fail(cause: unknown): void {
    this.#failure ??= { cause };
    for (const row of [...this.#entries.keys()]) this.refuse(row, cause);
    this.#readers = wake(this.#readers);
  }

  open(from: SourcePosition = START): Promise<RowReader> {
    let position = from;
    let open = true;
    const next = async (maxRows: number): Promise<RowBatch | null> => {
      while (open) {
        const rows = this.#rowsAfter(position.row, maxRows);
        const last = rows.at(-1);
        if (last !== undefined) {
          const batch = { kind: this.kind, rows, from: position, next: positionAfter(last.row), raw: noBytes };
          position = batch.next;
          return batch;
        }
        if (this.#closed || this.#failure !== null) return null;
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

  #rowsAfter(row: number, maxRows: number): GoodRow[] {
    const rows: GoodRow[] = [];
    for (let number = row + 1; number <= this.#lastRow && rows.length < maxRows; number++) {
      const entry = this.#entries.get(number);
      if (entry !== undefined) rows.push(entry.row);
    }
    return rows;
  }

  #take(row: number): Entry<Receipt> | undefined {
    const entry = this.#entries.get(row);
    this.#entries.delete(row);
    if (!this.full) this.#waiting = wake(this.#waiting);
    return entry;
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

/** Calls everybody who waits; nobody is left. */
function wake(waiting: readonly (() => void)[]): (() => void)[] {
  for (const resume of waiting) resume();
  return [];
}
