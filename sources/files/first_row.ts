/**
 * A look at the first rows of a source, up to its first record, before anything of it is written: a unit, a zone, a currency
 * or names that are wrong are wrong in every row, and are most likely seen in the first one.
 *
 * @module
 */
import type { Clock } from "../../kernel/clock.ts";
import { isoDateOf } from "../../records/values/calendar_date.ts";
import { MICROS_PER_DAY } from "../../records/values/civil_date.ts";
import { OpenInstant } from "../../records/ids/open_instant.ts";
import { withDecimals } from "../../records/record_decimals.ts";
import type { RecordKind } from "../../schemas/record_types.ts";
import type { FirstLook, RowSettings } from "../formats/format.ts";
import type { RawRow, RowParser } from "../formats/row_parser.ts";
import { type BadRow, type GoodRow, SourceError, type SourceErrorCode } from "../source.ts";

/** What a {@link FirstRow} looks with. */
export interface FirstRowOptions {
  readonly settings: RowSettings;
  /** The field of each column, by the header; empty without one. */
  readonly fields: readonly string[];
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
  /** Of the format, at the rows before the first record. */
  readonly #look: FirstLook | null;

  constructor(options: FirstRowOptions) {
    this.#options = options;
    const { settings, fields, clock } = options, { layout } = settings;
    const anyInstant = { ...settings, earliestMicros: Number.MIN_SAFE_INTEGER };
    this.#parser = layout.parser(anyInstant, { instant: new OpenInstant(), fields });
    this.#look = layout.firstLook?.(settings, clock) ?? null;
  }

  /** Whether more rows are needed to judge those so far. */
  get needsMore(): boolean {
    return this.#look?.needsMore ?? false;
  }

  /**
   * The source ends without a record.
   *
   * @throws {SourceError} `other_keys`
   */
  end(): void {
    this.#look?.end();
  }

  /**
   * Whether the row is a record, so that none has to be judged after it.
   *
   * @param bad Why it is no record; null if it is one.
   * @throws {SourceError} `undeclared`, `unlikely_instant`, `other_keys`
   */
  passes(raw: RawRow, bad: BadRow | null): boolean {
    const { settings: { path } } = this.#options;
    if (bad === null || bad.rule === "unlikely_instant") this.#checkRow(raw);
    if (bad?.undeclared) {
      throw new SourceError("undeclared", `Row ${raw.row} of ${path}: ${bad.reason} Nothing of the file was written.`);
    }
    if (bad !== null) this.#look?.add(raw);
    return bad === null;
  }

  #checkRow(raw: RawRow): void {
    const { settings: { kind }, clock } = this.#options;
    if (kind === "reference_data") return;
    this.#parser.ingestionMicros = clock.now() * 1000;
    const row = this.#parser.parse(raw);
    if (row.ok) this.#checkInstant(raw, row);
  }

  #checkInstant(raw: RawRow, row: GoodRow): void {
    const { settings: { earliestMicros }, clock } = this.#options;
    const { record } = row;
    if (!("timestamp" in record)) return;
    const { timestamp } = record;
    if (timestamp < earliestMicros) throw this.#unlikely(raw, row, `before ${isoDateOf(earliestMicros)}`);
    if (timestamp > clock.now() * 1000 + MICROS_PER_DAY) throw this.#unlikely(raw, row, "in the future");
  }

  #unlikely(raw: RawRow, row: GoodRow, when: string): SourceError {
    const { settings: { path, kind, timeUnit } } = this.#options;
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
