/**
 * The cells of rows whose columns or keys are named as the fields of records.
 *
 * @module
 */
import { RecordError } from "../../../records/errors.ts";
import type { RecordKind } from "../../../schemas/record_types.ts";
import type { BadRow } from "../../source.ts";
import { jsonRowHint } from "../advice/json_row_hint.ts";
import { unknownKeysHint } from "../advice/naming_advice.ts";
import { isAbsent, textOf } from "../cells.ts";
import { JsonCells } from "../json_cells.ts";
import { type JsonRow, JsonRowError, type JsonRowValue, parseJsonRow } from "../json_row.ts";
import { fieldNamed, FIELDS } from "../named_fields.ts";
import { VENDOR_PREFIX } from "../named_row.ts";
import { badForm, decodeText, type RawRow, refusedRow } from "../row_parser.ts";
import { DelimitedRows } from "./delimited_rows.ts";
import type { NamedCells } from "./named_plan.ts";

/** The cells of a csv row: slot `i` is the field of column `i`. */
export class NamedColumns extends DelimitedRows implements NamedCells {
  readonly #fields: readonly string[];

  constructor(fields: readonly string[]) {
    super({ columns: fields, hasHeader: true });
    this.#fields = fields;
  }

  values(): ReadonlyMap<string, JsonRowValue> {
    return new Map(this.#fields.flatMap((field, slot) => {
      return isAbsent(this, slot) ? [] : [[field, textOf(this, slot, field)] as const];
    }));
  }
}

const utf8 = new TextDecoder();

/** The cells of a JSON row: slot `i` is the field `fields[i]`, whatever the case of its key. */
export class NamedKeys extends JsonCells implements NamedCells {
  /** False for a row with keys of its own, which decide what it shares. */
  isCacheable = true;
  readonly isJsonLine = true;
  readonly #kind: RecordKind;
  readonly #path: string;
  #raw: RawRow | null = null;

  constructor(kind: RecordKind, path: string) {
    super({ paths: FIELDS[kind].map((field) => [field]) });
    this.#kind = kind;
    this.#path = path;
  }

  splitRow(raw: RawRow): BadRow | null {
    this.#raw = raw;
    this.isCacheable = true;
    const { buffer, start, end } = raw;
    let fault = this.read(buffer, start, end);
    if (fault === null && this.others.count > 0 && this.#learn(raw)) fault = this.read(buffer, start, end);
    if (fault !== null) {
      const { error, text } = fault;
      const about = { kind: this.#kind, path: this.#path };
      const next = error.rule === "not_json" && text !== null ? ` ${jsonRowHint(text, error.found, about)}` : "";
      return badForm(raw, error.rule, error.message + next);
    }
    if (this.others.count === 0 && this.twice < 0) return null;
    this.isCacheable = false;
    try {
      this.values();
      return null;
    } catch (error) {
      if (error instanceof JsonRowError) return badForm(raw, error.rule, error.message);
      return refusedRow(raw, error);
    }
  }

  /** Learns other spellings of fields; false if there are none. */
  #learn({ buffer }: RawRow): boolean {
    const { others } = this;
    let hasLearnt = false;
    for (let index = 0; index < others.count; index++) {
      const key = utf8.decode(buffer.subarray(others.keyStarts[index], others.keyEnds[index]));
      const field = fieldNamed(this.#kind, key);
      if (field === null || field.startsWith(VENDOR_PREFIX) || this.#spellings.size >= MAX_SPELLINGS) continue;
      if (this.#spellings.has(key)) continue;
      this.#spellings.add(key);
      this.alias([field], key);
      hasLearnt = true;
    }
    return hasLearnt;
  }

  readonly #spellings = new Set<string>();

  /** @throws {RecordError} @throws {JsonRowError} */
  values(): ReadonlyMap<string, JsonRowValue> {
    const raw = this.#raw;
    const text = raw === null ? null : decodeText(raw.buffer.subarray(raw.start, raw.end));
    return text === null ? new Map() : foldedNames(this.#kind, parseJsonRow(text));
  }
}

/** Spellings that are learnt of a hostile file; further ones are read all the same. */
const MAX_SPELLINGS = 256;

/** The values by field. @throws {RecordError} `unknown_field` @throws {JsonRowError} `duplicate_key` */
export function foldedNames(kind: RecordKind, row: JsonRow): Map<string, JsonRowValue> {
  const values = new Map<string, JsonRowValue>();
  for (const [key, value] of row) {
    const field = fieldNamed(kind, key);
    if (field === null) {
      throw new RecordError("unknown_field", {
        field: "key",
        value: key,
        hint: unknownKeysHint(kind, [...row.keys()]),
      });
    }
    if (values.has(field)) throw new JsonRowError("duplicate_key", `Two keys stand for ${field}.`);
    values.set(field, value);
  }
  return values;
}
