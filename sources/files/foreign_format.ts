/**
 * Files that are no lines of text in UTF-8, known by their first bytes: each with what makes such lines of it.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { compressionOfBytes } from "../../storage/compression.ts";
import { SourceError } from "../source.ts";

/** How many first bytes are looked at. */
export const SIGNATURE_BYTES = 4_096;

/** What a file is, and what to do. */
interface Foreign {
  readonly what: string;
  /** A sentence. */
  readonly next: string;
}

const PIPE = "| deno task load - …";

const duckdb = (reader: string) =>
  `duckdb -c "copy (from ${reader}) to 'FILE.csv'" makes a csv file of it; name its columns as this program does.`;

/** First bytes, as characters of Latin-1. */
const SIGNATURES: readonly (readonly [bytes: string, Foreign])[] = [
  ["PK\x05\x06", { what: "an empty zip archive", next: "Get the file again." }],
  ["PK\x07\x08", { what: "a part of a split zip archive", next: "Join its parts with zip -s 0, then name the whole." }],
  ["\xfd7zXZ\x00", { what: "compressed with xz", next: `xz -dc FILE.xz ${PIPE}` }],
  ["7z\xbc\xaf\x27\x1c", { what: "a 7z archive", next: `7z x -so FILE.7z ${PIPE}` }],
  ["Rar!\x1a\x07", { what: "a rar archive", next: `unrar p -inul FILE.rar ${PIPE}` }],
  ["\x04\x22\x4d\x18", { what: "compressed with lz4", next: `lz4 -dc FILE.lz4 ${PIPE}` }],
  ["\xff\x06\x00\x00sNaPpY", { what: "compressed with snappy", next: "Decompress it first." }],
  ["\x1f\x9d", { what: "compressed with compress", next: `gzip -dc FILE.Z ${PIPE}` }],
  ["ARROW1", { what: "an Arrow file", next: duckdb("read_arrow('FILE.arrow')") }],
  ["FEA1", { what: "a Feather file", next: "Write it as csv with the program that made it." }],
  ["Obj\x01", { what: "an Avro file", next: duckdb("read_avro('FILE.avro')") }],
  ["SQLite format 3\x00", { what: "a SQLite database", next: `sqlite3 -csv -header FILE 'select … from …' ${PIPE}` }],
  ["\x89HDF\r\n\x1a\n", { what: "an HDF5 file", next: "Write it as csv with the program that made it." }],
  ["\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", { what: "an Excel or Word document", next: "Save it as csv in UTF-8." }],
  ["%PDF-", { what: "a PDF document", next: "Get the data as csv." }],
];

const HTML: Foreign = { what: "an HTML page", next: "It is probably the error page of a download: look at it." };
/** How the first block of a bzip2 file begins, and the end of one without any. */
const BZIP2_BLOCKS: readonly string[] = ["1AY&SY", "\x17rE8P\x90"];
const XML: Foreign = { what: "an XML document", next: "Get the data as csv or ndjson." };
const BZIP2: Foreign = { what: "compressed with bzip2", next: `bzip2 -dc FILE.bz2 ${PIPE}` };
const EXCEL: Foreign = { what: "an Excel workbook", next: "Save it as csv in UTF-8." };
const TAR: Foreign = { what: "a tar archive", next: `tar -xOf FILE.tar ${PIPE}` };
const ORC: Foreign = { what: "an ORC file", next: "Write it as csv with the program that made it." };
const CR: Foreign = {
  what: "text whose lines end as on an old Mac (CR, without LF)",
  next: `tr '\\r' '\\n' < FILE ${PIPE}`,
};

/**
 * Refuses what begins like no text that can be read.
 *
 * @param head The first bytes: up to {@link SIGNATURE_BYTES}.
 * @param about.path For the message.
 * @param about.isContent Whether it is what a compressed file holds, which cannot be compressed once more.
 * @throws {SourceError} `foreign_format`
 */
export function refuseForeign(
  head: Uint8Array,
  { path, isContent = false }: { readonly path: string; readonly isContent?: boolean },
): void {
  const foreign = foreignOf(head) ?? (isContent ? compressedTwice(head) : null);
  if (foreign === null) return;
  const what = isContent ? `What ${path} holds, decompressed, is` : `${path} is, by its first bytes,`;
  throw new SourceError(
    "foreign_format",
    `${what} ${foreign.what}, and no lines of text in UTF-8. Nothing of it was read. ${foreign.next}`,
  );
}

/** Whether it is a zip archive whose first file is that of a workbook. */
export function isWorkbook(head: Uint8Array): boolean {
  return latin1(head.subarray(30, 49)) === "[Content_Types].xml";
}

/** Each byte as a character. */
function latin1({ buffer, byteOffset, length }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, length).toString("latin1");
}

function foreignOf(head: Uint8Array): Foreign | null {
  const text = latin1(head.subarray(0, SIGNATURE_BYTES));
  if (isWorkbook(head)) return EXCEL;
  const found = SIGNATURES.find(([bytes]) => text.startsWith(bytes));
  if (found !== undefined) return found[1];
  if (text.startsWith("BZh") && BZIP2_BLOCKS.includes(text.slice(4, 10))) return BZIP2;
  if (text.startsWith("ORC") && text.charCodeAt(3) < 0x20) return ORC;
  if (text.slice(257, 262) === "ustar") return TAR;
  const encoding = encodingOf(head);
  if (encoding !== null) {
    return { what: `text in ${encoding}`, next: `iconv -f ${encoding} -t UTF-8 FILE ${PIPE}` };
  }
  if (/^(?:\xef\xbb\xbf)?\s*<(?:!doctype html|html)\b/i.test(text)) return HTML;
  if (/^(?:\xef\xbb\xbf)?\s*<\?xml\b/i.test(text)) return XML;
  // A quoted field may hold a CR, and JSON may have one between its values.
  return /\r[^\n]/.test(text) && !/[\n"{]/.test(text) ? CR : null;
}

/** UTF-16 or UTF-32 by its byte order mark, or by where the zeros of its first characters are. */
function encodingOf(head: Uint8Array): string | null {
  const [a = -1, b = -1, c = -1, d = -1] = head;
  if (a === 0xff && b === 0xfe) return c === 0 && d === 0 ? "UTF-32" : "UTF-16";
  if (a === 0xfe && b === 0xff) return "UTF-16";
  if (a === 0 && b === 0 && c === 0xfe && d === 0xff) return "UTF-32";
  if (isAscii(a) && b === 0 && c === 0 && d === 0) return "UTF-32LE";
  if (isAscii(d) && a === 0 && b === 0 && c === 0) return "UTF-32BE";
  if (isAscii(a) && b === 0 && isAscii(c) && d === 0) return "UTF-16LE";
  return a === 0 && isAscii(b) && c === 0 && isAscii(d) ? "UTF-16BE" : null;
}

function isAscii(byte: number): boolean {
  return byte >= 0x20 && byte < 0x7f;
}

function compressedTwice(head: Uint8Array): Foreign | null {
  const compression = compressionOfBytes(head);
  return compression === null
    ? null
    : { what: `compressed once more, with ${compression}`, next: "Decompress it once." };
}
