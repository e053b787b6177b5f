import type { Mutation } from "../../scripts/mutations/mutation.ts";

/** A fault in the content of a message id. */
function identity(entry: Pick<Mutation, "name" | "find" | "replace">): Mutation {
  return { ...entry, file: "identity.ts", tests: ["identity_test.ts"] };
}

/** A fault in the identity of rows with named fields. */
function named(entry: Pick<Mutation, "name" | "find" | "replace">): Mutation {
  return { ...entry, file: "named_values.ts", tests: ["named_row_parser_test.ts"] };
}

export const mutations: readonly Mutation[] = [
  identity({
    name: "leaves the asset class out of ids",
    find: `  form.byte(ASSET_CLASS_CODES[assetClass]);
`,
    replace: ``,
  }),
  identity({
    name: "leaves the scope out of ids",
    find: `  form.byte(SCOPE_CODES[identity.scope]);
`,
    replace: ``,
  }),
  identity({
    name: "leaves the trading day out of ids",
    find: `  if (identity.scope === "day") form.shortInteger(dayOf(identity.tradeDate));
`,
    replace: ``,
  }),
  identity({
    name: "takes any text for a trading day",
    find: `if (isCivilDate(year, month, day)) return`,
    replace: `return`,
  }),
  named({
    name: "takes an undeclared venue id for one that is never used again",
    find: `idScope === "symbol"`,
    replace: `idScope !== "symbol"`,
  }),
  named({
    name: "takes the day of UTC for the trading day",
    find: `tradeDate: dates.of(fields.micros)`,
    replace: `tradeDate: new Date(fields.micros / 1000).toISOString().slice(0, 10)`,
  }),
  {
    name: "writes rows anew under ids of another scope",
    file: "file_source.ts",
    find: `endDate, idScope, maxRowBytes };`,
    replace: `endDate, maxRowBytes };`,
    tests: ["venue_ids_test.ts"],
    flags: ["--allow-all"],
  },
  {
    name: "takes rows of one id for copies of each other, whatever they say",
    file: "row_groups.ts",
    find: `if ((grown & REUSED) !== 0) this.reused`,
    replace: `if ((grown & REUSED) < 0) this.reused`,
    tests: ["venue_ids_test.ts"],
    flags: ["--allow-all"],
  },
  {
    name: "keeps no example of an id that is reused",
    file: "resuming/indexed_rows.ts",
    find: `if (isReused && record !== null) this.#noteReused`,
    replace: `if (isReused && record === null) this.#noteReused`,
    tests: ["venue_ids_test.ts"],
    flags: ["--allow-all"],
  },
  {
    name: "does not hand the scope on to the rows",
    file: "source_options.ts",
    find: `    idScope: flags.idScope,
`,
    replace: ``,
    tests: ["venue_ids_test.ts"],
    flags: ["--allow-all"],
  },
];
