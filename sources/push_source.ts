/**
 * Rows that a program hands over one by one, as a source: bounded, read in order, each row with a promise that settles when
 * the row does. Rows are kept until they settle, so a reader that is opened again loses none.
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
  readonly exchange: string;
  readonly assetClass: AssetClass;
  /** Most rows that may be waiting or under way; `push` waits for room. */
  readonly capacity: number;
}

interface Entry<Receipt> {
  readonly row: GoodRow;
  readonly resolve: (receipt: Receipt) => void;
  readonly reject: (cause: unknown) => void;
}

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
  /** Wakes the reader, and those who wait for room or for an empty source. */
  #waiters: (() => void)[] = [];

  constructor(options: PushSourceOptions) {
    this.id = options.id;
    this.name = options.id;
    this.kind = options.kind;
    this.exchange = options.exchange;
    this.assetClass = options.assetClass;
    this.#capacity = options.capacity;
  }

  /** Hands a record over, waiting for room; settles when the record is acknowledged or refused. */
  async push({ record, messageId }: PushedRecord): Promise<Receipt> {
    while (this.#entries.size >= this.#capacity && !this.#closed && this.#failure === null) await this.#change();
    if (this.#failure !== null) throw this.#failure.cause;
    if (this.#closed) throw new TypeError(`Source "${this.id}" is closed`);
    const { promise, resolve, reject } = Promise.withResolvers<Receipt>();
    const number = ++this.#lastRow;
    const row: GoodRow = {
      ok: true,
      row: number,
      line: number,
      offset: 0,
      length: 0,
      record,
      messageId,
      tradeDate: "",
    };
    this.#entries.set(number, { row, resolve, reject });
    this.#wake();
    return await promise;
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
    this.#wake();
  }

  /** Rejects every row that has not settled, and every later one. */
  fail(cause: unknown): void {
    this.#failure ??= { cause };
    for (const row of [...this.#entries.keys()]) this.refuse(row, cause);
    this.#wake();
  }

  /** Resolves when every row that was pushed before has settled. */
  async flushed(): Promise<void> {
    const last = this.#lastRow;
    for (;;) {
      const [oldest] = this.#entries.keys();
      if (oldest === undefined || oldest > last) return;
      await this.#change();
    }
  }

  open(from?: SourcePosition): Promise<RowReader> {
    let position = from ?? START;
    return Promise.resolve({
      next: async (maxRows: number): Promise<RowBatch | null> => {
        for (;;) {
          const rows = this.#rowsAfter(position.row, maxRows);
          const last = rows.at(-1);
          if (last !== undefined) {
            const next = { ...position, row: last.row, line: last.row };
            const batch = { kind: this.kind, rows, from: position, next, raw: () => new Uint8Array(0) };
            position = next;
            return batch;
          }
          if (this.#closed || this.#failure !== null) return null;
          await this.#change();
        }
      },
      close: () => Promise.resolve(),
    });
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
    if (entry !== undefined) this.#wake();
    return entry;
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#waiters.push(resolve));
  }

  #wake(): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiters) waiter();
  }
}

const START: SourcePosition = { row: 0, line: 0, offset: 0, openInstant: NO_OPEN_INSTANT };
