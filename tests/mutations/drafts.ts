import type { Mutation } from "../../scripts/mutations/mutation.ts";

/** A fault in what `formats` says of a file or a mapping. */
function drafts(file: string, entry: Pick<Mutation, "name" | "find" | "replace">): Mutation {
  return { ...entry, file, tests: ["tests/cli/formats_command_test.ts"] };
}

export const mutations: readonly Mutation[] = [
  drafts("sources/formats/mapping/undecided.ts", {
    name: "takes a draft that is not decided",
    find: `  if (value === UNDECIDED) {`,
    replace: `  if (value === null) {`,
  }),
  drafts("cli/formats/draft_mapping.ts", {
    name: "decides on the unit of a number",
    find: `return { as: "epoch", from: name, unit: UNDECIDED };`,
    replace: `return { as: "epoch", from: name, unit: "ms" };`,
  }),
  drafts("cli/formats/draft_mapping.ts", {
    name: "decides whose side it is",
    find: `return { from: name, as, of: UNDECIDED };`,
    replace: `return { from: name, as, of: "taker" };`,
  }),
  drafts("cli/formats/fitting_formats.ts", {
    name: "says that a format fits whose rows are refused",
    find: `    if (records * 2 > rows.length) return`,
    replace: `    if (records <= rows.length) return`,
  }),
  drafts("cli/commands/formats.ts", {
    name: "finds a sample good whose rows are refused",
    find: `return refused > 0 || rows === 0 ? EXIT.final : EXIT.ok;`,
    replace: `return EXIT.ok;`,
  }),
];
