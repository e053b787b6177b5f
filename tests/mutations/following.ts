import type { Mutation } from "../../scripts/mutations/mutation.ts";

const FOLLOWING = { tests: ["following_test.ts", "following_model_test.ts"] };

/** Faults in following files: rows that are left out, or written twice. */
export const mutations: readonly Mutation[] = [
  {
    name: "reads on in a file that was cut and has grown beyond the place",
    file: "sources/files/growing_input.ts",
    find: `if (found.length < last.length || !last.every((byte, at) => byte === scratch[at])) return null;`,
    replace: `if (found.length < last.length) return null;`,
    ...FOLLOWING,
  },
  {
    name: "loses what is written between the last look and the wait",
    file: "sources/files/growth.ts",
    find: `if (this.#isWoken) return;`,
    replace: ``,
    tests: ["growing_input_test.ts"],
  },
  {
    name: "ends a renamed file before its last bytes are read",
    file: "sources/files/growing_input.ts",
    find: `if (count === null || (count === 0 && isLast)) {`,
    replace: `if (count === null || isLast) {`,
    ...FOLLOWING,
  },
  {
    name: "takes the mark of a finished file for its end",
    file: "resuming/verify_checkpoint.ts",
    find: `const atEnd = finished === null || isUntaken || followed ? "go_on" : "complete";`,
    replace: `const atEnd = finished === null || isUntaken ? "go_on" : "complete";`,
    ...FOLLOWING,
  },
  {
    name: "begins the new file without the rest of the copy of the one that was cut",
    file: "cli/load/followed_files.ts",
    find: `this.#noteBefore(open, file === null ? [] : [file]);`,
    replace: ``,
    ...FOLLOWING,
  },
  {
    name: "begins the new file without those that had its name while none followed",
    file: "cli/load/followed_files.ts",
    find: `await this.#catchUp(next.path, next.identity);`,
    replace: ``,
    ...FOLLOWING,
  },
  {
    name: "writes the rows of a copy in a followed folder again",
    file: "cli/load/followed_files.ts",
    find: `!isFirst && await this.#copies.isCopy(file, this.#open.values())`,
    replace: `!isFirst && false`,
    ...FOLLOWING,
  },
  {
    name: "waits for rows that a killed run may have sent and the file does not have",
    file: "resuming/source_rows.ts",
    find: `await (source.openAsItIs?.(from) ?? source.open(from));`,
    replace: `await source.open(from);`,
    ...FOLLOWING,
  },
  {
    name: "begins another file silently where what was followed is gone",
    file: "cli/load/former_texts.ts",
    find: `else if (checkpoint === own && (isNamed || own.finished === null)) throw goneError(path, own.position);`,
    replace: ``,
    ...FOLLOWING,
  },
];
