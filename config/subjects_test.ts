import assert from "node:assert/strict";
import {
  DEFAULT_SUBJECT_PATTERNS,
  streamSubjects,
  SUBJECT_STRATEGIES,
  subjectFor,
  type SubjectParts,
  subjectPatternProblem,
} from "./subjects.ts";

const PARTS: SubjectParts = {
  topic: "market.equities.trades.asx",
  assetClass: "equities",
  dataType: "trades",
  exchange: "ASX",
  record: "com.k2.marketdata.TradeV2",
  version: "v2",
};

Deno.test("subjectFor keeps v1 and v2 apart by default", () => {
  assert.equal(subjectFor(DEFAULT_SUBJECT_PATTERNS.v1, { ...PARTS, version: "v1" }), "market.equities.trades.v1-value");
  assert.equal(subjectFor(DEFAULT_SUBJECT_PATTERNS.v2, PARTS), "market.equities.trades-value");
  const reference: SubjectParts = { ...PARTS, dataType: "reference_data" };
  assert.equal(subjectFor(DEFAULT_SUBJECT_PATTERNS.v2, reference), "market.equities.reference_data-value");
});

Deno.test("streamSubjects adds the topic's own subject, once, unless it is not wanted", () => {
  const own = "market.equities.trades-value";
  const ofTopic = "market.equities.trades.asx-value";
  const pattern = DEFAULT_SUBJECT_PATTERNS.v2;
  assert.deepEqual(streamSubjects(PARTS, { pattern, topicSubject: true }), { own, ofTopic });
  assert.deepEqual(streamSubjects(PARTS, { pattern, topicSubject: false }), { own, ofTopic: null });
  assert.deepEqual(streamSubjects(PARTS, { pattern: "TopicNameStrategy", topicSubject: true }), {
    own: ofTopic,
    ofTopic: null,
  });
});

Deno.test("subjectFor knows the three standard strategies by name", () => {
  const subjects = Object.keys(SUBJECT_STRATEGIES).map((strategy) => [strategy, subjectFor(strategy, PARTS)]);
  assert.deepEqual(Object.fromEntries(subjects), {
    TopicNameStrategy: "market.equities.trades.asx-value",
    RecordNameStrategy: "com.k2.marketdata.TradeV2",
    TopicRecordNameStrategy: "market.equities.trades.asx-com.k2.marketdata.TradeV2",
  });
});

Deno.test("subjectFor fills every placeholder, as often as it stands there, the exchange in lower case", () => {
  const pattern = "{topic}|{asset_class}|{data_type}|{exchange}|{record}|{version}|{version}";
  assert.equal(
    subjectFor(pattern, PARTS),
    "market.equities.trades.asx|equities|trades|asx|com.k2.marketdata.TradeV2|v2|v2",
  );
});

Deno.test("subjectFor takes what a part says as it is, also if it looks like a placeholder", () => {
  assert.equal(subjectFor("{topic}-value", { ...PARTS, topic: "{version}$&" }), "{version}$&-value");
});

Deno.test("subjectPatternProblem names an unknown placeholder, and subjectFor throws it", () => {
  for (const name of ["topik", "assetClass", "", "constructor", " topic "]) {
    assert.match(subjectPatternProblem(`a-{${name}}`) ?? "", new RegExp(`^\\{${name}\\} is not a placeholder`));
  }
  for (const pattern of ["{topik}", "{topic", "topic}", "{{topic}}", "", "  ", "fixed-value"]) {
    assert.notEqual(subjectPatternProblem(pattern), null, pattern);
    assert.throws(() => subjectFor(pattern, PARTS), TypeError);
  }
  assert.throws(() => subjectFor("{topik}-value", PARTS), {
    message: 'Cannot use the subject pattern "{topik}-value": {topik} is not a placeholder. Did you mean "topic"?',
  });
});

Deno.test("subjectPatternProblem takes the defaults and the strategies", () => {
  for (const pattern of [...Object.values(DEFAULT_SUBJECT_PATTERNS), ...Object.keys(SUBJECT_STRATEGIES)]) {
    assert.equal(subjectPatternProblem(pattern), null);
  }
});
