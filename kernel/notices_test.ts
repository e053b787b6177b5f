import assert from "node:assert/strict";
import { type ActorSlot, defineActor, defineSupervisor, type Notice } from "./mod.ts";
import { killActor } from "./testing.ts";
import { CALM, gate, startTree } from "./_support.ts";

interface Flag extends Notice {
  readonly type: "flag";
  readonly epoch: number;
}

/** Handles rows under the epoch it was told of last. */
function converter(id: string, seen: string[], options: { readonly until?: Promise<void> } = {}): ActorSlot<string> {
  return defineActor<string>({
    id,
    capacity: 100,
    start: (context) => {
      let epoch = 0;
      return {
        notice: (notice) => {
          if (isFlag(notice)) epoch = notice.epoch;
          seen.push(`${id}#${context.incarnation} ${notice.type} ${epoch}`);
        },
        receive: async (row) => {
          const admitted = epoch; // a batch keeps the epoch under which it was admitted
          if (row === "hold") await options.until;
          if (row === "crash") throw new Error("crash");
          seen.push(`${id}#${context.incarnation} ${row} under ${admitted}`);
        },
      };
    },
  });
}

function isFlag(notice: Notice): notice is Flag {
  return notice.type === "flag";
}

const flag = (epoch: number): Flag => ({ type: "flag", epoch });

Deno.test("K17 a notice reaches every live actor, before queued user messages; the batch in hand finishes as it was", async () => {
  const seen: string[] = [];
  const held = gate();
  const [a, b] = [converter("a", seen, { until: held.opened }), converter("b", seen)];
  const group = defineSupervisor({ id: "group", ...CALM, children: [b] });
  await using tree = await startTree([a, group]);
  for (const row of ["hold", "one"]) void a.ref.send(row);
  void b.ref.send("two");
  await tree.clock.runUntilIdle();
  tree.system.notify(flag(1));
  void a.ref.send("three");
  await tree.clock.runUntilIdle();
  held.open();
  await tree.clock.runUntilIdle();
  assert.deepEqual(seen, [
    "b#1 two under 0",
    "b#1 flag 1",
    "a#1 hold under 0",
    "a#1 flag 1",
    "a#1 one under 1",
    "a#1 three under 1",
  ]);
});

Deno.test("K17 the latest notice of each type reaches every later incarnation and child before its first user message", async () => {
  const seen: string[] = [];
  const a = converter("a", seen);
  await using tree = await startTree([a]);
  for (const epoch of [1, 2]) tree.system.notify(flag(epoch));
  tree.system.notify({ type: "other" });
  await tree.clock.runUntilIdle();
  killActor(tree.system, "root/a");
  void a.ref.send("queued");
  tree.system.notify(flag(3)); // no incarnation runs; the next one gets it, once
  seen.length = 0;
  await tree.clock.advance(100);
  assert.deepEqual(seen, ["a#2 other 0", "a#2 flag 3", "a#2 queued under 3"]);
  seen.length = 0;
  const ref = await tree.root.startChild<string, never>({
    id: "b",
    capacity: 10,
    start: () => ({
      notice: (notice) => void seen.push(`b ${notice.type}`),
      receive: (row) => void seen.push(`b ${row}`),
    }),
  });
  void ref.send("first");
  await tree.clock.runUntilIdle();
  assert.deepEqual(seen, ["b other", "b flag", "b first"]);
});

Deno.test("K17 a notice that comes while an actor starts is given once, after the start", async () => {
  const seen: string[] = [];
  const held = gate();
  await using tree = await startTree([]);
  const started = tree.root.startChild<string, never>({
    id: "slow",
    capacity: 10,
    start: async () => {
      await held.opened;
      return { notice: ({ type }) => void seen.push(type), receive: (row) => void seen.push(row) };
    },
  });
  await tree.clock.runUntilIdle();
  tree.system.notify(flag(1));
  held.open();
  await (await started).send("row");
  await tree.clock.runUntilIdle();
  assert.deepEqual(seen, ["flag", "row"]);
});

Deno.test("K17 no notice is lost to a crash: an incarnation that dies with one in its lane leaves it to the next", async () => {
  const seen: string[] = [];
  const a = converter("a", seen, { until: gate().opened });
  await using tree = await startTree([a]);
  for (const row of ["hold", "row"]) void a.ref.send(row);
  await tree.clock.runUntilIdle();
  tree.system.notify(flag(1)); // into the lane, behind the row that holds
  killActor(tree.system, "root/a");
  await tree.clock.advance(100);
  assert.deepEqual(seen, ["a#2 flag 1", "a#2 row under 1"]);
});

Deno.test("K6 a notice handler that throws ends the incarnation", async () => {
  const a = defineActor<string>({
    id: "a",
    capacity: 1,
    start: (context) => ({
      receive() {},
      notice: () => {
        if (context.incarnation === 1) throw new Error("notice broke");
      },
    }),
  });
  await using tree = await startTree([a]);
  tree.system.notify(flag(1));
  await tree.clock.advance(100);
  assert.equal(tree.at("root/a").incarnation, 2);
});
