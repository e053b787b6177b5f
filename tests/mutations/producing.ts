import type { Mutation } from "../../scripts/mutations/mutation.ts";

/** A fault in the answers to callers; the tests of the whole producer notice it unless others are named. */
function fault(
  file: string,
  entry: Pick<Mutation, "name" | "find" | "replace"> & { readonly tests?: readonly string[] },
): Mutation {
  return { ...entry, file, tests: entry.tests ?? ["producer_promise_test.ts"] };
}

const window = ({ file = "delivery_window.ts", ...entry }: Omit<Mutation, "tests" | "file"> & { file?: string }) =>
  fault(file, { ...entry, tests: ["delivery_window_test.ts"] });

export const mutations: readonly Mutation[] = [
  window({
    name: "counts the death of a producer against the rows",
    find: `if (crash !== null) this.#crashed(pending, crash.cause);`,
    replace: `this.#crashed(pending, cause);`,
  }),
  window({
    file: "suspects.ts",
    name: "condemns a row that was sent, without asking its topic",
    find: `if (suspicion === undefined || doubtsOf(pending, origin).length > 0) return false;`,
    replace: `if (suspicion === undefined) return false;`,
  }),
  window({
    file: "suspects.ts",
    name: "refuses a row that was found",
    find: `  if (found !== null && ofTarget[0] === ROW.pending) {`,
    replace: `  if (found === null && ofTarget[0] !== ROW.pending) {`,
  }),
  window({
    name: "takes a row that was sent for one that was not",
    find: `if (state === "in_flight" || sent.some((ofTarget) => ofTarget[index] === 1)) rows.add(row);`,
    replace: `if (state === "in_flight") rows.add(row);`,
  }),
  fault("delivery.ts", {
    name: "blames the rows for a converter that was stopped with others",
    find: `  if (!(cause instanceof ActorRestartedError)) return true;
`,
    replace: `  return true;
`,
    tests: ["delivery_window_test.ts"],
  }),
  fault("delivery.ts", {
    name: "sends again and again to a topic whose producer was given up",
    find: `return cause instanceof TopicParkedError || cause instanceof ActorFailedError;`,
    replace: `return cause instanceof TopicParkedError;`,
    tests: ["producer_lifecycle_test.ts"],
  }),
  fault("topic_ledger.ts", {
    name: "keeps for ever what was found of calls that were given up",
    find: `    this.#forgetUnwanted();
`,
    replace: ``,
    tests: ["topic_ledger_test.ts"],
  }),
  fault("producers/producer.ts", {
    name: "does not note which rows a client was given",
    find: `      for (const run of runs) run.sending();
`,
    replace: ``,
  }),
  fault("producers/producer.ts", {
    name: "answers for records before their sends were read for",
    find: `    if (this.#phase === "opening" || this.#phase === "resolving" || this.#phase === "growing") return;
`,
    replace: ``,
    tests: ["producers/producer_test.ts"],
  }),
  fault("schemas/load.ts", {
    name: "parses the schema with every record",
    find: `  return SCHEMAS[version][kind];`,
    replace: `  return loaded(kind, version, SCHEMAS[version][kind].text);`,
    tests: ["schemas/load_test.ts"],
  }),
  fault("delivery_window.ts", {
    name: "never tells a push source what has settled",
    find: `    if (frontier !== null && frontier !== before) this.#options.onSettled?.(frontier);
`,
    replace: ``,
    tests: ["pushed_rows_test.ts"],
  }),
  fault("topic_feed.ts", {
    name: "says that a record was not written which may have been",
    find: `rowsInDoubt.has(row) ? new OutcomeUnknownError(cause, this.#copies.get(row)) : cause`,
    replace: `cause`,
  }),
  fault("topic_feeds.ts", {
    name: "writes under the flag of an earlier call",
    find: `if (known?.takes(flag) === true) return known;`,
    replace: `if (known !== undefined) return known;`,
  }),
  fault("topic_feeds.ts", {
    name: "reads a feed beside the one before it",
    find: `after: before.length === 0 ? undefined : Promise`,
    replace: `after: before.length >= 0 ? undefined : Promise`,
  }),
  fault("pending_calls.ts", {
    name: "takes more than may be pending",
    find: `    if (!this.full) return;
`,
    replace: `    return;
`,
    tests: ["pending_calls_test.ts"],
  }),
  fault("pending_calls.ts", {
    name: "lets no call in after the one that was let in",
    find: `if (this.#onRoom !== null && !this.full) this.#wakeUp();`,
    replace: ``,
    tests: ["pending_calls_test.ts"],
  }),
  fault("market_data_producer.ts", {
    name: "closes later than it says",
    find: `deadlineMs: Math.min(LAST_MS, leftMs())`,
    replace: `deadlineMs: LAST_MS`,
  }),
  fault("record_source.ts", {
    name: "reads again what has settled",
    find: `      while (start < chunk.size && chunk.isSettled(start)) start++;
`,
    replace: ``,
    tests: ["record_source_test.ts"],
  }),
  fault("record_source.ts", {
    name: "appends to a batch that was read",
    find: `      chunk.seal();
      return new ChunkBatch`,
    replace: `      return new ChunkBatch`,
    tests: ["record_source_test.ts"],
  }),
  fault("incoming_records.ts", {
    name: "mixes a record with the one that its getter hands over",
    find: `    if (this.#busy) return new IncomingRecords(this.dataset, this.#destination).read(value, take);
`,
    replace: ``,
    tests: ["record_source_test.ts"],
  }),
  fault("producer/batch.ts", {
    name: "gives the receipts of a batch in the order of the acknowledgements",
    find: `    this.#receipts[slot] = receipt;`,
    replace: `    this.#receipts[this.#receipts.indexOf(null)] = receipt;`,
    tests: ["market_data_producer_test.ts"],
  }),
  fault("program_fields.ts", {
    name: "reads fields that a record has inherited",
    find: `    if (names.length < FIELDS_OF[this.#kind].size && !isPlainObject(value)) return false;
`,
    replace: ``,
    tests: ["record_entry_test.ts"],
  }),
  fault("plain_decimal.ts", {
    name: "takes a number for the decimal that it is near",
    find: `if (unscaled >= FIFTEEN_DIGITS || unscaled / power !== value) return false;`,
    replace: `if (unscaled >= FIFTEEN_DIGITS) return false;`,
    tests: ["plain_decimal_test.ts"],
  }),
  fault("vendor_check.ts", {
    name: "leaves a finer instant out of v1 in silence",
    find: `      if (index !== fine || !endsWithZeros(texts.bytes, start, texts.ends[at] ?? 0)) return false;
`,
    replace: `      if (index !== fine) return false;
`,
    tests: ["own_columns_test.ts"],
  }),
  fault("event_encoder.ts", {
    name: "takes shared fields as columns of another layout have them encoded",
    find: `    if (known?.by === this) return known.block;`,
    replace: `    if (known !== undefined) return known.block;`,
    tests: ["own_columns_test.ts"],
  }),
];
