/**
 * Makes the shell commands that give the rows of a JSON lines file other keys.
 *
 * @module
 */
import { quoted } from "../../../config/quoted.ts";
import { VENDOR_PREFIX } from "../named_row.ts";
import { throughCommands } from "./rewrite_command.ts";

const LONGEST_PROGRAM = 2_000;

/** Values in vendor_data are texts. */
const TO_TEXT = `if (.key | startswith("${VENDOR_PREFIX}")) and .value != null then .value |= tostring else . end`;

/**
 * Reads rows with a jq that keeps numbers as written: older versions lack that word. The test runs once, because a test
 * for each row is slow.
 */
const EXACT_INPUTS = 'if builtins | index("have_decnum/0") then inputs ' +
  'else error("this jq rounds long numbers: use jq 1.7 or newer") end';

/** The input of the rows. */
export interface JsonLines {
  readonly path: string;
  /** Whether they have numbers that floating point cannot hold. */
  readonly hasLongNumbers: boolean;
}

/** The changes to make in rows. */
export interface RenameAbout extends JsonLines {
  /** Keys that hold an object, whose keys become keys of the row. */
  readonly lifts: readonly string[];
}

/** A command that renames keys; null if it could not be pasted. */
export function renameCommand(
  names: ReadonlyMap<string, string>,
  { lifts, ...rows }: RenameAbout,
): string | null {
  const lifting = lifts.map((key) => `(.[${JSON.stringify(key)}] // {}) + . | del(.[${JSON.stringify(key)}]) | `);
  const program = `${lifting.join("")}${JSON.stringify(Object.fromEntries(names))} as $names | ` +
    `with_entries(.key |= ($names[.] // .) | ${TO_TEXT})`;
  return program.length > LONGEST_PROGRAM ? null : jq(program, rows);
}

/** A command that makes a row of each object in the list under a key; null if it could not be pasted. */
export function unlistCommand(key: string, rows: JsonLines): string | null {
  return jq(`.[${JSON.stringify(key)}][]`, rows);
}

/** A command that makes a row of each object in rows that are lists; null if it could not be pasted. */
export function unlistRowsCommand(rows: JsonLines): string | null {
  return jq(".[]", rows);
}

/**
 * A command that names the values of lists but leaves their positions open, so that jq refuses it until a person fills
 * them in; null if it could not be pasted.
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
