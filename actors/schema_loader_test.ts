import assert from "node:assert/strict";
import { loadSchema } from "../schemas/load.ts";
import { DEFAULT_SUBJECT_PATTERNS } from "../schemas/subjects.ts";
import type { RuntimeEvent } from "../telemetry/events.ts";
import { RegistryError } from "../transport/registry.ts";
import { type LoneActor, startAlone } from "./_support.ts";
import { AnswerDebt } from "./debt.ts";
import type { ActorRef } from "./kernel/types.ts";
import type { RegistryMessage, ResolveId, SchemaLoaderMessage, SchemaRequest, SchemaResolution } from "./messages.ts";
import { schemaLoaderActor, type SchemaLoaderOptions } from "./schema_loader.ts";

const request: SchemaRequest = {
  kind: "trade",
  version: "v2",
  topic: "market.equities.trades.asx",
  assetClass: "equities",
  exchange: "ASX",
  epoch: 1,
};
const SUBJECT = "market.equities.trades.v2-value";

interface Bench {
  readonly actor: LoneActor<SchemaLoaderMessage>;
  /** What the registry actor was asked. */
  readonly asked: ResolveId[];
  readonly events: RuntimeEvent[];
  ask(request: SchemaRequest): Promise<(SchemaResolution | Error)[]>;
  answer(at: number, id: number): Promise<void>;
}

async function bench(body: (bench: Bench) => Promise<void>, options: Partial<SchemaLoaderOptions> = {}) {
  const asked: ResolveId[] = [];
  const events: RuntimeEvent[] = [];
  const registry: ActorRef<RegistryMessage> = {
    path: "registry",
    trySend: (message) => asked.push(message) > 0,
    send: (message) => Promise.resolve(void asked.push(message)),
  };
  const actor = await startAlone(schemaLoaderActor({
    registry,
    subjects: DEFAULT_SUBJECT_PATTERNS,
    alsoTopicSubject: null,
    observe: (event) => events.push(event),
    ...options,
  }));
  try {
    await body({
      actor,
      asked,
      events,
      ask: async (wanted) => {
        const answers: (SchemaResolution | Error)[] = [];
        const replyTo = new AnswerDebt<SchemaResolution>({
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

Deno.test("the schema loader asks for the schema's text under its subject, once, for everybody who waits", async () => {
  await bench(async ({ asked, ask, answer }) => {
    const first = await ask(request);
    const second = await ask({ ...request, topic: "market.equities.trades.nyse", exchange: "NYSE" });
    assert.deepEqual(subjects(asked), [SUBJECT]);
    assert.equal(asked[0]?.text, loadSchema("trade", "v2").text);
    assert.deepEqual([first, second], [[], []]);
    await answer(0, 7);
    const resolved = { type: "resolved", schema: { kind: "trade", version: "v2", subject: SUBJECT, id: 7 } };
    assert.deepEqual([first, second, await ask(request)], [[resolved], [resolved], [resolved]]);
    assert.equal(asked.length, 1, "what is known is not asked again");
  });
});

Deno.test("the schema loader tells kinds and versions apart, also if a pattern gives them one subject", async () => {
  await bench(async ({ asked, ask, answer }) => {
    const trades = await ask(request);
    const quotes = await ask({ ...request, kind: "quote", topic: "market.equities.quotes.asx" });
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

Deno.test("the schema loader registers under each topic's own subject as well, if it is told to", async () => {
  await bench(async ({ asked, ask, answer }) => {
    const first = await ask(request);
    assert.deepEqual(subjects(asked), [SUBJECT, "market.equities.trades.asx-value"]);
    await answer(1, 7);
    assert.deepEqual(first, [], "both must be answered");
    await answer(0, 7);
    assert.equal(first.length, 1);
    await ask({ ...request, topic: "market.equities.trades.nyse", exchange: "NYSE" });
    assert.deepEqual(subjects(asked.slice(2)), [SUBJECT, "market.equities.trades.nyse-value"]);
    await ask({ ...request, version: "v1" });
    assert.deepEqual(subjects(asked.slice(4)), ["market.equities.trades-value"], "only this version");
  }, { alsoTopicSubject: "v2" });
});

Deno.test("the schema loader gives the id of the pattern's subject, whichever answers last", async () => {
  await bench(async ({ ask, answer }) => {
    const answers = await ask(request);
    await answer(0, 7);
    await answer(1, 8);
    assert.deepEqual(answers.map((each) => "type" in each && each.type === "resolved" && each.schema.id), [7]);
  }, { alsoTopicSubject: "v2" });
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

Deno.test("the schema loader fails everybody who waits when it dies", async () => {
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
    trySend: () => false,
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

Deno.test("the schema loader answers at once who waits for a version that the flag has left, and asks for it no more", async () => {
  await bench(async ({ actor, asked, ask }) => {
    const [v2, v1] = [await ask(request), await ask({ ...request, version: "v1" })];
    actor.system.notify(flag(2, "v1"));
    await actor.idle();
    assert.deepEqual([v2, v1], [[{ type: "superseded" }], []]);
    asked[0]?.replyTo.fail(new Error("the registry actor died"));
    await actor.idle();
    assert.deepEqual(asked.length, 2, "nobody waits for it");
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
