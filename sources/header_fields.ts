/**
 * From the names in a header to fields; of a header that cannot be used all that is wrong at once, and the line that would
 * work in its place.
 *
 * @module
 */
import { DATA_TYPE_OF, type RecordKind } from "../schemas/record_types.ts";
import { type Suggestions, suggestionsFor } from "./field_suggestions.ts";
import { fieldNamed, REQUIRED } from "./named_fields.ts";
import { VENDOR_PREFIX } from "./named_row.ts";
import { SIZES_NEEDED } from "./named_values.ts";
import { SourceError } from "./source.ts";

/** What a header is of. */
export interface HeaderAbout {
  readonly kind: RecordKind;
  /** For messages. */
  readonly file: string;
  /** Fields that the settings give, so that the file need not. */
  readonly given: ReadonlySet<string>;
  /** What is missing besides, as a sentence. @default nothing */
  readonly undeclared?: string | null;
}

/** Fields that a flag gives as well as a column. */
const FLAGS: Readonly<Record<string, string>> = { symbol: "--symbol", company_id: "--company-id" };

/** Marks that other programs put between columns. */
const OTHER_SEPARATORS: Readonly<Record<string, string>> = { "|": "'|'", ";": "';'", "\t": "'\\t'" };

const OTHERS_KEPT = `As ${VENDOR_PREFIX}NAME a column that no field is for is kept.`;

const KINDS: readonly RecordKind[] = ["trade", "quote", "reference_data"];

/** How many names a message shows. */
const MOST_SHOWN = 24;
const LONGEST_SHOWN = 40;
const LONGEST_LINE = 1_000;

/**
 * The fields of a header, in column order.
 *
 * @throws {SourceError} `bad_header`, with all that is wrong.
 */
export function fieldsOfHeader(names: readonly string[], about: HeaderAbout): readonly string[] {
  const fields = names.flatMap((name) => fieldNamed(about.kind, name) ?? []);
  if (fields.length === names.length && faultsOf(fields, about).length === 0) return fields;
  const { file, undeclared = null } = about;
  const besides = undeclared === null ? "" : `\n  ${undeclared}`;
  throw new SourceError("bad_header", `The first line of ${file} ${complaint(names, about)}${besides}`);
}

function complaint(names: readonly string[], about: HeaderAbout): string {
  const [first = "", ...others] = names;
  if (first.trim() === "" && others.length === 0) return "is blank: remove the blank lines ahead of the header.";
  const separator = others.length > 0 ? undefined : Object.keys(OTHER_SEPARATORS).find((mark) => first.includes(mark));
  if (separator === undefined) return `does not name the columns of ${adviceOn(names, about)}`;
  const columns = first.split(separator);
  const then = columns.some((name) => fieldNamed(about.kind, name) === null)
    ? ` Then it does not name the columns of ${adviceOn(columns, about)}`
    : "";
  const shown = separator === "\t" ? "tabs" : JSON.stringify(separator);
  return `has ${shown} between its columns, and csv has commas. Where no value has a comma, ` +
    `tr ${OTHER_SEPARATORS[separator] ?? ""} ',' < FILE > NEW makes one with commas.${then}`;
}

function adviceOn(names: readonly string[], about: HeaderAbout): string {
  const { kind } = about;
  const unknown = names.filter((name) => fieldNamed(kind, name) === null);
  const suggestions = suggestionsFor(kind, names);
  const what = `${DATA_TYPE_OF[kind]}. `;
  const other = otherKind(names, kind);
  if (other !== null) return `${what}It names more columns of ${DATA_TYPE_OF[other]}: check --data-type.`;
  if (unknown.length === names.length && suggestions.fields.size === 0) return what + noHeader(names, about);
  const better = names.map((name) => suggestions.fields.get(name) ?? fieldNamed(kind, name) ?? kept(name));
  const faults = faultsOf(better, about, suggestions.instants);
  return what + [
    ...(unknown.length === 0 ? [] : [`Not known: ${listed(unknown, suggestions)}.`]),
    ...faults.map(({ text }) => text),
    ...(unknown.length === 0
      ? []
      : [faults.every(({ isOpen }) => isOpen) ? lineOf(better, faults.length > 0) : OTHERS_KEPT]),
  ].join(" ");
}

/** The kind of which more of the names are columns; null if there is none. */
function otherKind(names: readonly string[], kind: RecordKind): RecordKind | null {
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
  // The rest is not shown, and a hostile row may have thousands.
  const suggestions = suggestionsFor(kind, [...known, ...unknown.slice(0, MOST_SHOWN)]);
  return `Not known: ${listed(unknown, suggestions)}. As ${VENDOR_PREFIX}NAME a key that no field is for is kept.`;
}

/** Something that is wrong with a header. */
interface Fault {
  readonly text: string;
  /** Only a person can say it, and the other columns are right. */
  readonly isOpen: boolean;
}

/** What is wrong with columns that all stand for fields. */
function faultsOf(
  fields: readonly string[],
  { kind, given }: HeaderAbout,
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
        ? `${name} (one of ${instants.slice(0, MOST_SHOWN).map(shown).join(", ")}?)`
        : alternatives.join(" or ") + (flag === undefined ? "" : ` (or ${flag})`),
    );
  }
  const next = noSizes ? ` ${NO_SIZES}` : "";
  return missing.length === 0 ? faults : [...faults, { text: `Missing: ${missing.join(", ")}.${next}`, isOpen }];
}

/** Quotes of prices alone, as some vendors have them. */
const NO_SIZES = `${SIZES_NEEDED} For 0, awk '{sub(/\\r$/, ""); print $0 ` +
  `(NR == 1 ? ",bid_quantity,ask_quantity" : ",0,0")}' FILE > NEW adds them.`;

/** Whether both prices of a quote are there and neither size is. */
function hasNoSizes(kind: RecordKind, fields: readonly string[]): boolean {
  const prices = fields.filter((name) => name === "bid_price" || name === "ask_price");
  return kind === "quote" && new Set(prices).size === 2 && !fields.some(isSize);
}

function isSize(name: string): boolean {
  return /^(?:bid|ask)_(?:quantity|volume)$/.test(name);
}

/** What to do with a first line that names nothing. */
function noHeader(names: readonly string[], { kind, given }: HeaderAbout): string {
  const least = REQUIRED[kind].flatMap(([name = ""]) => given.has(name) ? [] : [name]).join(",");
  const seen = listed(names, { fields: new Map(), instants: [] });
  const values = names.filter((name) => /^[-+]?\.?[0-9]/.test(name.trim()) || name.trim() === "").length;
  const next = values * 2 > names.length
    ? `It looks like a row. Put names ahead, one for each of the ${names.length} columns, such as ${least} and ` +
      `${VENDOR_PREFIX}NAME for others: (echo NAMES; cat FILE) | deno task load - …`
    : `If the header comes later, take off what is ahead of it: tail -n +2 FILE | deno task load - … ` +
      `It needs ${least}; as ${VENDOR_PREFIX}NAME other columns are kept.`;
  return `Not known: ${seen}. ${next} Check --data-type and --format.`;
}

/** The field that keeps a column as it is. */
function kept(name: string): string {
  return VENDOR_PREFIX + (name.trim() === "" ? "unnamed" : name.trim());
}

/** A first line that names them, if it can be shown so that it can be copied. */
function lineOf(fields: readonly string[], isOpen: boolean): string {
  const line = fields.map((field) => /[",]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field).join(",");
  if (line.length > LONGEST_LINE || /\p{C}/u.test(line)) return OTHERS_KEPT;
  return `If that is what they are, this first line names them${
    isOpen ? ", once that is in it or given" : ""
  }:\n  ${line}`;
}

function listed(names: readonly string[], { fields }: Suggestions): string {
  const all = names.slice(0, MOST_SHOWN).map((name) => {
    const field = fields.get(name);
    return field === undefined ? shown(name) : `${shown(name)} (${field}?)`;
  });
  const more = names.length - all.length;
  return [...all, ...(more > 0 ? [`and ${more} more`] : [])].join(", ");
}

function shown(name: string): string {
  return JSON.stringify(name.length > LONGEST_SHOWN ? `${name.slice(0, LONGEST_SHOWN)}…` : name);
}
