/**
 * Rows and records that wait to be compared: numbers of a fixed width, divided into buckets. They stay in memory while
 * they are few; then they go to files that have no name any more, so that nothing is left behind, also after a kill.
 *
 * @module
 */
import { messageOf } from "../../kernel/message_of.ts";
import { join } from "node:path";

/** Bucket by bucket, a hundred million rows are some hundred thousand at a time. */
export const BUCKETS = 256;
/** Buckets share files; what a file holds is freed once its buckets have been read for the last time. */
const FILES = 16;
const BUCKETS_OF_FILE = BUCKETS / FILES;
/** The first memory of a bucket, in entries. */
const FIRST_ENTRIES = 16;

/** Where to put what memory does not hold, and how much it holds. */
export interface SpillRoom {
  /** An existing folder; that of the system if it is not given. */
  readonly folder?: string | undefined;
  /** Bytes of entries that each {@link Spill} keeps in memory, divided among its buckets; a bucket keeps at least one entry. */
  readonly memory: number;
}

/** What a comparison cannot write down. */
export class SpillError extends Error {
  override readonly name = "SpillError";
}

/** Words of one bucket. Those of the next piece may take their place. */
export type Entries = Uint32Array;

/** The entries of one kind. Add all, then read each bucket. */
export class Spill implements Disposable {
  /** How many there are. */
  size = 0;
  readonly #words: number;
  readonly #folder: string | undefined;
  /** Words that a bucket keeps in memory: what is more is written, in pieces of this length. */
  readonly #limit: number;
  readonly #memory: (Uint32Array | null)[] = Array.from({ length: BUCKETS }, () => null);
  readonly #lengths = new Int32Array(BUCKETS);
  readonly #files: (SpillFile | null)[] = Array.from({ length: FILES }, () => null);
  /** By bucket: where its pieces begin, in words. */
  readonly #pieces: number[][] = Array.from({ length: BUCKETS }, () => []);

  /** @param words how many an entry has */
  constructor(words: number, { folder, memory }: SpillRoom) {
    this.#words = words;
    this.#folder = folder;
    this.#limit = words * Math.max(1, Math.floor(memory / (BUCKETS * words * 4)));
  }

  /** Adds an entry. */
  add(bucket: number, entry: Uint32Array): void {
    const words = this.#words, length = this.#lengths[bucket] ?? 0;
    let memory = this.#memory[bucket] ?? null;
    if (memory === null || length === memory.length) memory = this.#grow(bucket, memory);
    for (let at = 0; at < words; at++) memory[length + at] = entry[at] ?? 0;
    this.#lengths[bucket] = length + words;
    this.size += 1;
    if (length + words === this.#limit) this.#write(bucket, memory);
  }

  /**
   * The entries of a bucket, in the order in which they were added, in pieces. A piece is good until the next one is read.
   *
   * @param last they are not read again
   */
  *read(bucket: number, { last = false } = {}): Generator<Entries> {
    const file = this.#files[Math.floor(bucket / BUCKETS_OF_FILE)] ?? null, pieces = this.#pieces[bucket] ?? [];
    const words = new Uint32Array(pieces.length > 0 ? this.#limit : 0);
    for (const from of pieces) {
      file?.read(words, from);
      yield words;
    }
    const memory = this.#memory[bucket] ?? null;
    if (memory !== null) yield memory.subarray(0, this.#lengths[bucket]);
    if (last) this.#free(bucket);
  }

  /** All entries of a bucket as one array. */
  whole(bucket: number, options: { readonly last?: boolean } = {}): Entries {
    const all = new Uint32Array((this.#pieces[bucket]?.length ?? 0) * this.#limit + (this.#lengths[bucket] ?? 0));
    let at = 0;
    for (const piece of this.read(bucket, options)) {
      all.set(piece, at);
      at += piece.length;
    }
    return all;
  }

  [Symbol.dispose](): void {
    for (const file of this.#files) file?.close();
    this.#files.fill(null);
    this.#memory.fill(null);
  }

  #grow(bucket: number, memory: Uint32Array | null): Uint32Array {
    const wanted = memory === null ? FIRST_ENTRIES * this.#words : memory.length * 2;
    const grown = new Uint32Array(Math.min(wanted, this.#limit));
    if (memory !== null) grown.set(memory);
    this.#memory[bucket] = grown;
    return grown;
  }

  /** Writes what a bucket has in memory. */
  #write(bucket: number, memory: Uint32Array): void {
    const number = Math.floor(bucket / BUCKETS_OF_FILE);
    const file = this.#files[number] ?? new SpillFile(this.#folder);
    this.#files[number] = file;
    this.#pieces[bucket]?.push(file.append(memory));
    this.#lengths[bucket] = 0;
  }

  #free(bucket: number): void {
    this.#memory[bucket] = null;
    this.#lengths[bucket] = 0;
    this.#pieces[bucket] = [];
    const number = Math.floor(bucket / BUCKETS_OF_FILE);
    const first = number * BUCKETS_OF_FILE;
    if (this.#pieces.slice(first, first + BUCKETS_OF_FILE).some(({ length }) => length > 0)) return;
    this.#files[number]?.close();
    this.#files[number] = null;
  }
}

/** A file without a name. */
class SpillFile {
  readonly #folder: string;
  readonly #path: string;
  readonly #file: Deno.FsFile;
  #words = 0;

  constructor(folder: string | undefined) {
    try {
      this.#folder = Deno.makeTempDirSync({
        ...(folder === undefined ? {} : { dir: folder }),
        prefix: "tickflume-audit-",
      });
      this.#path = join(this.#folder, "rows");
      this.#file = Deno.openSync(this.#path, { read: true, write: true, createNew: true });
    } catch (cause) {
      if (cause instanceof Deno.errors.NotCapable) throw cause;
      throw new SpillError(
        `Cannot write in ${folder ?? "the system's folder for temporary files"}: ${messageOf(cause)}`,
        {
          cause,
        },
      );
    }
    // A system that does not allow it has it removed at the end.
    if (Deno.build.os !== "windows") Deno.removeSync(this.#folder, { recursive: true });
  }

  /** @returns where the words begin */
  append(words: Uint32Array): number {
    const from = this.#words;
    const bytes = new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
    try {
      this.#file.seekSync(from * 4, Deno.SeekMode.Start);
      for (let at = 0; at < bytes.length;) at += this.#file.writeSync(bytes.subarray(at));
    } catch (cause) {
      throw new SpillError(
        `${this.#folder} has no room for what is compared, or cannot be written: ${messageOf(cause)}`,
        { cause },
      );
    }
    this.#words += words.length;
    return from;
  }

  read(words: Uint32Array, from: number): void {
    const bytes = new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
    this.#file.seekSync(from * 4, Deno.SeekMode.Start);
    for (let at = 0; at < bytes.length;) {
      const read = this.#file.readSync(bytes.subarray(at));
      if (read === null) throw new SpillError(`A file in ${this.#folder} has become shorter.`);
      at += read;
    }
  }

  close(): void {
    this.#file.close();
    if (Deno.build.os === "windows") Deno.removeSync(this.#folder, { recursive: true });
  }
}
