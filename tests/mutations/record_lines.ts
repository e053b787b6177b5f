import type { Mutation } from "../../scripts/mutations/mutation.ts";

const UNIT = "sources/files/record_lines_test.ts";

/** What would lose a record of a line, write it twice, or keep the wrong one. */
function records(
  file: string,
  entry: Pick<Mutation, "name" | "find" | "replace"> & { readonly tests?: readonly string[] },
): Mutation {
  return { tests: [UNIT], flags: ["--allow-all"], ...entry, file };
}

export const mutations: readonly Mutation[] = [
  records("records_of_line.ts", {
    name: "begins a line again of which records were given out",
    find: `this.#skipped = options.from.at.parted?.records ?? 0;`,
    replace: `this.#skipped = 0;`,
    tests: [UNIT, "tests/cli/record_lines_test.ts"],
  }),
  records("records_of_line.ts", {
    name: "does not look whether a line is the one of which records were given out",
    find: `(isOther && now.bytes <= then.bytes)`,
    replace: `false`,
  }),
  records("records_of_line.ts", {
    name: "takes a last line of records for one that is still to be taken",
    find: `if (isWhole && rest.ended) return;`,
    replace: `if (isWhole) return;`,
  }),
  records("record_lines.ts", {
    name: "keeps a refused record with the others of its line",
    find: `    const line = this.#lineOf(row);`,
    replace: `    const line = row > 0 ? null : this.#lineOf(row);`,
    tests: ["tests/cli/record_lines_test.ts"],
  }),
  records("json_rows.ts", {
    name: "refuses a record for the unknown key of another one",
    find: `elements[at] === record && found`,
    replace: `elements[at] !== -1 && found`,
  }),
  records("json_rows.ts", {
    name: "makes a record of a line that has several",
    find: `(this.elements !== 1 || this.#isPassedOver(raw))`,
    replace: `(this.elements < 1 || this.#isPassedOver(raw))`,
  }),
  records("json_trie.ts", {
    name: "does not see the elements that no path leads to",
    find: `    node.element.isClosed = true;
`,
    replace: ``,
    tests: ["tests/vendors/crypto_test.ts"],
  }),
  records("known_bytes.ts", {
    name: "reads in the place of an absent key what an earlier row had there",
    find: `isAbsent(cells, slot) ? 0 : (`,
    replace: `(`,
    tests: ["tests/vendors/crypto_test.ts"],
  }),
];
