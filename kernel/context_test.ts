import assert from "node:assert/strict";
import { killActor } from "./testing.ts";
import { gate, startTree, worker } from "./_support.ts";

Deno.test("K12 the reasons of an end are normal, shutdown, failed and killed", async () => {
  const normal = worker("normal", []);
  const killed = worker("killed", [], { shutdownMs: 10 });
  const tree = await startTree([normal, worker("shutdown", []), killed, worker("failed", [])]);
  void killed.ref.send({ type: "hold", until: gate().opened, text: "" });
  void normal.ref.send({ type: "finish" });
  killActor(tree.system, "root/failed");
  await tree.clock.runUntilIdle();
  const stopped = tree.system.stop();
  await tree.clock.advance(10);
  await stopped;
  assert.deepEqual(
    tree.events.of("actor_ended").map(({ path, reason }) => `${path} ${reason}`).toSorted(),
    ["failed", "killed", "normal", "shutdown"].map((reason) => `root/${reason} ${reason}`),
  );
});

Deno.test("ActorContext.stop() ends after the message in hand, also from outside a message", async () => {
  const log: string[] = [];
  const held = gate();
  const slot = worker("a", log, {
    behave: (context, say) => ({
      receive: async () => {
        context.stop();
        await held.opened;
        say("finished the message in hand");
      },
    }),
  });
  const idle = worker("idle", log, {
    prepare: (context) => void context.clock.schedule(10, () => context.stop()),
  });
  await using tree = await startTree([slot, idle]);
  void slot.ref.send({ type: "note", text: "" });
  await tree.clock.advance(10);
  assert.deepEqual(log.slice(2), ["idle#1 end normal"]);
  held.open();
  await tree.clock.runUntilIdle();
  assert.deepEqual(log.slice(3), ["a#1 finished the message in hand", "a#1 end normal"]);
});
