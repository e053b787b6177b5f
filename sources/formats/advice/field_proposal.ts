/**
 * Proposes fields for the columns or keys of a file, by their names and by the first rows: a field is proposed only if
 * it takes the values in its column. For messages only: the program never reads rows by a proposal.
 *
 * @module
 */
import type { RecordError } from "../../../records/errors.ts";
import { rowReason } from "../../../records/row_reason.ts";
import type { RecordKind } from "../../../schemas/record_types.ts";
import { JsonNumber, type JsonRowValue } from "../json_row.ts";
import { quantityOf, suggestionsFor } from "./field_suggestions.ts";
import { fieldNamed, REQUIRED } from "../named_fields.ts";
import { VENDOR_PREFIX } from "../named_row.ts";
import type { RowTrial } from "./row_trial.ts";

/** The proposal. */
export interface FieldProposal {
  /** The field of each column. */
  readonly fields: readonly string[];
  /** Names that may mean the missing instant, if more than one may; otherwise empty. */
  readonly instants: readonly string[];
  /** Columns with values that the field of their name refuses. */
  readonly untaken: readonly UntakenColumn[];
  /** The flags that the rows need, one sentence each. */
  readonly needs: readonly string[];
}

/** A column with a value that a field refuses. */
export interface UntakenColumn {
  readonly name: string;
  /** The number of the row with the first such value. */
  readonly reason: string;
  /** True if the proposal keeps the column in vendor_data; otherwise some or all of its rows stay refused. */
  readonly kept: boolean;
}

/** The values of a row; undefined where the row has none. */
export type SampledRow = readonly (JsonRowValue | undefined)[];

/** The first rows, in columns. */
export interface SampledColumns {
  /** Each row has as many values as the header has names. */
  readonly rows: readonly SampledRow[];
  readonly trial: () => RowTrial;
}

/** Proposes fields; without rows, by the names only. */
export function proposalFor(
  kind: RecordKind,
  names: readonly string[],
  sample: SampledColumns = { rows: [], trial: noTrial },
): FieldProposal {
  const { fields, instants } = suggestionsFor(kind, names);
  const proposal = new ProposalSearch(kind, names, names.map((name) => fields.get(name) ?? fieldNamed(kind, name)));
  if (sample.rows.length > 0) return proposal.tryRows(sample, instants);
  return { fields: proposal.fields, instants, untaken: [], needs: [] };
}

function noTrial(): never {
  throw new TypeError("There is no row to be tried.");
}

/** A field that refuses the values of some rows. */
interface Refusal {
  readonly first: RecordError;
  /** The number of the first such row. */
  readonly row: number;
  readonly rows: number;
}

class ProposalSearch {
  readonly #kind: RecordKind;
  readonly #names: readonly string[];
  /** By column, its field; null for a column that stays in vendor_data. */
  readonly #fields: (string | null)[];
  readonly #untaken: UntakenColumn[] = [];

  constructor(kind: RecordKind, names: readonly string[], fields: readonly (string | null)[]) {
    this.#kind = kind;
    this.#names = names;
    this.#fields = [...fields];
  }

  /** A field for each column; a column without a field gets its own name in vendor_data. */
  get fields(): readonly string[] {
    const taken = new Set<string | null>(this.#fields);
    return this.#fields.map((field, column) => {
      if (field !== null) return field;
      const name = VENDOR_PREFIX + (this.#names[column]?.trim() || "unnamed");
      let free = name;
      for (let number = 2; taken.has(free); number++) free = `${name}_${number}`;
      taken.add(free);
      return free;
    });
  }

  tryRows({ rows, trial }: SampledColumns, instants: readonly string[]): FieldProposal {
    const likely = instants.filter((name) => this.#areInstants(name, { rows, trial }));
    const [only, ...others] = likely;
    const isChoice = others.length > 0;
    if (only !== undefined && !isChoice) this.#fields[this.#names.indexOf(only)] = "timestamp";
    let tried = trial();
    // Each round but the last drops a field or replaces it by another one.
    while (this.#round(rows, tried)) tried = trial();
    if (isChoice) this.#instantsOf(only ?? "", { rows, trial: () => tried });
    return { fields: this.fields, instants: isChoice ? likely : [], untaken: this.#untaken, needs: tried.needs };
  }

  #areInstants(name: string, sample: SampledColumns): boolean {
    return this.#instantsOf(name, sample).every((refusal) => refusal === null);
  }

  #instantsOf(name: string, { rows, trial }: SampledColumns): readonly (RecordError | null)[] {
    const column = this.#names.indexOf(name), tried = trial();
    const others = REQUIRED[this.#kind].flatMap(([field = ""]) => field === "timestamp" ? [] : [field]);
    return rows.map((row) => tried.refusalOf(new Map([["timestamp", valueFor("timestamp", row[column])]]), others));
  }

  /** Tries all rows; true if that has changed the fields. */
  #round(rows: readonly SampledRow[], trial: RowTrial): boolean {
    const refusals = new Map<string, Refusal>();
    for (const [index, row] of rows.entries()) {
      const fields = this.fields;
      const values = new Map(fields.map((field, column) => [field, valueFor(field, row[column])]));
      const standIns = new Set(this.#absent);
      for (;;) {
        const error = trial.refusalOf(values, standIns);
        if (error === null) break;
        if (this.#takesDecimals(error) || this.#givesUp(error, index + 1)) return true;
        const { field } = error;
        const { first = error, row = index + 1, rows = 0 } = refusals.get(field) ?? {};
        refusals.set(field, { first, row, rows: rows + 1 });
        // The row's other faults show only once this value is right.
        if (standIns.has(field) || !this.#isRequired(field)) break;
        standIns.add(field);
      }
    }
    for (const [field, refusal] of refusals) {
      if (refusal.rows === rows.length && this.#isGuess(field)) {
        this.#keep(field, refusal);
        return true;
      }
    }
    for (const [field, { first, row }] of refusals) {
      this.#untaken.push({ name: this.#nameOf(field), reason: reasonOf(first, row), kept: false });
    }
    return false;
  }

  /** Required fields that no column has. */
  get #absent(): string[] {
    return REQUIRED[this.#kind].flatMap((alternatives) => {
      return alternatives.some((field) => this.#fields.includes(field)) ? [] : alternatives.slice(0, 1);
    });
  }

  #isRequired(field: string): boolean {
    return REQUIRED[this.#kind].some((alternatives) => alternatives.includes(field));
  }

  /** True if the file has another name for the field. */
  #isGuess(field: string): boolean {
    return this.#fields.includes(field) && fieldNamed(this.#kind, this.#nameOf(field)) === null;
  }

  #nameOf(field: string): string {
    return this.#names[this.#fields.indexOf(field)] ?? field;
  }

  /** Volumes are whole and quantities need not be: all columns of a row use the one or the other. */
  #takesDecimals({ field, rule }: RecordError): boolean {
    if (rule !== "unclear_version" && quantityOf(field) === null) return false;
    let isOther = false;
    for (const [column, volume] of this.#fields.entries()) {
      const quantity = volume === null ? null : quantityOf(volume);
      if (quantity === null || this.#fields.includes(quantity)) continue;
      this.#fields[column] = quantity;
      isOther = true;
    }
    return isOther;
  }

  /** An optional field is dropped at the first value that it refuses. */
  #givesUp(error: RecordError, row: number): boolean {
    const { field } = error;
    if (!this.#fields.includes(field) || field.startsWith(VENDOR_PREFIX) || this.#isRequired(field)) return false;
    this.#keep(field, { first: error, row });
    return true;
  }

  #keep(field: string, { first, row }: Pick<Refusal, "first" | "row">): void {
    this.#untaken.push({ name: this.#nameOf(field), reason: reasonOf(first, row), kept: true });
    this.#fields[this.#fields.indexOf(field)] = null;
  }
}

/** The text of a value for vendor_data: the advised command writes texts there. */
function valueFor(field: string, value: JsonRowValue = null): JsonRowValue {
  if (value === null || typeof value === "string" || !field.startsWith(VENDOR_PREFIX)) return value;
  return value instanceof JsonNumber ? value.text : String(value);
}

function reasonOf(error: RecordError, row: number): string {
  return `row ${row}: ${rowReason(error)}`;
}
