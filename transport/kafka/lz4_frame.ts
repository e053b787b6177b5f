/**
 * Reads LZ4 frames as Kafka has them, up to a limit of content, with an error for each damaged frame.
 *
 * The library that writes them traps in its WebAssembly at damaged data, leaks the memory, and has no limit
 * (docs/decisions/compression.md). Blocks are decompressed by WebAssembly of our own (wasm/src/lz4.rs). This reader ignores
 * the frame's own checksums: that of the record batch covers the same bytes.
 *
 * @module
 */
import { decode_lz4_block } from "../../wasm/record_path.wasm";
import { clearScratch, putScratch, scratchBytes, takeScratch } from "../../wasm/scratch.ts";
import { Lz77Output, OutputLimitError } from "./lz77_output.ts";

const MAGIC = 0x184d2204;
/** Magic number, flags, block size, checksum of the header. */
const SHORTEST_HEADER_BYTES = 7;
const VERSION_MASK = 0xc0;
const VERSION_1 = 0x40;
const BLOCK_CHECKSUMS = 0x10;
const CONTENT_SIZE = 0x08;
const DICTIONARY = 0x01;
const STORED_BLOCK = 0x8000_0000;
/** LZ4 content is seldom longer than this many times its frame. */
const USUAL_RATIO = 4;
/** Repeats reach back less than this. */
const FARTHEST_REPEAT = 64 * 1024;
/** In place of the length of a block that no writer makes. */
const DAMAGED = -1;

/**
 * The content of the frame that `frame` begins with.
 *
 * @throws {RangeError} If the frame is damaged, or needs a dictionary.
 * @throws {OutputLimitError} If the content is longer than `limit` bytes.
 */
export function decodeLz4Frame(frame: Uint8Array, limit: number): Uint8Array {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  if (frame.length < SHORTEST_HEADER_BYTES || view.getUint32(0, true) !== MAGIC) throw new RangeError("No LZ4 frame");
  const flags = view.getUint8(4);
  if ((flags & VERSION_MASK) !== VERSION_1) throw new RangeError("An LZ4 frame of an unknown version");
  if ((flags & DICTIONARY) !== 0) throw new RangeError("An LZ4 frame with a dictionary");
  const output = new Lz77Output(USUAL_RATIO * frame.length, limit);
  let at = SHORTEST_HEADER_BYTES + ((flags & CONTENT_SIZE) === 0 ? 0 : 8);
  for (;;) {
    // Throws a RangeError if the block before claims to be longer than the frame.
    const size = view.getUint32(at, true);
    at += 4;
    if (size === 0) return output.written();
    const end = at + (size & ~STORED_BLOCK);
    if (size >= STORED_BLOCK) output.literals(frame, at, end);
    else decodeBlock(frame.subarray(at, end), output);
    at = end + ((flags & BLOCK_CHECKSUMS) === 0 ? 0 : 4);
  }
}

/** Appends the content of a block, in scratch space: what was written shortly before stands before it. */
function decodeBlock(block: Uint8Array, output: Lz77Output): void {
  const left = output.left, history = output.written().subarray(-FARTHEST_REPEAT);
  for (let room = Math.min(USUAL_RATIO * block.length, left);; room = Math.min(2 * room, left)) {
    clearScratch();
    const input = putScratch(block), before = takeScratch(history.length + room);
    scratchBytes().set(history, before);
    const start = before + history.length;
    const length = decode_lz4_block(input, block.length, start, history.length, room);
    if (length >= 0) return output.literals(scratchBytes(), start, start + length);
    if (length === DAMAGED) throw new RangeError("A block is damaged");
    if (room === left) throw new OutputLimitError(`More than ${left} bytes`);
  }
}
