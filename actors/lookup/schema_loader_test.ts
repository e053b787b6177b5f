import assert from "node:assert/strict";
import { loadSchema } from "../../schemas/load.ts";
import { DEFAULT_SUBJECT_PATTERNS } from "../../config/subjects.ts";
import type { RuntimeEvent } from "../../telemetry/events.ts";
import { RegistryError } from "../../transport/registry.ts";
import { LogError } from "../../transport/log.ts";
import type { TopicSample } from "../../transport/topic_contents.ts";
import { otherRecordError } from "../subject_record.ts";
import { TopicRefusedError } from "../topic_refused_error.ts";
import { type LoneActor, startAlone } from "../../tests/support/actors.ts";
import { ReplyPort } from "../../kernel/obligation.ts";
import type { ActorRef } from "../../kernel/types.ts";
import type { RegistryMessage, ResolveId, SchemaLoaderMessage, SchemaRequest, SchemaResolution } from "../messages.ts";
import { schemaLoaderActor, type SchemaLoaderOptions } from "./schema_loader.ts";

const request: SchemaRequest = {
  kind: "trade",
  version: "v2",
  topic: "market.equities.trades.asx",
  assetClass: "equities",
  exchange: "ASX",
  epoch: 1,
  write: true,
};
const SUBJECT = "market.equities.trades-value";

interface Bench {
  readonly actor: LoneActor<SchemaLoaderMessage>;
  /** What the registry actor was asked. */
  readonly asked: ResolveId[];
  readonly events: RuntimeEvent[];
  /** The records that the topics are told to get. */
  readonly begun: (readonly [topic: string, record: string])[];
  ask(request: SchemaRequest): Promise<(SchemaResolution | Error)[]>;
  answer(at: number, id: number): Promise<void>;
}

interface BenchOptions extends Partial<SchemaLoaderOptions> {
  readonly sample?: (topic: string) => Promise<TopicSample>;
}

/** A topic with these records, one in each partition. */
function holding(...names: readonly string[]): Promise<TopicSample> {
  const records = names.map((name, partition) => ({ partition, key: null, name }));
  return Promise.resolve({ partitions: names.length, records, begun: new Set() });
}

async function bench(
  body: (bench: Bench) => Promise<void>,
  { sample = () => holding(), ...options }: BenchOptions = {},
) {
  const asked: ResolveId[] = [];
  const events: RuntimeEvent[] = [];
  const begun: (readonly [topic: string, record: string])[] = [];
  const registry: ActorRef<RegistryMessage> = {
    path: "registry",
    send: (message) => Promise.resolve(void asked.push(message)),
  };
  const actor = await startAlone(schemaLoaderActor({
    registry,
    subjects: DEFAULT_SUBJECT_PATTERNS,
    topicSubject: false,
    contents: { begin: (...names) => begun.push(names), sample },
    rules: { foreign: "refuse", mixed: "tell", partitioner: "murmur2" },
    observe: (event) => events.push(event),
    retry: { minMs: 100, maxMs: 1_000 },
    random: () => 1,
    ...options,
  }));
  try {
    await body({
      actor,
      asked,
      events,
      begun,
      ask: async (wanted) => {
        const answers: (SchemaResolution | Error)[] = [];
        const replyTo = new ReplyPort<SchemaResolution>({
          reply: (value) => answers.push(value),
          fail: (cause) => answers.push(cause as Error),
        });
        await actor.ref.send({ type: "resolve_schema", request: wanted, replyTo });
        await actor.idle();
        return answers;
      },
      answer: async (at, id) => {
        asked[at]?.replyTo.reply({ type: "id", id });
        await actor.idle();
      },
    });
  } finally {
    await actor[Symbol.asyncDispose]();
  }
}

const subjects = (asked: readonly ResolveId[]) => asked.map(({ subject }) => subject);

Deno.test("the schema loader asks for the schema's text under its subject, once, for all that wait", async () => {
  await bench(async ({ asked, ask, answer }) => {
    const first = await ask(request);
    const second = await ask(request);
    assert.deepEqual(subjects(asked), [SUBJECT]);
    assert.equal(asked[0]?.text, loadSchema("trade", "v2").text);
    assert.deepEqual([first, second], [[], []]);
    await answer(0, 7);
    const resolved = { type: "resolved", schema: { kind: "trade", version: "v2", subject: SUBJECT, id: 7 } };
    assert.deepEqual([first, second, await ask(request)], [[resolved], [resolved], [resolved]]);
    assert.equal(asked.length, 1, "what is known is not asked again");
  });
});

Deno.test("the schema loader registers nothing for a record that is not there yet, and does for the first one", async () => {
  await bench(async ({ actor, asked, begun, ask, answer }) => {
    const looked = await ask({ ...request, write: false });
    for (const at of [0, 1]) {
      asked[at]?.replyTo.reply({ type: "writable" });
      await actor.idle();
    }
    assert.deepEqual(looked, [{ type: "writable" }]);
    assert.deepEqual(asked.map(({ write }) => write), [false, false], "the subject of the pattern and the topic's");
    assert.deepEqual(begun, []);
    const written = await ask(request);
    await answer(2, 7);
    await answer(3, 7);
    const resolved = { type: "resolved", schema: { kind: "trade", version: "v2", subject: SUBJECT, id: 7 } };
    assert.deepEqual(asked.slice(2).map(({ write }) => write), [true, true]);
    assert.deepEqual([written, begun.length], [[resolved], 1]);
    assert.deepEqual(await ask({ ...request, write: false }), [resolved], "what is known is not looked for again");
    assert.equal(asked.length, 4);
  }, { topicSubject: true });
});

Deno.test("the schema loader tells kinds and versions apart, also if patterns give them one topic and one subject", async () => {
  await bench(async ({ asked, ask, answer }) => {
    const trades = await ask(request);
    const quotes = await ask({ ...request, kind: "quote" });
    await answer(0, 1);
    await answer(1, 2);
    const ids = [...trades, ...quotes].map((each) => "type" in each && each.type === "resolved" ? each.schema.id : 0);
    assert.deepEqual(ids, [1, 2]);
    assert.deepEqual(asked.map(({ text }) => JSON.parse(text).name), ["TradeV2", "QuoteV2"]);
    assert.deepEqual(subjects(asked), ["all-v2", "all-v2"]);
    const v1 = await ask({ ...request, version: "v1" });
    await answer(2, 3);
    assert.equal(v1.length, 1);
  }, { subjects: { v1: "all-{version}", v2: "all-{version}" } });
});

const TOPIC_SUBJECT = "market.equities.trades.asx-value";

Deno.test("the schema loader registers in each topic's own subject as well, after the one of the settings", async () => {
  await bench(async ({ asked, begun, ask, answer }) => {
    const first = await ask(request);
    assert.deepEqual(subjects(asked), [SUBJECT], "a refusal there leaves the topic's as it is");
    await answer(0, 7);
    assert.deepEqual([first, begun], [[], []], "both must be answered");
    await answer(1, 8);
    const resolved = { type: "resolved", schema: { kind: "trade", version: "v2", subject: SUBJECT, id: 7 } };
    assert.deepEqual(first, [resolved], "the id of the first");
    assert.deepEqual(begun, [["market.equities.trades.asx", TRADE_V2]]);
    await ask({ ...request, topic: "market.equities.trades.nyse", exchange: "NYSE" });
    await answer(2, 7);
    await ask({ ...request, version: "v1", topic: "market.equities.trades.asx.v1" });
    await answer(4, 9);
    assert.deepEqual(subjects(asked), [
      SUBJECT,
      TOPIC_SUBJECT,
      SUBJECT,
      "market.equities.trades.nyse-value",
      "market.equities.trades.v1-value",
      "market.equities.trades.asx.v1-value",
    ]);
    const wanted = asked.map(({ record, remedy }) => `${record.split(".").at(-1)} ${remedy.split(" ")[0]}`);
    assert.deepEqual(wanted.slice(0, 2), ["TradeV2 schemas.subjects.v2", "TradeV2 topics.pattern"]);
  }, { topicSubject: true });
});

Deno.test("the schema loader registers once where the pattern makes the topic's subject", async () => {
  await bench(async ({ asked, ask, answer }) => {
    const answers = await ask(request);
    await answer(0, 7);
    assert.deepEqual([subjects(asked), answers.length], [[TOPIC_SUBJECT], 1]);
  }, { topicSubject: true, subjects: { v1: "TopicNameStrategy", v2: "TopicNameStrategy" } });
});

const TRADE_V1 = "com.k2.market_data.Trade";
const TRADE_V2 = "com.k2.marketdata.TradeV2";

/** What is in the topic's subject, what in the topic, and whether the schema is to be had. */
const HELD: readonly (readonly [string, readonly string[], boolean])[] = [
  [TRADE_V1, [], false],
  [TRADE_V1, [TRADE_V1], true],
  [TRADE_V1, [TRADE_V2], true],
  ["com.k2.marketdata.crypto.NormalizedTrade", [TRADE_V2], false],
];

for (const [held, records, taken] of HELD) {
  const what = `${held} while the topic has ${records.join(", ") || "nothing"}`;
  Deno.test(`the schema loader ${taken ? "keeps" : "refuses"} a topic's subject that holds ${what}`, async () => {
    let looks = 0;
    const sample = () => holding(...records).finally(() => looks++);
    await bench(async ({ asked, actor, events, ask, answer, begun }) => {
      const answers = await ask(request);
      await answer(0, 7);
      const error = otherRecordError(held, { subject: TOPIC_SUBJECT, record: TRADE_V2, remedy: "r" });
      asked[1]?.replyTo.reply({ type: "refused", error });
      await actor.idle();
      const resolved = { type: "resolved", schema: { kind: "trade", version: "v2", subject: SUBJECT, id: 7 } };
      assert.deepEqual(answers, [taken ? resolved : { type: "refused", error }]);
      assert.equal(begun.length, taken ? 1 : 0);
      assert.deepEqual(events.at(-1)?.type, taken ? "topic_subject_kept" : "schema_refused");
      if (taken) assert.deepEqual([(await ask(request)).length, asked.length], [1, 2], "remembered, and told once");
      assert.equal(looks, 1);
    }, { topicSubject: true, sample });
  });
}

Deno.test("the schema loader looks at the topic before it asks for anything, again while the log is away, and says so", async () => {
  let looks = 0;
  const sample = () => ++looks < 3 ? Promise.reject(new LogError("unreachable", "no broker")) : holding(TRADE_V2);
  await bench(async ({ asked, actor, events, ask, answer }) => {
    const answers = await ask(request);
    assert.deepEqual(asked, []);
    await actor.clock.advance(300);
    await answer(0, 7);
    assert.equal(answers.length, 1);
    const told = events.flatMap((event) => event.type === "topic_unread" ? [[event.attempt, event.delayMs]] : []);
    assert.deepEqual(told, [[1, 100], [2, 200]]);
  }, { sample });
});

Deno.test("the schema loader refuses where the topic may not be read, and drops a look that no question waits for", async () => {
  const denied = new LogError("unauthorized", "no right to read");
  await bench(async ({ asked, ask }) => {
    assert.deepEqual([await ask(request), asked], [[{ type: "refused", error: denied }], []]);
  }, { sample: () => Promise.reject(denied) });
  let looks = 0;
  const sample = () => Promise.reject(new LogError("unreachable", `look ${++looks}`));
  await bench(async ({ actor, ask }) => {
    const answers = await ask(request);
    actor.system.notify(flag(2, "v1"));
    await actor.clock.advance(60_000);
    assert.deepEqual([answers, looks], [[{ type: "superseded" }], 1]);
  }, { sample });
});

Deno.test("the schema loader refuses a topic by what it holds, and neither registers nor begins anything", async () => {
  const foreign = "com.k2.marketdata.crypto.NormalizedTrade";
  let held = [TRADE_V2, foreign];
  await bench(async ({ asked, ask, begun, events }) => {
    const [refused] = await ask(request);
    assert.ok(refused !== undefined && "type" in refused && refused.type === "refused");
    assert.ok(refused.error instanceof TopicRefusedError);
    assert.deepEqual([refused.error.code, asked, begun], ["foreign_record", [], []]);
    assert.deepEqual(events.map(({ type }) => type), ["topic_refused"]);
    held = [];
    await ask(request);
    assert.equal(asked.length, 1, "not remembered");
  }, { sample: () => holding(...held), topicSubject: true });
});

Deno.test("the schema loader tells once of a topic that holds the other version, for any number of questions", async () => {
  await bench(async ({ ask, answer, events }) => {
    const answers = [await ask(request), await ask(request)];
    await answer(0, 7);
    answers.push(await ask(request));
    assert.deepEqual(answers.map(({ length }) => length), [1, 1, 1]);
    const told = events.flatMap((event) => event.type === "topic_doubted" ? [event.about] : []);
    assert.deepEqual(told, ["mixed_versions"]);
  }, { sample: () => holding(TRADE_V1) });
});

Deno.test("the schema loader passes a refusal on, with an event, and asks anew the next time", async () => {
  await bench(async ({ asked, actor, events, ask, answer }) => {
    const answers = await ask(request);
    const error = new RegistryError("incompatible", "409", { subject: SUBJECT, path: "/fields/1" });
    asked[0]?.replyTo.reply({ type: "refused", error });
    await actor.idle();
    assert.deepEqual(answers, [{ type: "refused", error }]);
    assert.deepEqual(events, [
      { type: "schema_refused", stage: "schemas", subject: SUBJECT, version: "v2", path: "/fields/1", cause: error },
    ]);
    const later = await ask(request);
    await answer(1, 9);
    assert.equal(later.length, 1);
  });
});

Deno.test("the schema loader asks again when the registry actor died with the question", async () => {
  await bench(async ({ asked, actor, ask, answer }) => {
    const answers = await ask(request);
    asked[0]?.replyTo.fail(new Error("registry died"));
    await actor.idle();
    assert.equal(asked.length, 2);
    assert.deepEqual(answers, []);
    await answer(1, 7);
    assert.equal(answers.length, 1);
  });
});

Deno.test("the schema loader fails all questions that wait when it dies", async () => {
  await bench(async ({ actor, ask, answer }) => {
    const answers = [await ask(request), await ask(request)];
    await actor.kill();
    assert.deepEqual(answers.map(([cause]) => (cause as Error).name), ["ActorRestartedError", "ActorRestartedError"]);
    const later = await ask(request);
    await answer(1, 7);
    assert.equal(later.length, 1);
  });
});

Deno.test("the schema loader that dies while the registry actor has no room asks nothing afterwards", async () => {
  const asked: RegistryMessage[] = [];
  let room: () => void = () => {};
  const registry: ActorRef<RegistryMessage> = {
    path: "registry",
    send: (message, { signal } = {}) =>
      new Promise((resolve, reject) => {
        signal?.addEventListener("abort", () => reject(signal.reason));
        room = () => signal?.aborted ? undefined : resolve(void asked.push(message));
      }),
  };
  await bench(async ({ actor, ask }) => {
    const [answer] = [await ask(request)];
    await actor.kill();
    room();
    await actor.idle();
    assert.deepEqual([asked.length, answer.length], [0, 1]);
  }, { registry });
});

const flag = (number: number, value: "v1" | "v2" | "both") => ({ type: "version_changed", number, flag: value });

Deno.test("the schema loader answers at once a question about a version that the flag has left, and drops it", async () => {
  await bench(async ({ actor, asked, ask }) => {
    const [v2, v1] = [await ask(request), await ask({ ...request, version: "v1" })];
    actor.system.notify(flag(2, "v1"));
    await actor.idle();
    assert.deepEqual([v2, v1], [[{ type: "superseded" }], []]);
    asked[0]?.replyTo.fail(new Error("the registry actor died"));
    await actor.idle();
    assert.deepEqual(asked.length, 2, "no question waits for it");
    assert.deepEqual(await ask(request), [{ type: "superseded" }], "asked under the old epoch");
    await ask({ ...request, epoch: 3 });
    assert.deepEqual(asked.at(-1)?.epoch, 3, "of an epoch that it has not heard of yet");
  });
});

Deno.test("the schema loader that is being restarted hears of the epoch, and an older notice changes nothing", async () => {
  await bench(async ({ actor, asked, ask }) => {
    actor.killNow();
    actor.system.notify(flag(3, "v1"));
    await actor.clock.advance(10);
    actor.system.notify(flag(2, "v2"));
    await actor.idle();
    assert.deepEqual([await ask(request), asked], [[{ type: "superseded" }], []]);
  });
});

Deno.test("the schema loader asks again if the registry has dropped a question whose version is wanted again", async () => {
  await bench(async ({ actor, asked, ask, answer }) => {
    await ask(request);
    for (const [number, value] of [[2, "v1"], [3, "v2"]] as const) actor.system.notify(flag(number, value));
    const again = await ask({ ...request, epoch: 3 });
    asked.at(-1)?.replyTo.reply({ type: "superseded" });
    await actor.idle();
    assert.deepEqual(asked.map(({ epoch }) => epoch), [1, 3, 3]);
    await answer(2, 7);
    assert.equal(again.length, 1);
  });
});
