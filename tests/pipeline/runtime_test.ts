import assert from "node:assert/strict";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { killActor } from "../../kernel/testing.ts";
import type { TreeSnapshot } from "../../kernel/types.ts";
import { RuntimeEndedError, startRuntime } from "../../runtime.ts";
import type { GoodRow, RowSource, SourceRow } from "../../sources/source.ts";
import { settingsFrom } from "../../config/load_settings.ts";
import type { RuntimeEvent } from "../../telemetry/events.ts";
import { ArraySource } from "../support/array_source.ts";
import { assertExact, bad, bench, good, idsIn, rows, TOPIC, whenStored } from "../support/pipeline_harness.ts";
import { MemoryLog } from "../../transport/memory/log.ts";
import { MemoryRegistry } from "../../transport/memory/registry.ts";

/** A row that crashes every actor that looks at its record. */
function poison(row: number): GoodRow {
  return {
    ...good(row),
    get record(): GoodRow["record"] {
      throw new TypeError(`row ${row} is poisonous`);
    },
  };
}

const nodes = (tree: TreeSnapshot): TreeSnapshot[] => [tree, ...tree.children.flatMap(nodes)];
const countOf = (events: readonly RuntimeEvent[], type: RuntimeEvent["type"]) =>
  events.filter((event) => event.type === type).length;

// For the first row of a batch, no other row is written between two crashes.
for (const at of [1, 777]) {
  Deno.test(`a row that crashes the converter each time is found and dead-lettered, all others are written: row ${at}`, async () => {
    await bench(async ({ clock, log, letters, events, runtime, load }) => {
      const all = rows(2_000).map((row): SourceRow => row.row === at ? poison(at) : row);
      const ended = load(new ArraySource(all));
      await clock.advance(120_000);
      assert.deepEqual(await ended, { type: "completed" });
      assert.deepEqual(letters.map(({ row, rule, stage }) => [row, rule, stage]), [[at, "poison_row", "sending"]]);
      const { acked, dead_lettered, lost } = runtime.account().totals();
      assert.deepEqual({ acked, dead_lettered, lost }, { acked: 1_999, dead_lettered: 1, lost: 0 });
      assert.equal(new Set(idsIn(log)).size, 1_999);
      assert.equal(idsIn(log).length, 1_999);
      assert.equal(countOf(events, "budget_exhausted"), 0, "the search for the row costs no other actor a restart");
    }, { manual: true, config: { pipeline: { batchRows: 1_000, windowRows: 10_000 } } });
  });
}

Deno.test("a dead-letter store that fails for a while delays the letters, and loses none", async () => {
  let failures = 6;
  const sink = {
    add: () => {
      if (failures-- > 0) throw new Error("database or disk is full");
    },
  };
  await bench(async ({ clock, letters, runtime, load, log }) => {
    const all = rows(500).map((row) => row.row % 50 === 0 ? bad(row.row) : row);
    const ended = load(new ArraySource(all));
    await clock.advance(60_000);
    assert.deepEqual(await ended, { type: "completed" });
    assert.equal(failures < 0, true);
    assert.deepEqual(new Set(letters.map(({ row }) => row)), new Set(all.flatMap(({ ok, row }) => ok ? [] : [row])));
    const { acked, dead_lettered, lost } = runtime.account().totals();
    assert.deepEqual({ acked, dead_lettered, lost }, { acked: 490, dead_lettered: 10, lost: 0 });
    assert.equal(idsIn(log).length, 490);
  }, { manual: true, sink });
});

Deno.test("a dead-letter store that fails for good ends the load with its reason, and does not hang", async () => {
  const sink = {
    add: () => {
      throw new Error("database or disk is full");
    },
  };
  await bench(async ({ clock, events, runtime, load, log }) => {
    const ended = load(new ArraySource(rows(500).map((row) => row.row === 450 ? bad(450) : row)));
    const outcome = ended.then(() => null, (cause: unknown) => cause);
    await clock.advance(300_000);
    const error = await outcome;
    assert.ok(error instanceof RuntimeEndedError);
    const message =
      /The runtime gave up: Actor "root\/stores\/dead_letters" failed 21 times in \S+ s .*: database or disk/;
    assert.match(error.message, message);
    assert.deepEqual([error.failed?.path, error.failed?.failures], ["root/stores/dead_letters", 21]);
    assert.match(String(error.cause), /disk is full/);
    assert.ok(countOf(events, "budget_exhausted") > 0);
    const { read, acked, not_settled, lost } = runtime.account().totals();
    assert.deepEqual([read, not_settled, lost], [500, 500 - acked, 0]);
    assert.equal(idsIn(log).length, 499, "what could be written was written");
  }, { manual: true, sink });
});

Deno.test("a tree that gives up ends every source with the reason; later calls say so too", async () => {
  await bench(async ({ clock, registry, runtime }) => {
    registry.server.faults.unreachable();
    const handles = await Promise.all(["a", "b"].map((id) => runtime.addSource(new ArraySource(rows(10), { id }))));
    const outcomes = handles.map(({ done }) => done.catch((cause: unknown) => cause));
    for (let kill = 0; kill < 100; kill++) {
      try {
        killActor(runtime.system, "root/lookup/registry", new Error("no memory"));
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
      }
      await clock.advance(5_000);
    }
    for (const error of await Promise.all(outcomes)) {
      assert.ok(error instanceof RuntimeEndedError);
      assert.match(error.message, /The runtime gave up: Actor "root\/lookup\/registry" failed 11 times .*: no memory/);
    }
    assert.equal((await runtime.done).reason, "budget_exhausted");
    await assert.rejects(runtime.addSource(new ArraySource(rows(1))), RuntimeEndedError);
  }, { manual: true });
});

Deno.test("a source that is still read when the runtime stops ends as drained, and one that cannot end as stopped", async () => {
  await bench(async ({ clock, log, runtime }) => {
    const ended = runtime.addSource(new ArraySource(rows(500)));
    const handle = await ended;
    await clock.runUntilIdle();
    log.broker.faults.unreachable();
    const other = await runtime.addSource(new ArraySource(rows(500), { id: "b" }));
    const outcome = other.done.catch((cause: unknown) => cause);
    await clock.runUntilIdle();
    const stopped = runtime.stop();
    await clock.advance(120_000);
    await stopped;
    assert.deepEqual(await handle.done, { type: "completed" });
    const error = await outcome;
    assert.ok(error instanceof RuntimeEndedError);
    assert.match(error.message, /stopped before every row had settled/);
  }, { manual: true });
});

Deno.test("ten thousand sources one after the other leave nothing behind", async () => {
  setFlagsFromString("--expose-gc");
  const collectGarbage: () => void = runInNewContext("gc");
  await bench(async ({ runtime, clock, load, log }) => {
    const weak: WeakRef<RowSource>[] = [];
    for (let count = 0; count < 10_000; count++) {
      const source = new ArraySource([good(count + 1)], { id: `file-${count}` });
      if (count % 100 === 0) weak.push(new WeakRef(source));
      await load(source);
      log.broker.appends.length = 0;
    }
    await clock.runUntilIdle();
    const sources = nodes(runtime.snapshot()).filter(({ path }) => path.startsWith("root/sources/"));
    assert.deepEqual(sources, []);
    const { acked, read } = runtime.account().totals();
    assert.deepEqual({ acked, read }, { acked: 10_000, read: 10_000 });
    collectGarbage();
    const left = weak.filter((ref) => ref.deref() !== undefined).length;
    assert.ok(left <= 2, `${left} of ${weak.length} sources are still held`);
  });
});

Deno.test("an observer that throws disturbs no actor, and is told of it", async () => {
  const log = new MemoryLog();
  const seen: RuntimeEvent[] = [];
  const settings = settingsFrom({ pipeline: { batchRows: 100, windowRows: 1000 } }, { cwd: "/" });
  const runtime = await startRuntime(settings, {
    log,
    registry: new MemoryRegistry(),
    deadLetters: { add: () => {} },
    observe: (event) => {
      seen.push(event);
      throw new Error("the disk of the log is full");
    },
  });
  assert.deepEqual(await (await runtime.addSource(new ArraySource(rows(300)))).done, { type: "completed" });
  await runtime.stop();
  await log.close();
  assertExact(log, 300);
  assert.ok(countOf(seen, "observer_failed") > 0);
  assert.equal(countOf(seen, "restart_scheduled"), 0);
});

Deno.test("a receipt callback that throws disturbs no actor, and the row counts", async () => {
  await bench(async ({ events, runtime, load, log }) => {
    const onReceipt = () => {
      throw new Error("a bug of the caller");
    };
    assert.deepEqual(await load(new ArraySource(rows(50)), { onReceipt }), { type: "completed" });
    assertExact(log, 50);
    assert.equal(runtime.account().totals().acked, 50);
    assert.equal(countOf(events, "restart_scheduled"), 0);
    assert.equal(countOf(events, "observer_failed"), 50);
  });
});

Deno.test("a source that cannot be added leaves no trace", async () => {
  await bench(async ({ runtime }) => {
    await runtime.stop();
    await assert.rejects(runtime.addSource(new ArraySource(rows(10))), RuntimeEndedError);
    assert.equal(runtime.account().totals().read, 0);
  });
});

Deno.test("a topic is written to again once a person has helped", async () => {
  await bench(async ({ log, load }) => {
    log.broker.faults.next("create_topic", { type: "fail", code: "unauthorized" }, { times: 2 });
    const first = await load(new ArraySource(rows(100), { id: "first" }));
    assert.match(String(first.type === "stopped" && first.cause), /TopicParkedError.*unauthorized/);
    assert.deepEqual(await load(new ArraySource(rows(100), { id: "second" })), { type: "completed" });
    assertExact(log, 100);
  });
});

Deno.test("a topic that grows while it is loaded loses nothing, and keeps each key in order on its partition", async () => {
  await bench(async ({ clock, log, load, events }) => {
    await log.admin.createTopic({ name: TOPIC, partitions: 2 });
    const symbols = ["BHP", "RIO", "CBA", "NAB", "MWR", "ANZ", "WBC"];
    const ended = load(new ArraySource(rows(7_000, symbols)), { rowsPerSecond: 100 });
    await clock.advance(20_000);
    await whenStored(log, 1_000);
    log.broker.addPartitions(TOPIC, 5);
    await clock.advance(60_000);
    assert.deepEqual(await ended, { type: "completed" });
    assert.equal(countOf(events, "topic_grown"), 1);
    const ids = idsIn(log);
    assert.deepEqual([ids.length, new Set(ids).size], [7_000, 7_000]);
    const late = log.broker.topic(TOPIC)?.partitions.slice(2).flatMap(({ records }) => records).length ?? 0;
    assert.ok(late > 0, "the new partitions are used");
    const rowsOf = new Map<string, string[]>();
    for (const { records } of log.broker.appends) {
      for (const { key, value } of records) {
        const symbol = new TextDecoder().decode(key ?? undefined);
        const id = new TextDecoder().decode(value?.subarray(6, 42));
        rowsOf.set(symbol, [...rowsOf.get(symbol) ?? [], id]);
      }
    }
    for (const [symbol, written] of rowsOf) assert.deepEqual(written, written.toSorted(), `${symbol} in order of time`);
  }, { manual: true });
});
