/**
 * Files, compressed ones too, and standard input, as sources of rows.
 *
 * @module
 */
import type { Clock } from "../../kernel/clock.ts";
import { isoDateOf } from "../../records/values/calendar_date.ts";
import { DATA_TYPE_OF } from "../../schemas/record_types.ts";
import { fileOf, memberOf, memberPath } from "../../storage/archive_path.ts";
import type { Compression } from "../../storage/compression.ts";
import type { RowSettings } from "../formats/format.ts";
import { type RowOptions, rowSettingsOf } from "../formats/row_options.ts";
import { type RowSource, SourceError, type SourceFile } from "../source.ts";
import { ContentCheck } from "./content_check.ts";
import { compressionOf, type FileInput, openFileInput } from "./file_input.ts";
import { type FilePosition, filePositionOf, START_OF_FILE } from "../../records/content/file_position.ts";
import type { FileRowReader } from "./file_row_reader.ts";
import { fileIdentity, type Growth } from "./growth.ts";
import { MAX_ROW_BYTES } from "./line_reader.ts";
import { openFileRows, type OpenOptions, openStreamRows } from "./open_rows.ts";
import { guarded, isStdin, noFileError, sourceErrorOf, STDIN } from "./source_path.ts";

export type { FileFormat } from "../formats/formats.ts";

/** What a file is, and what its rows do not say themselves. */
export interface FileSourceOptions extends RowOptions {
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
  /**
   * Called with its line for each row that the format passes over, and with a sentence if it proves that the rows before it
   * are all.
   */
  readonly onPassedOver?: ((line: number, proof: string | null) => void) | undefined;
  /**
   * Of a plain file that is being written: its reader waits at its end, until it is told that there is no more.
   *
   * @default undefined: the end that is met is the end
   * @internal
   */
  readonly growth?: Growth | undefined;
  /** Where the times of looks at the file come from, and the day after which no instant is likely. */
  readonly clock: Clock;
}

/**
 * A file as a source. What its position means is checked when it is opened; what its rows mean, row by row.
 *
 * A file whose name ends in `.gz`, `.zst` or `.zip` is decompressed as it is read; lines and bytes are those of its
 * content. An archive of several files is named with one of them: `2024.zip/trades.csv`.
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
  const { kind, assetClass, clock, maxRowBytes, takeLastLine = false } = options;
  const { onRepeatedHeader, onPassedOver, growth } = options;
  const settings = rowSettingsOf(options, path);
  const file = path === STDIN ? null : inspect(path);
  const bytes = file?.bytes ?? null;
  // A vendor's file of a day without rows has no byte, not even those of its compression.
  const isEmptyDay = bytes === 0 && settings.layout.says?.emptyDay === true;
  const compression = isEmptyDay ? null : file?.compression ?? null;
  const reading: OpenOptions = { settings, clock, maxRowBytes, takeLastLine, onRepeatedHeader, onPassedOver };
  const check = bytes === null ? null : new ContentCheck(path, compression);
  let streamed = false;
  let latest: FileInput | null = null;
  const openFile = async (from: FilePosition, options: OpenOptions): Promise<FileRowReader> => {
    const input = await openFileInput(path, { compression, check });
    latest = input;
    return await openFileRows(from, options, { file: input, compression });
  };
  const openGrowing = async (from: FilePosition, { growth, options }: GrowingOptions): Promise<FileRowReader> => {
    const input = await openFileInput(path, { compression });
    const info = await guarded(() => input.file.stat(), path).catch((error) => {
      input.close();
      throw error;
    });
    if (fileIdentity(info) !== growth.identity || info.size < growth.seenBytes) {
      input.close();
      throw replacedError(path);
    }
    const rows = await openFileRows(from, options, { file: input, compression }).catch((error) => {
      throw error instanceof SourceError && error.code === "changed" ? replacedError(path, error) : error;
    });
    if (await hasFirstRow(rows, from)) return rows;
    await rows.close();
    throw replacedError(path);
  };
  return {
    id: `${DATA_TYPE_OF[kind]}:${file?.realPath ?? STDIN}${bytes === null ? streamSuffix() : ""}`,
    name: path,
    kind,
    exchange: settings.exchange,
    assetClass,
    bytes,
    // Positions in a compressed file are those of its content.
    bytesRead: (position) =>
      compression !== null ? latest?.fileOffset ?? 0 : position === null ? 0 : filePositionOf(position).at.offset,
    ...(growth === undefined ? {} : {
      idle: () => growth.isWaiting,
      openAsItIs: (from = START_OF_FILE) => openGrowing(filePositionOf(from), { growth, options: reading }),
    }),
    resumable: bytes !== null,
    file: file === null || bytes === null ? null : {
      path: file.realPath,
      flags: flagsOf(settings, maxRowBytes),
      takesLastLine: takeLastLine,
      examine: async () => {
        const opened = growth === undefined
          ? await openFile(START_OF_FILE, reading)
          : await openGrowing(START_OF_FILE, { growth, options: reading });
        return opened.examined;
      },
      followed: growth !== undefined,
      formerPath: options.formerPath,
    },
    async open(position = START_OF_FILE) {
      const from = filePositionOf(position);
      if (bytes !== null && growth === undefined) return await openFile(from, reading);
      if (bytes !== null && growth !== undefined) {
        return await openGrowing(from, { growth, options: { ...reading, growth } });
      }
      if (streamed || from.row > 0) {
        throw new SourceError("not_resumable", `${path} is a stream, which can be read once, from its start.`);
      }
      streamed = true;
      return await openStreamRows(reading);
    },
  };
}

/**
 * With the defaults, so that a checkpoint does not depend on whether a user wrote them down. `earliest` is among them
 * where it decides which rows are records; elsewhere it only lets a load begin.
 */
function flagsOf(settings: RowSettings, maxRowBytes = MAX_ROW_BYTES): SourceFile["flags"] {
  const { format, kind, exchange, assetClass, symbol, companyId, currency, earliestMicros } = settings;
  const { timeZone, ambiguousTime, timeUnit, finer, endDate, idScope, layout: { says } } = settings;
  const meaning = { format, kind, exchange, assetClass, symbol, companyId, currency };
  const earliest = timeUnit === null ? null : isoDateOf(earliestMicros);
  const flags = { ...meaning, timeZone, ambiguousTime, timeUnit, earliest, finer, endDate, idScope, maxRowBytes };
  // A mapping that says something else has other rows; the formats without one never change.
  const digest = says?.digest ?? null;
  return digest === null ? flags : { ...flags, mapping: digest };
}

/** A stream cannot be read again: its rows and dead letters belong to no later stream. */
function streamSuffix(): string {
  return `#${crypto.randomUUID()}`;
}

/** A path as it stands; pipes have no size. */
interface Inspected {
  readonly realPath: string;
  readonly bytes: number | null;
  readonly compression: Compression | null;
}

function inspect(path: string): Inspected {
  try {
    const info = Deno.statSync(fileOf(path)), member = memberOf(path);
    if (info.isDirectory) throw new SourceError("not_readable", `${path} is a folder. Name the files in it.`);
    const refused = noFileError(path, info);
    if (refused !== null) throw refused;
    // Pipes cannot be read from the middle, and may have no path but this one.
    if (!info.isFile) return { realPath: path, bytes: null, compression: null };
    const realPath = Deno.realPathSync(fileOf(path));
    return {
      realPath: member === null ? realPath : memberPath(realPath, member),
      bytes: info.size,
      compression: compressionOf(path),
    };
  } catch (cause) {
    throw sourceErrorOf(cause, path);
  }
}

/** How a file is opened that is being written. */
interface GrowingOptions {
  readonly growth: Growth;
  readonly options: OpenOptions;
}

/** Whether a file that was looked at begins as it did then, where no other row tells. */
async function hasFirstRow(rows: FileRowReader, from: FilePosition): Promise<boolean> {
  const { content } = from.at;
  if (content === undefined || content.bytes > 0 || content.samples.first === null) return true;
  try {
    return await rows.examined.beginsAs(content);
  } catch (error) {
    await rows.close();
    throw error;
  }
}

/** Under the name of a file another one stands, or another text: of that nothing may be noted as of this one. */
function replacedError(path: string, cause?: SourceError): SourceError {
  return new SourceError("replaced", `${path} was replaced by another file while it was opened. Run again.`, { cause });
}
