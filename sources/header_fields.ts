/**
 * From the names in a header to fields; of a header that cannot be used all that is wrong at once, and the line that would
 * work in its place.
 *
 * @module
 */
import { quoted } from "../config/quoted.ts";
import { DATA_TYPE_OF, type RecordKind } from "../schemas/record_types.ts";
import { suggestionsFor } from "./field_suggestions.ts";
import { type HeaderProposal, proposalFor, type UntakenColumn } from "./header_proposal.ts";
import { columnsOf, type HeaderSample } from "./header_sample.ts";
import { commaCommand, type HeaderSwap, OTHER_SEPARATORS, swapCommand } from "./header_swap.ts";
import { fieldNamed, REQUIRED } from "./named_fields.ts";
import { VENDOR_PREFIX } from "./named_row.ts";
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
  /** What stands below it. @default nothing: only names are looked at */
  readonly sample?: HeaderSample | undefined;
  /** Where it stands. @default in no file of its own */
  readonly swap?: HeaderSwap | undefined;
}

/** Fields that a flag gives as well as a column. */
const FLAGS: Readonly<Record<string, string>> = { symbol: "--symbol", company_id: "--company-id" };

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
  if (isHeader(names, about)) return names.flatMap((name) => fieldNamed(about.kind, name) ?? []);
  const { file, undeclared = null } = about;
  const besides = undeclared === null ? "" : `\n  ${undeclared}`;
  throw new SourceError("bad_header", `The first line of ${file} ${complaint(names, about)}${besides}`);
}

/** Whether each of the names is that of a field, and nothing is missing. */
export function isHeader(names: readonly string[], about: HeaderAbout): boolean {
  const fields = names.flatMap((name) => fieldNamed(about.kind, name) ?? []);
  return fields.length === names.length && faultsOf(fields, about).length === 0;
}

/** The mark between columns that are one name for csv; a comma if there is none. */
export function separatorOf(names: readonly string[]): string {
  const [first = ""] = names;
  return (names.length > 1 ? undefined : Object.keys(OTHER_SEPARATORS).find((mark) => first.includes(mark))) ?? ",";
}

function complaint(names: readonly string[], about: HeaderAbout): string {
  const [first = "", ...others] = names;
  if (first.trim() === "" && others.length === 0) return "is blank: remove the blank lines ahead of the header.";
  const separator = separatorOf(names);
  if (separator === ",") return `does not name the columns of ${adviceOn(names, about, separator)}`;
  const columns = columnsOf(first, separator) ?? first.split(separator);
  const { rows = [] } = about.sample ?? {};
  const how = withCommas(separator, { file: quoted(about.swap?.path ?? "FILE"), rows });
  const then = columns.some((name) => fieldNamed(about.kind, name) === null)
    ? `\n  Then it does not name the columns of ${adviceOn(columns, about, separator)}`
    : "";
  return `has ${
    separator === "\t" ? "tabs" : JSON.stringify(separator)
  } between its columns, and csv has commas. ${how}${then}`;
}

function withCommas(
  separator: string,
  { file, rows }: { readonly file: string; readonly rows: readonly string[] },
): string {
  const command = commaCommand(separator, rows);
  if (command === null) {
    return "Some of its values have commas, some are in quotes: a program that reads csv has to write it anew.";
  }
  const isAwk = command.startsWith("awk ");
  return `Where no value has a ${
    isAwk ? "quote" : "comma"
  }, this makes one with commas: ${command} < ${file} > NEW.csv`;
}

function adviceOn(names: readonly string[], about: HeaderAbout, separator: string): string {
  const { kind, sample } = about;
  const unknown = names.filter((name) => fieldNamed(kind, name) === null);
  const what = `${DATA_TYPE_OF[kind]}.`;
  const other = otherKind(names, kind);
  if (other !== null) return `${what} It names more columns of ${DATA_TYPE_OF[other]}: check --data-type.`;
  if (unknown.length === names.length && suggestionsFor(kind, names).fields.size === 0) {
    return `${what} ${noHeader(names, about)}`;
  }
  const split = sample?.rows.map((row) => columnsOf(row, separator)) ?? [];
  const rows = split.flatMap((row) => row?.length === names.length ? [row] : []);
  const proposal = proposalFor(kind, names, sample === undefined ? undefined : { rows, trial: sample.trial });
  const { fields, instants, untaken, needs } = proposal;
  const meant = new Map(names.map((name, column) => [name, fields[column] ?? ""]));
  const faults = faultsOf(fields, about, instants);
  return [
    what,
    ...(unknown.length === 0 ? [] : [`Not known: ${listed(unknown, meant)}.`]),
    ...faults.map(({ text }) => text),
    ...(split.length > 0 && rows.length === 0 ? ["None of its first rows has as many columns as its first line."] : []),
    ...untaken.map(untakenText),
    ...needs.map((need) => `Flag needed: ${need}`),
    ...(unknown.length === 0 ? [] : [
      faults.every(({ isOpen }) => isOpen)
        ? lineOf(proposal, { about, separator, isOpen: faults.length > 0 })
        : OTHERS_KEPT,
    ]),
  ].join("\n  ");
}

function untakenText({ name, reason, kept }: UntakenColumn): string {
  return kept
    ? `${shown(name)} is not what its name says (${reason}), and is kept in vendor_data.`
    : `${shown(name)} cannot be taken: ${reason}`;
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
  return `Not known: ${
    listed(unknown, suggestions.fields)
  }. As ${VENDOR_PREFIX}NAME a key that no field is for is kept.`;
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
  let isOpen = true;
  for (const alternatives of REQUIRED[kind]) {
    const found = alternatives.filter((name) => fields.includes(name));
    if (found.length > 1) {
      faults.push({ text: `The columns ${found.join(" and ")} say the same thing: remove one.`, isOpen: false });
    }
    if (found.length > 0 || alternatives.some((name) => given.has(name))) continue;
    const [name = ""] = alternatives, flag = FLAGS[name];
    const isChoice = name === "timestamp" && instants.length > 0;
    isOpen &&= isChoice || flag !== undefined;
    missing.push(
      isChoice
        ? `${name} (one of ${instants.slice(0, MOST_SHOWN).map(shown).join(", ")}?)`
        : alternatives.join(" or ") + (flag === undefined ? "" : ` (or ${flag})`),
    );
  }
  return missing.length === 0 ? faults : [...faults, { text: `Missing: ${missing.join(", ")}.`, isOpen }];
}

/** What to do with a first line that names nothing. */
function noHeader(names: readonly string[], { kind, given }: HeaderAbout): string {
  const least = REQUIRED[kind].flatMap(([name = ""]) => given.has(name) ? [] : [name]).join(",");
  const seen = listed(names, new Map());
  const values = names.filter((name) => /^[-+]?\.?[0-9]/.test(name.trim()) || name.trim() === "").length;
  const next = values * 2 > names.length
    ? `It looks like a row. Put names ahead, one for each of the ${names.length} columns, such as ${least} and ` +
      `${VENDOR_PREFIX}NAME for others: (echo NAMES; cat FILE) | deno task load - …`
    : `If the header comes later, take off what is ahead of it: tail -n +2 FILE | deno task load - … ` +
      `It needs ${least}; as ${VENDOR_PREFIX}NAME other columns are kept.`;
  return `Not known: ${seen}. ${next} Check --data-type and --format.`;
}

/** A first line that names them, and how to put it there, if that can be shown so that it can be copied. */
function lineOf(
  { fields }: HeaderProposal,
  { about: { swap, sample }, separator, isOpen }: {
    readonly about: HeaderAbout;
    readonly separator: string;
    readonly isOpen: boolean;
  },
): string {
  const line = fields.map((field) => /[",]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field).join(",");
  if (line.length > LONGEST_LINE || /\p{C}/u.test(line)) return OTHERS_KEPT;
  const command = swap === undefined ? null : swapCommand(line, swap, { separator, rows: sample?.rows ?? [] });
  return `If that is what they are, this first line names them${
    isOpen ? ", once that is in it or given" : ""
  }:\n  ${line}` +
    (command === null ? "" : `\n  This puts it there:\n  ${command}`);
}

/** @param fields what they most likely are. */
function listed(names: readonly string[], fields: ReadonlyMap<string, string>): string {
  const all = names.slice(0, MOST_SHOWN).map((name) => {
    const field = fields.get(name) ?? VENDOR_PREFIX;
    return field.startsWith(VENDOR_PREFIX) ? shown(name) : `${shown(name)} (${field}?)`;
  });
  const more = names.length - all.length;
  return [...all, ...(more > 0 ? [`and ${more} more`] : [])].join(", ");
}

function shown(name: string): string {
  return JSON.stringify(name.length > LONGEST_SHOWN ? `${name.slice(0, LONGEST_SHOWN)}…` : name);
}
