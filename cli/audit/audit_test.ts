import assert from "node:assert/strict";
import { join } from "node:path";
import { uuidToBytes } from "../../records/ids/uuid_text.ts";
import { START_BY_ROW } from "../../records/content/file_position.ts";
import { storedMessageId } from "../../records/ids/stored_identity.ts";
import { CheckpointStore } from "../../state/checkpoints.ts";
import { TOPIC } from "../../tests/support/pipeline_harness.ts";
import { HEADER } from "../../tests/support/resume_harness.ts";
import { rowsOf, type Scene, scene } from "../../tests/support/resume_scene.ts";
import { MemoryLog } from "../../transport/memory/log.ts";
import type { StoredRecord } from "../../transport/log.ts";
import { REPLAYED, SOURCE_HEADER, sourceOf, sourceValue } from "../../transport/source_header.ts";
import { RecordPresenter } from "../tail/shown_record.ts";
import { audit, auditPassed, type AuditReport } from "./audit.ts";

const SMALL = { pipeline: { batchRows: 5, windowRows: 100, checkpointRows: 50 } };

async function audited(
  { broker, around, sourceOf, settings: { schemaVersion: version } }: Scene,
  paths: readonly string[],
  overlap?: "skip",
): Promise<AuditReport> {
  assert.ok(version !== "both");
  const log = new MemoryLog(broker);
  const { registry } = around;
  const report = await audit({ topic: TOPIC, version, sources: paths.map(sourceOf), log, registry, overlap });
  await log.close();
  return report;
}

function records({ broker }: Scene): StoredRecord[] {
  return broker.requireTopic(TOPIC).partitions.flatMap(({ records }) => [...records]);
}

/** Changes what the topic has. */
function change({ broker }: Scene, to: (record: StoredRecord) => StoredRecord[]): void {
  for (const partition of broker.requireTopic(TOPIC).partitions) {
    const changed = partition.records.flatMap(to).map((record, at) => ({ ...record, offset: BigInt(at) }));
    partition.records.splice(0, partition.records.length, ...changed);
    partition.end = partition.highWatermark = BigInt(changed.length);
  }
}

/** Two files, cut between two equal rows; the first one also has a row twice under one trade id. */
function write(scene: Scene): string[] {
  const rows = rowsOf(60);
  rows[30] = rows[29] ?? "";
  const path = join(scene.folder, "a.csv");
  const header = `${HEADER.trim()},trade_id\n`;
  const repeated = rows.slice(0, 30).map((row, at) => `${row},${at === 5 || at === 9 ? "DUP" : ""}\n`);
  Deno.writeTextFileSync(path, header + repeated.join(""));
  return [path, scene.write("b.csv", rows.slice(30))];
}

for (const schemaVersion of ["v1", "v2"] as const) {
  Deno.test(`audit() passes a whole load of files with equal rows and repeated ids, and counts both: ${schemaVersion}`, async () => {
    await scene({ ...SMALL, schemaVersion }, async (scene) => {
      const paths = write(scene);
      await scene.load(paths);
      const report = await audited(scene, paths);
      assert.partialDeepStrictEqual(report, {
        expected: 60,
        found: 60,
        missing: 0,
        twice: 0,
        different: 0,
        shared: 1,
        repeated: 1,
      });
      assert.ok(auditPassed(report), JSON.stringify(report));
    });
  });

  Deno.test(`audit() misses one of two equal records, and sees one of them that is there twice: ${schemaVersion}`, async () => {
    await scene({ ...SMALL, schemaVersion }, async (scene) => {
      const paths = write(scene);
      await scene.load(paths);
      const ids = Map.groupBy(records(scene), (record) => storedMessageId(record));
      const [one, other] = [...ids.values()].find((alike) =>
        alike.length === 2 && sourceOf(alike[0] ?? assert.fail())?.row === 30 || alike.some((record) =>
            sourceOf(record)?.row === 30
          ) && alike.length === 2
      ) ?? [];
      assert.ok(one !== undefined && other !== undefined);
      change(
        scene,
        (record) => sourceOf(record)?.row === 30 && storedMessageId(record) === storedMessageId(one) ? [] : [record],
      );
      const lost = await audited(scene, paths);
      assert.partialDeepStrictEqual(lost, { found: 59, missing: 1, twice: 0, missing_ids: [storedMessageId(one)] });
      assert.deepEqual(lost.examples.missing, [{ message_id: storedMessageId(one), file: paths[0], row: 30 }]);
      assert.ok(!auditPassed(lost));
      // Now the other one is there twice: as many records as rows, and yet one is missing.
      change(scene, (record) => storedMessageId(record) === storedMessageId(one) ? [record, record] : [record]);
      assert.partialDeepStrictEqual(await audited(scene, paths), { found: 59, missing: 1, twice: 1 });
      // Without headers only the number of records tells.
      change(scene, (record) => [{ ...record, headers: record.headers.filter(([name]) => name !== "src") }]);
      assert.partialDeepStrictEqual(await audited(scene, paths), { found: 60, missing: 0, twice: 0, different: 0 });
    });
  });
}

Deno.test("audit() compares every record of an id: other values are seen, whichever stands first", async () => {
  for (const currencies of [["USD", "AUD"], ["AUD", "USD"]]) {
    await scene(SMALL, async (scene) => {
      const path = scene.write("a.csv", rowsOf(20));
      for (const currency of currencies) {
        Deno.writeTextFileSync(path, Deno.readTextFileSync(path).replaceAll(/,(AUD|USD)\n/g, `,${currency}\n`));
        await scene.load([path], { start: "restart" });
      }
      for (const currency of currencies) {
        Deno.writeTextFileSync(path, Deno.readTextFileSync(path).replaceAll(/,(AUD|USD)\n/g, `,${currency}\n`));
        assert.partialDeepStrictEqual(await audited(scene, [path]), {
          found: 20,
          missing: 0,
          twice: 20,
          different: 20,
        });
      }
    });
  }
});

Deno.test("audit() counts a record of other values as its row's if there is no other one", async () => {
  await scene(SMALL, async (scene) => {
    const path = scene.write("a.csv", rowsOf(20));
    await scene.load([path]);
    Deno.writeTextFileSync(path, Deno.readTextFileSync(path).replaceAll(",AUD\n", ",USD\n"));
    const report = await audited(scene, [path]);
    assert.partialDeepStrictEqual(report, { found: 20, missing: 0, twice: 0, different: 20 });
    assert.equal(report.examples.different.length, 10);
    for (const { message_id, partition, offset, file, row, fields } of report.examples.different) {
      const record = scene.broker.requireTopic(TOPIC).partitions[partition]?.records[Number(offset)];
      assert.ok(record !== undefined && file === path);
      assert.deepEqual([storedMessageId(record), sourceOf(record)?.row], [message_id, row]);
      assert.deepEqual(fields, [{ field: "currency", expected: "USD", found: "AUD" }]);
    }
  });
});

Deno.test("audit() of files that share rows knows whether shared rows must be written once", async () => {
  await scene(SMALL, async (scene) => {
    const rows = rowsOf(40);
    const paths = [scene.write("a.csv", rows.slice(0, 30)), scene.write("b.csv", rows.slice(10))];
    await scene.load(paths, { overlap: "skip" });
    assert.equal(records(scene).length, 40);
    const once = await audited(scene, paths, "skip");
    assert.partialDeepStrictEqual(once, { expected: 40, found: 40, missing: 0, twice: 0, shared: 20 });
    assert.ok(auditPassed(once), JSON.stringify(once));
    assert.partialDeepStrictEqual(await audited(scene, paths), { expected: 60, found: 40, missing: 20, twice: 0 });
  });
});

/** By the origin of the load: headers that other programs may have written under our header's name. */
const HOSTILE_HEADERS: readonly (readonly [what: string, value: (origin: Uint8Array) => Uint8Array])[] = [
  ["empty", () => new Uint8Array()],
  ["an origin without a row", (origin) => origin],
  ["a row of no number", (origin) => Uint8Array.of(...origin, 0)],
  ["a row past every file", (origin) => sourceValue(origin, Number.MAX_SAFE_INTEGER)],
  ["a row past every number", (origin) => Uint8Array.of(...origin, ...new Uint8Array(7).fill(255))],
  ["20 bytes", (origin) => Uint8Array.of(...origin, ...new Uint8Array(12).fill(255))],
  ["a row past every file, of no load", () => sourceValue(new Uint8Array(8).fill(170), Number.MAX_SAFE_INTEGER)],
];

for (const [what, value] of HOSTILE_HEADERS) {
  Deno.test(`a record whose source header is ${what} is known by its id and content, and shown`, async () => {
    await scene(SMALL, async (scene) => {
      const path = scene.write("a.csv", rowsOf(20));
      await scene.load([path]);
      change(scene, (record) => {
        if (sourceOf(record)?.row !== 5) return [record];
        const headers = record.headers.map(([name, own]) =>
          name === "src" ? [name, value(own.slice(0, 8))] as const : [name, own] as const
        );
        return [{ ...record, headers }];
      });
      const report = await audited(scene, [path]);
      assert.partialDeepStrictEqual(report, { found: 20, missing: 0, twice: 0, different: 0 });
      const store = new CheckpointStore(scene.database);
      for (const forgotten of [false, true]) {
        for (const entry of forgotten ? store.list() : []) store.remove(entry.ok ? entry.checkpoint : entry.key);
        const { process } = await scene.load([path], { start: "only_missing" });
        assert.equal(process.runtime.account().totals().acked, 0);
      }
      for (const entry of store.list()) if (entry.ok) store.doubt(entry.checkpoint);
      await scene.load([path]);
      assert.equal(records(scene).length, 20);
      const presenter = new RecordPresenter(scene.around.registry);
      for (const record of records(scene)) await presenter.present(record, { topic: TOPIC, partition: 0 });
    });
  });
}

/** The rows from this one on are written as a replay writes them; `also` keeps the load's own records too. */
async function replayFrom(scene: Scene, path: string, { row: first, also }: { row: number; also: boolean }) {
  const reader = await scene.sourceOf(path).open(START_BY_ROW);
  const ids = new Map<number, string>();
  for (let batch = await reader.next(100); batch !== null; batch = await reader.next(100)) {
    for (const row of batch.rows) if (row.ok) ids.set(row.row, row.messageId);
  }
  await reader.close();
  change(scene, (record) => {
    const row = sourceOf(record)?.row ?? 0;
    if (row < first) return [record];
    const replayed = {
      ...record,
      headers: [
        ["message_id", uuidToBytes(ids.get(row) ?? "")] as const,
        ...record.headers.filter(([name]) => name === SOURCE_HEADER),
        REPLAYED,
      ],
    };
    return also ? [record, replayed] : [replayed];
  });
}

Deno.test("audit() finds rows that were replayed, and --only-missing writes them no second time", async () => {
  for (const forgotten of [false, true]) {
    // v1 has the id only in a header.
    await scene({ ...SMALL, schemaVersion: "v1" }, async (scene) => {
      const path = scene.write("a.csv", rowsOf(10));
      await scene.load([path]);
      await replayFrom(scene, path, { row: 6, also: false });
      const store = new CheckpointStore(scene.database);
      for (const entry of forgotten ? store.list() : []) store.remove(entry.ok ? entry.checkpoint : entry.key);
      const { process } = await scene.load([path], { start: "only_missing" });
      const { acked, duplicates_skipped } = process.runtime.account().totals();
      assert.deepEqual([records(scene).length, acked, duplicates_skipped], [10, 0, 10]);
      const report = await audited(scene, [path]);
      assert.partialDeepStrictEqual(report, { found: 10, replayed: 5, twice: 0, unexpected: 0 });
      assert.ok(auditPassed(report));
    });
  }
});

Deno.test("audit() fails if a row is there under both of its ids", async () => {
  await scene({ ...SMALL, schemaVersion: "v1" }, async (scene) => {
    const path = scene.write("a.csv", rowsOf(10));
    await scene.load([path]);
    await replayFrom(scene, path, { row: 6, also: true });
    const report = await audited(scene, [path]);
    assert.partialDeepStrictEqual(report, { found: 10, missing: 0, replayed: 0, twice: 5, unexpected: 0 });
    assert.ok(!auditPassed(report));
  });
});

Deno.test("audit() matches rows by content if their ids have changed, as often as they are there", async () => {
  await scene(SMALL, async (scene) => {
    const rows = rowsOf(20);
    // Rows out of time order have ids by their row numbers.
    const late = [...rows.slice(10), ...rows.slice(0, 10)];
    const path = scene.write("a.csv", late);
    await scene.load([path]);
    scene.write("a.csv", [...late.slice(0, 3), ...rowsOf(1, { from: 100 }), ...late.slice(3)]);
    assert.deepEqual((await scene.load([path], { start: "only_missing" })).ends, ["completed"]);
    assert.equal(records(scene).length, 21);
    const report = await audited(scene, [path]);
    assert.partialDeepStrictEqual(report, { expected: 21, found: 21, missing: 0, other_ids: 17, unexpected: 0 });
    assert.ok(auditPassed(report));
    scene.write("a.csv", [...late, late[19] ?? ""]);
    assert.partialDeepStrictEqual(await audited(scene, [path]), { expected: 21, found: 20, missing: 1 });
  });
});

Deno.test("audit() of files that were joined counts a row that both had as two equal rows", async () => {
  await scene(SMALL, async (scene) => {
    const rows = rowsOf(20);
    const paths = [scene.write("a.csv", rows.slice(0, 11)), scene.write("b.csv", rows.slice(10))];
    await scene.load(paths);
    const path = scene.write("c.csv", [...rows.slice(0, 11), ...rows.slice(10)]);
    const report = await audited(scene, [path]);
    assert.partialDeepStrictEqual(report, { expected: 21, found: 21, missing: 0, twice: 0, other_ids: 1 });
    assert.ok(auditPassed(report));
    assert.partialDeepStrictEqual(await audited(scene, [scene.write("d.csv", rows)]), { found: 20, twice: 1 });
  });
});

Deno.test("audit() counts a copy of a row with another id as a duplicate if the row has moved", async () => {
  await scene(SMALL, async (scene) => {
    const late = [...rowsOf(10, { from: 10 }), ...rowsOf(10)];
    const paths = [scene.write("a.csv", late), scene.write("b.csv", late.slice(5))];
    await scene.load(paths);
    const report = await audited(scene, paths.slice(0, 1));
    assert.partialDeepStrictEqual(report, { found: 20, missing: 0, twice: 15, unexpected: 0 });
  });
});

for (const hasVenueId of [true, false]) {
  Deno.test(`audit() of v1 asks v2 whether ${hasVenueId ? "a venue" : "no venue"} has given a row its id`, async () => {
    await scene({ ...SMALL, schemaVersion: "v1" }, async (scene) => {
      const path = join(scene.folder, "a.csv");
      const rows = rowsOf(20).map((row, at) => `${row},${hasVenueId ? `T${at}` : ""}\n`);
      Deno.writeTextFileSync(path, `${HEADER.trim()},trade_id\n${rows.join("")}`);
      await scene.load([path]);
      const moved = records(scene).find((record) => sourceOf(record)?.row === 10);
      const headers = moved?.headers.map(([name, value]) =>
        [name, name === "message_id" ? new Uint8Array(16).fill(7) : value] as const
      );
      change(scene, (record) => [record === moved ? { ...record, headers: headers ?? [] } : record]);
      const report = await audited(scene, [path]);
      const counts = hasVenueId ? { missing: 1, other_ids: 0 } : { missing: 0, other_ids: 1 };
      assert.partialDeepStrictEqual(report, { expected: 20, ...counts });
    });
  });
}

Deno.test("audit() of rows that were written once expects each content that an id has", async () => {
  await scene(SMALL, async (scene) => {
    const paths = ["1", "2", "1"].map((quantity, at) => {
      const path = join(scene.folder, `${at}.csv`);
      const rows = rowsOf(20).map((row, id) => `${row.replace(/,[^,]*,AUD$/, `,${quantity},AUD`)},T${id}\n`);
      Deno.writeTextFileSync(path, `${HEADER.trim()},trade_id\n${rows.join("")}`);
      return path;
    });
    await scene.load(paths, { overlap: "skip" });
    const report = await audited(scene, paths, "skip");
    assert.partialDeepStrictEqual(report, { expected: 40, found: 40, missing: 0, twice: 0, different: 0 });
    assert.ok(auditPassed(report));
  });
});

Deno.test("audit() counts a row that a later load has written after newer ones as late by its load, not as out of order", async () => {
  await scene(SMALL, async (scene) => {
    const path = scene.write("a.csv", rowsOf(20));
    await scene.load([path]);
    const [missing] = records(scene).filter((record) => sourceOf(record)?.row === 5);
    assert.ok(missing);
    const other = (record: StoredRecord) => ({
      ...record,
      headers: record.headers.map(([name, value]) =>
        [name, name === "src" ? Uint8Array.of(9, ...value.slice(1)) : value] as const
      ),
    });
    // Row 5 was written by another load after all others.
    change(scene, (record) => record === missing ? [] : [record]);
    const partition = scene.broker.requireTopic(TOPIC).partitions.find(({ records }) =>
      records.some((record) => record.key !== null && missing.key !== null && text(record.key) === text(missing.key))
    );
    assert.ok(partition);
    partition.records.push({ ...other(missing), offset: partition.end });
    partition.end = partition.highWatermark = partition.end + 1n;
    const report = await audited(scene, [path]);
    assert.partialDeepStrictEqual(report, { found: 20, missing: 0, out_of_order: 0, late_loads: 1 });
    assert.ok(auditPassed(report));
    // The same record under its own load is out of order.
    partition.records.splice(-1, 1, { ...missing, offset: partition.end - 1n });
    const late = await audited(scene, [path]);
    assert.partialDeepStrictEqual(late, { found: 20, out_of_order: 1, late_loads: 0 });
    assert.ok(!auditPassed(late));
  });
});

Deno.test("audit() of a file that was rewritten and loaded by --only-missing reports the late rows, and those of the old text", async () => {
  await scene(SMALL, async (scene) => {
    const rows = rowsOf(20);
    const path = scene.write("a.csv", rows);
    await scene.load([path]);
    scene.write("a.csv", rows.map((row, at) => at === 4 ? row.replace(/,[^,]*,AUD$/, ",977,AUD") : row));
    assert.deepEqual((await scene.load([path])).ends, ["stopped"]);
    await scene.load([path], { start: "only_missing" });
    assert.equal(records(scene).length, 21);
    const report = await audited(scene, [path]);
    assert.partialDeepStrictEqual(report, {
      expected: 20,
      found: 20,
      missing: 0,
      twice: 0,
      out_of_order: 0,
      late_loads: 1,
      unexpected: 1,
    });
  });
});

Deno.test("audit() reads the records of a topic in their order, also where a bucket of the order has several", async () => {
  await scene(SMALL, async (scene) => {
    const path = scene.write("a.csv", rowsOf(1_000));
    await scene.load([path]);
    const report = await audited(scene, [path]);
    assert.partialDeepStrictEqual(report, { found: 1_000, missing: 0, out_of_order: 0 });
    assert.ok(auditPassed(report), JSON.stringify(report));
  });
});

for (const schemaVersion of ["v1", "v2"] as const) {
  for (const match of ["ids", "values"] as const) {
    Deno.test(`audit() tells records that its files should have from those of other symbols and times: ${schemaVersion} by ${match}`, async () => {
      await scene({ ...SMALL, schemaVersion }, async (scene) => {
        const path = scene.write("a.csv", rowsOf(20, { from: 10 }));
        const changed = (rows: readonly string[]) => rows.map((row) => row.replace(/,[^,]*,AUD$/, ",977,AUD"));
        const others = [
          ...rowsOf(5, { from: 5 }),
          ...rowsOf(20, { from: 10, symbol: () => "BH" }),
          ...rowsOf(3, { from: 30 }),
        ];
        // At the first and the last instant, and between them.
        const unexpected = [10, 17, 29].flatMap((from) => changed(rowsOf(1, { from })));
        await scene.load([path, scene.write("b.csv", others), scene.write("c.csv", unexpected)]);
        const { registry } = scene.around, log = new MemoryLog(scene.broker);
        const report = await audit({
          topic: TOPIC,
          version: schemaVersion,
          sources: [scene.sourceOf(path)],
          log,
          registry,
          match,
        });
        await log.close();
        assert.partialDeepStrictEqual(report, { found: 20, missing: 0, twice: 0, unexpected: 3, others: 28 });
        const shown = report.examples.unexpected.map(({ partition, offset }) =>
          scene.broker.requireTopic(TOPIC).partitions[partition]?.records[Number(offset)]
        );
        assert.deepEqual(shown.map((record) => sourceOf(record ?? assert.fail())?.row), [1, 2, 3]);
      });
    });
  }
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
