import type { Mutation } from "../../scripts/mutations/mutation.ts";

/** What must be refused, since a guess would be written as data; and which ids are one. */
export const mutations: readonly Mutation[] = [
  {
    name: "takes the first currency that a symbol ends with",
    file: "mapping/mapped_shared.ts",
    find: `return other === undefined ? only : null;`,
    replace: `return other === undefined || only !== null ? only : null;`,
    tests: ["tests/vendors/crypto_test.ts"],
  },
  {
    name: "takes files of any asset class for the exchange's first",
    file: "mapping/mapped_layout.ts",
    find: `isOfAnyClass: assetClass === undefined && symbolIs === undefined`,
    replace: `isOfAnyClass: false`,
    tests: ["tests/cli/vendor_flags_test.ts"],
    flags: ["--allow-all"],
  },
  {
    name: "takes symbol and date from an archive, not from its only member",
    file: "expand_paths.ts",
    find: `members.length === 1 && stemOf(member) === stemOf(file)`,
    replace: `members.length === 1`,
    tests: ["tests/cli/vendor_flags_test.ts"],
    flags: ["--allow-all"],
  },
  {
    name: "makes an id one within the first of its columns only",
    file: "mapping/mapped_plan.ts",
    find: `within: scopes.map(slotOf)`,
    replace: `within: scopes.slice(0, 1).map(slotOf)`,
    tests: ["tests/vendors/tapes_test.ts"],
  },
];
