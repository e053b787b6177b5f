/**
 * The content of a Parquet file: its rows as JSON lines, each an object of all columns in the order of the schema, so that
 * every format of JSON lines reads it.
 *
 * @module
 */
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from "node:zlib";
import type { AsyncBuffer, CompressionCodec, Compressors, FileMetaData } from "hyparquet";
import { ContentError } from "./compressed_bytes.ts";
import { type Column, columnOf, notReadable, PARSERS, withoutDecimals } from "./parquet_values.ts";

/**
 * Rows whose values are in memory together, beside the compressed bytes of a column of their row group. Pages before them
 * are passed over without being decompressed.
 */
const ROWS_AT_ONCE = 65_536;
/** Of nested columns a whole row group is decompressed for each of these pieces: larger groups are refused. */
const MAX_GROUP_BYTES = 2 ** 30;
/** Rows that are put into one piece of text. */
const ROWS_PER_CHUNK = 512;

const utf8 = new TextEncoder();

/** A Parquet file that is open. */
export class ParquetFile {
  /** How far into the file the latest row group goes that was read. */
  offset = 0;

  constructor(readonly file: Deno.FsFile) {}
}

/** The content, in chunks. @throws {ContentError} */
export async function* parquetContent(parquet: ParquetFile): AsyncGenerator<Uint8Array, void> {
  // Loaded for Parquet files alone: no other load has to wait for the library.
  const library = await import("hyparquet");
  const file = await bufferOf(parquet.file);
  const metadata = await readable("truncated", () => library.parquetMetadataAsync(file, { geoparquet: false }));
  refuseUnreadable(metadata);
  const columns = library.parquetSchema(metadata).children.map(columnOf);
  const scan = await readable("corrupt", () =>
    library.parquetScan({
      file,
      metadata: withoutDecimals(metadata),
      parsers: PARSERS,
      compressors: COMPRESSORS,
      utf8: false,
      geoparquet: false,
    }));
  for (const [index, group] of scan.ranges.entries()) {
    for (let rowStart = group.rowStart; rowStart < group.rowEnd; rowStart += ROWS_AT_ONCE) {
      const range = { rowStart, rowEnd: Math.min(group.rowEnd, rowStart + ROWS_AT_ONCE) };
      const values: ArrayLike<unknown>[] = [];
      for (const { name } of columns) {
        values.push(await readable("corrupt", () => scan.readColumn({ column: name, ...range })));
      }
      yield* linesOf(columns, values, range.rowEnd - range.rowStart);
    }
    parquet.offset = Math.floor(file.byteLength * (index + 1) / scan.ranges.length);
  }
}

/** @throws {ContentError} `not_readable` */
function refuseUnreadable({ row_groups: groups }: FileMetaData): void {
  for (const { total_byte_size: bytes, columns } of groups) {
    if (bytes > MAX_GROUP_BYTES) {
      const mib = bytes / 2n ** 20n;
      throw notReadable(`a row group of it has ${mib} MiB, of which 1024 are taken: write it with smaller ones`);
    }
    for (const { meta_data: about } of columns) {
      if (about === undefined) throw notReadable("its columns are in other files, or encrypted");
      if (!CODECS.has(about.codec)) {
        throw notReadable(`it is compressed with ${about.codec}: write it with zstd or snappy`);
      }
    }
  }
}

function* linesOf(
  columns: readonly Column[],
  values: readonly ArrayLike<unknown>[],
  rows: number,
): Generator<Uint8Array, void> {
  for (let from = 0; from < rows; from += ROWS_PER_CHUNK) {
    let text = "";
    for (let row = from; row < Math.min(rows, from + ROWS_PER_CHUNK); row++) {
      for (const [index, { key, write }] of columns.entries()) {
        text += `${index === 0 ? "{" : ","}${key}:${write(values[index]?.[row])}`;
      }
      text += "}\n";
    }
    yield utf8.encode(text);
  }
}

const COMPRESSORS: Compressors = {
  GZIP: (input, length) => gunzipSync(input, within(length)),
  BROTLI: (input, length) => brotliDecompressSync(input, within(length)),
  ZSTD: (input, length) => zstdDecompressSync(input, within(length)),
};

/** A dictionary of nothing but nulls has no bytes, and node:zlib takes no limit of 0. */
function within(length: number): { readonly maxOutputLength: number } {
  return { maxOutputLength: Math.max(1, length) };
}

/** The library itself has snappy. */
const CODECS: ReadonlySet<CompressionCodec> = new Set(["UNCOMPRESSED", "SNAPPY", "GZIP", "BROTLI", "ZSTD"]);

async function bufferOf(file: Deno.FsFile): Promise<AsyncBuffer> {
  const { size } = await file.stat();
  return {
    byteLength: size,
    async slice(start, end = size) {
      await file.seek(start, Deno.SeekMode.Start);
      const bytes = new Uint8Array(Math.max(0, Math.min(end, size) - start));
      for (let at = 0; at < bytes.length;) {
        const count = await file.read(bytes.subarray(at));
        if (count === null) throw new RangeError("the file ends there");
        at += count;
      }
      return bytes.buffer;
    },
  };
}

/** What the library throws at a file that it cannot read has no type of its own. */
async function readable<T>(code: "truncated" | "corrupt", work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof ContentError) throw cause;
    const what = code === "truncated" ? "the description at its end cannot be read" : "its columns cannot be read";
    const message = `${what} (${cause instanceof Error ? cause.message : cause})`;
    throw new ContentError(code, message, { doubtfulFrom: 0, cause });
  }
}
