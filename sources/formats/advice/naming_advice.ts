/**
 * Says what is wrong with the names of columns or keys: which names are unknown and what they most likely mean, which
 * fields are missing, which values do not fit.
 *
 * @module
 */
import type { RecordKind } from "../../../schemas/record_types.ts";
import type { FieldProposal, UntakenColumn } from "./field_proposal.ts";
import { suggestionsFor } from "./field_suggestions.ts";
import { fieldNamed, REQUIRED } from "../named_fields.ts";
import { VENDOR_PREFIX } from "../named_row.ts";
import { SIZES_NEEDED } from "../named_values.ts";

/** What the names belong to. */
export interface NamesAbout {
  readonly kind: RecordKind;
  /** Fields that the settings give, so that the file need not. */
  readonly given: ReadonlySet<string>;
  /** A command that adds sizes of 0 to quotes that have none. @default none */
  readonly sizesCommand?: string | null | undefined;
}

/** Fields that a flag gives as well as a column. */
const FLAGS: Readonly<Record<string, string>> = { symbol: "--symbol", company_id: "--company-id" };

/** More advice on a key. */
export const OTHER_KEYS_KEPT = `As ${VENDOR_PREFIX}NAME a key that no field is for is kept.`;

const KINDS: readonly RecordKind[] = ["trade", "quote", "reference_data"];

/** Maximum number of names that a message shows. */
const MAX_SHOWN = 24;
const LONGEST_SHOWN = 40;

/** One sentence for each problem with the names or with the values below them. */
export function whatIsWrong(
  names: readonly string[],
  { kind, proposal: { fields, untaken, needs }, faults }: {
    readonly kind: RecordKind;
    readonly proposal: FieldProposal;
    readonly faults: readonly Fault[];
  },
): readonly string[] {
  const unknown = names.filter((name) => fieldNamed(kind, name) === null);
  const meant = new Map(names.map((name, column) => [name, fields[column] ?? ""]));
  return [
    ...(unknown.length === 0 ? [] : [`Not known: ${listed(unknown, meant)}.`]),
    ...faults.map(({ text }) => text),
    ...untaken.map(untakenText),
    ...needs.map((need) => `Flag needed: ${need}`),
  ];
}

function untakenText({ name, reason, kept }: UntakenColumn): string {
  return kept
    ? `${shown(name)} is not what its name says (${reason}), and is kept in vendor_data.`
    : `${shown(name)} cannot be taken: ${reason}`;
}

/** The other kind, if more of the names are its fields; else null. */
export function otherKind(names: readonly string[], kind: RecordKind): RecordKind | null {
  const known = (other: RecordKind) => names.filter((name) => fieldNamed(other, name) !== null).length;
  const complete = KINDS.filter((other) =>
    REQUIRED[other].every((alternatives) => {
      return alternatives.some((field) => names.some((name) => fieldNamed(other, name) === field));
    })
  );
  return complete.find((other) => known(other) > known(kind)) ?? null;
}

/** All keys of a JSON object that stand for no field, and what they may mean. */
export function unknownKeysHint(kind: RecordKind, keys: readonly string[]): string {
  const unknown: string[] = [], known: string[] = [];
  for (const key of keys) (fieldNamed(kind, key) === null ? unknown : known).push(key);
  // The message does not show the rest, and a hostile row may have thousands of keys.
  const suggestions = suggestionsFor(kind, [...known, ...unknown.slice(0, MAX_SHOWN)]);
  return `Not known: ${listed(unknown, suggestions.fields)}. ${OTHER_KEYS_KEPT}`;
}

/** A problem with names. */
export interface Fault {
  readonly text: string;
  /** True if only a person can solve it and the other columns are right. */
  readonly isOpen: boolean;
}

/** The problems of columns that all stand for fields. */
export function faultsOf(
  fields: readonly string[],
  { kind, given, sizesCommand = null }: NamesAbout,
  instants: readonly string[] = [],
): readonly Fault[] {
  const twice = new Set(fields.filter((field, index) => fields.indexOf(field) !== index));
  const faults = [...twice].map((field) => ({ text: `The column ${shown(field)} is there twice.`, isOpen: false }));
  const missing: string[] = [];
  const noSizes = hasNoSizes(kind, fields);
  let isOpen = true;
  for (const alternatives of REQUIRED[kind]) {
    const found = alternatives.filter((name) => fields.includes(name));
    if (found.length > 1) {
      faults.push({ text: `The columns ${found.join(" and ")} say the same thing: remove one.`, isOpen: false });
    }
    if (found.length > 0 || alternatives.some((name) => given.has(name))) continue;
    const [name = ""] = alternatives, flag = FLAGS[name];
    const isChoice = name === "timestamp" && instants.length > 0;
    isOpen &&= isChoice || flag !== undefined || (noSizes && isSize(name));
    missing.push(
      isChoice
        ? `${name} (one of ${instants.slice(0, MAX_SHOWN).map(shown).join(", ")}?)`
        : alternatives.join(" or ") + (flag === undefined ? "" : ` (or ${flag})`),
    );
  }
  const command = sizesCommand === null
    ? ""
    : ` This writes 0, and in vendor_data that they are not known:\n  ${sizesCommand}`;
  const next = noSizes ? ` ${SIZES_NEEDED}${command}` : "";
  return missing.length === 0 ? faults : [...faults, { text: `Missing: ${missing.join(", ")}.${next}`, isOpen }];
}

/** Whether both prices of a quote are present and both sizes are missing. */
function hasNoSizes(kind: RecordKind, fields: readonly string[]): boolean {
  const prices = fields.filter((name) => name === "bid_price" || name === "ask_price");
  return kind === "quote" && new Set(prices).size === 2 && !fields.some(isSize);
}

function isSize(name: string): boolean {
  return /^(?:bid|ask)_(?:quantity|volume)$/.test(name);
}

/**
 * Some of the names, as a message shows them.
 *
 * @param fields The fields that they most likely mean.
 */
export function listed(names: readonly string[], fields: ReadonlyMap<string, string>): string {
  const all = names.slice(0, MAX_SHOWN).map((name) => {
    const field = fields.get(name) ?? VENDOR_PREFIX;
    return field.startsWith(VENDOR_PREFIX) ? shown(name) : `${shown(name)} (${field}?)`;
  });
  const more = names.length - all.length;
  return [...all, ...(more > 0 ? [`and ${more} more`] : [])].join(", ");
}

function shown(name: string): string {
  return JSON.stringify(name.length > LONGEST_SHOWN ? `${name.slice(0, LONGEST_SHOWN)}…` : name);
}
