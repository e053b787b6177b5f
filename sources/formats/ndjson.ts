/**
 * Files of JSON lines: one object each, whose keys name the fields.
 *
 * @module
 */
import { RecordError } from "../../records/errors.ts";
import type { SourceRow } from "../source.ts";
import { jsonRowHint } from "./advice/json_row_hint.ts";
import { unknownKeysHint } from "./advice/naming_advice.ts";
import { FirstKeys } from "./first_keys.ts";
import type { Format, Reading, RowLayout, RowSettings } from "./format.ts";
import { type JsonRow, JsonRowError, type JsonRowValue, parseJsonRow } from "./json_row.ts";
import { fieldNamed } from "./named_fields.ts";
import { NamedRowParser } from "./named_row_parser.ts";
import { badForm, decodeText, type RawRow, refusedRow, type RowParser } from "./row_parser.ts";

/** Parses JSON lines. */
export class NdjsonParser extends NamedRowParser implements RowParser {
  /** The source, for advice. */
  readonly #path: string;

  constructor(settings: RowSettings, reading: Reading) {
    super(settings, reading);
    this.#path = settings.path;
  }

  parse(raw: RawRow): SourceRow {
    const text = decodeText(raw.buffer.subarray(raw.start, raw.end));
    if (text === null) return badForm(raw, "not_json", "It is not text.");
    let values: Map<string, JsonRowValue>;
    try {
      values = this.#foldNames(parseJsonRow(text));
    } catch (error) {
      if (error instanceof JsonRowError) {
        const about = { kind: this.kind, path: this.#path };
        const next = error.rule === "not_json" ? ` ${jsonRowHint(text, error.found, about)}` : "";
        return badForm(raw, error.rule, error.message + next);
      }
      return refusedRow(raw, error);
    }
    return this.parseValues(raw, values);
  }

  #foldNames(row: JsonRow): Map<string, JsonRowValue> {
    const values = new Map<string, JsonRowValue>();
    for (const [key, value] of row) {
      const field = fieldNamed(this.kind, key);
      if (field === null) {
        throw new RecordError("unknown_field", {
          field: "key",
          value: key,
          hint: unknownKeysHint(this.kind, [...row.keys()]),
        });
      }
      if (values.has(field)) throw new JsonRowError("duplicate_key", `Two keys stand for ${field}.`);
      values.set(field, value);
    }
    return values;
  }
}

const NDJSON_ROWS: RowLayout = {
  isOfOneSymbol: false,
  readHeader: null,
  mayBeArray: true,
  parser: (settings, reading) => new NdjsonParser(settings, reading),
  firstLook: (settings, clock) => new FirstKeys(settings, clock),
};

/** The format. */
export const NDJSON: Format<"ndjson"> = {
  name: "ndjson",
  summary: "each line is a JSON object",
  endings: [".ndjson", ".jsonl", ".json"],
  rows: { trade: NDJSON_ROWS, quote: NDJSON_ROWS, reference_data: NDJSON_ROWS },
};
