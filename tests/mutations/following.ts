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
    find: `this.#earlier.noteBefore(open, file === null ? [] : [file]);`,
    replace: ``,
    ...FOLLOWING,
  },
  {
    name: "begins the new file without those that had its name while none followed",
    file: "cli/load/earlier_files.ts",
    find: `if (await this.#catchUp(next, path)) done.add(next.identity);`,
    replace: `done.add(next.identity);`,
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
    name: "takes another file that has the name by now for the one that was seen",
    file: "sources/files/file_source.ts",
    find: `if (fileIdentity(info) !== growth.identity || info.size < growth.seenBytes) {`,
    replace: `if (growth.seenBytes < 0) {`,
    tests: ["following_test.ts"],
  },
  {
    name: "reads a file that was cut since it was looked at under the mark of its first text",
    file: "sources/files/file_source.ts",
    find: `if (await hasFirstRow(rows, from)) return rows;`,
    replace: `return rows;`,
    tests: ["following_test.ts"],
  },
  {
    name: "forgets a file that has lost its name before it was opened",
    file: "cli/load/followed_files.ts",
    find: `this.#earlier.noteBefore(open, [{ path, identity, modifiedAt: modifiedAt ?? open.beganAt }]);`,
    replace: ``,
    tests: ["following_test.ts"],
  },
  {
    name: "begins another text before the one that was followed is read to its end",
    file: "resuming/file_checkpoint.ts",
    find: `if (await isStillThere(checkpoint, source.path)) return;`,
    replace: `return;`,
    tests: ["following_test.ts"],
  },
  {
    name: "writes a file again that gets another name in the same run",
    file: "resuming/known_checkpoint.ts",
    find: `if (own !== null) this.#earlier.note(own);`,
    replace: ``,
    tests: ["following_test.ts"],
  },
  {
    name: "takes what stands at the place for what was read before",
    file: "sources/files/growing_input.ts",
    find: `if (added.length > 0) this.#last = found.slice(-COMPARED_BYTES);`,
    replace: `this.#last = found.subarray(-COMPARED_BYTES);`,
    tests: ["growing_input_test.ts"],
  },
  {
    name: "begins another file silently where what was followed is gone",
    file: "cli/load/former_texts.ts",
    find: `else if (checkpoint === own && (isNamed || own.finished === null)) throw goneError(path, own.position);`,
    replace: ``,
    ...FOLLOWING,
  },
];
