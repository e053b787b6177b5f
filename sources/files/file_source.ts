/**
 * Files, compressed ones too, and standard input, as sources of rows.
 *
 * @module
 */
import type { Clock } from "../../kernel/clock.ts";
import { DEFAULT_ID_SCOPE } from "../../records/ids/identity.ts";
import { isoDateOf } from "../../records/values/calendar_date.ts";
import { OpenInstant, type OpenInstantState } from "../../records/ids/open_instant.ts";
import { ContentChain } from "../../records/content/content_chain.ts";
import { type FilePosition, filePositionOf, START_OF_FILE } from "../../records/content/file_position.ts";
import { DATA_TYPE_OF } from "../../schemas/record_types.ts";
import { type Compression, compressionOfBytes } from "../../storage/compression.ts";
import { ContentCheck } from "./content_check.ts";
import { type CsvHeader, readCsvHeader } from "../formats/csv_header.ts";
import { stampOfFile } from "./compare_content.ts";
import { compressionOf, type FileInput, goToMark, openFileInput } from "./file_input.ts";
import { FirstKeys } from "../formats/first_keys.ts";
import { FirstRow } from "./first_row.ts";
import { refuseForeign } from "./foreign_format.ts";
import { FileRowReader } from "./file_row_reader.ts";
import { type ByteInput, LineReader, MAX_ROW_BYTES } from "./line_reader.ts";
import { isCsv, type RowFormat, rowFormatOf, type RowFormatOptions, rowParserOf } from "../formats/row_format.ts";
import { RowBatchReader } from "./row_batch_reader.ts";
import { type RowReader, type RowSource, SourceError, type SourceFile } from "../source.ts";
import { guarded, isStdin, noFileError, sourceErrorOf, STDIN } from "./source_path.ts";

export type { FileFormat } from "../formats/row_format.ts";

/** What a file is, and what its rows do not say themselves. */
export interface FileSourceOptions extends RowFormatOptions {
  /** `-` is standard input. */
  readonly path: string;
  /** Longer rows are refused. @default 1048576 */
  readonly maxRowBytes?: number | undefined;
  /**
   * Whether a last line without its line end is a row. Else it is held back until it has one; of a stream it is refused. A
   * csv row whose quoted field is open where the file ends is held back in any case.
   *
   * @default false
   */
  readonly takeLastLine?: boolean | undefined;
  /** Called with its line for each line that is the header of a csv file once more: such a line is no row. */
  readonly onRepeatedHeader?: ((line: number) => void) | undefined;
  readonly clock: Clock;
}

/**
 * A file as a source. What its position means is checked when it is opened; what its rows mean, row by row.
 *
 * A file whose name ends in `.gz` or `.zst` is decompressed as it is read; lines and bytes are those of its content.
 *
 * @throws {SourceError} `not_found`, `not_readable`, `not_a_file`, `wrong_compression`, `foreign_format`, or `bad_option` if the symbol or currency
 * of a tick file is not known.
 * @throws {RecordError} `unknown_time_zone`, `bad_currency`.
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
export function openFileSource({ path: given, ...options }: FileSourceOptions): RowSource {
  const path = isStdin(given) ? STDIN : given;
  const { kind, assetClass, clock, maxRowBytes, takeLastLine = false, onRepeatedHeader } = options;
  const format = rowFormatOf(options, path);
  const file = path === STDIN ? null : inspect(path);
  const bytes = file?.bytes ?? null, compression = file?.compression ?? null;
  const reading: ReaderOptions = { format, clock, maxRowBytes, takeLastLine, onRepeatedHeader };
  const check = compression === null ? null : new ContentCheck(path, compression);
  let streamed = false;
  let latest: FileInput | null = null;
  const openFile = async (from: FilePosition): Promise<FileRowReader> => {
    const input = await openFileInput(path, { compression, check });
    latest = input;
    return await openAt(from, { ...reading, file: input, compression });
  };
  return {
    id: `${DATA_TYPE_OF[kind]}:${file?.realPath ?? STDIN}${bytes === null ? streamSuffix() : ""}`,
    name: path,
    kind,
    exchange: format.exchange,
    assetClass,
    bytes,
    // Positions in a compressed file are those of its content.
    bytesRead: (position) =>
      compression !== null ? latest?.fileOffset ?? 0 : position === null ? 0 : filePositionOf(position).at.offset,
    resumable: bytes !== null,
    file: file === null || bytes === null ? null : {
      path: file.realPath,
      flags: flagsOf(format, maxRowBytes),
      takesLastLine: takeLastLine,
      examine: async () => (await openFile(START_OF_FILE)).examined,
    },
    async open(position = START_OF_FILE) {
      const from = filePositionOf(position);
      if (bytes !== null) return await openFile(from);
      if (streamed || from.row > 0) {
        throw new SourceError("not_resumable", `${path} is a stream, which can be read once, from its start.`);
      }
      streamed = true;
      return await openStream(reading);
    },
  };
}

/**
 * With the defaults, so that a checkpoint does not depend on whether somebody wrote them down. `earliest` is among them where it
 * decides which rows are records; elsewhere it only lets a load begin.
 */
function flagsOf(format: RowFormat, maxRowBytes = MAX_ROW_BYTES): SourceFile["flags"] {
  const { kind, exchange, assetClass, symbol, companyId, currency, timeZone, earliestMicros } = format;
  const { ambiguousTime = "refuse", endDate = "extract", timeUnit = null, finer = "refuse" } = format;
  const { idScope = DEFAULT_ID_SCOPE } = format;
  const meaning = { format: format.format, kind, exchange, assetClass, symbol, companyId, currency };
  const earliest = timeUnit === null ? null : isoDateOf(earliestMicros);
  return { ...meaning, timeZone, ambiguousTime, timeUnit, earliest, finer, endDate, idScope, maxRowBytes };
}

/** How a file is read. */
interface ReaderOptions {
  readonly format: RowFormat;
  readonly maxRowBytes: number | undefined;
  readonly takeLastLine: boolean;
  readonly onRepeatedHeader: ((line: number) => void) | undefined;
  readonly clock: Clock;
}

/** What comes through a stream once is no more there the next time: its rows and dead letters are of no later stream. */
function streamSuffix(): string {
  return `#${crypto.randomUUID()}`;
}

/** Something to read rows from, and where that stands. */
interface ReaderInput {
  readonly input: ByteInput;
  readonly close: () => void;
  readonly from: FilePosition;
  /** Goes on after `from`; null where nothing goes on from the positions. */
  readonly chain: ContentChain | null;
  /** Of a csv file, if it is not ahead. */
  readonly header?: CsvHeader | null;
}

/** A path as it stands; pipes have no size. */
interface Inspected {
  readonly realPath: string;
  readonly bytes: number | null;
  readonly compression: Compression | null;
}

function inspect(path: string): Inspected {
  try {
    const info = Deno.statSync(path);
    if (info.isDirectory) throw new SourceError("not_readable", `${path} is a folder. Name the files in it.`);
    const refused = noFileError(path, info);
    if (refused !== null) throw refused;
    // Pipes cannot be read from the middle, and may have no path but this one.
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
    return await startReader(options, { input, close: () => {}, from: START_OF_FILE, chain: null });
  }
  const file = await guarded(() => Deno.open(path), path);
  try {
    const input = uncompressed(file, path);
    return await startReader(options, { input, close: () => file.close(), from: START_OF_FILE, chain: null });
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
      if (isFirst && compression === null) refuseForeign(buffer.subarray(0, count ?? 0), { path });
      isFirst = false;
      if (compression === null) return count;
      const program = compression === "gzip" ? "gzip -dc" : "zstd -dc";
      const what = `${path} is a stream that is compressed with ${compression}.`;
      throw new SourceError("wrong_compression", `${what} Send it through ${program}, or name the file.`);
    },
  };
}

/** The content of a compressed file, from its start on. */
function textOf(input: ByteInput, path: string): ByteInput {
  let isFirst = true;
  return {
    async read(buffer) {
      const count = await input.read(buffer);
      if (isFirst) refuseForeign(buffer.subarray(0, count ?? 0), { path, isContent: true });
      isFirst = false;
      return count;
    },
  };
}

interface OpenOptions extends ReaderOptions {
  readonly file: FileInput;
  readonly compression: Compression | null;
}

async function openAt(from: FilePosition, options: OpenOptions): Promise<FileRowReader> {
  const { file, compression, format, clock } = options;
  const { path } = format;
  const input = compression === null || from.at.offset > 0 ? file : textOf(file, path);
  const at = { input, close: () => file.close(), from };
  try {
    const stamp = await stampOfFile({ path, file: file.file }, clock);
    const { content } = (from.at.unended ?? from).at;
    if (from.at.offset > 0 && content === undefined) {
      throw new SourceError(
        "not_resumable",
        `The position at byte ${from.at.offset} of ${path} has no mark of what it is in.`,
      );
    }
    const chain = content === undefined || content.bytes === 0
      ? new ContentChain()
      : await goToMark(file, content, path);
    const header = from.at.offset > 0 && isCsv(format) ? { header: await headerOf(format, compression) } : {};
    const rows = await startReader(options, { ...at, chain, ...header });
    return new FileRowReader(rows, { file, path, compression, quoted: isCsv(format), clock, stamp, from });
  } catch (error) {
    file.close();
    throw error;
  }
}

/** The header of a csv file that is read from the middle. */
async function headerOf(format: RowFormat, compression: Compression | null): Promise<CsvHeader | null> {
  const file = await openFileInput(format.path, { compression });
  try {
    return await readCsvHeader(new LineReader(file, { quoted: true }), format);
  } finally {
    file.close();
  }
}

async function startReader(options: ReaderOptions, at: ReaderInput): Promise<RowBatchReader> {
  const { format, clock, maxRowBytes, takeLastLine, onRepeatedHeader } = options;
  const { from, close, chain } = at;
  const begins = from.at.unended ?? from;
  const isStream = chain === null;
  const lines = new LineReader(at.input, {
    offset: begins.at.offset,
    quoted: isCsv(format),
    holdLastLine: !isStream && !takeLastLine,
    holdOpenQuote: !isStream,
    ...(maxRowBytes === undefined ? {} : { maxRowBytes }),
    ...(chain === null ? {} : { chain }),
  });
  const ahead = isCsv(format) && at.header === undefined
    ? await readCsvHeader(lines, format, { clock, isFile: !isStream })
    : null;
  const header = ahead ?? at.header ?? null;
  const fields = header?.fields ?? [];
  const parserAt = (instant: OpenInstantState) => rowParserOf(format, { instant: new OpenInstant(instant), fields });
  const keys = format.format === "ndjson" ? new FirstKeys({ format, clock }) : null;
  const firstRow = begins.row === 0 ? new FirstRow({ format, fields, keys, clock }) : null;
  return new RowBatchReader({
    kind: format.kind,
    name: format.path,
    lines,
    parser: parserAt(begins.at.openInstant),
    from,
    earlier: { before: from.at.unended ?? null, parserAt },
    chain,
    firstRow,
    refuseLastLine: isStream && !takeLastLine,
    header: header?.text,
    onRepeatedHeader,
    headerLines: ahead?.lines ?? 0,
    eager: isStream,
    clock,
    close,
  });
}
