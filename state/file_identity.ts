/**
 * What a file is, so that a later run can tell whether it is still the one that was read.
 *
 * The mark of its content is a hash of the first 64 KiB and a hash of the last 64 KiB before a position. Hashing all that
 * was read would have to be done again from the file's start in every run, because the state of a hash cannot be stored;
 * the mark costs a read of 64 KiB at each checkpoint and one of 128 KiB at each start, however large the file is.
 *
 * - It notices another file under the same name, other rows at its start, a file that was cut or written anew, and every
 *   row that was inserted or removed before the position: that moves the bytes before it.
 * - It does not notice bytes that were changed in place, without moving others, further than 64 KiB from both ends of what
 *   was read. The time of the last change shows that something was written, and is reported (`touched`), no more.
 *
 * The position in a compressed file counts bytes of its content, and how far its compressed bytes were read is nobody's
 * business: its mark is of all the bytes that it had. What is appended to it leaves what came before as it was.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { compressionOfBytes, MAGIC_BYTES } from "../records/compression.ts";

/** A mark of the first bytes of a file. */
export interface ContentMark {
  /** How many bytes are marked: those before the position; of a compressed file all that it had. */
  readonly bytes: number;
  /** SHA-256 of the first 64 KiB of them, hexadecimal. */
  readonly head: string;
  /** SHA-256 of the last 64 KiB of them, hexadecimal. */
  readonly tail: string;
  /** The file was compressed. */
  readonly compressed?: true | undefined;
}

/** What a file was when it was looked at. */
export interface FileIdentity {
  /** Absolute, without symbolic links. */
  readonly path: string;
  readonly size: number;
  /** Time of the last change in milliseconds since the epoch, null where it is not known. */
  readonly modifiedAt: number | null;
  /** Null where the system has none. */
  readonly device: number | null;
  /** Null where the system has none. */
  readonly inode: number | null;
  readonly content: ContentMark;
}

/** The file is shorter than what was read of it. */
export class FileShrunkError extends Error {
  override readonly name = "FileShrunkError";
  constructor(readonly path: string, options: { readonly size: number; readonly bytes: number }) {
    super(
      `${path} has ${options.size} bytes, and ${options.bytes} were read of it: it was cut or written anew meanwhile. ` +
        "Load it again once nobody writes to it.",
    );
  }
}

/** The windows at both ends of what is marked. */
export const WINDOW_BYTES = 64 * 1024;

/**
 * Marks one file as it is read. It is held open, so that the marks are of that file and not of one that takes its name
 * meanwhile: open it before the first row is read.
 */
export class FileMarker implements Disposable {
  readonly path: string;
  /** By its first bytes; a source refuses a file whose name says something else. */
  readonly isCompressed: boolean;
  readonly #file: Deno.FsFile;
  #head: { readonly bytes: number; readonly hash: string } | null = null;

  private constructor(path: string, file: Deno.FsFile, isCompressed: boolean) {
    this.path = path;
    this.isCompressed = isCompressed;
    this.#file = file;
  }

  /** Rejects with an error of `Deno.errors` if the file cannot be read. */
  static async open(path: string): Promise<FileMarker> {
    const realPath = await Deno.realPath(path);
    const file = await Deno.open(realPath);
    try {
      return new FileMarker(realPath, file, await beginsCompressed(file));
    } catch (error) {
      file.close();
      throw error;
    }
  }

  /**
   * The file as it is now, with a mark of what was read of it.
   *
   * @param offset The position's: bytes of the content.
   * @throws {FileShrunkError} If the file is shorter.
   */
  async identify(offset: number): Promise<FileIdentity> {
    if (!this.isCompressed) return await this.#mark(offset);
    const { size } = await this.#file.stat();
    const identity = await this.#mark(size);
    return { ...identity, content: { ...identity.content, compressed: true } };
  }

  /**
   * The file as it is now, with a mark of the bytes that an earlier mark is of.
   *
   * @throws {FileShrunkError} If it does not have so many.
   */
  async identifyAgain(mark: ContentMark): Promise<FileIdentity> {
    return await this.#mark(mark.bytes);
  }

  async #mark(bytes: number): Promise<FileIdentity> {
    const { size, mtime, dev, ino } = await this.#file.stat();
    const window = Math.min(bytes, WINDOW_BYTES);
    if (this.#head?.bytes !== window) {
      this.#head = { bytes: window, hash: hashOf(await this.#read({ from: 0, to: window, bytes })) };
    }
    const tail = await this.#read({ from: bytes - window, to: bytes, bytes });
    return {
      path: this.path,
      size,
      modifiedAt: mtime?.getTime() ?? null,
      device: dev,
      inode: ino,
      content: { bytes, head: this.#head.hash, tail: hashOf(tail) },
    };
  }

  /**
   * One byte of the file.
   *
   * @throws {FileShrunkError}
   */
  async byteAt(offset: number): Promise<number | undefined> {
    return (await this.#read({ from: offset, to: offset + 1, bytes: offset + 1 }))[0];
  }

  /** Idempotent. */
  close(): void {
    try {
      this.#file.close();
    } catch (error) {
      if (!(error instanceof Deno.errors.BadResource)) throw error;
    }
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async #read({ from, to, bytes }: { from: number; to: number; bytes: number }): Promise<Uint8Array> {
    const buffer = new Uint8Array(to - from);
    await this.#file.seek(from, Deno.SeekMode.Start);
    for (let done = 0; done < buffer.length;) {
      const count = await this.#file.read(buffer.subarray(done));
      if (count === null) {
        const { size } = await this.#file.stat();
        throw new FileShrunkError(this.path, { size, bytes });
      }
      done += count;
    }
    return buffer;
  }
}

async function beginsCompressed(file: Deno.FsFile): Promise<boolean> {
  const head = new Uint8Array(MAGIC_BYTES);
  let length = 0;
  for (let count = await file.read(head); count !== null && count > 0; count = await file.read(head.subarray(length))) {
    length += count;
  }
  return compressionOfBytes(head.subarray(0, length)) !== null;
}

function hashOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
