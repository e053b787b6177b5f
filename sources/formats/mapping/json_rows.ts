/**
 * The rows of a JSON file as cells, by the paths of a mapping. A line is a row, or each record in a list of it is one.
 *
 * @module
 */
import { RecordError } from "../../../records/errors.ts";
import { rowReason } from "../../../records/row_reason.ts";
import { type BadRow, KEPT_BYTES } from "../../source.ts";
import { JsonCells, type JsonFault } from "../json_cells.ts";
import type { JsonPath } from "../json_layout.ts";
import { badForm, badRow, type LineRecords, type RawRow } from "../row_parser.ts";
import type { RowCells } from "./event_plan.ts";
import type { RowFilter } from "./row_filter.ts";

/** Which values of a row have slots: slot `i` is that of `paths[i]`. */
export interface JsonRowsOptions {
  readonly paths: readonly string[];
  readonly ignored: readonly string[];
  /** The list of records. @default the line is one record */
  readonly each?: string | undefined;
  /** @default every row is a record */
  readonly filter?: RowFilter | null | undefined;
  /** Judges lines without records, by what is around the list alone. @default they are refused */
  readonly frameFilter?: RowFilter | null | undefined;
  /** Words about a row that is no JSON object. */
  readonly hintOf: (fault: JsonFault) => string;
}

const utf8 = new TextDecoder();
const MAX_SHOWN = 24;
/** Each refused record is kept with what is around the list: that must not be long, as there may be many of them. */
const MAX_FRAME_BYTES = KEPT_BYTES;

/** Splits rows. */
export class JsonRows extends JsonCells implements RowCells, LineRecords {
  readonly isCacheable: boolean = true;
  readonly isText = true;
  readonly records: LineRecords | null;
  readonly #each: string | null;
  readonly #filter: RowFilter | null;
  readonly #frameFilter: RowFilter | null;
  readonly #hintOf: (fault: JsonFault) => string;
  /** The line that was read last, if its records are rows, and why it is refused. */
  #line: { readonly buffer: Uint8Array; readonly start: number; readonly end: number } | null = null;
  #fault: JsonFault | null = null;
  /** The first unknown key that may be one of the record. */
  #nextOther = 0;
  #record = -1;

  constructor({ paths, ignored, each, filter = null, frameFilter = null, hintOf }: JsonRowsOptions) {
    super({
      paths: paths.map(pathOf),
      ignored: ignored.map(pathOf),
      each: each === undefined ? undefined : pathOf(each),
    });
    this.#each = each ?? null;
    this.records = each === undefined ? null : this;
    this.#filter = filter;
    this.#frameFilter = frameFilter;
    this.#hintOf = hintOf;
  }

  get isJsonLine(): boolean {
    return this.#each === null && this.#filter === null;
  }

  find(line: RawRow): number {
    if (this.#readLine(line) !== null || this.elements < 1 || this.#isPassedOver(line)) return 0;
    return this.elements > 1 && this.#frameBytes(line) > MAX_FRAME_BYTES ? 0 : this.elements;
  }

  splitRow(raw: RawRow): BadRow | null {
    const fault = this.#each === null ? this.read(raw.buffer, raw.start, raw.end) : this.#readLine(raw);
    if (fault !== null) return badForm(raw, fault.error.rule, fault.error.message + this.#hintOf(fault));
    if (this.#each !== null) {
      const other = this.#select(raw);
      if (other !== null) return other;
    }
    const filter = this.#filter;
    const other = filter === null ? null : filter.judge(this, raw);
    if (other !== null) return other;
    return this.others.count === 0 ? null : this.#unknownKeys(raw);
  }

  /** Reads a line, unless it is the one that was read last: its records come one after the other. */
  #readLine({ buffer, start, end }: RawRow): JsonFault | null {
    const line = this.#line;
    if (line !== null && line.buffer === buffer && line.start === start && line.end === end) return this.#fault;
    this.#line = { buffer, start, end };
    this.#nextOther = 0;
    this.#record = -1;
    return this.#fault = this.read(buffer, start, end);
  }

  /** Selects the record of a row; returns why there is none. */
  #select(raw: RawRow): BadRow | null {
    const { record = -1 } = raw;
    if (record < 0 && (this.elements !== 1 || this.#isPassedOver(raw))) return this.#wholeLine(raw);
    const index = Math.max(record, 0);
    if (index < this.#record) this.#nextOther = 0;
    this.#record = index;
    this.select(index);
    return null;
  }

  /** A line that is a row itself, and no record. */
  #wholeLine(raw: RawRow): BadRow {
    const { elements } = this, each = this.#each ?? "";
    const other = this.#frameFilter?.judge(this, raw) ?? null;
    if (other !== null) return other;
    if (elements > 1) {
      const frame = this.#frameBytes(raw);
      return badForm(
        raw,
        "several_records",
        frame > MAX_FRAME_BYTES
          ? `It has ${elements} records, and ${frame} bytes around their list: the maximum is ${MAX_FRAME_BYTES}.`
          : `It has ${elements}, and a dead letter is one: load its file again, with --restart.`,
      );
    }
    if (elements < 0) {
      const hint = "The mapping says that it is the list of the line's records (rows.each).";
      const error = new RecordError("missing", { field: each, value: undefined, hint });
      return badRow(raw, error.rule, rowReason(error));
    }
    return this.#unknownKeys(raw) ?? badForm(raw, "passed_over", "Its list of records is empty.");
  }

  #isPassedOver(line: RawRow): boolean {
    return this.#frameFilter?.judge(this, line)?.rule === "passed_over";
  }

  #frameBytes({ start, end }: RawRow): number {
    return end - start - (this.listEnd - this.listStart);
  }

  /** Unknown keys of the record and of what is around the list; null if all of them are other records'. */
  #unknownKeys(raw: RawRow): BadRow | null {
    const indexes = this.#ownOthers();
    if (indexes.length === 0) return null;
    const { others } = this;
    const keys = indexes.map((index) => {
      const key = utf8.decode(this.buffer.subarray(others.keyStarts[index], others.keyEnds[index]));
      const path = others.paths[index] ?? [];
      return (key === "" && path.length > 0 ? path : [...path, key]).join(".");
    });
    const [value = ""] = keys;
    const all = keys.map((key) => JSON.stringify(key)).join(", ");
    const hint = `The format does not know ${all}: its mapping names such keys under vendorData or ignored.`;
    const error = new RecordError("unknown_field", { field: "key", value, hint });
    return badRow(raw, error.rule, rowReason(error));
  }

  /** The first unknown keys that the row has itself: those of a line stand before and after those of its records. */
  #ownOthers(): readonly number[] {
    const { elements, count } = this.others, found: number[] = [], record = this.#record;
    for (let at = 0; at < count && elements[at] === -1 && found.length < MAX_SHOWN; at++) found.push(at);
    for (let at = count - 1; at >= found.length && elements[at] === -1 && found.length < MAX_SHOWN; at--) {
      found.push(at);
    }
    if (record < 0) return found;
    while (this.#nextOther < count && (elements[this.#nextOther] ?? 0) < record) this.#nextOther++;
    for (let at = this.#nextOther; at < count && elements[at] === record && found.length < MAX_SHOWN; at++) {
      found.push(at);
    }
    return found;
  }
}

/** The steps of a path: `hd.ts_event`, `data.0.price`; `.` is the line itself. */
export function pathOf(path: string): JsonPath {
  if (path === LINE) return [];
  return path.split(".").map((step) => /^[0-9]+$/.test(step) ? Number(step) : step);
}

/** The path of the whole line, where that is the list of records. */
export const LINE = ".";
