/**
 * Reads Snappy: one block, or the pieces that Kafka's Java client writes (the framing of xerial's library). Reads
 * up to a limit of content, with an error for all damage.
 *
 * @module
 */
import { Lz77Output, OutputLimitError } from "./lz77_output.ts";
import { TruncatedError, WireReader } from "./wire.ts";

const FRAMING_MAGIC = [0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00];
/** The magic number and two versions. */
const FRAMING_HEADER_BYTES = 16;
/** Lengths of literals from here on are in the bytes that follow. */
const LONG_LITERALS = 60;

/**
 * The decompressed content.
 *
 * @throws {RangeError | TruncatedError} If the input is damaged.
 * @throws {OutputLimitError} If the content is longer than `limit` bytes.
 */
export function decodeSnappy(bytes: Uint8Array, limit: number): Uint8Array {
  if (FRAMING_MAGIC.some((byte, index) => bytes[index] !== byte)) {
    const output = new Lz77Output(contentLength(bytes, limit), limit);
    decodeBlock(bytes, output, limit);
    return output.written();
  }
  const output = new Lz77Output(4 * bytes.length, limit);
  const reader = new WireReader(bytes);
  reader.bytes(FRAMING_HEADER_BYTES);
  while (reader.remaining > 0) decodeBlock(reader.bytes(reader.int32()), output, limit);
  return output.written();
}

function contentLength(block: Uint8Array, limit: number): number {
  const length = new WireReader(block).uvarint();
  if (length > limit) throw new OutputLimitError(`${length} bytes, more than ${limit}`);
  return length;
}

/** A block is its content's length, then literals and repeats of bytes before. */
function decodeBlock(block: Uint8Array, output: Lz77Output, limit: number): void {
  const end = output.length + contentLength(block, limit);
  const begin = output.length;
  let at = block.findIndex((byte) => byte < 0x80) + 1;
  /** Reads a whole number of `length` bytes, the lowest first. */
  const number = (length: number): number => {
    if (at + length > block.length) throw new TruncatedError("A block ends inside a number");
    let value = 0;
    for (let index = 0; index < length; index++) value += (block[at + index] ?? 0) * 2 ** (8 * index);
    at += length;
    return value;
  };
  while (at < block.length) {
    const tag = block[at++] ?? 0;
    const length = tag >> 2;
    switch (tag & 3) {
      case 0: {
        const literals = 1 + (length < LONG_LITERALS ? length : number(length - LONG_LITERALS + 1));
        output.literals(block, at, at + literals);
        at += literals;
        break;
      }
      case 1:
        output.repeat(((tag >> 5) << 8) | number(1), 4 + (length & 7));
        break;
      case 2:
        output.repeat(number(2), 1 + length);
        break;
      default:
        output.repeat(number(4), 1 + length);
    }
  }
  if (output.length !== end) throw new RangeError(`${output.length - begin} bytes instead of ${end - begin}`);
}
