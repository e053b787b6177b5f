import type { Mutation } from "../../scripts/mutations/mutation.ts";

/** A fault in the audit; random topics notice it unless other tests are named. */
function audit(
  file: string,
  entry: Pick<Mutation, "name" | "find" | "replace"> & { readonly tests?: readonly string[] },
): Mutation {
  return { tests: ["audit_model_test.ts"], ...entry, file };
}

const LOADS = { tests: ["audit_test.ts"] };
const REPLAYS = { tests: ["cli/audit/replay_order_test.ts"] };
const CONTENT = { tests: ["record_contents_test.ts"] };
const SPILL = { tests: ["spill_test.ts"] };

export const mutations: readonly Mutation[] = [
  audit("match_by_id.ts", {
    name: "compares only the first record of an id",
    find: `if (alike === NO_ROW) tally.isDifferent(record);`,
    replace: ``,
  }),
  audit("match_by_id.ts", {
    name: "takes a record that names a row a second time for another row's",
    find: `if (firstOrigin === origin && this.#firstNumber[first] === number) return false;`,
    replace: ``,
    ...LOADS,
  }),
  audit("match_by_id.ts", {
    name: "does not give a changed record to the row that it changes",
    find: `    matching.settleDifferent();`,
    replace: ``,
  }),
  audit("match_by_id.ts", {
    name: "gives a record to any of the equal rows",
    find: `if (isNamed && expected.numberOf(index) === number) named = row;`,
    replace: ``,
    ...LOADS,
  }),
  audit("match_by_id.ts", {
    name: "compares no values",
    find: `if (!groups.isLike(row, words, at + RECORD.content) || !expected.wanted.has(index)) continue;`,
    replace: `if (!expected.wanted.has(index)) continue;`,
  }),
  audit("match_by_id.ts", {
    name: "takes records of no row for those of other symbols",
    find: `if ((flags & COVERED) === 0) tally.others += 1;`,
    replace: `if (flags >= 0) tally.others += 1;`,
    ...LOADS,
  }),
  audit("expected_rows.ts", {
    name: "expects records of other symbols in the files",
    find: `return this.#symbols.find(contents.bytes(record), from, end) !== ByteTable.NONE;`,
    replace: `return from <= end || this.#symbols.find(contents.bytes(record), from, end) !== ByteTable.NONE;`,
    ...LOADS,
  }),
  audit("expected_rows.ts", {
    name: "expects records before the first row in the files",
    find: `if (time < this.#firstTime || time > this.#lastTime) return false;`,
    replace: `if (time > this.#lastTime) return false;`,
    ...LOADS,
  }),
  audit("expected_rows.ts", {
    name: "takes the time of the last row for another one",
    find: `|| time > this.#lastTime) return false;`,
    replace: `|| time >= this.#lastTime) return false;`,
    ...LOADS,
  }),
  audit("match_by_content.ts", {
    name: "takes copies under other ids for records of no row",
    find: `if (movable.length > 0) tally.isTwice({ ordinal, index });`,
    replace: `if (movable.length < 0) tally.isTwice({ ordinal, index });`,
    ...LOADS,
  }),
  audit("match_by_content.ts", {
    name: "expects each file's row of a content that is there once for all",
    find: `absent.slice(missing))`,
    replace: `absent.slice(absent.length))`,
    tests: ["own_records_test.ts"],
  }),
  audit("match_by_content.ts", {
    name: "misses no row of a content that is there in part",
    find: `absent.slice(missing))`,
    replace: `absent)`,
    tests: ["own_records_test.ts"],
  }),
  audit("match_replayed.ts", {
    name: "does not see a row that is there under both of its ids",
    find: `  if (expected.found.has(index)) {`,
    replace: `  if (index < 0) {`,
    ...LOADS,
  }),
  audit("check_order.ts", {
    name: "takes a row of a later load for one out of order",
    find: `series: origin * 2 + 1, index: row }`,
    replace: `series: 1, index: row }`,
    ...LOADS,
  }),
  audit("check_order.ts", {
    name: "takes a row that a replay wrote for one out of order",
    find: `(flags & REPLAYED) !== 0 ||`,
    replace: ``,
    ...REPLAYS,
  }),
  audit("check_order.ts", {
    name: "takes a row that a replay wrote for one out of order where its headers were lost",
    find: ` || (origin === NO_ORIGIN && (flags & BY_ROW) !== 0)`,
    replace: ``,
    ...REPLAYS,
  }),
  audit("check_order.ts", {
    name: "takes each row that names no load for one of a replay",
    find: `(origin === NO_ORIGIN && (flags & BY_ROW) !== 0)`,
    replace: `origin === NO_ORIGIN`,
    ...REPLAYS,
  }),
  audit("check_order.ts", {
    name: "takes rows that come after a replayed one for late",
    find: `if (orderOfFiles.isAside(key, place))`,
    replace: `if (orderOfFiles.isLate(key, place))`,
    ...REPLAYS,
  }),
  audit("check_order.ts", {
    name: "reads the pairs in the order of their ids",
    find: `  ordinals.sort();`,
    replace: ``,
    tests: ["audit_test.ts", "audit_model_test.ts"],
  }),
  audit("topic_records.ts", {
    name: "judges records of the other version",
    find: `if (meaning?.version !== this.#options.version) {`,
    replace: `if (meaning === null) {`,
  }),
  audit("encoded_rows.ts", {
    name: "takes each id of a trade for one that is made of the message id",
    find: `events?.layout.eventId === "derived"`,
    replace: `events !== null`,
    tests: ["audit_test.ts"],
  }),
  audit("record_contents.ts", {
    name: "takes bodies of other writers for none",
    find: `=== 0) this.#rewrite(`,
    replace: `< 0) this.#rewrite(`,
    ...CONTENT,
  }),
  audit("record_contents.ts", {
    name: "counts places from the first body",
    find: `putScratch(bytes.subarray(first, end)) - first;`,
    replace: `putScratch(bytes.subarray(first, end));`,
    ...CONTENT,
  }),
  audit("record_contents.ts", {
    name: "takes bodies of an earlier read for those of this one",
    find: `    this.#rewritten.clear();
`,
    replace: ``,
    ...CONTENT,
  }),
  audit("read_ahead.ts", {
    name: "waits for the caller before it asks for more",
    find: `      next = asked(items);
      yield item.value;`,
    replace: `      yield item.value;
      next = asked(items);`,
    tests: ["read_ahead_test.ts"],
  }),
  audit("spill.ts", {
    name: "forgets what was written before",
    find: `    this.#pieces[bucket]?.push(file.append(memory));`,
    replace: `    this.#pieces[bucket] = [file.append(memory)];`,
    ...SPILL,
  }),
  audit("spill.ts", {
    name: "leaves its files behind",
    find: `    if (Deno.build.os !== "windows") Deno.removeSync(this.#folder, { recursive: true });`,
    replace: ``,
    ...SPILL,
  }),
];
