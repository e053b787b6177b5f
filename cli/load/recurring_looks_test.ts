import assert from "node:assert/strict";
import { ManualClock } from "../../kernel/manual_clock.ts";
import { RecurringLooks } from "./recurring_looks.ts";

/** Looks at everything that take so long, on a clock that the test moves. */
function looking(tookMs: number) {
  const clock = new ManualClock();
  const made: string[] = [];
  const looks = new RecurringLooks({
    clock,
    look: async (of) => {
      made.push(`${of} at ${clock.monotonic()}`);
      if (of === "all") await clock.sleep(tookMs);
    },
    onTime: () => made.push("in any case"),
    failed: (cause) => assert.fail(String(cause)),
  });
  const pass = async (ms: number) => {
    await clock.advance(ms);
    return made.splice(0);
  };
  return { looks, pass };
}

Deno.test("RecurringLooks looks each second in any case, and when it is asked", async () => {
  const { looks, pass } = looking(0);
  looks.soon("all");
  assert.deepEqual(await pass(2_500), ["all at 0", "in any case", "all at 1000", "in any case", "all at 2000"]);
  looks.soon("all");
  assert.deepEqual(await pass(999), ["all at 2500"]);
  looks.end();
  looks.soon("all");
  assert.deepEqual(await pass(5_000), []);
});

Deno.test("RecurringLooks makes looks that take long less often, and a look at a part at once", async () => {
  const { looks, pass } = looking(100);
  looks.soon("all");
  assert.deepEqual(await pass(200), ["all at 0"]);
  looks.soon("all");
  looks.soon("part");
  assert.deepEqual(await pass(500), ["part at 200"]);
  looks.soon("part");
  assert.deepEqual(await pass(500), ["part at 700", "all at 1100"]);
  looks.soon("part");
  assert.deepEqual(await pass(9_000), ["part at 1200"]);
  assert.deepEqual(await pass(2_000), ["in any case", "all at 11200"]);
  looks.end();
});

Deno.test("RecurringLooks forgets nothing that is asked for while it looks", async () => {
  const { looks, pass } = looking(100);
  looks.soon("all");
  await pass(50);
  looks.soon("part");
  assert.deepEqual(await pass(100), ["part at 100"]);
  looks.end();
});

Deno.test("RecurringLooks makes looks at a part first, and looks at everything between them", async () => {
  const { looks, pass } = looking(1);
  looks.soon("all");
  looks.soon("part");
  looks.soon("all");
  assert.deepEqual(await pass(1), ["all at 0", "part at 1", "all at 1"]);
  looks.soon("part");
  looks.soon("all");
  assert.deepEqual(await pass(1), ["part at 2", "all at 2"]);
  looks.end();
});
