/**
 * Files, compressed ones too, and standard input, as sources of rows.
 *
 * @module
 */
import type { Clock } from "../actors/kernel/clock.ts";
import { NO_OPEN_INSTANT, OpenInstant } from "../records/open_instant.ts";
import { DATA_TYPE_OF } from "../schemas/record_types.ts";
import { type Compression, compressionOfBytes } from "../records/compression.ts";
import { ContentCheck } from "./content_check.ts";
import { readCsvHeader } from "./csv_header.ts";
import { compressionOf, type FileInput, openFileInput } from "./file_input.ts";
import { type ByteInput, LineReader, MAX_ROW_BYTES } from "./line_reader.ts";
import { isCsv, type RowFormat, rowFormatOf, type RowFormatOptions, rowParserOf } from "./row_format.ts";
import { RowBatchReader } from "./row_batch_reader.ts";
import { type RowReader, type RowSource, SourceError, type SourceFile, type SourcePosition } from "./source.ts";
import { sourceErrorOf, STDIN } from "./source_path.ts";

export type { FileFormat } from "./row_format.ts";

/** What a file is, and what its rows do not say themselves. */
export interface FileSourceOptions extends RowFormatOptions {
  /** `-` is standard input. */
  readonly path: string;
  /** Longer rows are refused. @default 1048576 */
  readonly maxRowBytes?: number | undefined;
  readonly clock: Clock;
}

const START: SourcePosition = { row: 0, line: 0, offset: 0, openInstant: NO_OPEN_INSTANT };

/**
 * A file as a source. What its position means is checked when it is opened; what its rows mean, row by row.
 *
 * A file whose name ends in `.gz` or `.zst` is decompressed as it is read; lines and bytes are those of its content.
 *
 * @throws {SourceError} `not_found`, `not_readable`, `wrong_compression`, or `bad_option` if a tick file's symbol is not
 * known.
 * @throws {RecordError} `unknown_time_zone`.
 *
 * @example
 * ```ts
 * import { openFileSource, systemClock } from "tickflume";
 * import assert from "node:assert/strict";
 *
 * const source = openFileSource({
 *   path: "examples/data/quotes/1001.csv",
 *   format: "asx-ticks",
 *   kind: "quote",
 *   exchange: "ASX",
 *   assetClass: "equities",
 *   symbol: "TFA",
 *   currency: "AUD",
 *   timeZone: "Australia/Sydney",
 *   clock: systemClock,
 * });
 * const reader = await source.open();
 * const batch = await reader.next(10);
 * await reader.close();
 * assert.equal(batch?.rows.length, 10);
 * const [first] = batch.rows;
 * assert.ok(first?.ok && first.row === 1 && first.tradeDate === "2024-05-06");
 * ```
 */
export function openFileSource(options: FileSourceOptions): RowSource {
  const { path, kind, assetClass, clock, maxRowBytes } = options;
  const format = rowFormatOf(options, path);
  const file = path === STDIN ? null : inspect(path);
  const bytes = file?.bytes ?? null, compression = file?.compression ?? null;
  const reading: ReaderOptions = { format, clock, maxRowBytes };
  const check = compression === null ? null : new ContentCheck(path, compression);
  let streamed = false;
  let latest: FileInput | null = null;
  return {
    id: `${DATA_TYPE_OF[kind]}:${file?.realPath ?? STDIN}`,
    name: path,
    kind,
    exchange: format.exchange,
    assetClass,
    bytes,
    ...(compression === null ? {} : { bytesRead: () => latest?.fileOffset ?? 0 }),
    resumable: bytes !== null,
    file: file === null || bytes === null ? null : { path: file.realPath, flags: flagsOf(format, maxRowBytes) },
    async open(from = START) {
      if (bytes !== null) {
        const input = await openFileInput(path, { compression, check });
        latest = input;
        return await openAt(from, { ...reading, file: input, compression });
      }
      if (streamed || from.offset > 0) {
        throw new SourceError("not_resumable", `${path} is a stream, which can be read once, from its start.`);
      }
      streamed = true;
      return await openStream(reading);
    },
  };
}

/** With the defaults, so that a checkpoint does not depend on whether somebody wrote them down. */
function flagsOf(format: RowFormat, maxRowBytes = MAX_ROW_BYTES): SourceFile["flags"] {
  const { kind, exchange, assetClass, symbol, companyId, currency, timeZone } = format;
  const { ambiguousTime = "refuse", endDate = "extract" } = format;
  const meaning = { format: format.format, kind, exchange, assetClass, symbol, companyId, currency };
  return { ...meaning, timeZone, ambiguousTime, endDate, maxRowBytes };
}

/** How a file is read. */
interface ReaderOptions {
  readonly format: RowFormat;
  readonly maxRowBytes: number | undefined;
  readonly clock: Clock;
}

/** Something to read rows from, and where that stands. */
interface ReaderInput {
  readonly input: ByteInput;
  readonly close: () => void;
  readonly from: SourcePosition;
  /** The columns of a csv file, if its header is not ahead. */
  readonly fields?: readonly string[];
  readonly eager?: boolean;
}

/** A path as it stands; pipes and devices have no size. */
interface Inspected {
  readonly realPath: string;
  readonly bytes: number | null;
  readonly compression: Compression | null;
}

function inspect(path: string): Inspected {
  try {
    const info = Deno.statSync(path);
    if (info.isDirectory) throw new SourceError("not_readable", `${path} is a folder. Name the files in it.`);
    // Pipes and devices cannot be read from the middle, and may have no path but this one.
    if (!info.isFile) return { realPath: path, bytes: null, compression: null };
    return { realPath: Deno.realPathSync(path), bytes: info.size, compression: compressionOf(path) };
  } catch (cause) {
    throw sourceErrorOf(cause, path);
  }
}

async function openStream(options: ReaderOptions): Promise<RowReader> {
  const { path } = options.format;
  if (path === STDIN) {
    const input = uncompressed(Deno.stdin, path);
    return await startReader(options, { input, close: () => {}, from: START, eager: true });
  }
  const file = await guarded(Deno.open(path), path);
  try {
    const input = uncompressed(file, path);
    return await startReader(options, { input, close: () => file.close(), from: START, eager: true });
  } catch (error) {
    file.close();
    throw error;
  }
}

/** A stream that must not be compressed: it could not be told from its rows where it was cut off. */
function uncompressed(input: ByteInput, path: string): ByteInput {
  let isFirst = true;
  return {
    async read(buffer) {
      const count = await input.read(buffer);
      const compression = isFirst && count !== null ? compressionOfBytes(buffer.subarray(0, count)) : null;
      isFirst = false;
      if (compression === null) return count;
      const program = compression === "gzip" ? "gzip -dc" : "zstd -dc";
      const what = `${path} is a stream that is compressed with ${compression}.`;
      throw new SourceError("wrong_compression", `${what} Send it through ${program}, or name the file.`);
    },
  };
}

interface OpenOptions extends ReaderOptions {
  readonly file: FileInput;
  readonly compression: Compression | null;
}

async function openAt(from: SourcePosition, { file, compression, ...options }: OpenOptions): Promise<RowReader> {
  const at = { input: file, close: () => file.close(), from };
  try {
    if (from.offset === 0) return await startReader(options, at);
    const { format } = options;
    await file.goTo(from.offset);
    if (!isCsv(format)) return await startReader(options, at);
    return await startReader(options, { ...at, fields: await fieldsOf(format, compression) });
  } catch (error) {
    file.close();
    throw error;
  }
}

/** The columns of a csv file that is read from the middle. */
async function fieldsOf(format: RowFormat, compression: Compression | null): Promise<readonly string[]> {
  const file = await openFileInput(format.path, { compression });
  try {
    return (await readCsvHeader(new LineReader(file, { quoted: true }), format))?.fields ?? [];
  } finally {
    file.close();
  }
}

async function startReader({ format, clock, maxRowBytes }: ReaderOptions, at: ReaderInput): Promise<RowReader> {
  const { from, close, eager = false } = at;
  const lines = new LineReader(at.input, {
    offset: from.offset,
    quoted: isCsv(format),
    ...(maxRowBytes === undefined ? {} : { maxRowBytes }),
  });
  const header = isCsv(format) && at.fields === undefined ? await readCsvHeader(lines, format) : null;
  const instant = new OpenInstant(from.openInstant);
  const parser = rowParserOf(format, { instant, fields: at.fields ?? header?.fields ?? [] });
  const headerLines = header?.lines ?? 0;
  return new RowBatchReader({
    kind: format.kind,
    name: format.path,
    lines,
    parser,
    from,
    headerLines,
    eager,
    clock,
    close,
  });
}

async function guarded<T>(work: Promise<T>, path: string): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    throw sourceErrorOf(cause, path);
  }
}
