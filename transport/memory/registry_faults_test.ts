import assert from "node:assert/strict";
import { ManualClock } from "../../kernel/testing.ts";
import { RegistryError } from "../registry.ts";
import { MemoryRegistry, MemoryRegistryServer } from "./registry.ts";

const SCHEMA = `{"type":"record","name":"Trade","fields":[{"name":"symbol","type":"string"}]}`;

async function failureOf(promise: Promise<unknown>): Promise<RegistryError> {
  const error = await promise.then(() => assert.fail("it must reject"), (cause: unknown) => cause);
  assert.ok(error instanceof RegistryError, String(error));
  return error;
}

Deno.test("RegistryFaults.next fails a call with code, status and path, of this subject only", async () => {
  const registry = new MemoryRegistry();
  registry.server.faults.next(
    "register",
    { type: "fail", code: "incompatible", status: 409, path: "/fields/1" },
    { subject: "trades" },
  );
  assert.equal(await registry.register("quotes", SCHEMA), 1);
  const error = await failureOf(registry.register("trades", SCHEMA));
  assert.equal(error.code, "incompatible");
  assert.deepEqual(
    { subject: error.details.subject, status: error.details.status, path: error.details.path },
    { subject: "trades", status: 409, path: "/fields/1" },
  );
  assert.equal(await registry.register("trades", SCHEMA), 1);
});

Deno.test("RegistryFaults.unreachable lasts for so many calls, or until it is released", async () => {
  const registry = new MemoryRegistry();
  const { faults } = registry.server;
  faults.unreachable({ calls: 2 });
  for (let call = 0; call < 2; call++) assert.equal((await failureOf(registry.subjects())).code, "unreachable");
  assert.deepEqual(await registry.subjects(), []);
  const down = faults.unreachable();
  assert.equal((await failureOf(registry.subjects())).retriable, true);
  down.release();
  assert.deepEqual(await registry.subjects(), []);
});

Deno.test("RegistryFaults.next hang times out on the clock, and ends when the registry is closed", async () => {
  const clock = new ManualClock();
  const registry = new MemoryRegistry({ clock, requestTimeoutMs: 900 });
  const first = registry.server.faults.next("any", { type: "hang" });
  const timingOut = failureOf(registry.register("trades", SCHEMA));
  await first.reached;
  await clock.advance(900);
  assert.equal((await timingOut).code, "timed_out");
  const second = registry.server.faults.next("any", { type: "hang" });
  const closing = failureOf(registry.register("trades", SCHEMA));
  await second.reached;
  await registry.close();
  assert.equal((await closing).code, "closed");
  assert.equal(clock.pending, 0);
});

Deno.test("MemoryRegistryServer keeps schemas over connections and notes every call", async () => {
  const server = new MemoryRegistryServer({ firstId: 40 });
  const first = new MemoryRegistry(server);
  assert.equal(await first.register("trades", SCHEMA), 40);
  await first.close();
  server.faults.unreachable({ calls: 1 });
  const second = new MemoryRegistry(server);
  await failureOf(second.schemaById(40));
  assert.equal(await second.schemaById(40), SCHEMA);
  assert.deepEqual(server.calls.map(({ call }) => call), ["register", "schema_by_id", "schema_by_id"]);
});

Deno.test("RegistryFaults.next fail with done does the work and loses the answer", async () => {
  const registry = new MemoryRegistry();
  registry.server.faults.next("register", { type: "fail", code: "timed_out", done: true });
  assert.equal((await failureOf(registry.register("trades", SCHEMA))).code, "timed_out");
  assert.deepEqual(await registry.versions("trades"), [1]);
});
