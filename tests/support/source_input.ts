/**
 * For tests: bytes in memory as an input, and all its rows.
 *
 * @module
 */
import { type Clock, systemClock } from "../../kernel/clock.ts";
import { type FilePosition, filePositionOf, START_OF_FILE } from "../../records/content/file_position.ts";
import { OpenInstant } from "../../records/ids/open_instant.ts";
import type { RecordKind } from "../../schemas/record_types.ts";
import type { ByteInput } from "../../sources/files/input_window.ts";
import { LineReader, type LineReaderOptions } from "../../sources/files/line_reader.ts";
import { RowBatchReader } from "../../sources/files/row_batch_reader.ts";
import { rowSettingsOf } from "../../sources/formats/row_options.ts";
import type { RowParser } from "../../sources/formats/row_parser.ts";
import type { BadRow, GoodRow, SourceRow } from "../../sources/source.ts";

/** A clock that stands still. */
export const FIXED_CLOCK: Clock = { ...systemClock, now: () => 1_700_000_000_000 };

/** Bytes as an input that gives at most `chunk` of them at a time. */
export function bytesInput(bytes: Uint8Array, chunk: number = bytes.length): ByteInput {
  let at = 0;
  return {
    read(buffer) {
      const part = bytes.subarray(at, at + Math.min(chunk, buffer.length));
      buffer.set(part);
      at += part.length;
      return Promise.resolve(part.length === 0 ? null : part.length);
    },
  };
}

/** A row with its original bytes. */
export interface ReadRow {
  readonly row: SourceRow;
  readonly raw: Uint8Array;
}

/** Options of {@link readRows}. */
export interface ReadOptions extends LineReaderOptions {
  readonly kind: RecordKind;
  readonly parser: (instant: OpenInstant) => RowParser;
  /** Number of bytes in one read. @default all */
  readonly chunk?: number;
  /** @default 1000 */
  readonly batchRows?: number;
  /** @default the start */
  readonly from?: FilePosition;
  readonly eager?: boolean;
}

/** All rows of bytes, and the position after each batch. */
export async function readRows(
  bytes: Uint8Array,
  options: ReadOptions,
): Promise<{ readonly rows: readonly ReadRow[]; readonly positions: readonly FilePosition[] }> {
  const { from = START_OF_FILE, chunk, batchRows = 1000, kind, parser, eager = false } = options;
  const { offset } = from.at.parted ?? from.at;
  const lines = new LineReader(bytesInput(bytes.subarray(offset), chunk), { ...options, offset });
  const reader = new RowBatchReader({
    kind,
    name: "test",
    lines,
    parser: parser(new OpenInstant(from.at.openInstant)),
    from,
    eager,
    clock: FIXED_CLOCK,
    close: () => {},
  });
  const batches = [];
  for (let batch = await reader.next(batchRows); batch !== null; batch = await reader.next(batchRows)) {
    batches.push(batch);
  }
  // Checks only after everything has been read: later reads must not change a batch.
  const rows = batches.flatMap((batch) => batch.rows.map((row) => ({ row, raw: batch.raw(row).slice() })));
  return { rows, positions: batches.map(({ next }) => filePositionOf(next)) };
}

/** A parser of ASX tick files of a made-up company. */
export function asxParser(kind: "trade" | "quote"): (instant: OpenInstant) => RowParser {
  const settings = rowSettingsOf({
    format: "asx-ticks",
    kind,
    exchange: "ASX",
    assetClass: "equities",
    symbol: "TFA",
    companyId: "1001",
    currency: "AUD",
    timeZone: "Australia/Sydney",
  }, "1001.csv");
  return (instant) => settings.layout.parser(settings, { instant, fields: [] });
}

/** The only row, which must be good. */
export function theGoodRow(rows: readonly ReadRow[]): GoodRow {
  const [first] = rows;
  if (rows.length === 1 && first?.row.ok) return first.row;
  throw new Error(`One good row was expected, not ${JSON.stringify(rows.map(({ row }) => row.ok || row))}`);
}

/** The only row, which must be bad. */
export function theBadRow(rows: readonly ReadRow[]): BadRow {
  const [first] = rows;
  if (rows.length === 1 && first !== undefined && !first.row.ok) return first.row;
  throw new Error(`One bad row was expected, not ${rows.length} rows`);
}
