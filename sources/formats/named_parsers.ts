/**
 * Files whose rows name their fields: csv with a header, and JSON lines.
 *
 * @module
 */
import { RecordError } from "../../records/errors.ts";
import type { OpenInstant } from "../../records/ids/open_instant.ts";
import type { RecordKind } from "../../schemas/record_types.ts";
import { CsvRow } from "./csv_row.ts";
import { splitText, splitTexts } from "./csv_texts.ts";
import { withoutOuterSpaces } from "./header_text.ts";
import { type JsonRow, JsonRowError, type JsonRowValue, parseJsonRow } from "./json_row.ts";
import { jsonRowHint } from "./advice/json_row_hint.ts";
import { unknownKeysHint } from "./advice/naming_advice.ts";
import { fieldNamed } from "./named_fields.ts";
import { draftOf } from "./named_records.ts";
import type { NamedRowOptions } from "./named_values.ts";
import { NamedRow } from "./named_row.ts";
import { columnsNamedBy } from "./other_header.ts";
import { badForm, decodeText, goodRow, type RawRow, refusedRow, type RowParser } from "./row_parser.ts";
import type { BadRow, SourceRow } from "../source.ts";

/** What both formats have in common: from named values to a record. */
class NamedRowParser {
  readonly instant: OpenInstant;
  ingestionMicros = 0;
  readonly kind: RecordKind;
  readonly #options: NamedRowOptions;

  constructor(kind: RecordKind, options: NamedRowOptions) {
    this.kind = kind;
    this.instant = options.instant;
    this.#options = options;
  }

  protected parseValues(raw: RawRow, values: ReadonlyMap<string, JsonRowValue>): SourceRow {
    let messageId: string | null = null;
    try {
      const about = { options: this.#options, number: raw.row, ingestionMicros: this.ingestionMicros };
      const draft = draftOf(this.kind, new NamedRow(values), about);
      messageId = draft.messageId;
      return goodRow(raw, draft.finish(this.ingestionMicros), { messageId, tradeDate: draft.tradeDate });
    } catch (error) {
      const bad = refusedRow(raw, error);
      return messageId === null ? bad : { ...bad, messageId };
    }
  }
}

/** Parses the rows of a csv file after its header. */
export class CsvParser extends NamedRowParser implements RowParser {
  readonly #fields: readonly string[];
  readonly #row = new CsvRow();

  /** @param fields The field of each column. */
  constructor(kind: RecordKind, options: NamedRowOptions, fields: readonly string[]) {
    super(kind, options);
    this.#fields = fields;
  }

  parse(raw: RawRow): SourceRow {
    const texts = splitTexts(this.#row, raw);
    if (!Array.isArray(texts)) return this.#looseHeader(raw) ?? texts;
    if (texts.length !== this.#fields.length) {
      const detail = `It has ${texts.length}, and the header has ${this.#fields.length}.`;
      return badForm(raw, "wrong_column_count", detail);
    }
    if (this.#isHeader(texts)) {
      return badForm(raw, "repeated_header", "Remove the line.");
    }
    // Of texts alone a header may be a record, too.
    const header = this.kind === "reference_data" ? this.#otherHeader(raw, texts) : null;
    if (header !== null) return header;
    const values = new Map<string, JsonRowValue>();
    this.#fields.forEach((field, index) => values.set(field, texts[index] ?? ""));
    const row = this.parseValues(raw, values);
    return row.ok ? row : this.#otherHeader(raw, texts) ?? row;
  }

  #isHeader(texts: readonly string[]): boolean {
    return texts.every((text, index) => fieldNamed(this.kind, text) === this.#fields[index]);
  }

  /** As first lines are read: with spaces around its quotes, or a byte order mark of its own file. */
  #looseHeader(raw: RawRow): BadRow | null {
    const text = decodeText(raw.buffer.subarray(raw.start, raw.end));
    const names = text === null ? null : splitText(withoutOuterSpaces(text.replace(/^\ufeff/, "")));
    if (!Array.isArray(names) || names.length !== this.#fields.length || this.#isHeader(names)) return null;
    return this.#otherHeader(raw, names);
  }

  #otherHeader(raw: RawRow, texts: readonly string[]): BadRow | null {
    const columns = columnsNamedBy(this.kind, texts);
    if (columns === null) return null;
    return { ...badForm(raw, "repeated_header", "It has other columns than the first line."), columns };
  }
}

/** Parses JSON lines. */
export class NdjsonParser extends NamedRowParser implements RowParser {
  readonly #path: string;

  /** @param path For what is advised. */
  constructor(kind: RecordKind, options: NamedRowOptions, path: string) {
    super(kind, options);
    this.#path = path;
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
