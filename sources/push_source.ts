/**
 * Rows that a program hands over one by one, as a source: read in the order in which they came, and kept until they settle,
 * so that a reader that is opened again loses none.
 *
 * @module
 */
import { RecordError } from "../records/errors.ts";
import { rowReason } from "../records/row_reason.ts";
import type { RowRule } from "../records/row_rules.ts";
import type { AssetClass, RecordKind, RecordV2, Unscaled } from "../schemas/record_types.ts";
import { Feed, Waiting } from "./feed.ts";
import type { BadRow, Dataset, GoodRow, RowBatch, RowReader, RowSource, SourcePosition, SourceRow } from "./source.ts";

/** The caller that waits for a row; one of the two is called, once. */
export interface RowCall<Receipt> {
  /** The row is written. */
  resolve(receipt: Receipt): void;
  /** The row is not written, or it is not known whether it is; `cause` says which. */
  reject(cause: unknown): void;
}

/** How a record is handed over. */
export interface PushOptions<Receipt> {
  /** What it is of; one object for each dataset, as rows with the same one are read together. @default the source's own */
  readonly dataset?: Dataset | undefined;
  /** Told by {@link PushSource.settle} or {@link PushSource.refuse}. @default nothing waits for the row */
  readonly call?: RowCall<Receipt> | undefined;
}

/** What a push source is. */
export interface PushSourceOptions extends Dataset {
  /** The same for the same source in every run. */
  readonly id: string;
  /** Unsettled rows from which on {@link PushSource.room} makes its callers wait. @default 10000 */
  readonly capacity?: number | undefined;
  /** Nothing is read before this has settled. @default at once */
  readonly after?: Promise<unknown> | undefined;
}

/** A push to a source that is closed. */
export class PushSourceClosedError extends Error {
  /** `PushSourceClosedError`. */
  override readonly name = "PushSourceClosedError";
}

const DEFAULT_CAPACITY = 10_000;
const NO_BYTES = new Uint8Array(0);

/** A row with its caller: one object, as there may be very many. What every pushed row has in common is not in it. */
abstract class PushedRow<Receipt> {
  constructor(
    readonly row: number,
    readonly bytes: Uint8Array,
    readonly dataset: Dataset | undefined,
    readonly call: RowCall<Receipt> | undefined,
  ) {}

  get line(): number {
    return this.row;
  }

  get offset(): number {
    return 0;
  }

  get length(): number {
    return this.bytes.length;
  }
}

class PushedRecord<Receipt> extends PushedRow<Receipt> implements GoodRow {
  constructor(row: number, readonly record: Unscaled<RecordV2>, bytes: Uint8Array, options: PushOptions<Receipt>) {
    super(row, bytes, options.dataset, options.call);
  }

  get ok(): true {
    return true;
  }

  get messageId(): string {
    return this.record.message_id;
  }

  get tradeDate(): string {
    return "";
  }
}

class PushedFault<Receipt> extends PushedRow<Receipt> implements BadRow {
  readonly rule: RowRule;
  readonly reason: string;

  constructor(row: number, error: RecordError, bytes: Uint8Array, options: PushOptions<Receipt>) {
    super(row, bytes, options.dataset, options.call);
    this.rule = error.rule;
    this.reason = rowReason(error);
  }

  get ok(): false {
    return false;
  }
}

type Pushed<Receipt> = PushedRecord<Receipt> | PushedFault<Receipt>;

/**
 * A source that a program feeds with rows, one after the other: from a feed, a queue or the like.
 *
 * A reader that is opened again after a failure resumes at the first row that has not settled; what has settled is
 * forgotten. Rows are in memory alone: what has not settled when the process ends is lost, unless the program hands it over
 * again.
 *
 * @example
 * ```ts
 * import { buildTradeV2, PushSource, settingsFrom, startRuntime, withUnscaled } from "tickflume";
 * import { MemoryLog, MemoryRegistry } from "tickflume/testing";
 * import assert from "node:assert/strict";
 *
 * const letters: string[] = [];
 * await using runtime = await startRuntime(settingsFrom({}, { cwd: Deno.cwd() }), {
 *   log: new MemoryLog(),
 *   registry: new MemoryRegistry(),
 *   deadLetters: { add: (refused) => refused.forEach(({ reason }) => letters.push(reason)) },
 *   observe: () => {},
 * });
 * const market = { exchange: "BINANCE", assetClass: "crypto" } as const;
 * const source = new PushSource({ id: "ticker", kind: "trade", ...market });
 * const reading = await runtime.addSource(source);
 * for (const price of ["60000.1", "sixty thousand"]) {
 *   await source.room();
 *   source.pushRaw(price, () => {
 *     const at = { ...market, symbol: "BTCUSDT", timestamp: new Date() };
 *     return withUnscaled("trade", "v2", buildTradeV2({ ...at, price, quantity: "0.05" }));
 *   });
 * }
 * source.close();
 * assert.deepEqual(await reading.done, { type: "completed" });
 * assert.equal(reading.account.totals().acked, 1);
 * assert.match(letters.join(), /price "sixty thousand" is refused/);
 * ```
 */
export class PushSource<Receipt = never> implements RowSource {
  readonly id: string;
  readonly name: string;
  readonly kind: RecordKind;
  readonly exchange: string;
  readonly assetClass: AssetClass;
  readonly bytes = null;
  readonly resumable = true;
  readonly #capacity: number;
  /** Rows that have not settled, by row number, in order. */
  readonly #rows = new Map<number, Pushed<Receipt>>();
  #lastRow = 0;
  readonly #feed: Feed;
  /** Callers that wait for room. */
  readonly #waiting = new Waiting();

  /** Makes an open source, without rows. */
  constructor({ id, kind, exchange, assetClass, capacity = DEFAULT_CAPACITY, after }: PushSourceOptions) {
    this.id = id;
    this.name = id;
    this.kind = kind;
    this.exchange = exchange;
    this.assetClass = assetClass;
    this.#capacity = capacity;
    this.#feed = new Feed(after);
  }

  /** True while every row that was handed over has settled, or it is not this source's turn. */
  readonly idle = (): boolean => this.#feed.held || this.#rows.size === 0;

  /** True while as many rows as the capacity, or more, are unsettled. */
  get full(): boolean {
    return this.#rows.size >= this.#capacity;
  }

  /** False once it was closed, or has failed. */
  get takesRows(): boolean {
    return this.#feed.takesRows;
  }

  /**
   * Hands a record over, at once and in the order of the calls. It does not wait for room: a program with many records
   * awaits {@link room} between them.
   *
   * @throws {PushSourceClosedError} After {@link close}; after {@link fail} its cause is thrown. A call is told instead.
   */
  push(record: Unscaled<RecordV2>, options: PushOptions<Receipt> = {}): void {
    this.#hand((row) => new PushedRecord(row, record, NO_BYTES, options), options);
  }

  /**
   * Hands over what the bytes or the text of a row say: a record, or a dead letter with them if `parse` throws a
   * `RecordError`. If the record cannot be written later on, they are in its dead letter, too.
   *
   * @throws As {@link push}, and what `parse` throws besides.
   */
  pushRaw(raw: Uint8Array | string, parse: () => Unscaled<RecordV2>, options: PushOptions<Receipt> = {}): void {
    const bytes = typeof raw === "string" ? new TextEncoder().encode(raw) : raw;
    const parsed = parsedOrRefused(parse);
    this.#hand(
      (row) =>
        parsed instanceof RecordError
          ? new PushedFault(row, parsed, bytes, options)
          : new PushedRecord(row, parsed, bytes, options),
      options,
    );
  }

  /** Resolves when the source has room. */
  async room(): Promise<void> {
    while (this.full) await this.#waiting.wait();
  }

  /** The row is acknowledged. */
  settle(row: number, receipt: Receipt): void {
    this.#take(row)?.resolve(receipt);
  }

  /** The row cannot be written. */
  refuse(row: number, cause: unknown): void {
    this.#take(row)?.reject(cause);
  }

  /** Every row up to this position is where it belongs; those that nothing waits for are forgotten. */
  settled({ row: last }: SourcePosition): void {
    for (const [row, { call }] of this.#rows) {
      if (row > last) break;
      if (call === undefined) this.#take(row);
    }
  }

  /** No more rows; what is there is still read. */
  close(): void {
    this.#feed.close();
  }

  /**
   * Rejects every row that has not settled, and every later one.
   *
   * @param causeOf what a row's caller gets instead, if more is known of the row
   */
  fail(cause: unknown, causeOf: (row: number) => unknown = () => cause): void {
    this.#feed.fail(cause);
    for (const row of [...this.#rows.keys()]) this.refuse(row, causeOf(row));
    this.#feed.wake();
  }

  open(from: SourcePosition = { row: 0, at: null }): Promise<RowReader> {
    return this.#feed.open(from, (position, maxRows) => this.#batchAfter(position, maxRows));
  }

  /** Rows of one dataset. */
  #batchAfter(from: SourcePosition, maxRows: number): RowBatch | null {
    const first = this.#rowAfter(from.row);
    if (first === undefined) return null;
    const { dataset } = first;
    const rows: Pushed<Receipt>[] = [];
    for (let row: typeof first | undefined = first; row !== undefined && row.dataset === dataset;) {
      rows.push(row);
      if (rows.length >= maxRows) break;
      row = this.#rowAfter(row.row);
    }
    const next = { row: rows.at(-1)?.row ?? from.row, at: null };
    return { kind: dataset?.kind ?? this.kind, dataset, rows, from, next, raw: bytesOf };
  }

  #hand(made: (row: number) => Pushed<Receipt>, { call }: PushOptions<Receipt>): void {
    const refused = this.#feed.failure ??
      (this.#feed.closed ? { cause: new PushSourceClosedError(`Source "${this.id}" takes no more rows`) } : null);
    if (refused !== null) {
      if (call === undefined) throw refused.cause;
      return call.reject(refused.cause);
    }
    const row = ++this.#lastRow;
    this.#rows.set(row, made(row));
    this.#feed.wake();
  }

  #rowAfter(row: number): Pushed<Receipt> | undefined {
    for (let number = row + 1; number <= this.#lastRow; number++) {
      const found = this.#rows.get(number);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #take(row: number): RowCall<Receipt> | undefined {
    const call = this.#rows.get(row)?.call;
    this.#rows.delete(row);
    if (!this.full) this.#waiting.wake();
    return call;
  }
}

function bytesOf(row: SourceRow): Uint8Array {
  return row instanceof PushedRow ? row.bytes : NO_BYTES;
}

function parsedOrRefused(parse: () => Unscaled<RecordV2>): Unscaled<RecordV2> | RecordError {
  try {
    return parse();
  } catch (error) {
    if (error instanceof RecordError) return error;
    throw error;
  }
}
