/**
 * Tries rows as records, to see which fields would take their values. If a row needs a flag, the trial notes the flag
 * and assumes its value. The rows are never written.
 *
 * @module
 */
import { MICROS_PER_DAY } from "../../../records/values/civil_date.ts";
import { likelyUnits } from "../../../records/values/epoch_number.ts";
import { describe, RecordError } from "../../../records/errors.ts";
import type { Clock } from "../../../kernel/clock.ts";
import { OpenInstant } from "../../../records/ids/open_instant.ts";
import type { RowLayout, RowSettings } from "../format.ts";
import { JsonNumber, type JsonRowValue } from "../json_row.ts";
import type { RowParser } from "../row_parser.ts";
import { UndeclaredError } from "../undeclared_error.ts";

/** Values for rows without such a column. */
const STAND_INS: Readonly<Record<string, string>> = {
  symbol: "X",
  timestamp: "2024-01-02T10:00:00Z",
  price: "1",
  quantity: "1",
  bid_price: "1",
  bid_quantity: "1",
  ask_price: "1",
  ask_quantity: "1",
  company_id: "1",
  company_name: "X",
};

/** A currency for rows that may be in any. */
const A_CURRENCY = "USD";

/** Tries the rows of one source. */
export class RowTrial {
  readonly #ingestionMicros: number;
  readonly #instant = new OpenInstant();
  readonly #needs = new Map<string, string>();
  readonly #makeParser: RowLayout["parser"];
  #settings: RowSettings;
  #parser: RowParser;
  #number = 0;

  /** @param parser Makes a parser of JSON rows with named keys. */
  constructor(settings: RowSettings, clock: Clock, parser: RowLayout["parser"]) {
    this.#makeParser = parser;
    this.#ingestionMicros = clock.now() * 1000;
    this.#settings = { ...settings, currency: settings.currency ?? A_CURRENCY };
    this.#parser = this.#parserOf();
  }

  /** The flags that the rows so far need, one sentence each. */
  get needs(): readonly string[] {
    return [...this.#needs.values()];
  }

  /**
   * Why a row with these values is no record; null if it is a record.
   *
   * @param standIns Fields that the row may lack.
   */
  refusalOf(values: ReadonlyMap<string, JsonRowValue>, standIns: Iterable<string> = []): RecordError | null {
    const row = new Map(values);
    for (const field of standIns) row.set(field, STAND_INS[field] ?? null);
    this.#number += 1;
    for (;;) {
      const error = this.#refusal(row);
      // Each flag is assumed once.
      if (!(error instanceof UndeclaredError) || !this.#adopt(error)) return error;
    }
  }

  #refusal(values: ReadonlyMap<string, JsonRowValue>): RecordError | null {
    const buffer = utf8.encode(jsonText(values)), { length } = buffer;
    const raw = { row: this.#number, line: 1, offset: 0, length, buffer, start: 0, end: length };
    const error = this.#parser.refusalOf?.(raw) ?? null;
    if (error === null || error instanceof RecordError) return error;
    throw error;
  }

  #parserOf(): RowParser {
    const parser = this.#makeParser(this.#settings, { instant: this.#instant, fields: [] });
    parser.ingestionMicros = this.#ingestionMicros;
    return parser;
  }

  /** Whether a flag explains the value; from then on the trial assumes the flag. */
  #adopt({ rule, value, field, rowHint = "" }: UndeclaredError): boolean {
    const flag = rule === "too_fine" ? "--finer" : "--time-unit";
    if (this.#needs.has(flag)) return false;
    if (rule === "too_fine") this.#settings = { ...this.#settings, finer: "keep" };
    else {
      const [timeUnit] = likelyUnits(String(value), this.#ingestionMicros + MICROS_PER_DAY);
      if (timeUnit === undefined) return false;
      this.#settings = { ...this.#settings, timeUnit };
    }
    this.#parser = this.#parserOf();
    this.#needs.set(flag, `${field} ${describe(value)}: ${rowHint}`);
    return true;
  }
}

const utf8 = new TextEncoder();

/** The values as JSON, numbers as they are written. */
function jsonText(value: JsonRowValue): string {
  if (value instanceof JsonNumber) return value.text;
  if (Array.isArray(value)) return `[${value.map(jsonText).join()}]`;
  if (!(value instanceof Map)) return JSON.stringify(value);
  return `{${[...value].map(([key, part]) => `${JSON.stringify(key)}:${jsonText(part)}`).join()}}`;
}
