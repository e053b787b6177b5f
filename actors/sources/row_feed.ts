/**
 * The reading side of a source, over the incarnations of its actor. What can be read again from a position is closed with
 * an incarnation and opened anew by the next one. A stream can be read only once: it stays open, and the rows that were
 * read and not admitted wait here for the next incarnation.
 *
 * @module
 */
import type { FileStamp } from "../../records/content/file_stamp.ts";
import type { ConfirmedEnd, FileEnd, RowBatch, RowReader, RowSource, SourcePosition } from "../../sources/source.ts";

export class RowFeed {
  readonly #source: RowSource;
  #reader: Promise<RowReader> | null = null;
  /** The reader once it is open. */
  #open: RowReader | null = null;
  /** The file before the first byte of it was read in this run. */
  #since: FileStamp | null = null;
  /** A read that is under way, or whose rows have not been admitted. */
  #read: Promise<RowBatch | null> | null = null;

  constructor(source: RowSource) {
    this.#source = source;
  }

  /** Opens the source there, or nothing if it is open. @throws {SourceError} It can be tried again. */
  async open(from: SourcePosition | null): Promise<void> {
    const opening = this.#reader ??= this.#source.open(from ?? undefined);
    try {
      const reader = await opening;
      if (this.#reader !== opening) return;
      this.#open = reader;
      this.#since ??= reader.stamp ?? null;
    } catch (cause) {
      if (this.#reader === opening) this.#reader = null;
      throw cause;
    }
  }

  /** The file as it stood when it was opened last; null of anything else. */
  get stamp(): FileStamp | null {
    return this.#open?.stamp ?? null;
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

  /** The end that {@link next} has met; null of what is no file. */
  get end(): FileEnd | null {
    return this.#open?.end?.() ?? null;
  }

  /**
   * True for a file that was read in this run and is not open: the next incarnation must open it before it can look at
   * it.
   */
  get mustReopen(): boolean {
    return this.#since !== null && this.#open === null;
  }

  /**
   * Whether the end that was met is still the file's, and everything that was read still in it; null of what is no file.
   *
   * @param lookedAt the file when what earlier runs have read of it was compared; null if that was not done
   *
   * @throws {SourceError} `rewritten`
   */
  async confirmEnd(lookedAt: FileStamp | null): Promise<ConfirmedEnd | null> {
    if (this.#since === null) return null;
    return await this.#open?.confirmEnd?.(lookedAt ?? this.#since) ?? null;
  }

  /** An incarnation has ended; a stream stays open for the next one. */
  async release(): Promise<void> {
    if (this.#source.resumable) await this.close();
  }

  /** Ends the reading, also if it is just being opened. Idempotent; a failure to open was reported by `open`. */
  async close(): Promise<void> {
    const opening = this.#reader;
    this.#reader = null;
    this.#open = null;
    this.#read = null;
    const reader = await opening?.catch(() => null);
    await reader?.close();
  }
}
