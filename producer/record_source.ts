/**
 * The records that callers hand over, as a source: read in the order in which they came, and kept until they settle, so
 * that a reader that is opened again loses none.
 *
 * @module
 */
import type { AssetClass, RecordKind } from "../schemas/record_types.ts";
import { Feed, Waiting } from "../sources/feed.ts";
import type { Dataset, RowBatch, RowReader, RowSource, SourcePosition } from "../sources/source.ts";
import type { IncomingRecords } from "./incoming_records.ts";
import type { ProduceReceipt } from "./receipt.ts";
import { ChunkBatch, RecordChunk } from "./record_chunk.ts";
import type { RowCall } from "./row_call.ts";

/** Options of a source. */
export interface RecordSourceOptions {
  readonly id: string;
  /** Of the first record. */
  readonly dataset: Dataset;
  /** Unsettled records from which on {@link RecordSource.room} makes its callers wait. */
  readonly capacity: number;
  /** Nothing is read before this has settled. @default at once */
  readonly after?: Promise<unknown> | undefined;
}

/** The next chunk will have about as many records as the one before it. */
const SPARE_ROWS = 16;

export class RecordSource implements RowSource {
  readonly id: string;
  readonly name: string;
  readonly kind: RecordKind;
  readonly exchange: string;
  readonly assetClass: AssetClass;
  readonly bytes = null;
  readonly resumable = true;
  readonly #capacity: number;
  /** Chunks with records that have not settled, in order. */
  #chunks: RecordChunk[] = [];
  /** The latest chunk, settled or not. */
  #last: RecordChunk | null = null;
  #lastRow = 0;
  #unsettled = 0;
  readonly #feed: Feed;
  /** Callers that wait for room. */
  readonly #waiting = new Waiting();

  constructor({ id, dataset, capacity, after }: RecordSourceOptions) {
    this.id = id;
    this.name = id;
    this.kind = dataset.kind;
    this.exchange = dataset.exchange;
    this.assetClass = dataset.assetClass;
    this.#capacity = capacity;
    this.#feed = new Feed(after);
  }

  /** True while every record that was handed over has settled, or it is not this source's turn. */
  readonly idle = (): boolean => this.#feed.held || this.#unsettled === 0;

  /** True while as many records as the capacity, or more, are unsettled. */
  get full(): boolean {
    return this.#unsettled >= this.#capacity;
  }

  /** False once it was closed, or has failed. */
  get takesRows(): boolean {
    return this.#feed.takesRows;
  }

  /** Takes the record that was read. It does not wait for room. */
  push(incoming: IncomingRecords, call: RowCall, slot: number): void {
    if (this.#feed.failure !== null) return call.reject(this.#feed.failure.cause, slot);
    if (this.#feed.closed) return call.reject(new TypeError(`Source "${this.id}" takes no more records`), slot);
    let chunk = this.#last;
    if (chunk?.takes(incoming) !== true) {
      chunk?.seal();
      chunk = this.#last = new RecordChunk(incoming, this.#lastRow + 1, (this.#last?.size ?? 0) + SPARE_ROWS);
      this.#chunks.push(chunk);
    }
    chunk.add(incoming, call, slot);
    this.#lastRow++;
    this.#unsettled++;
    this.#feed.wake();
  }

  /** Resolves when the source has room. */
  async room(): Promise<void> {
    while (this.full) await this.#waiting.wait();
  }

  /** The number of a record that a batch of this source has. */
  static rowOf(batch: RowBatch, index: number): number {
    return batch instanceof ChunkBatch ? batch.firstRow + index : batch.rows[index]?.row ?? 0;
  }

  /** The message id of a record that has not settled. */
  messageId(row: number): string {
    const chunk = this.#chunkOf(row);
    return chunk?.messageIds[row - chunk.firstRow] ?? "";
  }

  /** The record is acknowledged. */
  settle(row: number, receipt: ProduceReceipt): void {
    const chunk = this.#chunkOf(row);
    const call = this.#take(chunk, row);
    if (chunk !== undefined) call?.resolve(receipt, chunk.slot(row - chunk.firstRow));
  }

  /** The record cannot be written. */
  refuse(row: number, cause: unknown): void {
    const chunk = this.#chunkOf(row);
    const call = this.#take(chunk, row);
    if (chunk !== undefined) call?.reject(cause, chunk.slot(row - chunk.firstRow));
  }

  /** No more records; what is there is still read. */
  close(): void {
    this.#feed.close();
  }

  /**
   * Rejects every record that has not settled, and every later one.
   *
   * @param causeOf what a record's caller gets instead, if more is known of the record
   */
  fail(cause: unknown, causeOf: (row: number) => unknown = () => cause): void {
    this.#feed.fail(cause);
    for (const chunk of [...this.#chunks]) {
      chunk.seal();
      for (let index = 0; index < chunk.size; index++) {
        if (!chunk.isSettled(index)) this.refuse(chunk.firstRow + index, causeOf(chunk.firstRow + index));
      }
    }
    this.#feed.wake();
  }

  open(from: SourcePosition = { row: 0, at: null }): Promise<RowReader> {
    return this.#feed.open(from, (position, maxRows) => this.#batchAfter(position, maxRows));
  }

  /** Records next to each other that have not settled, of one chunk. */
  #batchAfter(from: SourcePosition, maxRows: number): RowBatch | null {
    for (let at = this.#placeOf(from.row + 1); at < this.#chunks.length; at++) {
      const chunk = this.#chunks[at];
      if (chunk === undefined) break;
      let start = Math.max(0, from.row + 1 - chunk.firstRow);
      while (start < chunk.size && chunk.isSettled(start)) start++;
      if (start >= chunk.size) continue;
      const last = Math.min(chunk.size, start + maxRows);
      let end = start + 1;
      while (end < last && !chunk.isSettled(end)) end++;
      chunk.seal();
      return new ChunkBatch(chunk, start, end, from);
    }
    return null;
  }

  /** The caller of a record that settles now. */
  #take(chunk: RecordChunk | undefined, row: number): RowCall | null {
    const call = chunk?.take(row - chunk.firstRow) ?? null;
    if (chunk === undefined || call === null) return null;
    this.#unsettled--;
    if (chunk.finished) this.#forgetFinished();
    if (!this.full) this.#waiting.wake();
    return call;
  }

  #forgetFinished(): void {
    this.#chunks = this.#chunks.filter((chunk) => !chunk.finished);
  }

  #chunkOf(row: number): RecordChunk | undefined {
    const chunk = this.#chunks[this.#placeOf(row)];
    return chunk !== undefined && row >= chunk.firstRow ? chunk : undefined;
  }

  /** The index of the first chunk that has this record or later ones. */
  #placeOf(row: number): number {
    let from = 0, to = this.#chunks.length;
    while (from < to) {
      const middle = (from + to) >> 1;
      const chunk = this.#chunks[middle];
      if (chunk !== undefined && chunk.firstRow + chunk.size <= row) from = middle + 1;
      else to = middle;
    }
    return from;
  }
}
