import assert from "node:assert/strict";
import { type Partitioner, partitionFor } from "../../transport/partitioner.ts";
import type { SampledRecord } from "../../transport/topic_contents.ts";
import { judgeTopic, type TopicRules } from "./topic_verdict.ts";

const [V1, V2] = ["com.k2.market_data.Trade", "com.k2.marketdata.TradeV2"] as const;
const NORMALIZED = "com.k2.marketdata.crypto.NormalizedTrade";
const RULES: TopicRules = { foreign: "refuse", mixed: "tell", partitioner: "murmur2" };

const keyOf = (text: string) => new TextEncoder().encode(text);

/** A record under a key, where a rule puts it among 30 partitions. */
function placed(key: string, rule: Partitioner, name: string = V2): SampledRecord {
  return { partition: partitionFor(keyOf(key), 30, rule), key: keyOf(key), name };
}

function judged(
  records: readonly SampledRecord[],
  { version = "v2", begun = [], partitions = 30, ...rules }: Partial<TopicRules> & {
    readonly version?: "v1" | "v2";
    readonly begun?: readonly string[];
    readonly partitions?: number;
  } = {},
) {
  const sample = { partitions, records, begun: new Set(begun) };
  const { refusal, doubts, keysBy } = judgeTopic(sample, { topic: "t", kind: "trade", version }, {
    ...RULES,
    ...rules,
  });
  return { refused: refusal?.code ?? null, text: refusal?.message ?? doubts[0]?.text ?? "", doubts, keysBy };
}

const about = ({ doubts }: ReturnType<typeof judged>) => doubts.map(({ about }) => about);

Deno.test("judgeTopic() takes an empty topic, and one that holds what is to be written", () => {
  for (const records of [[], [placed("BHP", "murmur2")]]) {
    const { refused, doubts } = judged(records);
    assert.deepEqual([refused, doubts], [null, []]);
  }
});

for (
  const name of [NORMALIZED, "com.k2.marketdata.QuoteV2", "(not an Avro record)", "(schema id 7, not in the registry)"]
) {
  Deno.test(`judgeTopic() refuses a topic that holds ${name} among our own, and says what helps`, () => {
    const records = [placed("BHP", "murmur2"), { partition: 3, key: null, name }];
    const { refused, text } = judged(records);
    assert.equal(refused, "foreign_record");
    for (const part of [name, V1, V2, "topics.pattern", "topics.foreign", "TICKFLUME_TOPICS_FOREIGN"]) {
      assert.ok(text.includes(part), `${part}: ${text}`);
    }
    const allowed = judged(records, { foreign: "allow" });
    assert.deepEqual([allowed.refused, about(allowed)], [null, ["foreign_record"]]);
  });
}

for (const [version, held] of [["v2", V1], ["v1", V2]] as const) {
  Deno.test(`judgeTopic() tells of a topic that holds the other version when ${version} is to be written`, () => {
    for (const [records, begun] of [[[placed("BHP", "murmur2", held)], []], [[], [held]]] as const) {
      const { refused, doubts, text } = judged(records, { version, begun });
      assert.deepEqual([refused, doubts.map(({ about }) => about)], [null, ["mixed_versions"]]);
      for (const part of [V1, V2, "commits past them", `topics.pattern.${version}`, "{version}"]) {
        assert.ok(text.includes(part), `${part}: ${text}`);
      }
      const { refused: strictly } = judged(records, { version, begun, mixed: "refuse" });
      assert.equal(strictly, "mixed_versions");
    }
  });
}

Deno.test("judgeTopic() refuses a topic whose keys are where the other rule puts them, either way", () => {
  for (const [rule, other] of [["murmur2", "crc32"], ["crc32", "murmur2"]] as const) {
    // MWR is in partition 20 by both.
    const records = [placed("MWR", other), placed("BHP", other, V1), placed("CBA", other), placed("RIO", other)];
    const { refused, text, keysBy } = judged(records, { partitioner: rule });
    assert.deepEqual([refused, keysBy], ["other_partitioner", [other]]);
    assert.match(text, new RegExp(`"[A-Z]{3}" is in partition .*topics\\.partitioner to ${other} `));
    const fitting = judged(records, { partitioner: other, mixed: "tell" });
    assert.deepEqual([fitting.refused, about(fitting)], [null, ["mixed_versions"]]);
  }
});

Deno.test("judgeTopic() tells of keys that no rule explains, and of a topic that two rules write to", () => {
  const elsewhere = { partition: (partitionFor(keyOf("BHP"), 30, "murmur2") + 1) % 30, key: keyOf("BHP"), name: V2 };
  for (const records of [[elsewhere], [placed("BHP", "murmur2"), placed("CBA", "crc32")]]) {
    const made = judged(records);
    assert.deepEqual([made.refused, about(made), made.keysBy], [null, ["keys_elsewhere"], []]);
  }
});

Deno.test("judgeTopic() does not take a topic that has grown for one of the other rule", () => {
  // Of 3 partitions murmur2 puts it where crc32 would of 4.
  const text = Array.from({ length: 99 }, (_, at) => `S${at}`).find((text) =>
    partitionFor(keyOf(text), 3, "murmur2") === partitionFor(keyOf(text), 4, "crc32") &&
    partitionFor(keyOf(text), 4, "murmur2") !== partitionFor(keyOf(text), 4, "crc32")
  );
  assert.ok(text !== undefined);
  const grown = { partition: partitionFor(keyOf(text), 3, "murmur2"), key: keyOf(text), name: V2 };
  const { refused, doubts } = judged([grown], { partitions: 4 });
  assert.deepEqual([refused, doubts.map(({ about }) => about)], [null, ["keys_elsewhere"]]);
});

Deno.test("judgeTopic() takes keys that tell no rule from the other: none, empty ones, foreign ones, one partition", () => {
  const key = keyOf("BHP");
  const cases: readonly (readonly [readonly SampledRecord[], number])[] = [
    [[{ partition: 7, key: null, name: V2 }, { partition: 8, key: new Uint8Array(), name: V2 }], 30],
    [[{ partition: 7, key, name: NORMALIZED }], 30],
    [[{ partition: 0, key, name: V2 }], 1],
    [[placed("MWR", "crc32")], 30],
  ];
  for (const [records, partitions] of cases) {
    const { refused, keysBy } = judged(records, { partitions, foreign: "allow" });
    assert.deepEqual([refused, keysBy], [null, null]);
  }
});
