/**
 * The reading side of a source, over the incarnations of its actor. What can be read again from a position is closed with
 * an incarnation and opened anew by the next one. A stream can be read only once: it stays open, and the rows that were
 * read and not admitted wait here for the next incarnation.
 *
 * @module
 */
import type { RowBatch, RowReader, RowSource, SourcePosition } from "../sources/source.ts";

export class RowFeed {
  readonly #source: RowSource;
  #reader: Promise<RowReader> | null = null;
  /** A read that is under way, or whose rows have not been admitted. */
  #read: Promise<RowBatch | null> | null = null;

  constructor(source: RowSource) {
    this.#source = source;
  }

  /** Opens the source there, or nothing if it is open. @throws {SourceError} */
  async open(from: SourcePosition | null): Promise<void> {
    this.#reader ??= this.#source.open(from ?? undefined);
    await this.#reader;
  }

  /** The next rows; the same ones again until they are {@link admitted}. */
  next(maxRows: number): Promise<RowBatch | null> {
    if (this.#reader === null) throw new TypeError(`Source "${this.#source.name}" is not open`);
    this.#read ??= this.#reader.then((reader) => reader.next(maxRows));
    return this.#read;
  }

  /** The rows that were read last are in the window. */
  admitted(): void {
    this.#read = null;
  }

  /** An incarnation has ended; a stream stays open for the next one. */
  async release(): Promise<void> {
    if (this.#source.resumable) await this.close();
  }

  /** Ends the reading for good, also if it is just being opened. Idempotent; a failure to open was reported by `open`. */
  async close(): Promise<void> {
    const opening = this.#reader;
    this.#reader = null;
    this.#read = null;
    const reader = await opening?.catch(() => null);
    await reader?.close();
  }
}
