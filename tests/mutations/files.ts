import type { Mutation } from "../../scripts/mutations/mutation.ts";

/** A fault in recognising files; loads of changing files notice it unless other tests are named. */
function files(
  file: string,
  entry: Pick<Mutation, "name" | "find" | "replace"> & { readonly tests?: readonly string[] },
): Mutation {
  return { tests: ["changing_files_test.ts"], flags: ["--allow-all"], ...entry, file };
}

export const mutations: readonly Mutation[] = [
  files("file_stamp.ts", {
    name: "takes one file of an archive for another",
    find: `  if (one.member !== other.member) return false;
`,
    replace: ``,
    tests: ["zip_members_test.ts"],
  }),
  files("zip_content.ts", {
    name: "does not verify the checksum of an archive's file",
    find: `{ checkSignature: true }`,
    replace: `{ checkSignature: false }`,
    tests: ["zip_files_test.ts"],
  }),
  files("parquet_content.ts", {
    name: "lets the library make doubles of decimals",
    find: `metadata: withoutDecimals(metadata),`,
    replace: `metadata,`,
    tests: ["parquet_files_test.ts"],
  }),
  files("parquet_values.ts", {
    name: "says UTC of local times",
    find: `logical.isAdjustedToUTC : type`,
    replace: `true : type`,
    tests: ["parquet_files_test.ts"],
  }),
  files("companions.ts", {
    name: "reads a file that disagrees with the checksum beside it",
    find: `  if (found === expected) return;`,
    replace: `  if (found !== "") return;`,
    tests: ["zip_files_test.ts"],
  }),
  files("end_confirmation.ts", {
    name: "does not look at the end of a file that another incarnation has read",
    find: `    if (feed.mustReopen) return;
`,
    replace: ``,
    tests: ["source_test.ts"],
  }),
  files("compare_content.ts", {
    name: "does not know rows of several lines",
    find: `    quoted: content.quoted,
    comment`,
    replace: `    comment`,
    tests: ["resume_known_test.ts"],
  }),
  files("row_feed.ts", {
    name: "compares a file at its end with what it was when it was opened",
    find: `lookedAt ?? this.#since`,
    replace: `this.#since`,
  }),
  files("content_chain.ts", {
    name: "chains the chunks without what they hold",
    find: `.update(this.#chunk.digest())`,
    replace: ``,
    tests: ["content_chain_test.ts"],
  }),
  files("content_chain.ts", {
    name: "compares whole chunks only",
    find: ` && one.last === other.last`,
    replace: ``,
    tests: ["content_chain_test.ts"],
  }),
  files("row_samples.ts", {
    name: "keeps rows that stand ever further apart as samples",
    find: `stride: stride * 2 }`,
    replace: `stride: stride * 4 }`,
    tests: ["row_samples_test.ts"],
  }),
  files("row_samples.ts", {
    name: "keeps ever more samples",
    find: `const MAX_SAMPLES = 64;`,
    replace: `const MAX_SAMPLES = 6_400;`,
    tests: ["row_samples_test.ts"],
  }),
  files("content_samples.ts", {
    name: "does not know the last row that was read",
    find: `if (chain && start >= 0) chain.sampleLast(`,
    replace: `if (chain && start < 0) chain.sampleLast(`,
    tests: ["rolling_window_test.ts"],
  }),
  files("file_stamp.ts", {
    name: "believes a file that was written to just now",
    find: `takenAt - Math.max(modifiedAt, changedAt) < TICK_MS`,
    replace: `takenAt < 0`,
    tests: ["file_stamp_test.ts"],
  }),
  files("file_stamp.ts", {
    name: "believes the time that any program may set",
    find: `modifiedAt === now.modifiedAt &&
    changedAt === now.changedAt;`,
    replace: `modifiedAt === now.modifiedAt;`,
    tests: ["file_stamp_test.ts"],
  }),
  files("line_reader.ts", {
    name: "gives out a last line without its line end",
    find: `      if (this.#holdLastLine) return "end";`,
    replace: ``,
    tests: ["file_source_test.ts"],
  }),
  files("line_reader.ts", {
    name: "gives out the first line of a quoted row that is being written",
    find: `if (atEnd && beginsField && this.#holdOpenQuote`,
    replace: `if (atEnd && beginsField && !this.#window.ended`,
    tests: ["file_source_test.ts"],
  }),
  files("line_reader.ts", {
    name: "takes the half of a row that is over the limit",
    find: `if (end !== null && this.#holdLastLine) {`,
    replace: `if (end !== null && this.#holdLastLine && length < 0) {`,
    tests: ["line_reader_test.ts"],
  }),
  files("line_reader.ts", {
    name: "marks what is held back of a row over the limit as read",
    find: `    if (this.#heldTooLong !== null) return this.#heldTooLong.before;
`,
    replace: ``,
    tests: ["line_reader_test.ts"],
  }),
  files("file_source.ts", {
    name: "takes one stream for another",
    find: `bytes === null ? streamSuffix() : ""`,
    replace: `bytes === null ? "" : ""`,
    tests: ["file_source_test.ts"],
  }),
  files("open_rows.ts", {
    name: "takes the first line of a row whose quote is open at the end",
    find: `holdOpenQuote: !isStream,`,
    replace: `holdOpenQuote: !isStream && !takeLastLine,`,
    tests: ["last_line_test.ts"],
  }),
  files("actors/sources/source.ts", {
    name: "sends a half row that no checkpoint tells of",
    find: `(half === undefined || this.#keeper.note(half));`,
    replace: `(half === undefined || half.row > 0);`,
    tests: ["last_line_test.ts"],
  }),
  files("resuming/rows_past_checkpoint.ts", {
    name: "takes the half of a row for the row that has its id",
    find: `isCopyOf(copy, sought) && digest !== null && copy.digest === digest);
    if`,
    replace: `isCopyOf(copy, sought) && digest !== null);
    if`,
    tests: ["last_line_test.ts"],
  }),
  files("resuming/named_copies.ts", {
    name: "takes any record for a part of the row",
    find: `  if (stranger !== undefined) throw`,
    replace: `  if (stranger !== undefined && parts.length > 99) throw`,
    tests: ["last_line_test.ts"],
  }),
  files("settled_rows.ts", {
    name: "leaves the letter of a half row open",
    find: `later.#readAgain.has(row)`,
    replace: `later.#readAgain.has(-row)`,
    tests: ["settled_rows_test.ts"],
  }),
  files("grown_rows.ts", {
    name: "writes a row again that has only got its line end",
    find: `return ended ? "line_end" : "none";`,
    replace: `return ended ? "more" : "none";`,
    tests: ["file_source_test.ts"],
  }),
  files("row_batch_reader.ts", {
    name: "passes over an empty last line, which is a row once others follow",
    find: `    if (this.#onlyBlank) {
      lines.backTo(offset);`,
    replace: `    if (this.#onlyBlank) {`,
    tests: ["file_source_test.ts"],
  }),
  files("file_input.ts", {
    name: "reads on whatever stands before the position",
    find: `  if (!isSameContent(chain.mark(), mark)) throw changedError(path, mark.bytes);
`,
    replace: ``,
    tests: ["file_source_test.ts"],
  }),
  files("file_row_reader.ts", {
    name: "does not compare what was read at the end",
    find: `    if (found.type !== "same") throw rewrittenError(this.#open.path, this.#next.row);
`,
    replace: `    if (found.type !== "same") return { grown: false, stamp };
`,
  }),
  files("file_row_reader.ts", {
    name: "does not look whether there is more at the end",
    find: `grown: found.bytes !== null && found.bytes !== this.end().bytes`,
    replace: `grown: false`,
  }),
  files("source_checkpoint.ts", {
    name: "does not store that the file was rewritten",
    find: `    if (this.#end === "rewritten") return rewritten === true;
`,
    replace: ``,
    tests: ["source_checkpoint_test.ts"],
  }),
  files("source_checkpoint.ts", {
    name: "takes another file for the one that was looked at",
    find: `stamp === null || isSameFile(file.stamp, stamp)`,
    replace: `stamp === null || file.path !== ""`,
    tests: ["source_checkpoint_test.ts"],
  }),
  files("verify_checkpoint.ts", {
    name: "loads a file anew that was changed",
    find: `    if (!mayBeIt && !found.related) return otherContent();`,
    replace: `    if (found.type === "changed") return otherContent();`,
  }),
  files("verify_checkpoint.ts", {
    name: "goes on with a file that was rewritten while it was read",
    find: `  if (rewritten && isIt) {`,
    replace: `  if (rewritten && then.path === "") {`,
    tests: ["verify_checkpoint_test.ts"],
  }),
  files("verify_checkpoint.ts", {
    name: "does not compare the settings",
    find: `if (differing.length === 0) return null;`,
    replace: `if (differing.length >= 0) return null;`,
    tests: ["verify_checkpoint_test.ts"],
  }),
  files("content_place.ts", {
    name: "gives up every file because of one path that cannot be looked at",
    find: `    return !(error instanceof SourceError && OF_ANOTHER_FILE.has(error.code));`,
    replace: `    throw error;`,
  }),
  files("file_input.ts", {
    name: "reads rows of an archive",
    find: `  if (found === null || isWorkbook(head)) refuseForeign(head, { path });`,
    replace: ``,
    tests: ["words_test.ts"],
  }),
  files("open_rows.ts", {
    name: "reads rows of an archive within a compressed file",
    find: `      if (isFirst) refuseForeign(`,
    replace: `      if (path === "") refuseForeign(`,
    tests: ["words_test.ts"],
  }),
  files("open_rows.ts", {
    name: "reads rows of an archive in a stream",
    find: `      if (isFirst && compression === null) refuseForeign(`,
    replace: `      if (path === "" && compression === null) refuseForeign(`,
    tests: ["words_test.ts"],
  }),
  files("repeated_header.ts", {
    name: "takes a repeated header for a row",
    find: `    if (!ended) return false;`,
    replace: `    if (ended || header.length > 0) return false;`,
    tests: ["file_source_test.ts"],
  }),
  files("row_intake.ts", {
    name: "does not count the line of a repeated header",
    find: `    this.#options.onRepeatedHeader?.(this.#places.line + 1);
    this.#places.line += this.#places.cut.lines;`,
    replace: `    this.#options.onRepeatedHeader?.(this.#places.line + 1);`,
    tests: ["file_source_test.ts"],
  }),
  files("field_suggestions.ts", {
    name: "suggests a field that is there already",
    find: `field === null || taken.has(field) ||`,
    replace: `field === null ||`,
    tests: ["header_fields_test.ts"],
  }),
  files("row_parser.ts", {
    name: "speaks to people with files as to programmers",
    find: `badRow(raw, error.rule, rowReason(error))`,
    replace: `badRow(raw, error.rule, error.message)`,
    tests: ["row_words_test.ts"],
  }),
];
