import type { Mutation } from "../../scripts/mutations/mutation.ts";

/** A fault in the meaning of a file's value; the table of such values notices it unless other tests are named. */
function meaning(
  file: string,
  entry: Pick<Mutation, "name" | "find" | "replace"> & { readonly tests?: readonly string[] },
): Mutation {
  return { tests: ["meaning_of_values_test.ts"], flags: ["--allow-all"], ...entry, file };
}

export const mutations: readonly Mutation[] = [
  meaning("readers/instant_text.ts", {
    name: "takes a number without a unit for microseconds",
    find: `  if (timeUnit !== null) return`,
    replace: `  if (timeUnit === null) return instantOfNumber(text, "us", field);
  if (timeUnit !== null) return`,
  }),
  meaning("readers/instant_text.ts", {
    name: "takes a later number for 1970 that counts another unit",
    find: `  if (instant.micros >= settings.earliestMicros) return instant;`,
    replace: `  if (instant.micros >= -settings.earliestMicros) return instant;`,
  }),
  meaning("readers/instant_text.ts", {
    name: "refuses old dates of companies",
    find: `    if (others.length === 0) return instant;
`,
    replace: ``,
  }),
  meaning("readers/instant_text.ts", {
    name: "takes any old date of a company, also one in another unit",
    find: `    if (others.length === 0) return instant;`,
    replace: `    return instant;`,
  }),
  meaning("readers/instant_text.ts", {
    name: "takes a date without separators for a count",
    find: `    if (hint !== null) throw`,
    replace: `    if (hint === "") throw`,
  }),
  meaning("sources/files/first_row.ts", {
    name: "stops at a number that is too early without its record",
    find: `    if (bad === null || bad.rule === "unlikely_instant") this.#checkRow(raw);`,
    replace: `    if (bad === null) this.#checkRow(raw);`,
  }),
  meaning("file_source.ts", {
    name: "goes on with another earliest date, under which other rows are records",
    find: `  const earliest = timeUnit === null ? null : isoDateOf(earliestMicros);`,
    replace: `  const earliest = null;`,
    tests: ["meaning_flags_test.ts"],
  }),
  meaning("readers/instant_reader.ts", {
    name: "cuts off nanoseconds without being told to",
    find: `    else if (this.#finer !== "floor") {
      throw refuseFiner`,
    replace: `    else if (this.#finer === "floor") {
      throw refuseFiner`,
  }),
  meaning("epoch_number.ts", {
    name: "cuts instants before 1970 off towards the future",
    find: `(nanos % 1000n + 1000n) % 1000n`,
    replace: `nanos % 1000n`,
    tests: ["epoch_number_test.ts"],
  }),
  meaning("sources/files/first_row.ts", {
    name: "takes a first row of 1970",
    find: `    if (timestamp < earliestMicros) throw`,
    replace: `    if (timestamp < -earliestMicros) throw`,
  }),
  meaning("sources/files/first_row.ts", {
    name: "takes a first row of the future",
    find: `    if (timestamp > clock.now() * 1000 + MICROS_PER_DAY) throw`,
    replace: `    if (timestamp > Infinity) throw`,
  }),
  meaning("sources/files/first_row.ts", {
    name: "looks at the first row only, also if it is no record",
    find: `    return bad === null;`,
    replace: `    return true;`,
  }),
  meaning("file_row_reader.ts", {
    name: "lets a load begin that will be refused at its first row",
    find: `      if (isOfFirstRow(cause)) throw cause;
`,
    replace: ``,
  }),
  meaning("named_values.ts", {
    name: "says nothing of the sizes that a quote needs",
    find: `hasPricesOnly ? `,
    replace: `!hasPricesOnly ? `,
    tests: ["row_words_test.ts"],
  }),
  meaning("naming_advice.ts", {
    name: "says nothing of the sizes that quotes need",
    find: `  const next = noSizes ? `,
    replace: `  const next = !noSizes ? `,
    tests: ["header_fields_test.ts"],
  }),
  meaning("prepare.ts", {
    name: "writes a program's milliseconds as microseconds",
    find: `  requireLikely(record, version, instants);
`,
    replace: ``,
    tests: ["producer_promise_test.ts"],
  }),
  meaning("likely_instants.ts", {
    name: "refuses a program's old records",
    find: `  if (others.length === 0) return;
`,
    replace: ``,
    tests: ["producer_promise_test.ts"],
  }),
  meaning("named_values.ts", {
    name: "guesses a currency",
    find: `  if (own !== null) return own;`,
    replace: `  if (own !== null || own === null) return own ?? "USD";`,
  }),
  meaning("field_values.ts", {
    name: "folds the case of a currency",
    find: `  if (CURRENCY.test(text)) return text;`,
    replace: `  if (CURRENCY.test(text.toUpperCase())) return text.toUpperCase();`,
  }),
  meaning("price_sign.ts", {
    name: "takes negative prices of equities",
    find: `  return assetClass === "futures" || assetClass === "options";`,
    replace: `  return assetClass !== "crypto";`,
  }),
  meaning("version_parts.ts", {
    name: "loses nanoseconds on the way to v1",
    find: `  if (fine === undefined || fine.endsWith("000000")) return`,
    replace: `  if (fine === undefined || fine !== "") return`,
    tests: ["price_sign_test.ts"],
  }),
  meaning("mapping/shared_values.ts", {
    name: "takes a side that is not there for a quote of 0",
    find: `    if (absentSide !== null) addText(texts, ABSENT_SIDE, absentSide);
`,
    replace: ``,
    tests: ["named_row_parser_test.ts"],
  }),
  meaning("mapping/shared_values.ts", {
    name: "gives a quote without a side the id of one with 0 and 0 there",
    find: `quoteFormEnd(absentSide)`,
    replace: `quoteFormEnd(null)`,
    tests: ["named_row_parser_test.ts"],
  }),
  meaning("lookup/registry.ts", {
    name: "registers before there is a record",
    find: `    if (!write && register) return { type: "writable" };
`,
    replace: ``,
    tests: ["lookup/registry_test.ts", "topic_subjects_test.ts"],
  }),
  meaning("answers.ts", {
    name: "takes a gateway's 404 for a subject that is not there",
    find: `  return isObject(body) && typeof body.error_code === "number" &&`,
    replace: `  return body === undefined || isObject(body) &&`,
    tests: ["products_test.ts"],
  }),
];
