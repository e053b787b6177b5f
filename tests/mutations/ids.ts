import type { Mutation } from "../../scripts/mutations/mutation.ts";

/** A fault in the content of a message id. */
function identity(entry: Pick<Mutation, "name" | "find" | "replace">): Mutation {
  return { ...entry, file: "identity.ts", tests: ["identity_test.ts"] };
}

/** A fault in the identity of rows with named fields. */
function named(file: string, entry: Pick<Mutation, "name" | "find" | "replace">): Mutation {
  return { ...entry, file: `mapping/${file}`, tests: ["named_row_parser_test.ts"] };
}

/** A fault in what a mapping makes of rows. */
function vendor(file: string, entry: Pick<Mutation, "name" | "find" | "replace">): Mutation {
  return { ...entry, file: `mapping/${file}`, tests: ["vendor_files_test.ts"], flags: ["--allow-all"] };
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
    find: `  form.byte(SCOPE_CODES[scope]);
`,
    replace: ``,
  }),
  identity({
    name: "leaves the trading day out of ids",
    find: `  if (scope === "day") form.shortInteger(dayOf(tradeDate));
`,
    replace: ``,
  }),
  identity({
    name: "takes any text for a trading day",
    find: `if (isCivilDate(year, month, day)) return`,
    replace: `return`,
  }),
  named("shared_values.ts", {
    name: "takes an undeclared venue id for one that is never used again",
    find: `this.#all.idScope, tradeDate`,
    replace: `"symbol", tradeDate`,
  }),
  named("event_parser.ts", {
    name: "takes the day of UTC for the trading day",
    find: `this.#dates = new LocalDates(timeZone);`,
    replace: `this.#dates = new LocalDates(timeZone === "" ? timeZone : "UTC");`,
  }),
  named("shared_by_cells.ts", {
    name: "takes codes of one length for the same",
    find: `if (bytes[at + byte] !== buffer[start + byte]) return false;`,
    replace: `if (bytes.length < 0) return false;`,
  }),
  {
    file: "record_digest.ts",
    name: "takes vendor_data in another order for other content",
    find: `{ vendor_data: inOneOrder(record.vendor_data) }`,
    replace: `{ vendor_data: record.vendor_data }`,
    tests: ["record_contents_test.ts"],
  },
  {
    file: "readers/scan_iso.ts",
    name: "takes ten NULs for the date of the row before",
    find: `new Uint8Array(DATE_LENGTH).fill(0xff)`,
    replace: `new Uint8Array(DATE_LENGTH)`,
    tests: ["instant_reader_test.ts"],
  },
  {
    file: "mapping/shared_by_cells.ts",
    name: "compares the lower bytes of a length alone",
    find: `return length << 3 | kind;`,
    replace: `return (length & 0xffff) << 3 | kind;`,
    tests: ["shared_by_cells_test.ts"],
  },
  {
    file: "mapping/shared_by_cells.ts",
    name: "takes a row for one of those that say nothing of a cell",
    find: `if (shape[part++] !== (isAbsent(cells, presence[index] ?? 0) ? 0 : 1)) return false;`,
    replace: `part++;`,
    tests: ["shared_by_cells_test.ts"],
  },
  {
    file: "canonical_form.ts",
    name: "begins a row as another one of a prefix as long",
    find: `if (prefix !== this.#prefix) {`,
    replace: `if (length !== this.#prefix.length) {`,
    tests: ["canonical_form_test.ts"],
  },
  {
    file: "canonical_form.ts",
    name: "takes the end of a row to stand where another part was put since",
    find: `    this.#end = null;
`,
    replace: ``,
    tests: ["canonical_form_test.ts"],
  },
  {
    file: "canonical_form.ts",
    name: "takes the end of a row to stand where that of another one stands",
    find: ` || endAt !== this.#endAt`,
    replace: ``,
    tests: ["canonical_form_test.ts"],
  },
  {
    file: "mapping/shared_by_cells.ts",
    name: "takes what rows shared before the last ones for what a row shares",
    find: `former !== null && this.#isOf(cells, former)`,
    replace: `former !== null`,
    tests: ["shared_by_cells_test.ts"],
  },
  vendor("own_text_row.ts", {
    name: "takes trades of two venues of a tape for one",
    find: `for (const scope of within) {`,
    replace: `for (const scope of within.slice(0, 0)) {`,
  }),
  vendor("row_filter.ts", {
    name: "believes a trailer whatever it counts",
    find: `Number(text) !== count) {`,
    replace: `Number(text) < 0) {`,
  }),
  {
    file: "mapping/row_filter.ts",
    name: "counts a header that a file does not have",
    find: `raw.line - 1 - headerLines`,
    replace: `raw.line - 2`,
    tests: ["trailer_test.ts"],
    flags: ["--allow-all"],
  },
  {
    file: "mapping/row_filter.ts",
    name: "takes a file of no rows for whole that lacks the row which says so",
    find: `rows === 0 && (bytes === null`,
    replace: `rows === 0 && (bytes !== -1`,
    tests: ["trailer_test.ts"],
    flags: ["--allow-all"],
  },
  {
    file: "mapping/row_filter.ts",
    name: "counts comments as rows",
    find: `this.#hasComments ? raw.row - 1 : raw.line`,
    replace: `raw.line < 0 ? raw.row - 1 : raw.line`,
    tests: ["comment_rows_test.ts"],
    flags: ["--allow-all"],
  },
  {
    file: "mapping/delimited_rows.ts",
    name: "parses comments at once, as rows",
    find: `this.#comment !== null || !this.isCacheable`,
    replace: `!this.isCacheable`,
    tests: ["comment_rows_test.ts"],
    flags: ["--allow-all"],
  },
  {
    file: "sources/files/line_reader.ts",
    name: "has a quote in a comment swallow the rows after it",
    find: ` && !this.#isComment(start)`,
    replace: ``,
    tests: ["comment_rows_test.ts"],
    flags: ["--allow-all"],
  },
  {
    file: "readers/grouped_form.ts",
    name: "takes any digits between the marks of thousands",
    find: "[0-9]{3})+(?:",
    replace: "[0-9]*)+(?:",
    tests: ["grouped_and_times_test.ts"],
  },
  {
    file: "readers/times_form.ts",
    name: "takes a number in lots of which the product does not fit",
    find: `if (units >= 10 ** INTEGER_DIGITS) return false;`,
    replace: ``,
    tests: ["grouped_and_times_test.ts"],
  },
  vendor("row_filter.ts", {
    name: "takes a file without its trailer for whole",
    find: `if (this.#trailer === null || this.#hasTrailer) return;`,
    replace: `if (rows >= 0) return;`,
  }),
  vendor("row_filter.ts", {
    name: "writes corrections as trades",
    find: `corrections.none.of(cells, corrections.slot) === true) return null;`,
    replace: `corrections.slot >= 0) return null;`,
  }),
  {
    name: "goes on with another mapping, under which rows are other records",
    file: "file_source.ts",
    find: `  return digest === null ? flags : { ...flags, mapping: digest };`,
    replace: `  return flags;`,
    tests: ["mapping_command_test.ts"],
    flags: ["--allow-all"],
  },
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
