/**
 * The command that gives the rows of a JSON lines file other keys, to be pasted into a shell.
 *
 * @module
 */
import { quoted } from "../config/quoted.ts";
import { VENDOR_PREFIX } from "./named_row.ts";
import { throughCommands } from "./rewrite_command.ts";

const LONGEST_PROGRAM = 2_000;

/** What is kept in vendor_data is text. */
const TO_TEXT = `if (.key | startswith("${VENDOR_PREFIX}")) and .value != null then .value |= tostring else . end`;

/** Whether jq keeps numbers as they are written: older ones do not know the word, and fail. */
const EXACT = `if have_decnum then . else error("this jq rounds long numbers") end | `;

/** What is done to rows. */
export interface RenameAbout {
  readonly path: string;
  /** Keys that hold an object, whose keys become those of the row. */
  readonly lifts: readonly string[];
  /** Whether they have numbers that floating point does not hold. */
  readonly hasLongNumbers: boolean;
}

/** A command that renames keys; null if it could not be copied. */
export function renameCommand(
  names: ReadonlyMap<string, string>,
  { path, lifts, hasLongNumbers }: RenameAbout,
): string | null {
  const lifting = lifts.map((key) => `(.[${JSON.stringify(key)}] // {}) + . | del(.[${JSON.stringify(key)}]) | `);
  const program =
    `${hasLongNumbers ? EXACT : ""}${lifting.join("")}${JSON.stringify(Object.fromEntries(names))} as $names | ` +
    `with_entries(.key |= ($names[.] // .) | ${TO_TEXT})`;
  return program.length > LONGEST_PROGRAM ? null : jq(program, path);
}

/** A command that makes a row of each object in the list that a key holds; null if it could not be copied. */
export function unlistCommand(key: string, path: string): string | null {
  return jq(`.[${JSON.stringify(key)}][]`, path);
}

function jq(program: string, path: string): string | null {
  return /\p{C}/u.test(program) ? null : throughCommands([`jq -c ${quoted(program)}`], { path, to: "ndjson" });
}
