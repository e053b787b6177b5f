import assert from "node:assert/strict";
import { ID_REUSED, RowConflictError } from "../../actors/delivery/already_written.ts";
import { WrittenIds } from "../../state/written_ids.ts";
import { RecordDigest } from "../../records/record_digest.ts";
import { messageId, target, trade } from "../../tests/support/trades.ts";
import { IndexedRows, RowsWrittenOnce } from "./indexed_rows.ts";

const v2 = target("v2");
const OWN = "0".repeat(16), OTHER = "1".repeat(16);

/** What a row says, told apart by its quantity. */
const record = (content: number) => ({ ...trade(1), quantity: BigInt(content) * 10n ** 8n });
const kind = "trade";
const digestOf = (content: number) => new RecordDigest(kind, "v2").ofRow(record(content));
const sought = (row: number, id: number | null = row, key = "BHP", content = id ?? 0) => ({
  row,
  messageId: id === null ? null : messageId(id),
  key,
  record: () => id === null ? null : record(content),
});

async function withIndex(body: (index: WrittenIds) => void): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    using index = new WrittenIds(folder);
    body(index);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const copy = (id: number, source: { origin: string; row: number } | null, content = id) => ({
  messageId: messageId(id),
  version: "v2" as const,
  source,
  digest: digestOf(content),
});

Deno.test("IndexedRows gives each row its own record, else one of its id that is no other file's, once", async () => {
  await withIndex((index) => {
    const { topic } = v2;
    index.add(topic, copy(1, { origin: OWN, row: 1 }));
    index.add(topic, copy(1, { origin: OTHER, row: 4 }));
    index.add(topic, copy(2, { origin: "2".repeat(16), row: 2 }));
    index.reserve("2".repeat(16), "b.csv");
    for (const id of [1, 1, 1, 2]) {
      index.want({ topic, messageId: messageId(id), version: "v2", digest: digestOf(id), file: "a.csv" });
    }
    const rows = new IndexedRows({ index, origin: OWN, file: "a.csv", kind, before: false, moved: "refuse" });
    assert.deepEqual(rows.take(v2, sought(3, 1)), { before: true, place: null }, "the other one's");
    assert.deepEqual(rows.take(v2, sought(1)), { before: false, place: null });
    assert.equal(rows.take(v2, sought(4, 1)), null, "there are only two");
    assert.equal(rows.take(v2, sought(2)), null);
    assert.equal(rows.take(v2, sought(9, null)), null);
    assert.throws(() => rows.take(v2, sought(1, 2)), RowConflictError);
    assert.equal(rows.lastRow, Infinity);
  });
});

Deno.test("IndexedRows says whether the load's own records were there before it began", async () => {
  await withIndex((index) => {
    index.add(v2.topic, copy(1, { origin: OWN, row: 1 }));
    const rows = new IndexedRows({ index, origin: OWN, file: "a.csv", kind, before: true, moved: "refuse" });
    assert.deepEqual(rows.take(v2, sought(1)), { before: true, place: null });
  });
});

Deno.test("RowsWrittenOnce has the first file that comes to an id write it, as often as it has it", async () => {
  await withIndex((index) => {
    const a = new RowsWrittenOnce({ index, origin: OWN, file: "a.csv", kind, fromStart: true });
    const b = new RowsWrittenOnce({ index, origin: OTHER, file: "b.csv", kind, fromStart: true });
    assert.equal(a.take(v2, sought(1)), null);
    assert.deepEqual(b.take(v2, sought(7, 1)), { before: true, place: null });
    assert.equal(a.take(v2, sought(2, 1)), null, "repeated by the source");
    assert.equal(b.take(v2, sought(8, 2)), null);
    assert.deepEqual(a.take(v2, sought(3, 2)), { before: true, place: null });
  });
});

Deno.test("RowsWrittenOnce knows a row of another id by its content, as often as one file has it", async () => {
  await withIndex((index) => {
    const [a, b, c] = [OWN, OTHER, "2".repeat(16)].map((origin, at) =>
      new RowsWrittenOnce({ index, origin, file: `${at}.csv`, kind, fromStart: true })
    );
    const there = { before: true, place: null };
    // Ids by row number: a row has another one in each file.
    const take = (rows: typeof a, row: number, id: number) => rows?.take(v2, sought(row, id, "BHP", 5));
    assert.equal(take(a, 1, 11), null);
    assert.equal(take(a, 2, 12), null, "repeated by the source");
    assert.deepEqual([take(b, 3, 23), take(b, 4, 24)], [there, there]);
    assert.equal(take(b, 5, 25), null, "once more than the other file");
    assert.deepEqual([take(b, 3, 23), take(b, 4, 24)], [there, there], "read again");
    assert.deepEqual([take(c, 1, 31), take(c, 2, 32), take(c, 3, 33)], [there, there, there], "of b, which shares two");
    assert.equal(take(c, 4, 34), null);
    const resumed = new RowsWrittenOnce({ index, origin: "3".repeat(16), file: "d.csv", kind, fromStart: false });
    assert.equal(take(resumed, 9, 49), null, "it may have had so many before");
    assert.deepEqual(take(resumed, 10, 11), there, "by its id");
  });
});

Deno.test("RowsWrittenOnce knows what its own load has written", async () => {
  await withIndex((index) => {
    index.add(v2.topic, copy(1, { origin: OWN, row: 1 }));
    const rows = new RowsWrittenOnce({ index, origin: OWN, file: "a.csv", kind, fromStart: true });
    assert.deepEqual(rows.take(v2, sought(1)), { before: false, place: null });
    assert.equal(rows.take(v2, sought(2, 1)), null);
  });
});

Deno.test("IndexedRows and RowsWrittenOnce write a row whose id is there with other content, and say so", async () => {
  const options = { origin: OWN, file: "a.csv", kind } as const;
  for (
    const rowsIn of [
      (index: WrittenIds) => new RowsWrittenOnce({ ...options, index, fromStart: true }),
      (index: WrittenIds) => new IndexedRows({ ...options, index, before: false, moved: "refuse" }),
    ]
  ) {
    await withIndex((index) => {
      const { topic } = v2;
      index.add(topic, copy(1, { origin: OTHER, row: 1 }, 7));
      index.add(topic, copy(2, { origin: OTHER, row: 2 }, 2));
      index.add(topic, copy(4, { origin: OWN, row: 4 }, 7));
      const rows = rowsIn(index);
      assert.equal(rows.take(v2, sought(1)), ID_REUSED);
      assert.deepEqual(rows.take(v2, sought(2)), { before: true, place: null });
      assert.equal(rows.take(v2, sought(3)), null);
      assert.throws(() => rows.take(v2, sought(4)), RowConflictError, "its own record");
    });
  }
});

Deno.test("IndexedRows takes the record of a replay, of equal content", async () => {
  await withIndex((index) => {
    const { topic } = v2;
    for (const id of [81, 82]) index.add(topic, copy(id, null));
    const replayed = { topic, version: "v2" as const, file: "a.csv" };
    index.noteReplayed({ ...replayed, row: 1, messageId: messageId(81), digest: digestOf(81) });
    index.noteReplayed({ ...replayed, row: 2, messageId: messageId(82), digest: digestOf(5) });
    const rows = new IndexedRows({ index, origin: OWN, file: "a.csv", kind, before: false, moved: "refuse" });
    assert.deepEqual(rows.take(v2, sought(1)), { before: true, place: null });
    assert.equal(rows.take(v2, sought(2)), null);
    assert.equal(rows.take(v2, sought(1)), null, "once");
  });
});

Deno.test("IndexedRows finds what a replay has written of its load's row, also of one that cannot be read", async () => {
  await withIndex((index) => {
    const { topic } = v2;
    const add = (id: number, row: number) => index.add(topic, { ...copy(id, { origin: OWN, row }), replayed: true });
    add(81, 1);
    add(82, 2);
    add(83, 3);
    index.noteReplayed({ topic, version: "v2", file: "a.csv", row: 2, messageId: messageId(82), digest: digestOf(82) });
    const rows = new IndexedRows({ index, origin: OWN, file: "a.csv", kind, before: false, moved: "refuse" });
    const unreadable = { row: 1, messageId: null, key: "", record: () => null };
    assert.deepEqual(rows.take(v2, unreadable), { before: true, place: null });
    assert.equal(rows.take({ ...v2, version: "v1" }, unreadable), null, "as one version alone");
    assert.deepEqual(rows.take(v2, sought(2)), { before: true, place: null });
    assert.throws(() => rows.take(v2, sought(3)), RowConflictError, "read with other flags");
  });
});
