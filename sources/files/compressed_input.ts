/**
 * A compressed file as an input of bytes: those of its content.
 *
 * @module
 */
import { memberOf } from "../../storage/archive_path.ts";
import type { StreamCompression } from "../../storage/compression.ts";
import { CompressedBytes, ContentError } from "./compressed_bytes.ts";
import { gzipContent } from "./gzip_content.ts";
import type { ByteInput } from "./input_window.ts";
import { SourceError } from "../source.ts";
import { parquetContent, ParquetFile } from "./parquet_content.ts";
import { ArchiveBytes, memberContent } from "./zip_content.ts";
import { zstdContent } from "./zstd_content.ts";

const NEXT_STEP = {
  truncated: "Get all of it, then run again.",
  corrupt: "Get it once more from where it comes from, then run again.",
  not_readable: "Then run again.",
} as const;

/** A compressed file, at its start. */
export type CompressedFile =
  & { readonly path: string }
  & (
    | { readonly compression: StreamCompression; readonly file: ByteInput }
    | { readonly compression: "zip" | "parquet"; readonly file: Deno.FsFile }
  );

/**
 * Gives out the content of a compressed file. It decompresses no further than it is read: at most one piece of the file at
 * a time. What can be read before the file's damage or early end is given out; then comes the error, for ever.
 */
export class CompressedInput implements ByteInput {
  readonly #path: string;
  readonly #compressed: { readonly offset: number };
  readonly #content: AsyncGenerator<Uint8Array, void>;
  #chunk: Uint8Array = new Uint8Array(0);
  #length = 0;
  #doubtfulFrom: number | null = null;
  #failure: unknown = null;

  constructor(input: CompressedFile) {
    this.#path = input.path;
    if (input.compression === "zip") {
      const archive = new ArchiveBytes(input.file);
      this.#compressed = archive;
      this.#content = memberContent(archive, memberOf(input.path));
      return;
    }
    if (input.compression === "parquet") {
      const parquet = new ParquetFile(input.file);
      this.#compressed = parquet;
      this.#content = parquetContent(parquet);
      return;
    }
    const isGzip = input.compression === "gzip";
    const bytes = new CompressedBytes(input.file, isGzip ? "gzip member" : "zstd frame");
    this.#compressed = bytes;
    this.#content = isGzip ? gzipContent(bytes) : zstdContent(bytes);
  }

  /** Bytes of the file that have been decompressed. */
  get fileOffset(): number {
    return this.#compressed.offset;
  }

  /** Of the content that was given out, how much is not in doubt: all of it until damage is met. */
  get goodBytes(): number {
    return this.#doubtfulFrom ?? this.#length;
  }

  /** @throws {SourceError} `truncated`, `corrupt`, `not_readable`. */
  async read(buffer: Uint8Array): Promise<number | null> {
    if (this.#failure !== null) throw this.#failure;
    while (this.#chunk.length === 0) {
      const next = await this.#next();
      if (next === null) return null;
      this.#chunk = next;
    }
    const part = this.#chunk.subarray(0, buffer.length);
    buffer.set(part);
    this.#chunk = this.#chunk.subarray(part.length);
    this.#length += part.length;
    return part.length;
  }

  /** Ends the decompression. The caller that has opened the file closes it. */
  async close(): Promise<void> {
    await this.#content.return();
  }

  async #next(): Promise<Uint8Array | null> {
    try {
      const { done, value } = await this.#content.next();
      return done ? null : value;
    } catch (cause) {
      this.#failure = cause instanceof ContentError ? this.#failed(cause) : cause;
      throw this.#failure;
    }
  }

  #failed(cause: ContentError): SourceError {
    const { code, message, doubtfulFrom } = cause;
    const path = this.#path;
    this.#doubtfulFrom = doubtfulFrom;
    const what = {
      truncated: `${path} is cut off: ${message}.`,
      corrupt:
        `${path} is damaged, as seen at byte ${this.fileOffset}, after ${this.#length} bytes of content: ${message}.`,
      not_readable: `${path} cannot be decompressed: ${message}.`,
    }[code];
    const doubt = doubtfulFrom === null ? "" : ` What stands from byte ${doubtfulFrom} of its content on is in doubt.`;
    return new SourceError(code, `${what}${doubt} ${NEXT_STEP[code]}`, { cause });
  }
}
