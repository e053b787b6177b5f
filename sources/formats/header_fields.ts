/**
 * Maps the names in a header to fields. For an unusable header, one error tells all problems and gives a line that would
 * work in its place.
 *
 * @module
 */
import { DATA_TYPE_OF } from "../../schemas/record_types.ts";
import { suggestionsFor } from "./advice/field_suggestions.ts";
import { type FieldProposal, proposalFor } from "./advice/field_proposal.ts";
import { columnsOf, type HeaderSample } from "./advice/header_sample.ts";
import {
  addSizesCommand,
  commaCommand,
  commasCommand,
  type HeaderSwap,
  OTHER_SEPARATORS,
  type RowsBelow,
  swapCommand,
} from "./advice/header_swap.ts";
import { fieldNamed, REQUIRED } from "./named_fields.ts";
import { VENDOR_PREFIX } from "./named_row.ts";
import { faultsOf, listed, type NamesAbout, otherKind, whatIsWrong } from "./advice/naming_advice.ts";
import { throughCommands } from "./advice/rewrite_command.ts";
import { SourceError } from "../source.ts";

/** What the header belongs to. */
export interface HeaderAbout extends NamesAbout {
  /** For messages. */
  readonly file: string;
  /** Another problem, as a sentence. @default nothing */
  readonly undeclared?: string | null;
  /** The rows below it. @default nothing: only names are checked */
  readonly sample?: HeaderSample | undefined;
  /** Its place. @default in no file of its own */
  readonly swap?: HeaderSwap | undefined;
}

const OTHERS_KEPT = `As ${VENDOR_PREFIX}NAME a column that no field is for is kept.`;

const LONGEST_LINE = 1_000;

/** The path in commands for a source without a name. */
const ANY_FILE = "FILE";

/**
 * Finds the fields of a header, in column order.
 *
 * @throws {SourceError} `bad_header`, with all problems.
 */
export function fieldsOfHeader(names: readonly string[], about: HeaderAbout): readonly string[] {
  if (isHeader(names, about)) return names.flatMap((name) => fieldNamed(about.kind, name) ?? []);
  const { file, undeclared = null } = about;
  const besides = undeclared === null ? "" : `\n  ${undeclared}`;
  throw new SourceError("bad_header", `The first line of ${file} ${complaint(names, about)}${besides}`);
}

/** Whether each name stands for a field, and no field is missing. */
export function isHeader(names: readonly string[], about: HeaderAbout): boolean {
  const fields = names.flatMap((name) => fieldNamed(about.kind, name) ?? []);
  return fields.length === names.length && faultsOf(fields, about).length === 0;
}

/** The separator of columns that csv reads as one name; a comma if there is none. */
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
  const how = howToCommas(about.swap?.path ?? ANY_FILE, { separator, rows });
  const then = columns.some((name) => fieldNamed(about.kind, name) === null)
    ? `\n  Then it does not name the columns of ${adviceOn(columns, about, separator)}`
    : "";
  return `has ${
    separator === "\t" ? "tabs" : JSON.stringify(separator)
  } between its columns, and csv has commas. ${how}${then}`;
}

function howToCommas(path: string, below: RowsBelow): string {
  const program = commaCommand(below.separator ?? ",", below.rows ?? []);
  if (program === null) {
    return "Some of its values have commas, some are in quotes: a program that reads csv has to write it anew.";
  }
  const command = commasCommand(path, below);
  const mark = program.startsWith("awk ") ? "quote" : "comma";
  return `Where no value has a ${mark}, this makes one with commas:\n  ${command ?? program}`;
}

function adviceOn(names: readonly string[], about: HeaderAbout, separator: string): string {
  const { kind, sample } = about;
  const unknown = names.filter((name) => fieldNamed(kind, name) === null);
  const what = `${DATA_TYPE_OF[kind]}.`;
  const other = otherKind(names, kind);
  if (other !== null) return `${what} It names more columns of ${DATA_TYPE_OF[other]}: check --data-type.`;
  if (unknown.length === names.length && suggestionsFor(kind, names).fields.size === 0) {
    return `${what} ${noHeader(names, about, separator)}`;
  }
  const split = sample?.rows.map((row) => columnsOf(row, separator)) ?? [];
  const rows = split.flatMap((row) => row?.length === names.length ? [row] : []);
  const proposal = proposalFor(kind, names, sample === undefined ? undefined : { rows, trial: sample.trial });
  const below = { separator, rows: sample?.rows ?? [] };
  const sizesCommand = addSizesCommand(about.swap?.path ?? ANY_FILE, below);
  const faults = faultsOf(proposal.fields, { ...about, sizesCommand }, proposal.instants);
  return [
    what,
    ...whatIsWrong(names, { kind, proposal, faults }),
    ...(split.length > 0 && rows.length === 0 ? ["None of its first rows has as many columns as its first line."] : []),
    ...(unknown.length === 0 ? [] : [
      faults.every(({ isOpen }) => isOpen)
        ? lineOf(proposal, { about, separator, isOpen: faults.length > 0 })
        : OTHERS_KEPT,
    ]),
  ].join("\n  ");
}

/** Advice on a first line that names nothing. */
function noHeader(names: readonly string[], { kind, given, swap, sample }: HeaderAbout, separator: string): string {
  const least = REQUIRED[kind].flatMap(([name = ""]) => given.has(name) ? [] : [name]).join(",");
  const seen = listed(names, new Map());
  const values = names.filter((name) => /^[-+]?\.?[0-9]/.test(name.trim()) || name.trim() === "").length;
  const isRow = values * 2 > names.length;
  const { path = ANY_FILE, headerLines = 1 } = swap ?? {};
  const below = { separator, rows: sample?.rows ?? [] };
  const command = isRow
    ? swapCommand("NAMES", { path, headerLines: 0 }, below)
    : throughCommands([`tail -n +${headerLines + 1}`], { path, to: "csv" });
  const next = isRow
    ? `It looks like a row. Put names ahead, one for each of the ${names.length} columns, such as ${least} and ` +
      `${VENDOR_PREFIX}NAME for others, in the place of NAMES`
    : `It needs ${least}; as ${VENDOR_PREFIX}NAME other columns are kept. If the header comes later, take off what is ` +
      "ahead of it";
  return `Not known: ${seen}. Check --data-type and --format. ${next}${command === null ? "." : `:\n  ${command}`}`;
}

/** Advice on a first line that names the columns, with a command that adds it if one could be pasted. */
function lineOf(
  { fields }: FieldProposal,
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
