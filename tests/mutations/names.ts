import type { Mutation } from "../../scripts/mutations/mutation.ts";

/** A fault in the advice to people with vendors' files; tests notice it because they follow the advice. */
function names(
  file: string,
  entry: Pick<Mutation, "name" | "find" | "replace"> & { readonly tests?: readonly string[] },
): Mutation {
  return { tests: ["vendor_headers_test.ts"], flags: ["--allow-all"], ...entry, file };
}

const KEYS = ["vendor_keys_test.ts"];
const JOINED = ["joined_exports_test.ts"];

export const mutations: readonly Mutation[] = [
  names("field_proposal.ts", {
    name: "proposes an optional field whose values are refused",
    find: `if (this.#takesDecimals(error) || this.#givesUp(error, index + 1)) return true;`,
    replace: `if (this.#takesDecimals(error)) return true;`,
  }),
  names("field_proposal.ts", {
    name: "proposes volumes for sizes with decimals",
    find: `if (this.#takesDecimals(error) || this.#givesUp(error, index + 1)) return true;`,
    replace: `if (this.#givesUp(error, index + 1)) return true;`,
  }),
  names("field_proposal.ts", {
    name: "proposes a guess that no row bears out",
    find: `if (refusal.rows === rows.length && this.#isGuess(field)) {`,
    replace: `if (refusal.rows > rows.length) {`,
  }),
  names("field_proposal.ts", {
    name: "does not look at the values of what may be an instant",
    find: `every((refusal) => refusal === null)`,
    replace: `every(() => true)`,
  }),
  names("field_proposal.ts", {
    name: "gives two columns the same name in vendor_data",
    find: `taken.has(free); number++`,
    replace: `number < 2; number++`,
  }),
  names("header_sample.ts", {
    name: "looks at one row only",
    find: `while (rows.length < SAMPLED_ROWS) {`,
    replace: `while (rows.length < 1) {`,
  }),
  names("row_trial.ts", {
    name: "does not tell which flag the rows need",
    find: `    this.#needs.set(flag,`,
    replace: `    this.#needs.set("--finer",`,
  }),
  names("rewrite_command.ts", {
    name: "does not decompress what is rewritten",
    find: "piped([read(path)",
    replace: "piped([quoted(path)",
  }),
  names("rewrite_command.ts", {
    name: "writes a file into itself",
    find: `number === 1 ? "" : number`,
    replace: `""`,
  }),
  names("rewrite_command.ts", {
    name: "does not look where a link leads",
    find: `[path, realPathOf(path)]`,
    replace: `[path]`,
    tests: ["rewrite_command_test.ts"],
  }),
  names("quoted.ts", {
    name: "does not escape quotes of a shell",
    find: `text.replaceAll("'", String.raw\`'\\''\`)`,
    replace: `text`,
  }),
  names("header_swap.ts", {
    name: "puts commas between columns whose values have commas",
    find: `if (!rows.some((row) => row.includes(",")))`,
    replace: `if (rows.length > 0)`,
  }),
  names("header_swap.ts", {
    name: "leaves the old first line in the file",
    find: "`tail -n +${headerLines + 1}`",
    replace: "`tail -n +${headerLines}`",
  }),
  names("header_swap.ts", {
    name: "adds sizes to rows that have no commas",
    find: `toCommas === "" ? commands : [toCommas, ...commands]`,
    replace: `commands`,
  }),
  names("other_header.ts", {
    name: "takes a header in another order for a bad row",
    find: `return names.includes(null) ? null : texts;`,
    replace: `return null;`,
    tests: JOINED,
  }),
  names("row_intake.ts", {
    name: "takes a header of other columns for read",
    find: `lines.backTo(raw.offset);
    this.#places.row -= 1;`,
    replace: ``,
    tests: ["file_source_test.ts"],
  }),
  names("exit_code_of.ts", {
    name: "tries a file of several headers again",
    find: `  "other_header",
`,
    replace: ``,
    tests: JOINED,
  }),
  names("field_suggestions.ts", {
    name: "takes the time of receipt for that of the event",
    find: ` && !OF_OTHER_TIME.test(folded(name))`,
    replace: ``,
    tests: KEYS,
  }),
  names("first_keys.ts", {
    name: "refuses a file for one row that is bad otherwise",
    find: `    return this.#rows > 0 && !this.#isOver;`,
    replace: `    return this.#rows > 0;`,
    tests: KEYS,
  }),
  names("first_keys.ts", {
    name: "judges one row only",
    find: `if (this.#rows === JUDGED_ROWS) this.end();`,
    replace: `if (this.#rows >= 1) this.end();`,
    tests: KEYS,
  }),
  names("first_keys.ts", {
    name: "takes rows without a required key for those of a record",
    find: `fields.length < keys.length || lacking(fields, this.#settings) > 0`,
    replace: `fields.length < keys.length`,
    tests: KEYS,
  }),
  names("rename_keys.ts", {
    name: "leaves numbers for vendor_data as they are",
    find: `then .value |= tostring else`,
    replace: `then . else`,
    tests: KEYS,
  }),
  names("first_keys.ts", {
    name: "lets a jq that rounds numbers near long ones",
    find: `hasLongNumbers = this.#sample.some(hasLongNumber)`,
    replace: `hasLongNumbers = false`,
    tests: KEYS,
  }),
  names("rename_keys.ts", {
    name: "does not ask jq whether it rounds numbers",
    find: `const command = hasLongNumbers ? `,
    replace: `const command = path === "" ? `,
    tests: KEYS,
  }),
  names("rename_keys.ts", {
    name: "guesses where the values of a list stand",
    find: "`${name}: .[…]`",
    replace: "`${name}: .[0]`",
    tests: KEYS,
  }),
  names("row_batch_reader.ts", {
    name: "gives out the first rows of a stream before it is known what they are",
    find: ` && !intake.needsMore`,
    replace: ``,
    tests: ["first_keys_test.ts"],
  }),
  names("runtime/first_row.ts", {
    name: "leaves a topic behind for a file of other keys",
    find: `  "other_keys",
`,
    replace: ``,
    tests: KEYS,
  }),
  names("exit_code_of.ts", {
    name: "tries a file of other keys again",
    find: `  "other_keys",
`,
    replace: ``,
    tests: KEYS,
  }),
  names("command.ts", {
    name: "asks for the file alone",
    find: `if (error.code === "commander.missingArgument") requireFlags(command);`,
    replace: ``,
    tests: ["words_test.ts"],
  }),
];
