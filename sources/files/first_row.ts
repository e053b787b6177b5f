/**
 * A look at the first rows of a source, up to its first record, before anything of it is written: a unit, a zone, a currency
 * or names that are wrong are wrong in every row, and are most likely seen in the first one.
 *
 * @module
 */
import type { Clock } from "../../kernel/clock.ts";
import { isoDateOf } from "../../records/values/calendar_date.ts";
import { MICROS_PER_DAY } from "../../records/values/civil_date.ts";
import { NO_OPEN_INSTANT, OpenInstant } from "../../records/ids/open_instant.ts";
import { withDecimals } from "../../records/record_decimals.ts";
import type { RecordKind } from "../../schemas/record_types.ts";
import type { FirstKeys } from "../formats/first_keys.ts";
import { type RowFormat, rowParserOf } from "../formats/row_format.ts";
import type { RawRow, RowParser } from "../formats/row_parser.ts";
import { type BadRow, type GoodRow, SourceError, type SourceErrorCode } from "../source.ts";

/** What a {@link FirstRow} looks with. */
export interface FirstRowOptions {
  readonly format: RowFormat;
  /** The field of each column of a csv file. */
  readonly fields: readonly string[];
  /** Looks at the rows before the first record; null if they have no keys of their own. */
  readonly keys: FirstKeys | null;
  readonly clock: Clock;
}

/** How much of a row is shown. */
const SHOWN_BYTES = 400;

const utf8 = new TextDecoder();

/** Judges the rows of a source until one is a record. */
export class FirstRow {
  readonly #options: FirstRowOptions;
  /** Of its own, for the row is parsed once more: the reader's may have no objects, and refuses numbers that are unlikely. */
  readonly #parser: RowParser;

  constructor(options: FirstRowOptions) {
    this.#options = options;
    const { format, fields } = options;
    const anyInstant = { ...format, earliestMicros: Number.MIN_SAFE_INTEGER };
    this.#parser = rowParserOf(anyInstant, { instant: new OpenInstant(NO_OPEN_INSTANT), fields });
  }

  /** Whether more rows are needed to judge those so far. */
  get needsMore(): boolean {
    return this.#options.keys?.areOthers ?? false;
  }

  /**
   * The source ends without a record.
   *
   * @throws {SourceError} `other_keys`
   */
  end(): void {
    this.#options.keys?.end();
  }

  /**
   * Whether the row is a record, so that none has to be judged after it.
   *
   * @param bad Why it is no record; null if it is one.
   * @throws {SourceError} `undeclared`, `unlikely_instant`, `other_keys`
   */
  passes(raw: RawRow, bad: BadRow | null): boolean {
    const { format: { path }, keys } = this.#options;
    if (bad === null || bad.rule === "unlikely_instant") this.#look(raw);
    if (bad?.undeclared) {
      throw new SourceError("undeclared", `Row ${raw.row} of ${path}: ${bad.reason} Nothing of the file was written.`);
    }
    if (bad !== null) keys?.add(raw);
    return bad === null;
  }

  #look(raw: RawRow): void {
    const { format: { kind }, clock } = this.#options;
    if (kind === "reference_data") return;
    this.#parser.ingestionMicros = clock.now() * 1000;
    const row = this.#parser.parse(raw);
    if (row.ok) this.#checkInstant(raw, row);
  }

  #checkInstant(raw: RawRow, row: GoodRow): void {
    const { format: { earliestMicros }, clock } = this.#options;
    const { record } = row;
    if (!("timestamp" in record)) return;
    const { timestamp } = record;
    if (timestamp < earliestMicros) throw this.#unlikely(raw, row, `before ${isoDateOf(earliestMicros)}`);
    if (timestamp > clock.now() * 1000 + MICROS_PER_DAY) throw this.#unlikely(raw, row, "in the future");
  }

  #unlikely(raw: RawRow, row: GoodRow, when: string): SourceError {
    const { format: { path, kind, timeUnit = null } } = this.#options;
    const bytes = utf8.decode(raw.buffer.subarray(raw.start, Math.min(raw.end, raw.start + SHOWN_BYTES)));
    const unit = timeUnit === null ? "" : ` Check --time-unit, which is ${timeUnit}.`;
    const earlier = when === "in the future" ? "" : " --earliest DATE takes rows that are as old as that.";
    return new SourceError(
      "unlikely_instant",
      `The first ${kind} of ${path} is ${when}, so that nothing of it was written.${unit}${earlier} ` +
        `Row ${raw.row} is ${JSON.stringify(bytes)}; its record would be ${textOf(kind, row)}.`,
    );
  }
}

/** As JSON, with the instant that people can read. */
function textOf(kind: RecordKind, { record }: GoodRow): string {
  const instant = "timestamp" in record ? { timestamp: new Date(record.timestamp / 1000).toISOString() } : {};
  const shown = { ...withDecimals(kind, "v2", record), ...instant };
  return JSON.stringify(shown, (_, value: unknown) => typeof value === "bigint" ? String(value) : value);
}

const CODES: ReadonlySet<SourceErrorCode> = new Set<SourceErrorCode>(["undeclared", "unlikely_instant", "other_keys"]);

/** Whether it is what a {@link FirstRow} throws. */
export function isOfFirstRow(cause: unknown): boolean {
  return cause instanceof SourceError && CODES.has(cause.code);
}
