/** Rows of loads and of replays in any order, against a model of what is out of order. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { START_BY_ROW } from "../../records/content/file_position.ts";
import { uuidToBytes } from "../../records/ids/uuid_text.ts";
import { TOPIC } from "../../tests/support/pipeline_harness.ts";
import { rowsOf, type Scene, scene } from "../../tests/support/resume_scene.ts";
import type { RecordHeader, StoredRecord } from "../../transport/log.ts";
import { MemoryLog } from "../../transport/memory/log.ts";
import { REPLAYED, SOURCE_HEADER, sourceOf } from "../../transport/source_header.ts";
import { audit, auditPassed } from "./audit.ts";

const ROWS = 12;

/** Who has written a record. */
type Writer =
  | "load"
  | "a program that names no row"
  | "a replay under the row's id"
  | "a replay under an id by row number"
  | "a replay whose headers were lost";

interface Written {
  readonly row: number;
  readonly writer: Writer;
}

const topic: fc.Arbitrary<Written[]> = fc.tuple(
  fc.array(
    fc.constantFrom<Writer>(
      "load",
      "load",
      "a program that names no row",
      "a replay under the row's id",
      "a replay under an id by row number",
      "a replay whose headers were lost",
    ),
    { minLength: ROWS, maxLength: ROWS },
  ),
  // The farther, the later a row is written than those after it.
  fc.array(fc.oneof({ arbitrary: fc.constant(0), weight: 2 }, fc.nat({ max: ROWS })), {
    minLength: ROWS,
    maxLength: ROWS,
  }),
).map(([writers, delays]) =>
  writers.map((writer, at) => ({ row: at + 1, writer }))
    .sort((one, other) => one.row + (delays[one.row - 1] ?? 0) - other.row - (delays[other.row - 1] ?? 0))
);

/** A load and a program each promise the order of their rows; a replay promises none. */
function modelOf(written: readonly Written[]): { out_of_order: number; late_loads: number } {
  const counts = { out_of_order: 0, late_loads: 0 };
  for (const [at, { row, writer }] of written.entries()) {
    const later = written.slice(0, at).filter((one) => one.row > row);
    const isReplay = writer.startsWith("a replay");
    if (!isReplay && later.some((one) => one.writer === writer)) counts.out_of_order += 1;
    else if (later.some((one) => isReplay || !one.writer.startsWith("a replay"))) counts.late_loads += 1;
  }
  return counts;
}

/** The ids by row number that replays give. */
async function idsByRow(scene: Scene, path: string): Promise<ReadonlyMap<number, string>> {
  const reader = await scene.sourceOf(path).open(START_BY_ROW), ids = new Map<number, string>();
  for (let batch = await reader.next(100); batch !== null; batch = await reader.next(100)) {
    for (const row of batch.rows) if (row.ok) ids.set(row.row, row.messageId);
  }
  await reader.close();
  return ids;
}

/** What the writer makes of the load's record; v1 has the id only in a header. */
function headersOf(record: StoredRecord, writer: Writer, idByRow: string): readonly RecordHeader[] {
  const source = record.headers.filter(([name]) => name === SOURCE_HEADER);
  const id = record.headers.filter(([name]) => name !== SOURCE_HEADER);
  const byRow = ["message_id", uuidToBytes(idByRow)] as const;
  switch (writer) {
    case "load":
      return record.headers;
    case "a program that names no row":
      return id;
    case "a replay under the row's id":
      return [...id, ...source, REPLAYED];
    case "a replay under an id by row number":
      return [byRow, ...source, REPLAYED];
    case "a replay whose headers were lost":
      return [byRow];
  }
}

Deno.test("audit() takes no row that a replay wrote for one out of order, and each other one that is", async () => {
  await scene({ schemaVersion: "v1" }, async (scene) => {
    const path = scene.write("a.csv", rowsOf(ROWS));
    await scene.load([path]);
    const ids = await idsByRow(scene, path), log = new MemoryLog(scene.broker), { registry } = scene.around;
    const partition = scene.broker.requireTopic(TOPIC).partitions.find(({ records }) => records.length > 0);
    assert.ok(partition);
    const loaded = new Map(partition.records.map((record) => [sourceOf(record)?.row, record]));
    await fc.assert(fc.asyncProperty(topic, async (written) => {
      const records = written.map(({ row, writer }, at) => {
        const record = loaded.get(row) ?? assert.fail();
        return { ...record, offset: BigInt(at), headers: headersOf(record, writer, ids.get(row) ?? assert.fail()) };
      });
      partition.records.splice(0, ROWS, ...records);
      const sources = [scene.sourceOf(path)];
      const report = await audit({ topic: TOPIC, version: "v1", sources, log, registry });
      const counts = modelOf(written);
      assert.partialDeepStrictEqual(report, { found: ROWS, missing: 0, twice: 0, unexpected: 0, ...counts });
      assert.equal(auditPassed(report), counts.out_of_order === 0);
    }));
    await log.close();
  });
});
