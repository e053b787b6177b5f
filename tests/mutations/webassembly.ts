import type { Mutation } from "../../scripts/mutations/mutation.ts";

/** A fault in what goes to WebAssembly or comes back. */
function bodies(entry: Pick<Mutation, "name" | "find" | "replace">): Mutation {
  return { ...entry, file: "columns/row_bodies.ts", tests: ["row_bodies_test.ts"] };
}

/** A fault in how rows that are alike are parsed at once. */
function alike(file: string, entry: Pick<Mutation, "name" | "find" | "replace">): Mutation {
  return { ...entry, file, tests: ["alike_rows_test.ts"] };
}

/** A fault in record batches, or in what goes to WebAssembly for them. */
function batch(file: string, entry: Pick<Mutation, "name" | "find" | "replace">): Mutation {
  return { ...entry, file: `transport/kafka/${file}.ts`, tests: ["record_batch_encoder_test.ts"] };
}

/** A fault in how lines of JSON that are alike are parsed at once. */
function lines(file: string, entry: Pick<Mutation, "name" | "find" | "replace">): Mutation {
  return { ...entry, file, tests: ["alike_lines_test.ts"] };
}

/** A fault in how batches become tables. */
function table(entry: Pick<Mutation, "name" | "find" | "replace">): Mutation {
  return { ...entry, file: "record_table_decoder.ts", tests: ["record_table_decoder_test.ts"] };
}

function scratch(entry: Pick<Mutation, "name" | "find" | "replace">): Mutation {
  return { ...entry, file: "wasm/scratch.ts", tests: ["row_bodies_test.ts"] };
}

export const mutations: readonly Mutation[] = [
  bodies({
    name: "counts ends from where the second attempt begins",
    find: `0, 0, base, output, base + room, ends]`,
    replace: `0, 0, output, output, base + room, ends]`,
  }),
  bodies({
    name: "writes the second attempt over the first",
    find: `      output = base + end;`,
    replace: `      output = base;`,
  }),
  bodies({
    name: "notes places of blocks in memory that has grown",
    find: `        block.place = putScratch(block.bytes);
        words = scratchWords();`,
    replace: `        block.place = putScratch(block.bytes);`,
  }),
  bodies({
    name: "takes the block of an earlier call for that of this one",
    find: `if (block.call !== call) {`,
    replace: `if (block.call === 0) {`,
  }),
  bodies({
    name: "gives away memory that the next call writes to",
    find: `new Uint8Array(scratchBytes().subarray(base, base + end))`,
    replace: `scratchBytes().subarray(base, base + end)`,
  }),
  bodies({
    name: "writes no id of a schema",
    find: `      writeHeader(scratchBytes(), job + frame * WORD_BYTES, schemaId);
`,
    replace: ``,
  }),
  scratch({
    name: "looks at the words of memory that has grown",
    find: `  bytes = new Uint8Array(memory.buffer);
  words = new Uint32Array(memory.buffer);
}`,
    replace: `  bytes = new Uint8Array(memory.buffer);
}`,
  }),
  scratch({
    name: "puts the end of an array on the beginning of the next",
    find: `Math.ceil((length + SPARE_BYTES) / ALIGNMENT) * ALIGNMENT`,
    replace: `Math.floor(length / ALIGNMENT) * ALIGNMENT`,
  }),
  alike("mapping/alike_spans.ts", {
    name: "gives shared cells another hash than WebAssembly",
    find: `(hash << 5 | hash >>> 27)`,
    replace: `(hash << 5 | hash >>> 26)`,
  }),
  alike("mapping/alike_spans.ts", {
    name: "takes cells for neighbours that are not",
    find: `before?.[1] === slot - 1) before[1] = slot;`,
    replace: `before !== undefined && before[1] >= slot - 2) before[1] = slot;`,
  }),
  alike("mapping/alike_rows.ts", {
    name: "forgets the rows of the open instant that were parsed at once",
    find: `    this.#recount();
`,
    replace: ``,
  }),
  alike("mapping/alike_rows.ts", {
    name: "takes rows of another date for those of the known one",
    find: `      until,
      open: instant.micros,`,
    replace: `      until: Infinity,
      open: instant.micros,`,
  }),
  alike("mapping/alike_rows.ts", {
    name: "takes the date of a row that taught nothing for the known one",
    find: `const [from, until] = this.#bounds;`,
    replace: `const [from, until] = this.#options.dates.bounds;`,
  }),
  alike("mapping/alike_rows.ts", {
    name: "reads a header once more as a row",
    find: `words[WORD.header_length] = run.header.length;`,
    replace: `words[WORD.header_length] = 0;`,
  }),
  alike("files/row_intake.ts", {
    name: "does not count the lines that were parsed at once",
    find: `    places.line += count;
    lines.passOver`,
    replace: `    lines.passOver`,
  }),
  alike("files/row_intake.ts", {
    name: "leaves the samples out of rows that were parsed at once",
    find: `for (let row = samples.next(first.row); row < end;`,
    replace: `for (let row = samples.next(first.row + 1); row < end;`,
  }),
  batch("record_batch_body", {
    name: "gives away all pieces of a batch but the last one as memory that is written to again",
    find: `pieces.push(Buffer.from(last));`,
    replace: `pieces.push(last);`,
  }),
  batch("record_batch_body", {
    name: "numbers the records of each chunk from 0",
    find: `write_records(runs, chunk.length, number, output + before)`,
    replace: `write_records(runs, chunk.length, 0, output + before)`,
  }),
  batch("record_batch_body", {
    name: "begins the checksum again with each chunk",
    find: `if (checksum !== null) checksum = crc32c(checksum,`,
    replace: `if (checksum !== null) checksum = crc32c(crc ?? 0,`,
  }),
  batch("record_batch_body", {
    name: "leaves out the upper half of a row number",
    find: `Math.floor(firstRow / WORD), firstRow,`,
    replace: `0, firstRow,`,
  }),
  batch("record_batch_body", {
    name: "leaves out the sign of a time before that of the first record",
    find: `Math.floor(time / WORD),`,
    replace: `Math.trunc(time / WORD),`,
  }),
  batch("record_batch_body", {
    name: "takes an empty key for none",
    find: `key?.length ?? NULL,`,
    replace: `key?.length || NULL,`,
  }),
  batch("batch_runs", {
    name: "cuts no batch into chunks",
    find: `const fitting = run.endWithin(from, left);`,
    replace: `const fitting = run.run.length;`,
  }),
  batch("batch_runs", {
    name: "makes no room for headers",
    find: `this.start(to) - this.start(from) + headers;`,
    replace: `this.start(to) - this.start(from);`,
  }),
  batch("batch_runs", {
    name: "writes an empty value in place of null",
    find: `const NULL_END = Int32Array.of(-1);`,
    replace: `const NULL_END = Int32Array.of(0);`,
  }),
  batch("record_batch_encoder", {
    name: "takes the checksum of the records alone",
    find: `this.#body.write(crc32c(header.subarray(CHECKED_FROM)))`,
    replace: `this.#body.write(0)`,
  }),
  {
    name: "gives away a batch of a request as memory that the next one is written to",
    file: "transport/kafka/messages.ts",
    find: `at === last ? pieces : [Buffer.concat(pieces)]`,
    replace: `pieces`,
    tests: ["transport/kafka/producer_test.ts"],
  },
  {
    name: "waits with a timer for a leader that is known",
    file: "transport/kafka/producer.ts",
    find: `this.#knownLeader(name) ?? await`,
    replace: `await`,
    tests: ["transport/kafka/producer_test.ts"],
  },
  {
    name: "takes a topic that was made again for the one whose leader is known",
    file: "transport/kafka/producer.ts",
    find: `known === null || known.topic.id !== this.#topicIds.get(name.topic) ?`,
    replace: `known === null ?`,
    tests: ["transport/kafka/producer_test.ts"],
  },
  {
    name: "calculates the checksum of the first piece of many bytes only",
    file: "transport/kafka/crc32c.ts",
    find: `crc = checksumOf(crc,`,
    replace: `crc = checksumOf(before,`,
    tests: ["crc32c_test.ts"],
  },
  alike("mapping/alike_rows.ts", {
    name: "parses delimited rows at once that may have ids of their own",
    find: ` || plan.unlikeSlots.length > 0`,
    replace: ``,
  }),
  lines("mapping/event_parser.ts", {
    name: "takes the shared cells of another line for those of a line with keys of its own",
    find: `cells.isCacheable ? this.#cache.lastKey : null`,
    replace: `this.#cache.lastKey`,
  }),
  lines("mapping/json_template.ts", {
    name: "cuts lines like one with an escape",
    find: `line.includes(BACKSLASH) || `,
    replace: ``,
  }),
  lines("mapping/json_template.ts", {
    name: "takes a CR before the line end for one of it",
    find: ` || line.includes(CR)`,
    replace: ``,
  }),
  lines("mapping/json_template.ts", {
    name: "parses lines at once that have ids of their own",
    find: `    if (unlike.has(slot)) this.#isAlike = false;
`,
    replace: ``,
  }),
  lines("mapping/json_template.ts", {
    name: "takes a text in the place of an empty one for nothing",
    find: `start === end || (kind`,
    replace: `(kind`,
  }),
  lines("mapping/json_template.ts", {
    name: "takes the word null for a text",
    find: ` || (kind === NULL && !shared.has(slot))`,
    replace: ``,
  }),
  lines("mapping/json_rows.ts", {
    name: "parses lines at once that may be passed over",
    find: `return this.#each === null && this.#filter === null;`,
    replace: `return this.#each === null;`,
  }),
  lines("mapping/alike_templates.ts", {
    name: "learns no second template",
    find: `if (words[WORD.is_unknown] === 1) this.#isWanted = true;`,
    replace: ``,
  }),
  lines("mapping/alike_rows.ts", {
    name: "puts texts in the place of the id",
    find: `[...(eventId === null ? [] : [eventId]), ...vendorTexts]`,
    replace: `[...vendorTexts]`,
  }),
  lines("columns/event_columns.ts", {
    name: "gives rows that were parsed at once no ingestion time",
    find: `    this.ingestion?.fill(this.ingestionMicros, row, row + entries.length);
`,
    replace: ``,
  }),
  table({
    name: "makes room for as many records as a batch claims to have",
    find: `  if (count > body.length / SHORTEST_RECORD) throw damagedBatch(baseOffset);
`,
    replace: ``,
  }),
  table({
    name: "takes a batch whose records are damaged for one without any",
    find: `  if (size < 0) throw damagedBatch(baseOffset);`,
    replace:
      `  if (size < 0) return { size: 0, bytes: body, words: new Uint32Array(0), offsets: new Float64Array(0), base };`,
  }),
  table({
    name: "counts the places of each batch from its own bytes",
    find: `.set([place, count], 6)`,
    replace: `.set([0 * place, count], 6)`,
  }),
  table({
    name: "counts the offsets of each batch from its own",
    find: `Number(baseOffset - base)]`,
    replace: `Number(base - base)]`,
  }),
  {
    name: "forgets what the blocks before have",
    file: "lz4_frame.ts",
    find: `history = output.written().subarray(-FARTHEST_REPEAT);`,
    replace: `history = output.written().subarray(0, FARTHEST_REPEAT - FARTHEST_REPEAT);`,
    tests: ["lz4_frame_test.ts"],
  },
];
