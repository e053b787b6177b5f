/**
 * The content of a gzip file (RFC 1952): one member after the other. The members are told apart here, because a checksum
 * that does not agree must not take back what was decompressed before, and because zlib is silent about what follows them.
 *
 * @module
 */
import { crc32, createInflateRaw } from "node:zlib";
import { type CompressedBytes, ContentError } from "./compressed_bytes.ts";
import { Decompressor } from "./decompressor.ts";

/** Deflate expands a byte to at most 1,032, so that a piece becomes at most 17 MB. */
const PIECE_BYTES = 16 * 1024;
/** What is decompressed and not yet given out when damaged data is met is lost: less than this. */
const CHUNK_BYTES = 16 * 1024;
const DEFLATE = 8;
const FLAG = { headerCrc: 2, extra: 4, name: 8, comment: 16, reserved: 0xe0 };

/**
 * The content, in chunks. Zeros after the last member are padding; anything else there is an error.
 *
 * @throws {ContentError}
 */
export async function* gzipContent(file: CompressedBytes): AsyncGenerator<Uint8Array, void> {
  let length = 0;
  do {
    for await (const chunk of memberContent(file, length)) {
      length += chunk.length;
      yield chunk;
    }
  } while (await anotherMember(file));
}

async function* memberContent(file: CompressedBytes, memberAt: number): AsyncGenerator<Uint8Array, void> {
  const damaged = (reason: string, cause?: Error) =>
    new ContentError("corrupt", reason, { doubtfulFrom: memberAt, cause });
  await passHeader(file, damaged);
  let sum = 0, length = 0;
  using inflater = new Decompressor(createInflateRaw({ chunkSize: CHUNK_BYTES }));
  for (let ended = false; !ended;) {
    const piece = (await file.peek(1)).subarray(0, PIECE_BYTES);
    if (piece.length === 0) throw file.truncated();
    const { output, used, failure } = await inflater.decompress(piece);
    for (const chunk of output) {
      sum = crc32(chunk, sum);
      length += chunk.length;
      yield chunk;
    }
    if (failure !== null) throw damaged(failure.message, failure);
    file.pass(used);
    ended = used < piece.length;
  }
  const trailer = viewOf(await file.take(8));
  if (trailer.getUint32(0, true) !== sum) {
    throw damaged("the checksum of a gzip member does not agree with its content");
  }
  if (trailer.getUint32(4, true) !== length % 2 ** 32) throw damaged("a gzip member has another length than it says");
}

async function passHeader(file: CompressedBytes, damaged: (reason: string) => ContentError): Promise<void> {
  const [first, second, method, flags = 0] = await file.take(10);
  if (first !== 0x1f || second !== 0x8b) throw damaged("no gzip member begins there");
  if (method !== DEFLATE || (flags & FLAG.reserved) !== 0) throw damaged("a gzip member is of an unknown kind");
  if (flags & FLAG.extra) await file.skip(viewOf(await file.take(2)).getUint16(0, true));
  if (flags & FLAG.name) await passText(file);
  if (flags & FLAG.comment) await passText(file);
  if (flags & FLAG.headerCrc) await file.take(2);
}

/** A text that ends with a zero byte. */
async function passText(file: CompressedBytes): Promise<void> {
  for (;;) {
    const bytes = await file.peek(1);
    if (bytes.length === 0) throw file.truncated();
    const end = bytes.indexOf(0);
    file.pass(end < 0 ? bytes.length : end + 1);
    if (end >= 0) return;
  }
}

async function anotherMember(file: CompressedBytes): Promise<boolean> {
  const [first] = await file.peek(1);
  if (first === 0x1f) return true;
  for (let bytes = await file.peek(1); bytes.length > 0; bytes = await file.peek(1)) {
    if (bytes.some((byte) => byte !== 0)) {
      throw new ContentError("corrupt", "something that is not gzip follows the last member, which is complete");
    }
    file.pass(bytes.length);
  }
  return false;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
