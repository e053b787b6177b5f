import assert from "node:assert/strict";
import { MemoryLog } from "../transport/memory/log.ts";
import { MemoryRegistry } from "../transport/memory/registry.ts";
import { LogError } from "../transport/log.ts";
import type { RuntimeEvent } from "../telemetry/events.ts";
import { awaitFirstContact, ConnectError } from "./first_contact.ts";
import { ManualClock } from "../kernel/manual_clock.ts";

const ADDRESSES = { brokers: "b:1,b:2", registry: "http://r" };

/** Awaits contact on a clock of its own; `settled` is null while it waits. */
function contact(options: { readonly timeoutMs?: number; readonly addresses?: ConnectError["addresses"] } = {}) {
  const { timeoutMs = 30_000, addresses = ADDRESSES } = options;
  const clock = new ManualClock();
  const [log, registry] = [new MemoryLog({ clock }), new MemoryRegistry({ clock })];
  const events: RuntimeEvent[] = [];
  let settled: { readonly error: unknown } | null = null;
  const begin = () => {
    const observe = (event: RuntimeEvent) => void events.push(event);
    awaitFirstContact({ addresses, log, registry }, { timeoutMs, clock, observe, random: () => 0 }).then(
      () => settled = { error: null },
      (error) => settled = { error },
    );
  };
  const told = () => events.flatMap((event) => event.type === "server_awaited" ? [event.server] : []);
  return { clock, log, registry, begin, told, settled: () => settled };
}

Deno.test("awaitFirstContact() says which servers have not answered in time, with their last cause and all addresses", async () => {
  const { clock, log, registry, begin, settled, told } = contact();
  log.broker.faults.unreachable();
  registry.server.faults.next("compatibility", { type: "hang" });
  begin();
  await clock.advance(29_999);
  assert.equal(settled(), null);
  await clock.advance(1);
  const error = settled()?.error;
  assert.ok(error instanceof ConnectError);
  assert.deepEqual(error.silent.map(({ server, address }) => [server, address]), [
    ["brokers", "b:1,b:2"],
    ["registry", "http://r"],
  ]);
  assert.ok(error.cause instanceof LogError && error.cause.code === "unreachable");
  assert.match(
    error.message,
    /^brokers b:1,b:2 have not answered within 30 s: .*; registry http:\/\/r has not answered/,
  );
  assert.deepEqual(error.addresses, ADDRESSES);
  assert.equal(clock.pending, 0);
  assert.equal(told().filter((server) => server === "registry").length, 5, "a try that hangs is told every 5 s");
  assert.ok(told().includes("brokers"));
});

Deno.test("awaitFirstContact() resolves once a server that came late has answered", async () => {
  const { clock, log, begin, settled } = contact();
  const away = log.broker.faults.unreachable();
  begin();
  await clock.advance(20_000);
  assert.equal(settled(), null);
  away.release();
  await clock.advance(5_000);
  assert.deepEqual(settled(), { error: null });
  assert.equal(clock.pending, 0);
});

Deno.test("awaitFirstContact() takes a refusal for an answer", async () => {
  const { clock, log, registry, begin, settled } = contact();
  log.broker.faults.next("cluster_id", { type: "fail", code: "unauthenticated" });
  registry.server.faults.next("compatibility", { type: "fail", code: "unauthorized" });
  begin();
  await clock.advance(0);
  assert.deepEqual(settled(), { error: null });
});

Deno.test("awaitFirstContact() does not ask what is embedded", async () => {
  const { clock, log, registry, begin, settled } = contact({ addresses: { brokers: null, registry: null } });
  log.broker.faults.unreachable();
  registry.server.faults.next("compatibility", { type: "hang" });
  begin();
  await clock.advance(0);
  assert.deepEqual(settled(), { error: null });
});

Deno.test("awaitFirstContact() waits for ever if it is told so", async () => {
  const { clock, log, begin, settled } = contact({ timeoutMs: Infinity });
  const away = log.broker.faults.unreachable();
  begin();
  await clock.advance(3_600_000);
  assert.equal(settled(), null);
  away.release();
  await clock.advance(5_000);
  assert.deepEqual(settled(), { error: null });
});
