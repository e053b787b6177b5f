/**
 * Records of one dataset that were handed over one after the other, with their callers: in columns, but for those that
 * columns do not hold.
 *
 * @module
 */
import type { EventColumns } from "../records/columns/event_columns.ts";
import type { RecordV2, Unscaled } from "../schemas/record_types.ts";
import type { BadRow, Dataset, GoodRow, RowBatch, SourcePosition } from "../sources/source.ts";
import type { IncomingRecords } from "./incoming_records.ts";
import type { RowCall } from "./row_call.ts";

/** Bounds the memory that one record which does not settle keeps. */
const MAX_ROWS = 4096;
const NO_BYTES = new Uint8Array(0);
const NONE_BAD: ReadonlyMap<number, BadRow> = new Map();

export class RecordChunk {
  /** Its records have numbers from this one on. */
  readonly firstRow: number;
  readonly dataset: Dataset;
  readonly columns: EventColumns | null;
  readonly messageIds: string[] = [];
  /** Records that are not in the columns, by index. */
  readonly #records = new Map<number, Unscaled<RecordV2>>();
  /** Null once a record has settled. */
  readonly #calls: (RowCall | null)[] = [];
  readonly #slots: number[] = [];
  #unsettled = 0;
  #sealed = false;

  /** For records like the one that the incoming ones have read. */
  constructor(incoming: IncomingRecords, firstRow: number, capacity: number) {
    this.firstRow = firstRow;
    this.dataset = incoming.dataset;
    this.columns = incoming.columns(Math.min(capacity, MAX_ROWS));
  }

  get size(): number {
    return this.#calls.length;
  }

  /** True if the record that was read can be appended. */
  takes({ dataset }: IncomingRecords): boolean {
    return !this.#sealed && dataset === this.dataset && this.size < MAX_ROWS;
  }

  /** Appends the record that was read. */
  add(incoming: IncomingRecords, call: RowCall, slot: number): void {
    const { record } = incoming;
    if (record !== null) this.#records.set(this.size, record);
    if (this.columns !== null) incoming.addTo(this.columns);
    this.messageIds.push(incoming.messageId);
    this.#calls.push(call);
    this.#slots.push(slot);
    this.#unsettled++;
  }

  /** Takes no more records: what was read of it must not change. */
  seal(): void {
    this.#sealed = true;
  }

  /** True if nothing of it is needed any more. */
  get finished(): boolean {
    return this.#sealed && this.#unsettled === 0;
  }

  isSettled(index: number): boolean {
    return (this.#calls[index] ?? null) === null;
  }

  /** The caller of a record that settles now; null if it has settled before. */
  take(index: number): RowCall | null {
    const call = this.#calls[index] ?? null;
    if (call === null) return null;
    this.#calls[index] = null;
    this.#unsettled--;
    return call;
  }

  /** The slot of a record in its call. */
  slot(index: number): number {
    return this.#slots[index] ?? 0;
  }

  record(index: number): Unscaled<RecordV2> {
    const record = this.#records.get(index) ?? this.columns?.record(index) ?? null;
    if (record === null) throw new RangeError(`There is no record ${index} among ${this.size}`);
    return record;
  }
}

/** Records of a chunk, from one index up to another. */
export class ChunkBatch implements RowBatch {
  readonly dataset: Dataset;
  readonly firstRow: number;
  readonly from: SourcePosition;
  readonly next: SourcePosition;
  readonly bad: ReadonlyMap<number, BadRow> = NONE_BAD;
  readonly events?: EventColumns;
  readonly #chunk: RecordChunk;
  readonly #start: number;
  readonly #size: number;
  #rows: readonly GoodRow[] | null = null;

  constructor(chunk: RecordChunk, start: number, end: number, from: SourcePosition) {
    this.dataset = chunk.dataset;
    this.firstRow = chunk.firstRow + start;
    this.from = from;
    this.next = { row: chunk.firstRow + end - 1, at: null };
    if (chunk.columns !== null) this.events = chunk.columns.part(start, end);
    this.#chunk = chunk;
    this.#start = start;
    this.#size = end - start;
  }

  get kind(): Dataset["kind"] {
    return this.dataset.kind;
  }

  get rows(): readonly GoodRow[] {
    const row = (_: unknown, index: number) => new ChunkRow(this.#chunk, this.#start + index);
    return this.#rows ??= Array.from({ length: this.#size }, row);
  }

  raw(): Uint8Array {
    return NO_BYTES;
  }
}

/** Makes its record when that is asked for. */
class ChunkRow implements GoodRow {
  readonly ok = true;
  readonly offset = 0;
  readonly length = 0;
  readonly tradeDate = "";
  readonly row: number;
  readonly #chunk: RecordChunk;
  readonly #index: number;

  constructor(chunk: RecordChunk, index: number) {
    this.row = chunk.firstRow + index;
    this.#chunk = chunk;
    this.#index = index;
  }

  get line(): number {
    return this.row;
  }

  get record(): Unscaled<RecordV2> {
    return this.#chunk.record(this.#index);
  }

  get messageId(): string {
    return this.#chunk.messageIds[this.#index] ?? "";
  }
}
