/**
 * The rows of a JSON file as cells, by the paths of a mapping.
 *
 * @module
 */
import { RecordError } from "../../../records/errors.ts";
import { rowReason } from "../../../records/row_reason.ts";
import type { BadRow } from "../../source.ts";
import { JsonCells, type JsonFault } from "../json_cells.ts";
import type { JsonPath } from "../json_layout.ts";
import { badForm, badRow, type RawRow } from "../row_parser.ts";
import type { RowCells } from "./event_plan.ts";
import type { RowFilter } from "./row_filter.ts";

/** Which values of a row have slots: slot `i` is that of `paths[i]`. */
export interface JsonRowsOptions {
  readonly paths: readonly string[];
  readonly ignored: readonly string[];
  /** @default every row is a record */
  readonly filter?: RowFilter | null | undefined;
  /** Words about a row that is no JSON object. */
  readonly hintOf: (fault: JsonFault) => string;
}

const utf8 = new TextDecoder();
const MAX_SHOWN = 24;

/** Splits rows. */
export class JsonRows extends JsonCells implements RowCells {
  readonly isCacheable: boolean = true;
  readonly #filter: RowFilter | null;
  readonly #hintOf: (fault: JsonFault) => string;

  constructor({ paths, ignored, filter = null, hintOf }: JsonRowsOptions) {
    super({ paths: paths.map(pathOf), ignored: ignored.map(pathOf) });
    this.#filter = filter;
    this.#hintOf = hintOf;
  }

  splitRow(raw: RawRow): BadRow | null {
    const fault = this.read(raw.buffer, raw.start, raw.end);
    if (fault !== null) return badForm(raw, fault.error.rule, fault.error.message + this.#hintOf(fault));
    const filter = this.#filter;
    const other = filter === null ? null : filter.judge(this, raw);
    if (other !== null) return other;
    return this.others.count === 0 ? null : this.#unknownKeys(raw);
  }

  #unknownKeys(raw: RawRow): BadRow {
    const { others } = this;
    const keys = Array.from({ length: Math.min(others.count, MAX_SHOWN) }, (_, index) => {
      const key = utf8.decode(raw.buffer.subarray(others.keyStarts[index], others.keyEnds[index]));
      return [...others.paths[index] ?? [], key].join(".");
    });
    const [value = ""] = keys;
    const all = keys.map((key) => JSON.stringify(key)).join(", ");
    const hint = `The format does not know ${all}: its mapping names such keys under vendorData or ignored.`;
    const error = new RecordError("unknown_field", { field: "key", value, hint });
    return badRow(raw, error.rule, rowReason(error));
  }
}

/** The steps of a path: `hd.ts_event`, `data.0.price`. */
export function pathOf(path: string): JsonPath {
  return path.split(".").map((step) => /^[0-9]+$/.test(step) ? Number(step) : step);
}
