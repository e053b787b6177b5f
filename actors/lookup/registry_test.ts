import assert from "node:assert/strict";
import { loadSchema } from "../../schemas/load.ts";
import { otherSubjectRemedy } from "../subject_record.ts";
import type { RuntimeEvent } from "../../telemetry/events.ts";
import { MemoryRegistry } from "../../transport/memory/registry.ts";
import { RegistryError, type SchemaRegistry } from "../../transport/registry.ts";
import { type LoneActor, startAlone } from "../../tests/support/actors.ts";
import { ReplyPort } from "../../kernel/obligation.ts";
import { ManualClock } from "../../kernel/testing.ts";
import type { IdResolution, RegistryMessage, VersionChanged } from "../messages.ts";
import { registryActor, type RegistryActorOptions } from "./registry.ts";

const SUBJECT = "market.equities.trades-value";
const { text, fullName: record } = loadSchema("trade", "v2");
const remedy = otherSubjectRemedy("v2");

interface Bench {
  readonly actor: LoneActor<RegistryMessage>;
  readonly clock: ManualClock;
  readonly registry: MemoryRegistry;
  readonly events: RuntimeEvent[];
  /** Asks, and gives a list that the answers and failures come into. */
  ask(subject?: string, write?: boolean): Promise<(IdResolution | Error)[]>;
}

async function bench(body: (bench: Bench) => Promise<void>, options: Partial<RegistryActorOptions> = {}) {
  const clock = new ManualClock();
  const registry = new MemoryRegistry({ clock });
  const events: RuntimeEvent[] = [];
  const actor = await startAlone(
    registryActor({
      registry,
      address: "http://registry",
      register: true,
      compatibility: null,
      observe: (event) => events.push(event),
      retry: { minMs: 100, maxMs: 1_000 },
      random: () => 1,
      ...options,
    }),
    clock,
  );
  try {
    const ask = async (subject = SUBJECT, write = true) => {
      const answers: (IdResolution | Error)[] = [];
      const replyTo = new ReplyPort<IdResolution>({
        reply: (value) => answers.push(value),
        fail: (cause) => answers.push(cause as Error),
      });
      const question = { type: "resolve_id", subject, record, remedy, version: "v2", epoch: 1, write, text } as const;
      await actor.ref.send({ ...question, replyTo });
      await actor.idle();
      return answers;
    };
    await body({ actor, clock, registry, events, ask });
  } finally {
    await actor[Symbol.asyncDispose]();
    await registry.close();
  }
}

Deno.test("the registry actor registers a schema and answers with its id", async () => {
  await bench(async ({ registry, events, ask }) => {
    assert.deepEqual(await ask(), [{ type: "id", id: 1 }]);
    assert.equal((await registry.version(SUBJECT, "latest")).schema, text);
    assert.equal(await registry.compatibility(SUBJECT), null, "the registry's settings are left alone");
    assert.deepEqual(events, []);
  });
});

Deno.test("the registry actor only looks before there is a record, and refuses what it can see then", async () => {
  await bench(async ({ registry, ask }) => {
    assert.deepEqual(await ask(SUBJECT, false), [{ type: "writable" }]);
    assert.deepEqual(await registry.subjects(), []);
    assert.equal(await registry.compatibility(SUBJECT), null);
    await registry.register(SUBJECT, loadSchema("trade", "v1").text);
    const [refused] = await ask(SUBJECT, false);
    assert.ok(refused && "type" in refused && refused.type === "refused");
    assert.equal(refused.error.code, "other_record");
  }, { compatibility: "FULL" });
  await bench(async ({ registry, ask }) => {
    const [absent] = await ask(SUBJECT, false);
    assert.ok(absent && "type" in absent && absent.type === "refused");
    await registry.register(SUBJECT, text);
    assert.deepEqual(await ask(SUBJECT, false), [{ type: "writable" }]);
  }, { register: false });
});

Deno.test("the registry actor says what helps where a mode takes no new schema, and uses one that is there", async () => {
  await bench(async ({ registry, ask }) => {
    registry.server.faults.next("register", { type: "fail", code: "read_only", status: 422 }, { times: 2 });
    const [refused] = await ask();
    assert.ok(refused && "type" in refused && refused.type === "refused");
    assert.equal(refused.error.code, "read_only");
    assert.match(refused.error.message, /READONLY, READONLY_OVERRIDE or IMPORT.*READWRITE.*schemas register/);
    registry.server.faults.clear();
    const id = await registry.register(SUBJECT, text);
    registry.server.faults.next("register", { type: "fail", code: "read_only", status: 422 });
    assert.deepEqual(await ask(), [{ type: "id", id }]);
  });
});

Deno.test("the registry actor waits as long as the registry asks, up to a minute", async () => {
  for (const [asked, waits] of [[7_000, 7_000], [3_600_000, 60_000], [1, 100]] as const) {
    let calls = 0;
    const busy: SchemaRegistry = Object.create(new MemoryRegistry(), {
      version: {
        value: () => {
          calls += 1;
          return Promise.reject(new RegistryError("server_error", "busy", { status: 429, retryAfterMs: asked }));
        },
      },
    });
    await bench(async ({ clock, ask }) => {
      await ask();
      await clock.advance(waits - 1);
      assert.equal(calls, 1);
      await clock.advance(1);
      assert.equal(calls, 2);
    }, { registry: busy });
  }
});

Deno.test("the registry actor sets a subject's level before it registers, if it is told to", async () => {
  await bench(async ({ registry, ask }) => {
    await ask();
    assert.equal(await registry.compatibility(SUBJECT), "FULL");
    assert.deepEqual(registry.server.calls.slice(0, 3).map(({ call }) => call), [
      "version",
      "set_compatibility",
      "register",
    ]);
  }, { compatibility: "FULL" });
});

Deno.test("the registry actor only looks up, if it may not register", async () => {
  await bench(async ({ registry, ask }) => {
    const [absent] = await ask();
    assert.ok(absent && "type" in absent && absent.type === "refused");
    assert.match(absent.error.message, /Subject "market\.equities\.trades-value" does not hold the v2 schema/);
    assert.deepEqual(await registry.subjects(), []);
    const id = await registry.register(SUBJECT, text);
    assert.deepEqual(await ask(), [{ type: "id", id }]);
  }, { register: false });
});

Deno.test("the registry actor waits for a registry that is away, says so, and answers all that wait when it is back", async () => {
  await bench(async ({ clock, registry, events, ask }) => {
    const away = registry.server.faults.unreachable();
    const first = await ask();
    const second = await ask("another-subject");
    await clock.advance(100 + 200 + 400 + 800 + 1_000 + 1_000);
    assert.deepEqual([first, second], [[], []]);
    const told = events.flatMap((event) =>
      event.type === "registry_unavailable" ? [[event.attempt, event.delayMs]] : []
    );
    assert.deepEqual(told, [[1, 100], [2, 200], [3, 400], [4, 800], [5, 1_000], [6, 1_000], [7, 1_000]]);
    away.release();
    await clock.advance(1_000);
    assert.deepEqual([first.length, second.length], [1, 1]);
    assert.equal(events.filter(({ type }) => type === "registry_available").length, 1);
    const again = registry.server.faults.unreachable({ calls: 1 });
    await ask("third-subject");
    assert.equal(again.used, 1);
    assert.equal(events.at(-1)?.type === "registry_unavailable" && events.at(-1)?.type, "registry_unavailable");
    await clock.advance(100);
    assert.equal(events.at(-1)?.type, "registry_available", "the waits begin anew");
  });
});

Deno.test("the registry actor says that the registry is back, also if the answer is a refusal", async () => {
  await bench(async ({ clock, registry, events, ask }) => {
    registry.server.faults.next("register", { type: "fail", code: "server_error" });
    registry.server.faults.next("register", { type: "fail", code: "unauthorized" });
    const answers = await ask();
    await clock.advance(100);
    assert.ok(answers[0] && "type" in answers[0] && answers[0].type === "refused");
    assert.equal(answers[0].error.code, "unauthorized");
    assert.deepEqual(events.map(({ type }) => type), ["registry_unavailable", "registry_available"]);
  });
});

Deno.test("the registry actor takes what it does not know for an outage, not for an answer", async () => {
  await bench(async ({ clock, registry, ask }) => {
    registry.server.faults.next("register", { type: "fail", code: "malformed_answer" }, { times: 2 });
    const answers = await ask();
    assert.deepEqual(answers, []);
    await clock.advance(300);
    assert.deepEqual(answers, [{ type: "id", id: 1 }]);
  });
});

Deno.test("the registry actor names subject, version and field of a schema that is refused", async () => {
  await bench(async ({ registry, events, ask }) => {
    const schema = JSON.parse(text);
    const earlier = { ...schema, fields: schema.fields.filter(({ name }: { name: string }) => name !== "currency") };
    await registry.register(SUBJECT, JSON.stringify(earlier));
    const [answer] = await ask();
    assert.ok(answer && "type" in answer && answer.type === "refused");
    const { error } = answer;
    assert.equal(
      error.message,
      'Subject "market.equities.trades-value" does not take the v2 schema: field currency (/fields/8): ' +
        "field currency is not written and has no default",
    );
    const { subject, version, path } = error.details;
    assert.deepEqual({ subject, version, path }, { subject: SUBJECT, version: "v2", path: "/fields/8" });
    assert.deepEqual([error.code, error.retriable, events], ["incompatible", false, []]);
  });
});

for (const level of ["NONE", "BACKWARD", "FULL_TRANSITIVE"] as const) {
  for (const register of [true, false]) {
    Deno.test(`the registry actor leaves a subject as it is that holds another record, at ${level}, ${register}`, async () => {
      await bench(async ({ registry, ask }) => {
        const { text: v1 } = loadSchema("trade", "v1");
        await registry.setCompatibility("NONE");
        // Also if the wanted one was there before.
        await registry.register(SUBJECT, text);
        await registry.register(SUBJECT, v1);
        await registry.setCompatibility(level);
        const [answer] = await ask();
        assert.ok(answer && "type" in answer && answer.type === "refused");
        const { error } = answer;
        assert.deepEqual([error.code, error.retriable, error.details.held], [
          "other_record",
          false,
          "com.k2.market_data.Trade",
        ]);
        assert.match(
          error.message,
          /trades-value" holds com\.k2\.market_data\.Trade, and com\.k2\.marketdata\.TradeV2 is/,
        );
        assert.match(error.message, /schemas\.subjects\.v2/);
        assert.equal((await registry.version(SUBJECT, "latest")).schema, v1);
        assert.deepEqual(await registry.versions(SUBJECT), [1, 2]);
        assert.equal(await registry.compatibility(SUBJECT), null, "its level is left alone too");
      }, { register, compatibility: "NONE" });
    });
  }
}

Deno.test("the registry actor registers over a soft-deleted subject, and a new text of the same record over the old", async () => {
  await bench(async ({ registry, ask }) => {
    await registry.register(SUBJECT, loadSchema("trade", "v1").text);
    await registry.deleteSubject(SUBJECT);
    const [answer] = await ask();
    assert.ok(answer && "type" in answer && answer.type === "id");
  });
  await bench(async ({ registry, ask }) => {
    await registry.register(SUBJECT, JSON.stringify({ ...JSON.parse(text), doc: "as the platform has it" }));
    assert.deepEqual(await ask(), [{ type: "id", id: 2 }]);
    assert.deepEqual(await registry.versions(SUBJECT), [1, 2]);
  });
});

Deno.test("the registry actor waits for a registry that does not tell what a subject holds", async () => {
  await bench(async ({ clock, registry, ask }) => {
    registry.server.faults.next("version", { type: "fail", code: "server_error" });
    const answers = await ask();
    assert.deepEqual([answers, await registry.subjects()], [[], []]);
    await clock.advance(100);
    assert.deepEqual(answers, [{ type: "id", id: 1 }]);
  });
});

Deno.test("the registry actor gives the registry's own words where the field cannot be found", async () => {
  await bench(async ({ registry, ask }) => {
    registry.server.faults.next("register", { type: "fail", code: "incompatible", status: 409 });
    const [answer] = await ask();
    assert.ok(answer && "type" in answer && answer.type === "refused");
    assert.match(answer.error.message, /does not take the v2 schema: The script fails register: incompatible/);
    registry.server.faults.next("register", { type: "fail", code: "incompatible", status: 409 });
    registry.server.faults.next("versions", { type: "fail", code: "unreachable" });
    const [second] = await ask();
    assert.ok(second && "type" in second && second.type === "refused");
  });
});

Deno.test("the registry actor fails what it was asked when it dies, also what waits for the registry", async () => {
  await bench(async ({ actor, registry, ask, clock }) => {
    const away = registry.server.faults.unreachable();
    const waiting = await ask();
    const asked = await ask("another-subject");
    await actor.kill();
    assert.deepEqual([waiting, asked].map(([answer]) => (answer as Error).name), Array(2).fill("ActorRestartedError"));
    away.release();
    await clock.advance(10_000);
    assert.deepEqual(await ask(), [{ type: "id", id: 1 }]);
    assert.equal(waiting.length, 1);
  });
});

const toV1: VersionChanged = { type: "version_changed", number: 2, flag: "v1" };

for (const when of ["while it waits", "while it is being restarted"]) {
  Deno.test(`the registry actor registers no version that the flag leaves ${when}`, async () => {
    await bench(async ({ actor, clock, registry, ask }) => {
      registry.server.faults.unreachable({ calls: 1 });
      const first = await ask();
      if (when !== "while it waits") actor.killNow();
      actor.system.notify(toV1);
      await clock.advance(5_000);
      const later = await ask();
      await clock.advance(5_000);
      if (when === "while it waits") assert.deepEqual(first, [{ type: "superseded" }]);
      assert.deepEqual(later, [{ type: "superseded" }]);
      assert.deepEqual(await registry.subjects(), []);
    });
  });
}

Deno.test("the registry actor drops what fails only after the flag has left its version", async () => {
  await bench(async ({ actor, clock, registry, ask }) => {
    registry.server.faults.next("any", { type: "hang" });
    const answers = await ask();
    actor.system.notify(toV1);
    await actor.idle();
    assert.deepEqual(answers, [], "it may be registered by now");
    await clock.advance(120_000);
    assert.deepEqual([answers, await registry.subjects()], [[{ type: "superseded" }], []]);
  });
});
