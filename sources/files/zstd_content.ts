/**
 * The content of a zstd file (RFC 8878): one frame after the other. The blocks are told apart here, for three reasons: a
 * stream of node:zlib takes the end of its input for the end of a frame, complete or not; it takes nothing after the
 * first frame; and in Deno an error is only reported, instead of ending the program, if it comes with the first output of
 * a write. A block is at most 128 KiB of content, and decompressed whole before any of it comes out, so that a write of
 * one block at a time is both bounded and safe.
 *
 * @module
 */
import { createZstdDecompress } from "node:zlib";
import { type CompressedBytes, ContentError } from "./compressed_bytes.ts";
import { Decompressor } from "./decompressor.ts";

const FRAME_MAGIC = 0xfd2fb528;
const SKIPPABLE_MAGIC = 0x184d2a50;
const CHUNK_BYTES = 64 * 1024;
const MAX_BLOCK_BYTES = 128 * 1024;
/** The maximum that zstd itself takes by default. */
const MAX_WINDOW_BYTES = 2 ** 27;
const RLE = 1;
const RESERVED = 3;

/** The content, in chunks. @throws {ContentError} */
export async function* zstdContent(file: CompressedBytes): AsyncGenerator<Uint8Array, void> {
  let length = 0;
  do {
    const magic = viewOf(await file.take(4)).getUint32(0, true);
    if ((magic & ~0xf) === SKIPPABLE_MAGIC) {
      await file.skip(viewOf(await file.take(4)).getUint32(0, true));
    } else if (magic === FRAME_MAGIC) {
      for await (const chunk of frameContent(file, length)) {
        length += chunk.length;
        yield chunk;
      }
    } else {
      throw new ContentError("corrupt", "something that is not zstd follows the last frame, which is complete");
    }
  } while ((await file.peek(1)).length > 0);
}

/** The frame after its magic number. */
async function* frameContent(file: CompressedBytes, frameAt: number): AsyncGenerator<Uint8Array, void> {
  const damaged = (reason: string, cause?: Error) =>
    new ContentError("corrupt", reason, { doubtfulFrom: frameAt, cause });
  const { bytes, hasChecksum } = await frameHeader(file, damaged);
  using decompressor = new Decompressor(createZstdDecompress({ chunkSize: CHUNK_BYTES }));
  const piece = async (bytes: Uint8Array) => {
    const { output, used, failure } = await decompressor.decompress(bytes);
    if (failure !== null) throw damaged(failure.message, failure);
    if (used < bytes.length) throw damaged("a zstd frame ends before its last block");
    return output;
  };
  await piece(bytes);
  for (let isLast = false; !isLast;) {
    const [low = 0, middle = 0, high = 0] = await file.peek(3);
    const header = low | middle << 8 | high << 16;
    isLast = (header & 1) === 1;
    const kind = header >> 1 & 3, size = header >> 3;
    if (kind === RESERVED || size > MAX_BLOCK_BYTES) throw damaged("a zstd block is of an unknown kind");
    yield* await piece(await file.take(3 + (kind === RLE ? 1 : size)));
  }
  if (hasChecksum) yield* await piece(await file.take(4));
}

async function frameHeader(
  file: CompressedBytes,
  damaged: (reason: string) => ContentError,
): Promise<{ readonly bytes: Uint8Array; readonly hasChecksum: boolean }> {
  const [descriptor = 0] = await file.peek(1);
  const isSingleSegment = (descriptor & 0x20) !== 0;
  const idBytes = [0, 1, 2, 4][descriptor & 3] ?? 0;
  const sizeBytes = [isSingleSegment ? 1 : 0, 2, 4, 8][descriptor >> 6] ?? 0;
  const idAt = isSingleSegment ? 1 : 2;
  const fields = await file.take(idAt + idBytes + sizeBytes);
  if ((descriptor & 8) !== 0) throw damaged("a zstd frame is of an unknown kind");
  if (fields.subarray(idAt, idAt + idBytes).some((byte) => byte !== 0)) {
    throw new ContentError("not_readable", "it was compressed with a dictionary: decompress it with that first");
  }
  const [, window = 0] = fields;
  const windowBytes = isSingleSegment
    ? littleEndian(fields.subarray(idAt + idBytes))
    : 2 ** (10 + (window >> 3)) * (1 + (window & 7) / 8);
  if (windowBytes > MAX_WINDOW_BYTES) {
    const mib = Math.ceil(windowBytes / 2 ** 20);
    throw new ContentError(
      "not_readable",
      `its window is ${mib} MiB, of which 128 are taken: compress it without --long`,
    );
  }
  const bytes = new Uint8Array(4 + fields.length);
  viewOf(bytes).setUint32(0, FRAME_MAGIC, true);
  bytes.set(fields, 4);
  return { bytes, hasChecksum: (descriptor & 4) !== 0 };
}

function littleEndian(bytes: Uint8Array): number {
  return bytes.reduce((sum, byte, at) => sum + byte * 2 ** (8 * at), 0);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
