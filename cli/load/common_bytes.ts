/**
 * Whether two files have the same bytes, as far as both go.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { compressionOf, type FileInput, openFileInput } from "../../sources/files/file_input.ts";
import { guarded } from "../../sources/files/source_path.ts";

/** What is compared of two files. */
export interface CommonBytes {
  readonly path: string;
  /** May be compressed. */
  readonly other: string;
  /** Before this byte they are known to be the same. */
  readonly from: number;
  readonly to: number;
}

const CHUNK_BYTES = 256 * 1024;

/**
 * True if both have the same bytes there. False also if one of them has not as many.
 *
 * @throws {SourceError}
 */
export async function haveSameBytes({ path, other, from, to }: CommonBytes): Promise<boolean> {
  if (from >= to) return true;
  const one = await open(path);
  try {
    const two = await open(other);
    try {
      if (!(await guarded(() => one.goTo(from), path)) || !(await guarded(() => two.goTo(from), other))) return false;
      const ones = new Uint8Array(CHUNK_BYTES), twos = new Uint8Array(CHUNK_BYTES);
      for (let at = from; at < to;) {
        const count = Math.min(CHUNK_BYTES, to - at);
        const isFilled = await guarded(() => fill(one, ones.subarray(0, count)), path) &&
          await guarded(() => fill(two, twos.subarray(0, count)), other);
        if (!isFilled || Buffer.compare(ones.subarray(0, count), twos.subarray(0, count)) !== 0) return false;
        at += count;
      }
      return true;
    } finally {
      two.close();
    }
  } finally {
    one.close();
  }
}

async function open(path: string): Promise<FileInput> {
  const compression = await guarded(() => Promise.try(() => compressionOf(path)), path);
  return await openFileInput(path, { compression });
}

/** False if there is not so much. */
async function fill(input: FileInput, bytes: Uint8Array): Promise<boolean> {
  for (let length = 0; length < bytes.length;) {
    const count = await input.read(bytes.subarray(length));
    if (count === null) return false;
    length += count;
  }
  return true;
}
