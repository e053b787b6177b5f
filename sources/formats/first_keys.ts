/**
 * Checks the keys of the first rows of JSON lines. If all these rows have other keys than a record, another program has
 * written them, and each row would be a dead letter. As with a wrong header of a csv file, the source then writes
 * nothing, and one error tells all that is wrong.
 *
 * @module
 */
import type { Clock } from "../../kernel/clock.ts";
import { DATA_TYPE_OF } from "../../schemas/record_types.ts";
import { type FieldProposal, proposalFor } from "./advice/field_proposal.ts";
import { SAMPLED_ROWS } from "./advice/header_sample.ts";
import { hasLongNumber, type JsonRow, JsonRowError, type JsonRowValue, parseJsonRow } from "./json_row.ts";
import { fieldNamed, fieldsGivenBy, REQUIRED } from "./named_fields.ts";
import { VENDOR_PREFIX } from "./named_row.ts";
import { currencyHint } from "./named_values.ts";
import { RowTrial } from "./advice/row_trial.ts";
import { jsonParser } from "./mapping/named_parser.ts";
import { faultsOf, OTHER_KEYS_KEPT, otherKind, whatIsWrong } from "./advice/naming_advice.ts";
import { renameCommand, unlistCommand } from "./advice/rename_keys.ts";
import type { FirstLook, RowSettings } from "./format.ts";
import { decodeText, type RawRow } from "./row_parser.ts";
import { SourceError } from "../source.ts";

/** Maximum number of rows to judge. */
export const JUDGED_ROWS = 1_000;

/** Maximum number of keys to check in a hostile file. */
const MAX_KEYS = 256;

/** Judges the first rows until one of them is a record. */
export class FirstKeys implements FirstLook {
  readonly #settings: RowSettings;
  readonly #clock: Clock;
  readonly #keys = new Set<string>();
  readonly #sample: JsonRow[] = [];
  #rows = 0;
  /** A row was refused for another reason. */
  #isOver = false;

  constructor(settings: RowSettings, clock: Clock) {
    this.#settings = settings;
    this.#clock = clock;
  }

  /** Whether all rows so far have other keys than a record, so that the next rows must decide. */
  get needsMore(): boolean {
    return this.#rows > 0 && !this.#isOver;
  }

  /**
   * Judges a row that is no record.
   *
   * @throws {SourceError} `other_keys`, at the last row that is judged.
   */
  add(raw: RawRow): void {
    if (this.#isOver) return;
    const row = jsonOf(raw);
    if (row === null || !this.#hasOtherKeys([...row.keys()])) {
      this.#isOver = true;
      return;
    }
    this.#rows += 1;
    for (const key of row.keys()) if (this.#keys.size < MAX_KEYS) this.#keys.add(key);
    if (this.#sample.length < SAMPLED_ROWS) this.#sample.push(row);
    if (this.#rows === JUDGED_ROWS) this.end();
  }

  /**
   * Call when there are no more rows.
   *
   * @throws {SourceError} `other_keys`
   */
  end(): void {
    if (this.needsMore) throw new SourceError("other_keys", this.#message());
  }

  #hasOtherKeys(keys: readonly string[]): boolean {
    const { kind } = this.#settings;
    const fields = keys.flatMap((key) => fieldNamed(kind, key) ?? []);
    return fields.length < keys.length || lacking(fields, this.#settings) > 0;
  }

  #message(): string {
    const { path, kind } = this.#settings;
    const which = this.#rows === 1 ? "The first row of" : `The first ${this.#rows} rows of`;
    const what = `do${this.#rows === 1 ? "es" : ""} not have the keys of ${DATA_TYPE_OF[kind]}`;
    return `${which} ${path} ${what}, so that nothing of it was written.\n  ${this.#advice().join("\n  ")}`;
  }

  #advice(): readonly string[] {
    const settings = this.#settings, { kind, path } = settings;
    const other = otherKind([...this.#keys], kind);
    if (other !== null) return [`They have more keys of ${DATA_TYPE_OF[other]}: check --data-type.`];
    const whole = this.#proposalWith([]), lifted = this.#proposalWith(this.#objects());
    const isBetter = lacking(lifted.proposal.fields, settings) < lacking(whole.proposal.fields, settings) ||
      whole.proposal.fields.every((field) => field.startsWith(VENDOR_PREFIX));
    const { names, proposal, lifts } = isBetter ? lifted : whole;
    const faults = faultsOf(proposal.fields, { kind, given: fieldsGivenBy(settings) }, proposal.instants);
    const hasLongNumbers = this.#sample.some(hasLongNumber);
    const list = faults.length === 0 ? undefined : this.#list();
    const unlist = list === undefined ? null : unlistCommand(list, { path, hasLongNumbers });
    const currency = settings.currency === null && kind !== "reference_data" && !proposal.fields.includes("currency")
      ? [`There is no key currency. ${currencyHint(settings.exchange)}`]
      : [];
    const wrong = [...whatIsWrong(names, { kind, proposal, faults }), ...currency];
    if (unlist !== null) {
      return [...wrong, `${JSON.stringify(list)} holds a list of objects. This makes a row of each:`, unlist];
    }
    const renamed = new Map(names.flatMap((name, index) => {
      const field = proposal.fields[index] ?? name;
      return field === fieldNamed(kind, name) ? [] : [[name, field] as const];
    }));
    const command = renamed.size === 0 && lifts.length === 0
      ? null
      : renameCommand(renamed, { path, lifts, hasLongNumbers });
    if (command === null) return [...wrong, OTHER_KEYS_KEPT];
    const first = faults.every(({ isOpen }) => isOpen) ? "" : ", once what is missing is in it";
    return [
      ...wrong,
      `If that is what they are, this names them${first} (jq 1.7 or newer: older ones round long numbers):`,
      command,
    ];
  }

  /** @param lifts keys that hold objects, whose keys count as the row's. */
  #proposalWith(
    lifts: readonly string[],
  ): { readonly names: readonly string[]; readonly proposal: FieldProposal; readonly lifts: readonly string[] } {
    const rows = this.#sample.map((row) => liftedRow(row, lifts));
    const names = [
      ...new Set([...this.#keys].filter((key) => !lifts.includes(key)).concat(rows.flatMap((row) => [...row.keys()]))),
    ]
      .slice(0, MAX_KEYS);
    const sample = {
      rows: rows.map((row) => names.map((name) => row.get(name))),
      trial: () => new RowTrial(this.#settings, this.#clock, jsonParser),
    };
    return { names, proposal: proposalFor(this.#settings.kind, names, sample), lifts };
  }

  /** Keys that hold an object in each sampled row, none of whose keys the row itself has. */
  #objects(): readonly string[] {
    const [first] = this.#sample;
    const taken = new Set(this.#keys);
    return [...first?.keys() ?? []].filter((key) => {
      const inner = this.#sample.map((row) => row.get(key));
      const keys = new Set(inner.flatMap((value) => value instanceof Map ? [...value.keys()] : []));
      const isFree = key !== "vendor_data" && inner.every((value) => value instanceof Map) &&
        taken.isDisjointFrom(keys);
      if (isFree) { for (const name of keys) taken.add(name); }
      return isFree;
    });
  }

  /** The key that holds a list of objects in each sampled row. */
  #list(): string | undefined {
    const isList = (value: JsonRowValue | undefined) => Array.isArray(value) && value[0] instanceof Map;
    return [...this.#keys].find((key) => this.#sample.every((row) => isList(row.get(key))));
  }
}

function liftedRow(row: JsonRow, lifts: readonly string[]): JsonRow {
  const lifted = new Map(row);
  for (const key of lifts) {
    const inner = row.get(key);
    lifted.delete(key);
    if (inner instanceof Map) { for (const [name, value] of inner) lifted.set(name, value); }
  }
  return lifted;
}

/** How many required things neither the fields of a row nor a setting give. */
function lacking(fields: readonly string[], settings: RowSettings): number {
  const given = fieldsGivenBy(settings);
  return REQUIRED[settings.kind].filter((alternatives) => {
    return !alternatives.some((field) => fields.includes(field) || given.has(field));
  }).length;
}

function jsonOf(raw: RawRow): JsonRow | null {
  const text = decodeText(raw.buffer.subarray(raw.start, raw.end));
  try {
    return text === null ? null : parseJsonRow(text);
  } catch (error) {
    if (error instanceof JsonRowError) return null;
    throw error;
  }
}
