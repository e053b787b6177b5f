import assert from "node:assert/strict";
import { type ActorRef, type ActorSlot, defineActor, defineSupervisor, type StopReason } from "./mod.ts";
import { killActor, probe } from "./testing.ts";
import { BUSY, CALM, gate, startTree, worker } from "./_support.ts";

/** Watches whom it is told to watch, and keeps what it hears. */
function watcher(heard: string[]): ActorSlot<ActorRef<never>> {
  return defineActor<ActorRef<never>, { readonly path: string; readonly reason: StopReason }>({
    id: "watcher",
    capacity: 10,
    start: (context) => ({
      receive: (message) => {
        if ("reason" in message) heard.push(`${message.path} ${message.reason}`);
        else context.watchWith(message, (reason) => ({ path: message.path, reason }));
      },
    }),
  });
}

Deno.test("K12 watchWith() fires exactly once, at the end of the watched incarnation, with its reason", async () => {
  const heard: string[] = [];
  const [a, b, slot] = [worker("a", []), worker("b", [], { restart: "transient" }), watcher(heard)];
  await using tree = await startTree([a, b, slot]);
  for (const target of [a, b]) slot.ref.trySend(target.ref);
  await tree.clock.runUntilIdle();
  assert.deepEqual(heard, []);
  killActor(tree.system, "root/a");
  b.ref.trySend({ type: "finish" });
  await tree.clock.advance(100);
  killActor(tree.system, "root/a");
  await tree.clock.advance(200);
  assert.deepEqual(heard.toSorted(), ["root/a failed", "root/b normal"], "the second end of a was not watched");
});

Deno.test("K12 watchWith() fires at once when the watched incarnation has ended already, and can be set again", async () => {
  const heard: string[] = [];
  const [a, b, slot] = [worker("a", []), worker("b", [], { restart: "temporary" }), watcher(heard)];
  await using tree = await startTree([a, b, slot]);
  killActor(tree.system, "root/a");
  killActor(tree.system, "root/b");
  for (const target of [a, b]) slot.ref.trySend(target.ref);
  await tree.clock.runUntilIdle();
  assert.deepEqual(heard, ["root/a failed", "root/b failed"]);
  await tree.clock.advance(100);
  slot.ref.trySend(a.ref); // the second incarnation runs now
  await tree.clock.runUntilIdle();
  assert.equal(heard.length, 2);
  killActor(tree.system, "root/a");
  await tree.clock.runUntilIdle();
  assert.equal(heard.length, 3);
});

Deno.test("K12 the reasons of an end are normal, shutdown, failed, killed and budget_exhausted", async () => {
  const heard: string[] = [];
  const slot = watcher(heard);
  const shutdown = worker("shutdown", []);
  const killed = worker("killed", [], { shutdownMs: 10 });
  const exhausted = worker("exhausted", [], { work: BUSY });
  const group = defineSupervisor({
    id: "group",
    ...CALM,
    budget: { intensity: 0, periodMs: 1 },
    children: [exhausted],
  });
  await using tree = await startTree([shutdown, killed, group, slot]);
  for (const target of [shutdown, killed, exhausted]) slot.ref.trySend(target.ref);
  killed.ref.trySend({ type: "hold", until: gate().opened, text: "" });
  await tree.clock.runUntilIdle();
  await tree.root.stopChild("shutdown");
  const stopped = tree.root.stopChild("killed");
  await tree.clock.advance(10);
  await stopped;
  killActor(tree.system, "root/group/exhausted");
  await tree.clock.runUntilIdle();
  assert.deepEqual(
    heard,
    ["shutdown shutdown", "killed killed", "root/group/exhausted budget_exhausted"].map((line) => {
      return line.startsWith("root/") ? line : `root/${line}`;
    }),
  );
});

Deno.test("K12 watchWith() works on an actor that starts later, and on a probe", async () => {
  const heard: string[] = [];
  const slot = watcher(heard);
  const later = worker("later", []);
  const stand = probe<string>("stand-in");
  slot.ref.trySend(later.ref);
  slot.ref.trySend(stand.ref);
  await using tree = await startTree([slot, later]);
  await tree.clock.runUntilIdle();
  killActor(tree.system, "root/later");
  stand.end("normal");
  await tree.clock.runUntilIdle();
  assert.deepEqual(heard, ["root/later failed", "stand-in normal"]);
});

Deno.test("ActorContext.stop() ends after the message in hand, also from outside a message", async () => {
  const log: string[] = [];
  const held = gate();
  const slot = worker("a", log, {
    restart: "transient",
    behave: (context, say) => ({
      receive: async () => {
        context.stop();
        await held.opened;
        say("finished the message in hand");
      },
    }),
  });
  const idle = worker("idle", log, {
    restart: "transient",
    prepare: (context) => void context.clock.schedule(10, () => context.stop()),
  });
  await using tree = await startTree([slot, idle]);
  slot.ref.trySend({ type: "note", text: "" });
  await tree.clock.advance(10);
  assert.deepEqual(log.slice(2), ["idle#1 end normal"]);
  held.open();
  await tree.clock.runUntilIdle();
  assert.deepEqual(log.slice(3), ["a#1 finished the message in hand", "a#1 end normal"]);
});
