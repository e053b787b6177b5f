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
  {
    file: "cli/formats/number_marks.ts",
    name: "takes thousands for decimals behind a comma",
    find: `{ grouping: UNDECIDED } : { mark: UNDECIDED }`,
    replace: `{ mark: UNDECIDED } : { mark: UNDECIDED }`,
    tests: ["cli/formats/number_marks_test.ts"],
  },
  drafts("cli/formats/sampled_columns.ts", {
    name: "takes comments for the header of a draft",
    find: `  return isHeader ? [] : comments;`,
    replace: `  return isHeader || comments.length > 0 ? [] : comments;`,
  }),
  drafts("cli/formats/sampled_columns.ts", {
    name: "takes a key for a value that is null in some rows and an object in others",
    find: `    if (texts.length === 0 && [...found`,
    replace: `    if (texts.length < 0 && [...found`,
  }),
  drafts("cli/formats/fitting_formats.ts", {
    name: "says of rows of another form that a format refuses them for their values",
    find: `  if (row.ok || row.line === row.row) return`,
    replace: `  if (row.ok) return`,
  }),
];
