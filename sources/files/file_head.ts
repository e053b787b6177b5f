/**
 * The first rows of a file as bytes, decompressed, for a look at what the file is.
 *
 * @module
 */
import { SourceError } from "../source.ts";
import { compressionOf, openFileInput } from "./file_input.ts";
import { refuseForeign } from "./foreign_format.ts";
import { guarded } from "./source_path.ts";

const HEAD_BYTES = 256 * 1024;
const LF = 0x0a;

/**
 * The first bytes of the content of a file, up to the end of a line unless it has none.
 *
 * @throws {SourceError} As the load of the file does, but for damage further on.
 */
export async function readFileHead(path: string): Promise<Uint8Array> {
  const compression = await guarded(() => Promise.resolve().then(() => compressionOf(path)), path);
  const input = await openFileInput(path, { compression });
  const head = new Uint8Array(HEAD_BYTES);
  let length = 0;
  try {
    while (length < head.length) {
      const count = await guarded(() => input.read(head.subarray(length)), path);
      if (count === null) break;
      length += count;
    }
  } finally {
    input.close();
  }
  const content = head.subarray(0, length);
  if (compression !== null) refuseForeign(content, { path, isContent: true });
  if (length === 0) throw new SourceError("bad_header", `${path} is empty: there is nothing to look at.`);
  const end = content.lastIndexOf(LF) + 1;
  return length < head.length || end === 0 ? content : content.subarray(0, end);
}
