import assert from "node:assert/strict";
import fc from "fast-check";
import { type ActorRef, type ActorSpec, defineSupervisor, type SupervisorSlot, type TreeSnapshot } from "./mod.ts";
import { killActor } from "./testing.ts";
import { Debt, startTree, type Tree } from "./_support.ts";

type Job = { readonly id: number; readonly kind: "quick" | "slow" | "crash" | "finish"; readonly owes?: Debt };

/** What a step does to the tree; its number chooses an actor, modulo how many there are. */
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant("send" as const), to: fc.nat(20), owes: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("slow" as const), to: fc.nat(20), owes: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("crash" as const), to: fc.nat(20), owes: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("finish" as const), to: fc.nat(20) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("kill" as const), to: fc.nat(20) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("wait" as const), ms: fc.nat(400) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("startChild" as const), in: fc.nat(2), id: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("notify" as const) }) },
);

/** Follows every message and every incarnation of one run. */
class Account {
  readonly handled: number[] = [];
  readonly debts: Debt[] = [];
  readonly live = new Map<string, number>();
  sent = 0;

  spec(id: string, path: string): ActorSpec<Job> {
    return {
      id,
      significant: !id.endsWith("1"), // some end alone
      capacity: 3,
      shutdownMs: 150,
      obligation: (job) => job.owes,
      start: async (context) => {
        await context.clock.sleep(5, context.signal);
        this.live.set(path, (this.live.get(path) ?? 0) + 1);
        assert.equal(this.live.get(path), 1, `two incarnations of ${path} at the same time`);
        return {
          receive: async ({ id, kind, owes }) => {
            if (kind === "slow") await context.clock.sleep(120, context.signal);
            if (kind === "crash") throw new Error("crash");
            if (kind === "finish") context.stop();
            if (owes === undefined) this.handled.push(id);
            else if (id % 3 !== 0) owes.settle(); // the others stay open, as pipelined work does
          },
          drain: () => context.clock.sleep(40, context.signal),
          end: async () => {
            await context.clock.sleep(10);
            this.live.set(path, (this.live.get(path) ?? 0) - 1);
          },
        };
      },
    };
  }

  /** What became of the messages without obligation. One that was killed between its last line and its end is in hand. */
  close(tree: Tree): { readonly handled: number[]; readonly lettered: number[]; readonly inHand: number[] } {
    const letters = tree.events.of("dead_letter").flatMap(({ reason, message }) => {
      const { id, owes } = message as Job;
      return owes === undefined ? [{ reason, id }] : [];
    });
    const ids = (wanted: boolean) =>
      letters.filter(({ reason }) => (reason === "in_hand") === wanted).map(({ id }) => id);
    return { handled: this.handled, lettered: ids(false), inHand: ids(true) };
  }

  job(kind: Job["kind"], owes: boolean): Job {
    const debt = new Debt();
    if (owes) this.debts.push(debt);
    return { id: this.sent++, kind, ...(owes ? { owes: debt } : {}) };
  }
}

Deno.test("K8 K9 K11 after any steps, no message is lost, no actor runs twice, and the tree recovers", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 0, max: 20 }),
      fc.array(step, { maxLength: 60, size: "max" }),
      async (intensity, steps) => {
        const account = new Account();
        const limits = {
          budget: { intensity, periodMs: 2_000 },
          backoff: { minMs: 50, maxMs: 200, resetAfterMs: 500 },
        };
        const middle = defineSupervisor({ id: "middle", ...limits, children: [] });
        await using tree = await startTree([middle], limits);
        const supervisors = [tree.root, middle];
        const refs: ActorRef<Job>[] = [];
        for (const id of ["fixed0", "fixed1", "fixed2"]) {
          for (const supervisor of supervisors) {
            const started = supervisor.startChild(account.spec(id, `${supervisor.path}/${id}`));
            await tree.clock.advance(5);
            refs.push(await started);
          }
        }
        for (const one of steps) await play(one, { tree, account, supervisors, refs });
        await tree.clock.advance(20_000);
        assertSettled(tree);
        const stopped = tree.system.stop();
        await tree.clock.advance(60_000);
        await Promise.all([stopped, tree.system.done]);
        const { handled, lettered, inHand } = account.close(tree);
        const seen = new Set([...handled, ...lettered, ...inHand]);
        assert.equal(seen.size, account.sent - account.debts.length, "a message without obligation got lost");
        assert.equal(handled.length + lettered.length, new Set([...handled, ...lettered]).size, "or came twice");
        assert.ok(account.debts.every((debt) => debt.settled), "every obligation is settled in the end");
        assert.ok([...account.live.values()].every((count) => count === 0), "every incarnation has ended");
        assert.equal(tree.clock.pending, 0);
      },
    ),
    { numRuns: 150 },
  );
});

type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

interface Scene {
  readonly tree: Tree;
  readonly account: Account;
  readonly supervisors: readonly SupervisorSlot[];
  readonly refs: ActorRef<Job>[];
}

async function play(one: Step, { tree, account, supervisors, refs }: Scene): Promise<void> {
  switch (one.do) {
    case "wait":
      return await tree.clock.advance(one.ms);
    case "notify":
      return tree.system.notify({ type: "flag" });
    case "startChild": {
      const [supervisor, id] = [supervisors[one.in % 2], `dynamic${one.id}`];
      const started = supervisor?.startChild(account.spec(id, `${supervisor.path}/${id}`));
      started?.then((ref) => refs.push(ref), () => {}); // refused once the tree has ended
      return;
    }
    case "kill": {
      const path = refs[one.to % refs.length]?.path ?? "";
      try {
        killActor(tree.system, path);
      } catch (error) {
        assert.ok(error instanceof RangeError); // no incarnation runs there now
      }
      return;
    }
    default: {
      const kind = one.do === "send" ? "quick" : one.do;
      refs[one.to % refs.length]?.send(account.job(kind, "owes" in one && one.owes)).catch(assert.fail);
    }
  }
}

/** After a long quiet time a tree that has not given up runs everything that is not over for good. */
function assertSettled(tree: Tree): void {
  const root = tree.system.snapshot();
  const nodes = (node: TreeSnapshot): TreeSnapshot[] => [node, ...node.children.flatMap(nodes)];
  const expected = root.state === "ended" ? ["ended"] : ["running", "ended"];
  for (const node of nodes(root)) {
    assert.ok(expected.includes(node.state), `${node.path} is ${node.state}`);
    if (node.kind === "supervisor") assert.equal(node.state, root.state);
    assert.equal(node.queued, 0, `${node.path} has messages left`);
  }
}
