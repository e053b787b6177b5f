import type { Mutation } from "../../scripts/mutations/mutation.ts";

/** A fault in what goes to WebAssembly or comes back. */
function bodies(entry: Pick<Mutation, "name" | "find" | "replace">): Mutation {
  return { ...entry, file: "columns/row_bodies.ts", tests: ["row_bodies_test.ts"] };
}

/** A fault in how rows that are alike are parsed at once. */
function alike(file: string, entry: Pick<Mutation, "name" | "find" | "replace">): Mutation {
  return { ...entry, file, tests: ["alike_rows_test.ts"] };
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
    find: `scratchBytes().slice(base, base + end)`,
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
  alike("mapping/alike_table.ts", {
    name: "gives shared cells another hash than WebAssembly",
    find: `(hash << 5 | hash >>> 27)`,
    replace: `(hash << 5 | hash >>> 26)`,
  }),
  alike("mapping/alike_table.ts", {
    name: "takes cells for neighbours that are not",
    find: `if (before?.last === slot - 1) before.last = slot;`,
    replace: `if (before !== undefined && before.last >= slot - 2) before.last = slot;`,
  }),
  alike("mapping/alike_rows.ts", {
    name: "tries no more rows than at first",
    find: `if (rows === this.#reach) this.#reach *= FACTOR;`,
    replace: `if (rows === this.#reach) this.#reach = FEW_ROWS;`,
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
];
