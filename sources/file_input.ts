/**
 * An open file, compressed or not, as an input of bytes that can start at a position.
 *
 * @module
 */
import {
  canBegin,
  type Compression,
  compressionOfBytes,
  compressionOfName,
  MAGIC_BYTES,
} from "../records/compression.ts";
import { CompressedInput } from "./compressed_input.ts";
import type { ContentCheck, Damage } from "./content_check.ts";
import type { ByteInput } from "./line_reader.ts";
import { SourceError } from "./source.ts";
import { sourceErrorOf } from "./source_path.ts";

/** What rows of a regular file are read from. */
export interface FileInput extends ByteInput {
  /** How much of the file has been read, compressed as it is. */
  readonly fileOffset: number;
  /**
   * Goes from the start to a position that an earlier read has ended at.
   *
   * @throws {SourceError} `changed` if no row of the content ends there.
   */
  goTo(offset: number): Promise<void>;
  /** Idempotent. */
  close(): void;
}

const LF = 0x0a;
const SCRATCH_BYTES = 256 * 1024;

/**
 * How a file is compressed, by its name and its first bytes, which must agree.
 *
 * @throws {SourceError} `wrong_compression`.
 */
export function compressionOf(path: string): Compression | null {
  const head = firstBytes(path);
  const promised = compressionOfName(path), found = compressionOfBytes(head);
  if (promised === found || (promised !== null && head.length < MAGIC_BYTES && canBegin(head, promised))) {
    return promised;
  }
  const suffix = found === "gzip" ? ".gz" : ".zst";
  const isIt = found === null ? "it is not compressed so" : `it is compressed with ${found}`;
  const what = promised === null
    ? `${path} has the first bytes of a file that is compressed with ${found}, and a name that does not say so.`
    : `${path} has the name of a file that is compressed with ${promised}; by its first bytes ${isIt}.`;
  const next = found === null ? "Take the end off its name" : `Give it a name that ends in ${suffix}`;
  throw new SourceError("wrong_compression", `${what} ${next}, or get the right file.`);
}

/** @throws An error of the file system. */
function firstBytes(path: string): Uint8Array {
  using file = Deno.openSync(path);
  const head = new Uint8Array(MAGIC_BYTES);
  let length = 0;
  for (let count = file.readSync(head); count !== null && count > 0; count = file.readSync(head.subarray(length))) {
    length += count;
  }
  return head.subarray(0, length);
}

/** How a file is opened. */
export interface FileInputOptions {
  readonly compression: Compression | null;
  /** Without it, what is damaged may be given out. */
  readonly check?: ContentCheck | null;
}

/** Opens a file at its start. @throws {SourceError} */
export async function openFileInput(path: string, { compression, check }: FileInputOptions): Promise<FileInput> {
  const file = await guarded(Deno.open(path), path);
  if (compression === null) return new PlainFile(path, file);
  try {
    const damage = await check?.damageOf(file) ?? null;
    return new CompressedFile(file, { path, compression, damage });
  } catch (error) {
    file.close();
    throw error;
  }
}

class PlainFile implements FileInput {
  readonly #path: string;
  readonly #file: Deno.FsFile;
  fileOffset = 0;

  constructor(path: string, file: Deno.FsFile) {
    this.#path = path;
    this.#file = file;
  }

  async read(buffer: Uint8Array): Promise<number | null> {
    const count = await this.#file.read(buffer);
    this.fileOffset += count ?? 0;
    return count;
  }

  async goTo(offset: number): Promise<void> {
    const path = this.#path, file = this.#file;
    const { size } = await guarded(file.stat(), path);
    const before = new Uint8Array(1);
    if (offset <= size) {
      await guarded(file.seek(offset - 1, Deno.SeekMode.Start), path);
      await guarded(file.read(before), path);
    }
    if (offset < size ? before[0] !== LF : offset !== size) throw changedError(path, offset);
    this.fileOffset = offset;
  }

  close(): void {
    closeFile(this.#file);
  }
}

/** A position counts bytes of the content: going to it is decompressing all that is before it once more. */
class CompressedFile implements FileInput {
  readonly #path: string;
  readonly #file: Deno.FsFile;
  readonly #input: CompressedInput;
  readonly #damage: Damage | null;
  #given = 0;

  constructor(
    file: Deno.FsFile,
    { path, compression, damage }: {
      readonly path: string;
      readonly compression: Compression;
      readonly damage: Damage | null;
    },
  ) {
    this.#path = path;
    this.#file = file;
    this.#input = new CompressedInput(file, { path, compression });
    this.#damage = damage;
  }

  get fileOffset(): number {
    return this.#input.fileOffset;
  }

  async read(buffer: Uint8Array): Promise<number | null> {
    const { goodBytes, error } = this.#damage ?? { goodBytes: Infinity, error: null };
    if (this.#given >= goodBytes) throw error;
    const count = await this.#input.read(buffer.subarray(0, goodBytes - this.#given));
    this.#given += count ?? 0;
    return count;
  }

  async goTo(offset: number): Promise<void> {
    const scratch = new Uint8Array(SCRATCH_BYTES);
    let last: number | undefined;
    for (let left = offset; left > 0;) {
      const count = await guarded(this.read(scratch.subarray(0, left)), this.#path);
      if (count === null) throw changedError(this.#path, offset);
      last = scratch[count - 1];
      left -= count;
    }
    if (last === LF) return;
    // The position of a last row without a line end, if it is one.
    if (await guarded(this.read(scratch), this.#path) !== null) throw changedError(this.#path, offset);
  }

  close(): void {
    // What it is waiting for ends by the closing of the file, and nobody waits for that.
    this.#input.close().catch(() => {});
    closeFile(this.#file);
  }
}

function changedError(path: string, offset: number): SourceError {
  return new SourceError(
    "changed",
    `${path} is not the file that was read before: no row of it ends at byte ${offset}. ` +
      "Run with --restart to load it from its start.",
  );
}

function closeFile(file: Deno.FsFile): void {
  try {
    file.close();
  } catch (error) {
    if (!(error instanceof Deno.errors.BadResource)) throw error;
  }
}

async function guarded<T>(work: Promise<T>, path: string): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    throw sourceErrorOf(cause, path);
  }
}
