/**
 * Reads LZ4 frames as Kafka has them, up to a limit of content, with an error for each damaged frame.
 *
 * The library that writes them traps in its WebAssembly at damaged data, leaks the memory, and has no limit
 * (docs/decisions/compression.md). This reader ignores the frame's own checksums: that of the record batch covers the
 * same bytes.
 *
 * @module
 */
import { Lz77Output } from "./lz77_output.ts";

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
const SHORTEST_REPEAT = 4;
/** A length in half a byte that continues in the bytes after it. */
const LONG_LENGTH = 15;

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

/** A block is sequences of literals and one repeat; its last one ends with the literals. */
function decodeBlock(block: Uint8Array, output: Lz77Output): void {
  let at = 0;
  /** The rest of a length whose half byte is full. */
  const rest = (): number => {
    let sum = 0;
    for (;;) {
      const byte = block[at++];
      if (byte === undefined) throw new RangeError("A block ends inside a length");
      sum += byte;
      if (byte < 255) return sum;
    }
  };
  while (at < block.length) {
    const token = block[at++] ?? 0;
    const short = token >> 4;
    const literals = short === LONG_LENGTH ? LONG_LENGTH + rest() : short;
    output.literals(block, at, at + literals);
    at += literals;
    if (at === block.length) return;
    const low = block[at];
    const high = block[at + 1];
    if (low === undefined || high === undefined) throw new RangeError("A block ends inside a distance");
    at += 2;
    const repeat = token & LONG_LENGTH;
    output.repeat(low | (high << 8), SHORTEST_REPEAT + (repeat === LONG_LENGTH ? LONG_LENGTH + rest() : repeat));
  }
}
