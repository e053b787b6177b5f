import type { Mutation } from "../../scripts/mutations/mutation.ts";

/** A fault in decisions by a topic's contents; whole loads notice it unless other tests are named. */
function topics(
  file: string,
  entry: Pick<Mutation, "name" | "find" | "replace"> & { readonly tests?: readonly string[] },
): Mutation {
  return { tests: ["pipeline/topic_contents_test.ts"], flags: ["--allow-all"], ...entry, file };
}

const VERDICT = { tests: ["topic_verdict_test.ts"] };

export const mutations: readonly Mutation[] = [
  topics("topic_verdict.ts", {
    name: "writes behind another program's records",
    find: `if (foreign !== null && rules.foreign === "refuse") {`,
    replace: `if (foreign === "" && rules.foreign === "refuse") {`,
  }),
  topics("topic_verdict.ts", {
    name: "writes a second version where that is refused",
    find: `if (mixed !== null && rules.mixed === "refuse") {`,
    replace: `if (mixed === "" && rules.mixed === "refuse") {`,
  }),
  topics("topic_verdict.ts", {
    name: "forgets what this process writes to the topic itself",
    find: `return new Set([...begun, ...records.map(({ name }) => name)]);`,
    replace: `return new Set(begun.size < 0 ? begun : records.map(({ name }) => name));`,
    ...VERDICT,
  }),
  topics("topic_verdict.ts", {
    name: "puts keys beside those of another rule",
    find: `if (other !== undefined && !isGrown(keys, partitioner)) {`,
    replace: `if (other === partitioner) {`,
  }),
  topics("topic_verdict.ts", {
    name: "takes a topic that has grown for one of another rule",
    find: `if (other !== undefined && !isGrown(keys, partitioner)) {`,
    replace: `if (other !== undefined) {`,
    ...VERDICT,
  }),
  topics("schema_loader.ts", {
    name: "registers before it knows what the topic holds",
    find: `    this.#lookAtTopic(lookup);
  }

  #subjectsOf(`,
    replace: `    this.#lookAtTopic(lookup);
    void this.#ask(lookup, lookup.subjects.own);
  }

  #subjectsOf(`,
    tests: ["schema_loader_test.ts"],
  }),
  topics("last_records.ts", {
    name: "looks at the first partitions of a topic only",
    find: `if (failed) return;`,
    replace: `if (failed || range.partition > PARTITIONS_AT_A_TIME) return;`,
    tests: ["transport/topic_contents_test.ts"],
  }),
  topics("partitioner.ts", {
    name: "has one rule whatever is set",
    find: `partitioner === "crc32" ? crc32(key)`,
    replace: `partitioner !== "murmur2" && key.length > 99 ? crc32(key)`,
    tests: ["transport/partitioner_test.ts"],
  }),
  topics("rows_in_topics.ts", {
    name: "looks for sent rows by today's partitioner only",
    find: `known?.partitioner === partitioner ? [partitioner] : PARTITIONERS;`,
    replace:
      `known?.partitioner === partitioner ? [partitioner] : PARTITIONERS.filter((rule) => rule === partitioner);`,
    tests: ["resume_test.ts"],
  }),
  topics("source_checkpoint.ts", {
    name: "moves offsets on although keys were put by two rules",
    find: `if (partitions > topic.partitions || topic.partitioner === null) return topic;`,
    replace: `if (partitions > topic.partitions) return topic;`,
    tests: ["resume_test.ts"],
  }),
];
