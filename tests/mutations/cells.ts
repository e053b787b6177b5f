import type { Mutation } from "../../scripts/mutations/mutation.ts";

/** A fault in a splitter of rows, or in a reader of cells. */
function cells(file: string, test: string, entry: Pick<Mutation, "name" | "find" | "replace">): Mutation {
  return { ...entry, file, tests: [test] };
}

export const mutations: readonly Mutation[] = [
  cells("delimited_cells.ts", "delimited_cells_test.ts", {
    name: "takes a doubled quote for two",
    find: `            if (at + 1 < end && source[at + 1] === QUOTE) at++;
            else break;`,
    replace: `            if (at + 1 < end && source[at + 1] === QUOTE) scratch[put++] = source[at++] ?? 0;
            else break;`,
  }),
  cells("delimited_cells.ts", "delimited_cells_test.ts", {
    name: "takes bytes for text that are none",
    find: `        this.isPlain = plain;`,
    replace: `        this.isPlain = true;`,
  }),
  cells("json_cells.ts", "json_cells_test.ts", {
    name: "takes the second of two equal keys",
    find: `        if (node.seen[index] === 1) return FAULT;
`,
    replace: ``,
  }),
  cells("json_cells.ts", "json_cells_test.ts", {
    name: "takes two equal keys that no path leads to",
    find: `      if (same === length) return false;
`,
    replace: ``,
  }),
  cells("json_cells.ts", "json_cells_test.ts", {
    name: "takes an escaped key for another one",
    find: `      if (isEscaped) this.#isDoubtful = true;
`,
    replace: ``,
  }),
  cells("json_elements.ts", "json_cells_test.ts", {
    name: "gives a record the values of the one before",
    find: `      kinds[slot] = ABSENT;
`,
    replace: ``,
  }),
  cells("json_scan.ts", "json_cells_test.ts", {
    name: "takes a number that begins with a zero",
    find: `integer === at || (buffer[at] === ZERO && integer > at + 1)`,
    replace: `integer === at`,
  }),
  cells("decimal_reader.ts", "decimal_reader_test.ts", {
    name: "rounds what is no noise",
    find: `    if (noise.isNoise) {`,
    replace: `    if (noise !== null) {`,
  }),
  cells("decimal_reader.ts", "decimal_reader_test.ts", {
    name: "rounds without a word",
    find: `      if (noise.changed) this.rounded += 1;
`,
    replace: ``,
  }),
  cells("decimal_reader.ts", "decimal_reader_test.ts", {
    name: "cuts the ninth decimal off",
    find: `      if (rest % past !== 0) return false;
      fraction = rest / past;`,
    replace: `      fraction = Math.floor(rest / past);`,
  }),
  cells("decimal_reader.ts", "decimal_reader_test.ts", {
    name: "takes a part of a share for plain digits",
    find: `(this.#whole && rest !== 0)`,
    replace: `(this.#whole && rest < 0)`,
  }),
  cells("fixed_pattern.ts", "fixed_pattern_test.ts", {
    name: "takes letters for digits of a date",
    find: `    return least >= 0;`,
    replace: `    return true;`,
  }),
  cells("scan_epoch.ts", "instant_reader_test.ts", {
    name: "drops the nanoseconds of a fraction",
    find: `    this.nanos = fraction - past * 1000;`,
    replace: `    this.nanos = 0;`,
  }),
  cells("instant_reader.ts", "instant_reader_test.ts", {
    name: "takes the later unit for files before its date",
    find: `fileDate < unit.from`,
    replace: `fileDate < ""`,
  }),
  cells("scan_iso.ts", "instant_reader_test.ts", {
    name: "takes a row's date for that of the row before",
    find: `    this.#nominal = dayNumber`,
    replace: `    this.#nominal ||= dayNumber`,
  }),
  cells("calendar_reader.ts", "calendar_reader_test.ts", {
    name: "takes a time for one of the day before",
    find: `isLastDate && this.#lastTime`,
    replace: `this.#lastTime`,
  }),
  cells("calendar_reader.ts", "calendar_reader_test.ts", {
    name: "keeps a time for a date that came after it",
    find: `    this.#lastTime.forget();
`,
    replace: ``,
  }),
  cells("calendar_reader.ts", "calendar_reader_test.ts", {
    name: "takes half a date for part of the one before",
    find: `      this.#lastDate.forget();
`,
    replace: ``,
  }),
  cells("line_ends.ts", "line_ends_test.ts", {
    name: "takes another byte for a line end",
    find: `word - ONES & ~word & TOP_BITS`,
    replace: `word - ONES & TOP_BITS`,
  }),
  cells("utc_offset.ts", "calendar_reader_test.ts", {
    name: "takes an offset to the west for one to the east",
    find: `sign === "-" ? -offset : offset`,
    replace: `offset`,
  }),
  cells("side_reader.ts", "value_readers_test.ts", {
    name: "takes the maker's side for the taker's",
    find: `this.#isMaker ? OTHER[side] : side`,
    replace: `side`,
  }),
  cells("byte_map.ts", "value_readers_test.ts", {
    name: "takes other bytes of the same place for known ones",
    find: `found.bytes.length !== length || !isSame(found.bytes, buffer, start)`,
    replace: `found.bytes.length !== length`,
  }),
  cells("array_frame.ts", "array_rows_test.ts", {
    name: "takes what follows an array for nothing",
    find: `      default:
        return false;`,
    replace: `      default:
        return true;`,
  }),
  cells("sources/files/array_rows.ts", "array_rows_test.ts", {
    name: "takes the end of a cut array for its end",
    find: `      if (frame.isWhole) return "end";
      throw cutOff();`,
    replace: `      return "end";`,
  }),
];
