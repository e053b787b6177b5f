import assert from "node:assert/strict";
import { OneAtATime } from "./one_at_a_time.ts";

Deno.test("OneAtATime.run() begins a piece of work when the one before has ended, however it ended", async () => {
  const turns = new OneAtATime();
  const told: string[] = [];
  const first = Promise.withResolvers<void>();
  const one = turns.run(async () => {
    told.push("one begins");
    await first.promise;
    told.push("one fails");
    throw new RangeError("one");
  });
  const two = turns.run(() => Promise.resolve(told.push("two")));
  await Promise.resolve();
  assert.deepEqual(told, ["one begins"]);
  first.resolve();
  await assert.rejects(one, RangeError);
  assert.equal(await two, 3);
  assert.deepEqual(told, ["one begins", "one fails", "two"]);
});
