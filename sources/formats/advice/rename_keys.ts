/**
 * The commands that give the rows of a JSON lines file other keys, to be pasted into a shell.
 *
 * @module
 */
import { quoted } from "../../../config/quoted.ts";
import { VENDOR_PREFIX } from "../named_row.ts";
import { throughCommands } from "./rewrite_command.ts";

const LONGEST_PROGRAM = 2_000;

/** What is kept in vendor_data is text. */
const TO_TEXT = `if (.key | startswith("${VENDOR_PREFIX}")) and .value != null then .value |= tostring else . end`;

/** The rows, of a jq that keeps numbers as they are written: older ones lack the word. Asked once: to ask for each row is slow. */
const EXACT_INPUTS = 'if builtins | index("have_decnum/0") then inputs ' +
  'else error("this jq rounds long numbers: use jq 1.7 or newer") end';

/** What rows are read from. */
export interface JsonLines {
  readonly path: string;
  /** Whether they have numbers that floating point does not hold. */
  readonly hasLongNumbers: boolean;
}

/** What is done to rows. */
export interface RenameAbout extends JsonLines {
  /** Keys that hold an object, whose keys become those of the row. */
  readonly lifts: readonly string[];
}

/** A command that renames keys; null if it could not be copied. */
export function renameCommand(
  names: ReadonlyMap<string, string>,
  { lifts, ...rows }: RenameAbout,
): string | null {
  const lifting = lifts.map((key) => `(.[${JSON.stringify(key)}] // {}) + . | del(.[${JSON.stringify(key)}]) | `);
  const program = `${lifting.join("")}${JSON.stringify(Object.fromEntries(names))} as $names | ` +
    `with_entries(.key |= ($names[.] // .) | ${TO_TEXT})`;
  return program.length > LONGEST_PROGRAM ? null : jq(program, rows);
}

/** A command that makes a row of each object in the list that a key holds; null if it could not be copied. */
export function unlistCommand(key: string, rows: JsonLines): string | null {
  return jq(`.[${JSON.stringify(key)}][]`, rows);
}

/** A command that makes a row of each object in the lists that rows are; null if it could not be copied. */
export function unlistRowsCommand(rows: JsonLines): string | null {
  return jq(".[]", rows);
}

/**
 * A command that gives names to the values of lists, but for where each stands, so that jq refuses it until a person has said
 * that; null if it could not be copied.
 *
 * @param rows.areNested Whether each row is a list of such lists.
 */
export function namePlacesCommand(
  names: readonly string[],
  { areNested, ...rows }: JsonLines & { readonly areNested: boolean },
): string | null {
  const object = `{${names.map((name) => `${name}: .[…]`).join(", ")}}`;
  return jq(areNested ? `.[] | ${object}` : object, rows);
}

function jq(program: string, { path, hasLongNumbers }: JsonLines): string | null {
  if (/\p{C}/u.test(program)) return null;
  const command = hasLongNumbers ? `jq -nc ${quoted(`${EXACT_INPUTS} | ${program}`)}` : `jq -c ${quoted(program)}`;
  return throughCommands([command], { path, to: "ndjson" });
}
