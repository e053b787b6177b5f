/**
 * An open file, compressed or not, as an input of bytes that can start at a position.
 *
 * @module
 */
import { fileOf } from "../../storage/archive_path.ts";
import {
  canBegin,
  type Compression,
  compressionOfBytes,
  compressionOfName,
  MAGIC_BYTES,
  SUFFIXES,
} from "../../storage/compression.ts";
import { chunkStart, ContentChain, type ContentMark, isSameContent } from "../../records/content/content_chain.ts";
import { CompressedInput } from "./compressed_input.ts";
import type { ContentCheck, Damage } from "./content_check.ts";
import { isWorkbook, refuseForeign, SIGNATURE_BYTES } from "./foreign_format.ts";
import type { ByteInput } from "./input_window.ts";
import { SourceError } from "../source.ts";
import { guarded } from "./source_path.ts";

/** What rows of a regular file are read from. */
export interface FileInput extends ByteInput {
  /** How much of the file has been read, compressed as it is. */
  readonly fileOffset: number;
  /** The file itself; its place belongs to this input. */
  readonly file: Deno.FsFile;
  /** Goes from the start to a byte of the content. False if there is none. */
  goTo(offset: number): Promise<boolean>;
  /** Idempotent. */
  close(): void;
}

const SCRATCH_BYTES = 256 * 1024;

/**
 * How a file is compressed, by its name and its first bytes, which must agree.
 *
 * @throws {SourceError} `wrong_compression`; `foreign_format` if by its first bytes it is no text.
 */
export function compressionOf(path: string): Compression | null {
  const head = firstBytes(path);
  const promised = compressionOfName(path), found = compressionOfBytes(head);
  if (found === null || isWorkbook(head)) refuseForeign(head, { path });
  if (promised === found || (promised !== null && head.length < MAGIC_BYTES && canBegin(head, promised))) {
    return promised;
  }
  const isIt = found === null ? "it is not compressed so" : `it is compressed with ${found}`;
  const what = promised === null
    ? `${path} has the first bytes of a file that is compressed with ${found}, and a name that does not say so.`
    : `${path} has the name of a file that is compressed with ${promised}; by its first bytes ${isIt}.`;
  const next = found === null ? "Take the end off its name" : `Give it a name that ends in ${SUFFIXES[found]}`;
  throw new SourceError("wrong_compression", `${what} ${next}, or get the right file.`);
}

/** @throws An error of the file system. */
function firstBytes(path: string): Uint8Array {
  using file = Deno.openSync(fileOf(path));
  const head = new Uint8Array(SIGNATURE_BYTES);
  let length = 0;
  for (let count = file.readSync(head); count !== null && count > 0; count = file.readSync(head.subarray(length))) {
    length += count;
  }
  return head.subarray(0, length);
}

/** How a file is opened. */
export interface FileInputOptions {
  readonly compression: Compression | null;
  /** Without it, what is damaged may be given out, and what disagrees with its checksum. */
  readonly check?: ContentCheck | null;
}

/** Opens a file at its start. @throws {SourceError} */
export async function openFileInput(path: string, { compression, check }: FileInputOptions): Promise<FileInput> {
  const file = await guarded(() => Deno.open(fileOf(path)), path);
  try {
    const damage = await check?.damageOf(file) ?? null;
    if (compression === null) return new PlainFile(file);
    return new CompressedFile(file, { path, compression, damage });
  } catch (error) {
    file.close();
    throw error;
  }
}

/**
 * Goes to where an earlier read has ended.
 *
 * @returns The chain that continues from there.
 * @throws {SourceError} `changed` if what stands before it is not what was read then. Of a plain file only the latest
 * bytes are looked at: less than a chunk.
 */
export async function goToMark(input: FileInput, mark: ContentMark, path: string): Promise<ContentChain> {
  const chain = new ContentChain(mark);
  const scratch = new Uint8Array(SCRATCH_BYTES);
  if (!(await guarded(() => input.goTo(chunkStart(mark)), path))) throw changedError(path, mark.bytes);
  while (chain.bytes < mark.bytes) {
    const count = await guarded(() => input.read(scratch.subarray(0, mark.bytes - chain.bytes)), path);
    if (count === null) throw changedError(path, mark.bytes);
    chain.update(scratch.subarray(0, count));
  }
  if (!isSameContent(chain.mark(), mark)) throw changedError(path, mark.bytes);
  return chain;
}

class PlainFile implements FileInput {
  readonly file: Deno.FsFile;
  fileOffset = 0;

  constructor(file: Deno.FsFile) {
    this.file = file;
  }

  async read(buffer: Uint8Array): Promise<number | null> {
    const count = await this.file.read(buffer);
    this.fileOffset += count ?? 0;
    return count;
  }

  async goTo(offset: number): Promise<boolean> {
    this.fileOffset = await this.file.seek(offset, Deno.SeekMode.Start);
    return true;
  }

  close(): void {
    closeFile(this.file);
  }
}

/** Going to a byte of the content is decompressing all that is before it once more. */
class CompressedFile implements FileInput {
  readonly file: Deno.FsFile;
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
    this.file = file;
    this.#input = new CompressedInput({ file, path, compression });
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

  async goTo(offset: number): Promise<boolean> {
    const scratch = new Uint8Array(SCRATCH_BYTES);
    for (let left = offset; left > 0;) {
      const count = await this.read(scratch.subarray(0, left));
      if (count === null) return false;
      left -= count;
    }
    return true;
  }

  close(): void {
    // A read that it waits for ends by the closing of the file, and is not waited for.
    this.#input.close().catch(() => {});
    closeFile(this.file);
  }
}

/** What was read of a file is not what stands there now. */
export function changedError(path: string, offset: number): SourceError {
  return new SourceError(
    "changed",
    `${path} is not the file that was read before: what stands before byte ${offset} was changed. ` +
      "Run with --restart to load it from its start, or with --only-missing to write what the topics do not have.",
  );
}

function closeFile(file: Deno.FsFile): void {
  try {
    file.close();
  } catch (error) {
    if (!(error instanceof Deno.errors.BadResource)) throw error;
  }
}
