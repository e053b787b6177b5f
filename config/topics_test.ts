import assert from "node:assert/strict";
import fc from "fast-check";
import { ASSET_CLASSES, Catalogue, DATA_TYPES } from "./catalogue.ts";
import {
  DEFAULT_TOPIC_PATTERN,
  parseTopicName,
  topicNameFor,
  topicNameProblem,
  topicNamesFor,
  topicPatternFor,
  topicPatternProblem,
  topicPatternsClash,
  topicSpecFor,
} from "./topics.ts";

const TRADES = { assetClass: "equities", dataType: "trades", exchange: "ASX" } as const;

Deno.test("topicNameFor() fills the pattern, with the exchange in lower case", () => {
  assert.equal(
    topicNameFor({ pattern: DEFAULT_TOPIC_PATTERN, version: "v2", ...TRADES }),
    "market.equities.trades.asx",
  );
  assert.equal(topicNameFor({ pattern: "{version}-{data_type}-{version}", version: "v1", ...TRADES }), "v1-trades-v1");
});

Deno.test("topicNameFor() refuses a name that Kafka would refuse", () => {
  const named = (exchange: string) =>
    topicNameFor({ ...TRADES, pattern: DEFAULT_TOPIC_PATTERN, version: "v2", exchange });
  assert.throws(() => named("a/b"), { name: "TopicNameError", message: /it holds "\/"/ });
  assert.throws(() => named("x".repeat(250)), { name: "TopicNameError", message: /Kafka allows 249/ });
  assert.throws(() => named("$&"), { name: "TopicNameError" });
});

Deno.test("topicNameProblem() knows Kafka's rules", () => {
  for (const good of ["a", "a.b_c-D9", "...", "x".repeat(249)]) assert.equal(topicNameProblem(good), null, good);
  for (const bad of ["", ".", "..", "a b", "ä", "a\n", "x".repeat(250)]) {
    assert.notEqual(topicNameProblem(bad), null, bad);
  }
});

Deno.test("topicPatternProblem() names an unknown placeholder, a missing data type and a bad character", () => {
  assert.equal(topicPatternProblem(DEFAULT_TOPIC_PATTERN), null);
  assert.match(
    topicPatternProblem("m.{exchnage}.{data_type}") ?? "",
    /\{exchnage\} is not .* Did you mean "exchange"\?/,
  );
  assert.match(topicPatternProblem("m.{exchange}") ?? "", /needs \{data_type\}/);
  assert.match(topicPatternProblem("m.{data_type") ?? "", /braces/);
  assert.match(topicPatternProblem("m/{data_type}") ?? "", /it holds "\/"/);
});

Deno.test("parseTopicName() is the way back from topicNameFor()", () => {
  const patterns = [
    DEFAULT_TOPIC_PATTERN,
    `${DEFAULT_TOPIC_PATTERN}.v1`,
    "{version}.{exchange}.{data_type}.{asset_class}",
  ];
  fc.assert(fc.property(
    fc.constantFrom(...patterns),
    fc.constantFrom(...ASSET_CLASSES),
    fc.constantFrom(...DATA_TYPES),
    fc.stringMatching(/^[A-Z][A-Z0-9_-]{0,8}$/),
    fc.constantFrom("v1" as const, "v2" as const),
    (pattern, assetClass, dataType, exchange, version) => {
      const parsed = parseTopicName(topicNameFor({ pattern, assetClass, dataType, exchange, version }), pattern);
      assert.deepEqual(parsed, {
        assetClass,
        dataType,
        exchange: exchange.toLowerCase(),
        version: pattern.includes("{version}") ? version : null,
      });
    },
  ));
});

Deno.test("parseTopicName() refuses names that the pattern did not make", () => {
  for (
    const name of [
      "market.equities.trades.asx.v1",
      "market.bonds.trades.asx",
      "marketXequities.trades.asx",
      "market.equities.trades.",
      "orders",
      "x.market.equities.trades.asx",
    ]
  ) assert.equal(parseTopicName(name, DEFAULT_TOPIC_PATTERN), null, name);
  assert.equal(parseTopicName("v1.trades.v2", "{version}.{data_type}.{version}"), null);
  assert.deepEqual(parseTopicName("ticks.quotes", "ticks.{data_type}"), {
    assetClass: null,
    dataType: "quotes",
    exchange: null,
    version: null,
  });
});

Deno.test("topicNamesFor() gives v1 a name of its own only while both versions are written, and leaves v2 where it is", () => {
  const patterns = { v2: DEFAULT_TOPIC_PATTERN, both: {} };
  assert.deepEqual(topicNamesFor(patterns, { ...TRADES, schemaVersion: "v1" }), { v1: "market.equities.trades.asx" });
  assert.deepEqual(topicNamesFor(patterns, { ...TRADES, schemaVersion: "v2" }), { v2: "market.equities.trades.asx" });
  assert.deepEqual(topicNamesFor(patterns, { ...TRADES, schemaVersion: "both" }), {
    v1: "market.equities.trades.asx.v1",
    v2: "market.equities.trades.asx",
  });
});

Deno.test("topicNamesFor() refuses one name for both versions even where the patterns differ", () => {
  const patterns = { v1: "market.equities.{data_type}.{exchange}", v2: DEFAULT_TOPIC_PATTERN, both: {} };
  assert.equal(topicPatternsClash(patterns), false);
  assert.throws(() => topicNamesFor(patterns, { ...TRADES, schemaVersion: "both" }), { name: "TopicNameError" });
});

Deno.test("topicPatternFor() prefers the pattern for both versions, then the version's own, then the default", () => {
  const side = { version: "v1", sideBySide: true } as const;
  const alone = { version: "v1", sideBySide: false } as const;
  assert.equal(topicPatternFor({ v2: "b.{data_type}", both: {} }, side), `${DEFAULT_TOPIC_PATTERN}.v1`);
  assert.equal(topicPatternFor({ v2: "b.{data_type}", both: {} }, alone), DEFAULT_TOPIC_PATTERN);
  assert.equal(topicPatternFor({ v1: "a.{data_type}", v2: "b.{data_type}", both: {} }, side), "a.{data_type}");
  const all = { v1: "a.{data_type}", v2: "b.{data_type}", both: { v1: "c.{data_type}", v2: "d.{data_type}" } };
  assert.equal(topicPatternFor(all, side), "c.{data_type}");
  assert.equal(topicPatternFor(all, alone), "a.{data_type}");
  assert.equal(topicPatternFor(all, { version: "v2", sideBySide: true }), "d.{data_type}");
  assert.equal(topicPatternFor(all, { version: "v2", sideBySide: false }), "b.{data_type}");
});

Deno.test("topicPatternsClash() compares the patterns with {version} filled in", () => {
  assert.equal(topicPatternsClash({ v1: "a.{data_type}", v2: "a.{data_type}", both: {} }), true);
  assert.equal(topicPatternsClash({ v1: "a.{version}.{data_type}", v2: "a.{version}.{data_type}", both: {} }), false);
  assert.equal(topicPatternsClash({ v1: "a.{version}.{data_type}", v2: "a.v1.{data_type}", both: {} }), true);
});

const DEFAULTS = { topics: { config: {} }, kafka: { compression: "none" } };

Deno.test("topicSpecFor() keeps a compression that the sends have", () => {
  const exchange = new Catalogue().exchange("ASX");
  const compressions = ["none", "lz4", "zstd", "gzip"].map((compression) =>
    topicSpecFor({ name: "t", dataType: "trades", exchange }, { ...DEFAULTS, kafka: { compression } }).config
  );
  assert.deepEqual(compressions.map((config) => config["compression.type"]), ["lz4", "lz4", "producer", "producer"]);
});

Deno.test("topicSpecFor() takes the partitions of the exchange, and one compacted for reference data", () => {
  const exchange = new Catalogue().exchange("ASX");
  assert.deepEqual(topicSpecFor({ name: "t", dataType: "quotes", exchange }, DEFAULTS), {
    name: "t",
    partitions: 30,
    config: { "compression.type": "lz4" },
  });
  assert.deepEqual(
    topicSpecFor({ name: "r", dataType: "reference_data", exchange }, {
      ...DEFAULTS,
      topics: { replicationFactor: 3, config: {} },
    }),
    {
      name: "r",
      partitions: 1,
      replicationFactor: 3,
      config: { "compression.type": "lz4", "cleanup.policy": "compact", "min.compaction.lag.ms": "60000" },
    },
  );
});

Deno.test("topicSpecFor() has the values of the settings over its own", () => {
  const exchange = new Catalogue().exchange("ASX");
  const own = { "compression.type": "producer", "retention.ms": "-1" };
  assert.deepEqual(
    topicSpecFor({ name: "t", dataType: "trades", exchange }, { ...DEFAULTS, topics: { config: own } }).config,
    own,
  );
});
