/**
 * Files, and standard input, as sources of rows.
 *
 * @module
 */
import { basename, extname } from "node:path";
import type { Clock } from "../actors/kernel/clock.ts";
import { type AmbiguousTime, LocalCalendar } from "../records/local_time.ts";
import { NO_OPEN_INSTANT, OpenInstant } from "../records/open_instant.ts";
import { type AssetClass, DATA_TYPE_OF, type RecordKind } from "../schemas/record_types.ts";
import { AsxQuoteParser, AsxTradeParser } from "./asx_ticks.ts";
import type { CompanyTable } from "./company_table.ts";
import { CsvRow } from "./csv_row.ts";
import { splitTexts } from "./csv_texts.ts";
import { type ByteInput, LineReader, type RowCut } from "./line_reader.ts";
import { LocalDates } from "./local_dates.ts";
import { fieldsOfHeader } from "./named_fields.ts";
import { CsvParser, NdjsonParser } from "./named_parsers.ts";
import type { EndDateMeaning } from "./named_values.ts";
import { RowBatchReader } from "./row_batch_reader.ts";
import type { RowParser } from "./row_parser.ts";
import { type RowReader, type RowSource, SourceError, type SourcePosition } from "./source.ts";
import { sourceErrorOf, STDIN } from "./source_path.ts";

/** How the rows of a file are written. */
export type FileFormat = "asx-ticks" | "csv" | "ndjson";

/** What a file is, and what its rows do not say themselves. */
export interface FileSourceOptions {
  /** `-` is standard input. */
  readonly path: string;
  /** Reference data in `asx-ticks` is csv. */
  readonly format: FileFormat;
  readonly kind: RecordKind;
  readonly exchange: string;
  readonly assetClass: AssetClass;
  /** Needed for tick files, unless `reference` has it; in other formats for rows without one. */
  readonly symbol?: string | undefined;
  /** For rows without one. */
  readonly companyId?: string | undefined;
  /** Gives a tick file whose base name is a company number its number and symbol. */
  readonly reference?: CompanyTable | undefined;
  /** For rows without one. */
  readonly currency: string;
  /** IANA name; of tick files, and of other times without an offset. */
  readonly timeZone: string;
  /** @default "refuse" */
  readonly ambiguousTime?: AmbiguousTime | undefined;
  /** @default "extract" */
  readonly endDate?: EndDateMeaning | undefined;
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
 */
export function openFileSource(options: FileSourceOptions): RowSource {
  const { path, kind, assetClass } = options;
  // Only for its check, so that a mistake shows before the first row.
  new LocalCalendar(options.timeZone);
  const file = path === STDIN ? null : inspect(path);
  const bytes = file?.bytes ?? null;
  const reading: ReaderOptions = { ...options, ...instrumentOf(options), exchange: options.exchange.toUpperCase() };
  let streamed = false;
  return {
    id: `${DATA_TYPE_OF[kind]}:${file?.realPath ?? STDIN}`,
    name: path,
    kind,
    exchange: reading.exchange,
    assetClass,
    bytes,
    resumable: bytes !== null,
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

/** The options, with everything that was left to be found out. */
interface ReaderOptions extends Omit<FileSourceOptions, "symbol" | "companyId"> {
  readonly symbol: string | null;
  readonly companyId: string | null;
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

function isTickFile({ format, kind }: Pick<FileSourceOptions, "format" | "kind">): boolean {
  return format === "asx-ticks" && kind !== "reference_data";
}

function isCsv(options: Pick<FileSourceOptions, "format" | "kind">): boolean {
  return !isTickFile(options) && options.format !== "ndjson";
}

/** Symbol and company of a file: as given, or by its base name out of the reference table. */
function instrumentOf(options: FileSourceOptions): { symbol: string | null; companyId: string | null } {
  const { path, reference } = options;
  const given = { symbol: options.symbol ?? null, companyId: options.companyId ?? null };
  if (!isTickFile(options)) return given;
  const companyId = given.companyId ?? (reference === undefined ? null : basename(path, extname(path)));
  const symbol = given.symbol ?? (companyId === null ? null : reference?.symbolOf(companyId) ?? null);
  if (symbol !== null) return { symbol, companyId };
  const why = reference === undefined || companyId === null
    ? `Give --symbol, or --reference with a table that has its company number.`
    : `${reference.file} has no company ${companyId}. Add it there, or give --symbol.`;
  throw new SourceError("bad_option", `The symbol of ${path} is not known. ${why}`);
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
  const { path } = options;
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
  const { path } = options;
  const file = await guarded(Deno.open(path), path);
  try {
    if (from.offset === 0) return await startReader(options, { input: file, close: () => file.close(), from });
    await checkPosition(file, from, path);
    const fields = isCsv(options) ? await readHeader(new LineReader(file, { quoted: true }), options) : null;
    await file.seek(from.offset, Deno.SeekMode.Start);
    const rest = fields === null ? {} : { fields: fields.names };
    return await startReader(options, { input: file, close: () => file.close(), from, ...rest });
  } catch (error) {
    file.close();
    throw error;
  }
}

async function startReader(options: ReaderOptions, at: ReaderInput): Promise<RowReader> {
  const { path, kind, clock } = options;
  const { maxRowBytes } = options;
  const lines = new LineReader(at.input, {
    offset: at.from.offset,
    quoted: isCsv(options),
    ...(maxRowBytes === undefined ? {} : { maxRowBytes }),
  });
  const header = isCsv(options) && at.fields === undefined ? await readHeader(lines, options) : null;
  const parser = parserOf(options, { openInstant: at.from.openInstant, fields: at.fields ?? header?.names ?? [] });
  const headerLines = header?.lines ?? 0;
  const { from, close, eager = false } = at;
  return new RowBatchReader({ kind, name: path, lines, parser, from, headerLines, eager, clock, close });
}

function parserOf(
  options: ReaderOptions,
  at: { readonly openInstant: SourcePosition["openInstant"]; readonly fields: readonly string[] },
): RowParser {
  const { exchange, assetClass, symbol, companyId, currency, timeZone, kind } = options;
  const { ambiguousTime = "refuse", endDate = "extract" } = options;
  const instant = new OpenInstant(at.openInstant);
  if (isTickFile(options) && symbol !== null) {
    const calendar = new LocalCalendar(timeZone, { ambiguous: ambiguousTime });
    const ticks = { exchange, assetClass, symbol, companyId, currency, calendar, instant };
    return kind === "trade" ? new AsxTradeParser(ticks) : new AsxQuoteParser(ticks);
  }
  const dates = new LocalDates(timeZone);
  const shared = { exchange, assetClass, symbol, companyId, currency, timeZone, ambiguousTime, endDate };
  const named = { ...shared, dates, instant };
  return isCsv(options) ? new CsvParser(kind, named, at.fields) : new NdjsonParser(kind, named);
}

/** The fields that a csv file's first line names; null if the file is empty. */
async function readHeader(
  lines: LineReader,
  options: ReaderOptions,
): Promise<{ readonly names: readonly string[]; readonly lines: number } | null> {
  const { path, kind } = options;
  const cut: RowCut = { start: 0, end: 0, length: 0, lines: 0, tooLong: false };
  for (;;) {
    const taken = await guarded(Promise.resolve(lines.take(cut)), path);
    if (taken === "more") await guarded(lines.fill(), path);
    else if (taken === "end") return null;
    else if (taken === "row" && !cut.tooLong) break;
    else throw new SourceError("bad_header", `The first line of ${path} is no header. Check --format.`);
  }
  const { start, end, length } = cut;
  const raw = { row: 0, line: 1, offset: lines.base + start, buffer: lines.buffer, start, end, length };
  const names = splitTexts(new CsvRow(), raw);
  if (!Array.isArray(names)) {
    throw new SourceError("bad_header", `The first line of ${path} is no header: ${names.reason}`);
  }
  const given = new Set<string>();
  if (options.symbol !== null) given.add("symbol");
  if (options.companyId !== null) given.add("company_id");
  return { names: fieldsOfHeader(names, { kind, file: path, given }), lines: cut.lines };
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
