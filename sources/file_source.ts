/**
 * Files, and standard input, as sources of rows.
 *
 * @module
 */
import type { Clock } from "../actors/kernel/clock.ts";
import { NO_OPEN_INSTANT, OpenInstant } from "../records/open_instant.ts";
import { DATA_TYPE_OF } from "../schemas/record_types.ts";
import { readCsvHeader } from "./csv_header.ts";
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

const LF = 0x0a;
const START: SourcePosition = { row: 0, line: 0, offset: 0, openInstant: NO_OPEN_INSTANT };

/**
 * A file as a source. What its position means is checked when it is opened; what its rows mean, row by row.
 *
 * @throws {SourceError} `not_found`, `not_readable`, or `bad_option` if a tick file's symbol is not known.
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
  const bytes = file?.bytes ?? null;
  const reading: ReaderOptions = { format, clock, maxRowBytes };
  let streamed = false;
  return {
    id: `${DATA_TYPE_OF[kind]}:${file?.realPath ?? STDIN}`,
    name: path,
    kind,
    exchange: format.exchange,
    assetClass,
    bytes,
    resumable: bytes !== null,
    file: file === null || bytes === null ? null : { path: file.realPath, flags: flagsOf(format, maxRowBytes) },
    async open(from = START) {
      if (bytes !== null) return await openAt(from, reading);
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

function inspect(path: string): { readonly realPath: string; readonly bytes: number | null } {
  try {
    const info = Deno.statSync(path);
    if (info.isDirectory) throw new SourceError("not_readable", `${path} is a folder. Name the files in it.`);
    // Pipes and devices have no size, cannot be read from the middle, and may have no path but this one.
    return info.isFile ? { realPath: Deno.realPathSync(path), bytes: info.size } : { realPath: path, bytes: null };
  } catch (cause) {
    throw sourceErrorOf(cause, path);
  }
}

async function openStream(options: ReaderOptions): Promise<RowReader> {
  const { path } = options.format;
  if (path === STDIN) {
    return await startReader(options, { input: Deno.stdin, close: () => {}, from: START, eager: true });
  }
  const file = await guarded(Deno.open(path), path);
  try {
    return await startReader(options, { input: file, close: () => file.close(), from: START, eager: true });
  } catch (error) {
    file.close();
    throw error;
  }
}

async function openAt(from: SourcePosition, options: ReaderOptions): Promise<RowReader> {
  const { format } = options, { path } = format;
  const file = await guarded(Deno.open(path), path);
  try {
    if (from.offset === 0) return await startReader(options, { input: file, close: () => file.close(), from });
    await checkPosition(file, from, path);
    const header = isCsv(format) ? await readCsvHeader(new LineReader(file, { quoted: true }), format) : null;
    await file.seek(from.offset, Deno.SeekMode.Start);
    const rest = header === null ? {} : { fields: header.fields };
    return await startReader(options, { input: file, close: () => file.close(), from, ...rest });
  } catch (error) {
    file.close();
    throw error;
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

/** A position is only good for a file that still has a row's end, or its own, just before it. */
async function checkPosition(file: Deno.FsFile, from: SourcePosition, path: string): Promise<void> {
  const { size } = await guarded(file.stat(), path);
  const before = new Uint8Array(1);
  if (from.offset <= size) {
    await guarded(file.seek(from.offset - 1, Deno.SeekMode.Start), path);
    await guarded(file.read(before), path);
    await guarded(file.seek(0, Deno.SeekMode.Start), path);
  }
  if (from.offset < size ? before[0] === LF : from.offset === size) return;
  throw new SourceError(
    "changed",
    `${path} is not the file that was read before: no row of it ends at byte ${from.offset}. ` +
      "Run with --restart to load it from its start.",
  );
}

async function guarded<T>(work: Promise<T>, path: string): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    throw sourceErrorOf(cause, path);
  }
}
