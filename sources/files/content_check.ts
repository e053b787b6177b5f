/**
 * Looks a file through before any of it is given out. It must agree with the checksum that stands beside it, if one does.
 * Of a compressed file the content is looked at too: the checksum of what was compressed stands at its end, and
 * damaged data is often decompressed without an error: into other prices. So nothing is given out of a member or frame
 * that does not agree with its checksum, which can only be known beforehand. It costs a second decompression, a fraction of
 * what is done with the rows.
 *
 * What is cut off has no checksum, and its rows are given out; nor has a zstd frame that was made without one.
 *
 * @module
 */
import type { Compression } from "../../storage/compression.ts";
import { fileOf } from "../../storage/archive_path.ts";
import { verifyChecksum } from "./companions.ts";
import { CompressedInput } from "./compressed_input.ts";
import { SourceError } from "../source.ts";

/** Why a file is given out only in part. */
export interface Damage {
  /** How many bytes of its content stand before the first member or frame that is damaged. */
  readonly goodBytes: number;
  /** What comes after them. */
  readonly error: SourceError;
}

const SCRATCH_BYTES = 256 * 1024;

/** Remembers what it has seen, for as long as the file is not written to. */
export class ContentCheck {
  readonly #path: string;
  readonly #compression: Compression | null;
  #seen: { readonly stamp: string; readonly damage: Damage | null } | null = null;

  constructor(path: string, compression: Compression | null) {
    this.#path = path;
    this.#compression = compression;
  }

  /**
   * The damage of a file, null if there is none; one that is only cut off is not damaged. Leaves it at its start.
   *
   * @throws {SourceError} `corrupt` if it disagrees with the checksum beside it.
   */
  async damageOf(file: Deno.FsFile): Promise<Damage | null> {
    const { ino, size, mtime } = await file.stat();
    const stamp = `${ino} ${size} ${mtime?.getTime()}`;
    if (this.#seen?.stamp !== stamp) {
      await verifyChecksum(fileOf(this.#path), file);
      const compression = this.#compression;
      this.#seen = { stamp, damage: compression === null ? null : await this.#lookThrough(file, compression) };
      await file.seek(0, Deno.SeekMode.Start);
    }
    return this.#seen.damage;
  }

  async #lookThrough(file: Deno.FsFile, compression: Compression): Promise<Damage | null> {
    const input = new CompressedInput({ file, path: this.#path, compression });
    const scratch = new Uint8Array(SCRATCH_BYTES);
    try {
      while (await input.read(scratch) !== null);
      return null;
    } catch (error) {
      const { goodBytes } = input;
      // Anything else shows again when the file is read, after what can be read.
      return error instanceof SourceError && error.code === "corrupt" ? { goodBytes, error } : null;
    } finally {
      await input.close();
    }
  }
}
