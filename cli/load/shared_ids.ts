/**
 * Counts the ids that more than one source of a load has, in bounded memory: one file holds fingerprints of all ids with
 * their sources, spread over buckets, and each bucket is counted by itself at the end.
 *
 * @module
 */
import { uuidToWords } from "../../records/ids/uuid_text.ts";
import { type RowBatch, rowCount } from "../../sources/source.ts";
import { makePrivateFile } from "../../storage/private_files.ts";

/** File name in a data folder, while a load runs. */
export const SHARED_IDS_FILE = "shared_ids.tmp";

/** The last byte of an id selects its bucket. */
const BUCKETS = 256;
/** Fingerprints in one write: 16 KiB. All buckets together keep 4 MiB in memory. */
const BLOCK = 2_048;
const BYTES = 8;
const ID_WORDS = 4;

/** Options of {@link SharedIds}. */
export interface SharedIdsOptions {
  /** The file: created when it is needed, and removed at the end. */
  readonly file: string;
  /** How many sources there are. */
  readonly sources: number;
}

/**
 * Besides the bucket, 64 bits of each id are kept, less the bits that number the sources: among a hundred million rows
 * of a thousand files, two ids get the same fingerprint by chance in one load out of a thousand.
 */
export class SharedIds {
  readonly #path: string;
  readonly #sourceBits: number;
  /** Pairs of 32-bit words, the lower one first; the lower bits of that one hold the source. */
  readonly #buffer = new Uint32Array(BUCKETS * BLOCK * 2);
  readonly #sizes = new Uint16Array(BUCKETS);
  /** For each bucket, the numbers of its blocks in the file. */
  readonly #blocks: number[][] = Array.from({ length: BUCKETS }, () => []);
  #file: Deno.FsFile | null = null;
  #written = 0;
  #sources = 0;
  #failed = false;

  constructor({ file, sources }: SharedIdsOptions) {
    this.#path = file;
    this.#sourceBits = Math.min(24, Math.ceil(Math.log2(Math.max(2, sources))));
  }

  /** Takes the ids of the next source, batch by batch. */
  nextSource(): (batch: RowBatch) => void {
    const number = this.#sources++;
    return (batch) => this.#add(batch, number);
  }

  /**
   * How many ids more than one source has so far. Ends the count: call only once.
   *
   * @returns null if the ids could not be kept, for example on a full disk: the load then does without the count
   */
  take(): number | null {
    let shared = 0;
    for (let bucket = 0; bucket < BUCKETS && !this.#failed; bucket++) {
      this.#orFail(() => shared += this.#countIn(bucket));
    }
    this.#release();
    return this.#failed ? null : shared;
  }

  #add(batch: RowBatch, source: number): void {
    if (!this.#failed) this.#orFail(() => this.#addRows(batch, source));
  }

  #orFail(work: () => void): void {
    try {
      work();
    } catch (error) {
      if (!isOfFile(error)) throw error;
      this.#failed = true;
      // On a full disk others need the room.
      this.#release();
    }
  }

  #release(): void {
    const file = this.#file;
    this.#file = null;
    if (file === null) return;
    file.close();
    try {
      Deno.removeSync(this.#path);
    } catch (error) {
      // The next load creates it again.
      if (!isOfFile(error)) throw error;
    }
  }

  #addRows(batch: RowBatch, source: number): void {
    const { events } = batch;
    if (events !== undefined) return this.#noteAll(wordsOf(events.ids), source, events.shared);
    for (const row of batch.rows.slice(0, rowCount(batch))) {
      if (row.ok) this.#noteAll(uuidToWords(row.messageId), source, [row]);
    }
  }

  /**
   * Takes some words of the UUIDs of rows, those without fixed bits.
   *
   * @param rows null for a row without an id
   */
  #noteAll(ids: Uint32Array, source: number, rows: readonly unknown[]): void {
    const buffer = this.#buffer, sizes = this.#sizes, sourceBits = this.#sourceBits;
    const ofSource = source & (1 << sourceBits) - 1;
    for (let row = 0; row < rows.length; row++) {
      if (rows[row] === null) continue;
      const first = row * ID_WORDS, last = ids[first + 3] ?? 0, bucket = last >>> 24, size = sizes[bucket] ?? 0;
      const place = (bucket * BLOCK + size) * 2;
      buffer[place + 1] = last << 8 | (ids[first + 2] ?? 0) >>> 24;
      buffer[place] = (ids[first] ?? 0) << sourceBits | ofSource;
      sizes[bucket] = size + 1;
      if (size + 1 === BLOCK) this.#write(bucket);
    }
  }

  #write(bucket: number): void {
    this.#file ??= openPrivate(this.#path);
    const words = this.#buffer.subarray(bucket * BLOCK * 2, (bucket + 1) * BLOCK * 2);
    writeAll(this.#file, new Uint8Array(words.buffer, words.byteOffset, words.byteLength));
    this.#blocks[bucket]?.push(this.#written++);
    this.#sizes[bucket] = 0;
  }

  /** By a table that is at most half full: sorting them takes half as long again. */
  #countIn(bucket: number): number {
    const words = this.#wordsOf(bucket), sourceBits = this.#sourceBits;
    const mask = 2 ** Math.ceil(Math.log2(Math.max(2, words.length))) - 1;
    /** For each place the number of an entry, from 1 on; below zero if its id is counted. */
    const table = new Int32Array(mask + 1);
    let shared = 0;
    for (let at = 0; at < words.length; at += 2) {
      const high = words[at + 1] ?? 0, low = words[at] ?? 0, number = (at >> 1) + 1;
      let place = (high ^ low >>> sourceBits) & mask;
      for (;; place = place + 1 & mask) {
        const known = table[place] ?? 0, first = 2 * (Math.abs(known) - 1);
        if (known === 0) {
          table[place] = number;
          break;
        }
        const lowOfFirst = words[first] ?? 0;
        if (words[first + 1] !== high || (lowOfFirst ^ low) >>> sourceBits !== 0) continue;
        if (known > 0 && lowOfFirst !== low) {
          shared += 1;
          table[place] = -known;
        }
        break;
      }
    }
    return shared;
  }

  /** All fingerprints of a bucket. */
  #wordsOf(bucket: number): Uint32Array<ArrayBuffer> {
    const blocks = this.#blocks[bucket] ?? [];
    const size = this.#sizes[bucket] ?? 0;
    const words = new Uint32Array((blocks.length * BLOCK + size) * 2);
    blocks.forEach((block, at) => {
      const bytes = new Uint8Array(words.buffer, at * BLOCK * BYTES, BLOCK * BYTES);
      this.#file?.seekSync(block * BLOCK * BYTES, Deno.SeekMode.Start);
      for (let done = 0; done < bytes.length;) {
        const count = this.#file?.readSync(bytes.subarray(done)) ?? null;
        if (count === null) throw new Deno.errors.UnexpectedEof(`${this.#path} was cut while the load ran`);
        done += count;
      }
    });
    const start = bucket * BLOCK * 2;
    words.set(this.#buffer.subarray(start, start + size * 2), blocks.length * BLOCK * 2);
    return words;
  }
}

/** True for an error of the file system; anything else is a bug. */
function isOfFile(error: unknown): boolean {
  return error instanceof Error && ("code" in error || error instanceof Deno.errors.UnexpectedEof);
}

function openPrivate(path: string): Deno.FsFile {
  makePrivateFile(path);
  return Deno.openSync(path, { truncate: true, read: true, write: true });
}

/** UUIDs as words, in the order of the machine. */
function wordsOf({ buffer, byteOffset, byteLength }: Uint8Array): Uint32Array {
  return new Uint32Array(buffer, byteOffset, byteLength / Uint32Array.BYTES_PER_ELEMENT);
}

function writeAll(file: Deno.FsFile, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length;) done += file.writeSync(bytes.subarray(done));
}
