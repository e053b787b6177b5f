/** Each kind of actor dies a thousand times, both while it is idle and in the middle of its work. */
import assert from "node:assert/strict";
import { actorsOf } from "../../producer/actors_of.ts";
import { killActor } from "../../kernel/testing.ts";
import type { SourceRow } from "../../sources/source.ts";
import { ArraySource } from "../support/array_source.ts";
import { bad, bench, idsIn, rows, TOPIC } from "../support/pipeline_harness.ts";
import { allRecords, exampleTrade, settle, TRADES, withProducer } from "../support/producer_harness.ts";
import { messageId } from "../support/trades.ts";

const KILLS = 1_000;
/** The longest backoff. */
const BACKOFF_MS = 5_000;
const KINDS = [
  "root/stores/dead_letters",
  "root/lookup/registry",
  "root/lookup/schema_loader",
  `root/producers/${TOPIC}`,
  "root/converters/converter",
  "root/sources/source-1",
];

Deno.test("each kind of actor, killed a thousand times while it is idle, ends nothing and disturbs no other actor", async () => {
  await withProducer(async ({ clock, log, producer, events }) => {
    await settle(clock, producer.produceTrade("equities", "ASX", exampleTrade()));
    const actors = actorsOf(producer);
    assert.deepEqual(actors.paths(), KINDS.map((path) => path.replace(TOPIC, TRADES)));
    for (const path of actors.paths()) {
      const others = () =>
        actors.paths().filter((other) => other !== path).map((other) => actors.at(other).incarnation);
      const before = [actors.at(path).incarnation, others()];
      for (let kill = 0; kill < KILLS; kill++) {
        actors.kill(path);
        await clock.advance(BACKOFF_MS);
      }
      assert.deepEqual([actors.at(path).incarnation, others()], [1 + KILLS, before[1]], path);
      assert.equal(actors.at(path).state, "running");
      await settle(clock, producer.produceTrade("equities", "ASX", exampleTrade()));
    }
    assert.equal(allRecords(log).length, 1 + KINDS.length);
    assert.deepEqual(events.filter(({ type }) => type === "budget_exhausted" || type === "dead_letter"), []);
    const delays = events.flatMap((event) => event.type === "restart_scheduled" ? [event.delayMs] : []);
    assert.ok(Math.max(...delays) <= BACKOFF_MS && delays.reduce((sum, delay) => sum + delay) / delays.length > 2_000);
  });
});

for (const path of KINDS) {
  Deno.test(`${path}, killed a thousand times in the middle of its work, loses no row and doubles none`, async () => {
    const count = 12_000;
    const all = rows(count, ["BHP", "RIO", "CBA"]).map((row): SourceRow => row.row % 50 === 0 ? bad(row.row) : row);
    let kills = 0, reads = 0, stores = 0;
    let kill = () => {};
    // Sometimes its work ends normally.
    const sink = { add: () => path.startsWith("root/stores") && ++stores % 3 !== 0 ? kill() : undefined };
    await bench(async ({ clock, log, registry, letters, events, runtime }) => {
      kill = () => {
        if (kills === KILLS) return;
        try {
          killActor(runtime.system, path);
          kills += 1;
        } catch (error) {
          if (!(error instanceof RangeError)) throw error; // it waits for its restart
        }
      };
      const beforeRead = () => {
        // Asks for the other version, so that loader and registry have work.
        if (++reads % 3 !== 0) return queueMicrotask(kill);
        if (path.startsWith("root/lookup")) {
          registry.server.faults.unreachable({ calls: 1 });
          runtime.setSchemaVersion(runtime.epoch.flag === "v2" ? "v1" : "v2");
        }
      };
      const handle = await runtime.addSource(new ArraySource(all, { beforeRead }));
      const ended = handle.done.then((end) => end, (cause: unknown) => cause);
      let end: unknown;
      ended.then((value) => end = value);
      // The lookup actors are idle once their schemas are known, and die with them.
      for (let step = 0; end === undefined || kills < KILLS; step++) {
        assert.ok(step < 100_000, `${kills} kills, ${runtime.account().totals().acked} rows`);
        await clock.advance(300);
        if (end !== undefined) kill();
      }
      assert.deepEqual(end, { type: "completed" });
      const wanted = all.flatMap(({ ok, row }) => ok ? [messageId(row)] : []);
      assert.deepEqual(idsIn(log).toSorted(), wanted.toSorted());
      assert.equal(new Set(letters.map(({ row }) => row)).size, count / 50);
      assert.deepEqual(events.filter(({ type }) => type === "budget_exhausted"), []);
      assert.equal(runtime.account().totals().lost, 0);
    }, {
      manual: true,
      random: () => 0,
      sink,
      config: { pipeline: { batchRows: 5, windowRows: 60, maxAttempts: 100 } },
    });
    assert.equal(kills, KILLS);
  });
}
