import assert from "node:assert/strict";
import { settingsFrom } from "../../config/load_settings.ts";
import type { SettingsInput } from "../../config/settings.ts";
import { storedMessageId } from "../../records/ids/stored_identity.ts";
import type { RowOptions } from "../../sources/formats/row_options.ts";
import { StateDatabase } from "../../state/database.ts";
import { type DeadLetter, DeadLetterStore } from "../../state/dead_letters.ts";
import { MemoryLog } from "../../transport/memory/log.ts";
import { MemoryRegistry } from "../../transport/memory/registry.ts";
import { sourceOf } from "../../transport/source_header.ts";
import { RunCheckpoints } from "../load/run_checkpoints.ts";
import { LettersNotRemovedError, type ReplayJobOptions, type ReplayResult, runReplay } from "./replay_job.ts";

const ORIGIN = "00000000000000aa", OTHER = "00000000000000bb";
const TOPIC = "market.equities.trades.asx";
const FORMAT: RowOptions = {
  format: "asx-ticks",
  kind: "trade",
  exchange: "ASX",
  assetClass: "equities",
  symbol: "BHP",
  companyId: "7078",
  currency: "AUD",
  timeZone: "Australia/Sydney",
};

function idOf(row: number): string {
  return `00000000-0000-8000-8000-${String(row).padStart(12, "0")}`;
}

/** A letter of a row that is good under today's rules for tick files. */
function letter(row: number, change: Partial<DeadLetter> & { readonly text?: string } = {}): DeadLetter {
  const { text = `03/10/2014,10:00:06.${String(row % 1000).padStart(3, "0")},36.78,${row},0,,`, ...rest } = change;
  const bytes = new TextEncoder().encode(text);
  return {
    source: "trades:/data/7078.csv",
    dataType: "trades",
    row,
    schemaVersion: null,
    versions: null,
    file: "/data/7078.csv",
    line: row,
    offset: row * 50,
    length: bytes.length,
    stage: "receiving",
    rule: "bad_date",
    reason: "It was so.",
    bytes,
    messageId: idOf(row),
    header: null,
    recordedAt: 1_700_000_000_000,
    ...rest,
  };
}

interface Bench {
  readonly log: MemoryLog;
  readonly database: StateDatabase;
  readonly store: DeadLetterStore;
  replay(options?: Partial<ReplayJobOptions>, settings?: SettingsInput): Promise<ReplayResult>;
  /** Ids in the order of a topic of one partition. */
  ids(topic?: string): string[];
}

async function bench(letters: readonly DeadLetter[], run: (bench: Bench) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  const log = new MemoryLog();
  const registry = new MemoryRegistry();
  try {
    using database = StateDatabase.open(folder);
    const store = new DeadLetterStore(database);
    store.add(letters);
    await run({
      log,
      database,
      store,
      async replay(options = {}, settings = {}) {
        using checkpoints = new RunCheckpoints(database, { dataDir: folder, sources: [] });
        return await runReplay(settingsFrom(settings, { cwd: folder }), { log, registry }, {
          database,
          filter: { dataType: "trades" },
          format: FORMAT,
          signal: new AbortController().signal,
          openIndex: () => checkpoints.openIndex(),
          ...options,
        });
      },
      ids: (topic = TOPIC) =>
        (log.broker.topic(topic)?.partitions ?? []).flatMap(({ records }) =>
          records.map((record) => storedMessageId(record) ?? "?")
        ),
    });
    assert.deepEqual(log.broker.misuses, []);
  } finally {
    await log.close();
    await Deno.remove(folder, { recursive: true });
  }
}

/** The origins and rows that the records of a topic of one partition name. */
function sourcesIn(log: MemoryLog): string[] {
  return (log.broker.topic(TOPIC)?.partitions ?? []).flatMap(({ records }) =>
    records.map((record) => {
      const source = sourceOf(record);
      return source === null ? "none" : `${source.origin} ${source.row}`;
    })
  );
}

function countsOf({ report }: ReplayResult): unknown {
  const { letters, replayed, still_refused, not_replayable, not_reached, read, acked, dead_lettered, lost } = report;
  assert.equal(lost, 0);
  return { letters, replayed, still_refused, not_replayable, not_reached, rows: [read, acked, dead_lettered] };
}

Deno.test("runReplay() writes rows in the order of their numbers, under their ids, and removes their letters", async () => {
  await bench([letter(9), letter(3), letter(600), letter(4)], async ({ replay, ids, store }) => {
    const result = await replay();
    assert.deepEqual(countsOf(result), {
      letters: 4,
      replayed: 4,
      still_refused: 0,
      not_replayable: 0,
      not_reached: 0,
      rows: [4, 4, 0],
    });
    assert.deepEqual(ids(), [3, 4, 9, 600].map(idOf));
    assert.equal(store.count(), 0);
    assert.equal(result.report.topics[TOPIC], 4);
  });
});

Deno.test("runReplay() removes a letter after its acknowledgement, and not before", async () => {
  await bench([letter(1), letter(2)], async ({ replay, ids, store, log }) => {
    const hung = log.broker.faults.next("send", { type: "hang" });
    const result = replay();
    await hung.reached;
    assert.equal(store.count(), 2);
    hung.release();
    await result;
    assert.deepEqual([store.count(), ids().length], [0, 2]);
  });
});

Deno.test("runReplay() writes a row once whose acknowledgement is lost on the way", async () => {
  await bench([letter(1), letter(2), letter(3)], async ({ replay, ids, store, log }) => {
    log.broker.faults.next("send", { type: "unknown", stored: "yes" });
    assert.equal((await replay()).report.replayed, 3);
    assert.deepEqual([ids(), store.count()], [[1, 2, 3].map(idOf), 0]);
  });
});

Deno.test("runReplay() keeps letters that are refused again, with the new reason", async () => {
  const bad = letter(2, { text: "03/10/2014,10:00:06.002,x,1,0,,", file: "as it was named" });
  await bench([letter(1), bad, letter(3)], async ({ replay, ids, store }) => {
    const result = await replay();
    assert.deepEqual(countsOf(result), {
      letters: 3,
      replayed: 2,
      still_refused: 1,
      not_replayable: 0,
      not_reached: 0,
      rows: [3, 2, 1],
    });
    assert.deepEqual(ids(), [1, 3].map(idOf));
    const [left, ...others] = store.list();
    assert.deepEqual(others, []);
    assert.ok(left);
    const { reason, ...rest } = left;
    assert.match(reason, /price/);
    const { reason: _, ...before } = bad;
    assert.deepEqual(rest, { ...before, id: 2, origin: null, rule: "not_a_number", intact: true, retired: null });
  });
});

Deno.test("runReplay() writes a letter of one version for that version only, to its topic beside the other version's", async () => {
  const letters = [letter(1, { schemaVersion: "v1" }), letter(2, { schemaVersion: "v2" }), letter(3)];
  await bench(letters, async ({ replay, ids, store }) => {
    const result = await replay({}, { schemaVersion: "both" });
    assert.deepEqual(ids(`${TOPIC}.v1`), [1, 3].map(idOf));
    assert.deepEqual(ids(), [2, 3].map(idOf));
    assert.equal(store.count(), 0);
    assert.deepEqual(result.report.versions, {
      v1: { acked: 2, dead_lettered: 0, duplicates_skipped: 0 },
      v2: { acked: 2, dead_lettered: 0, duplicates_skipped: 0 },
    });
    assert.deepEqual(countsOf(result), {
      letters: 3,
      replayed: 3,
      still_refused: 0,
      not_replayable: 0,
      not_reached: 0,
      rows: [3, 3, 0],
    });
  });
});

Deno.test("runReplay() leaves a letter of a version that is not written", async () => {
  await bench([letter(1, { schemaVersion: "v1" }), letter(2, { schemaVersion: "v2" })], async (on) => {
    const { report } = await on.replay({}, { schemaVersion: "v2" });
    assert.deepEqual([report.replayed, report.not_replayable_reasons], [1, { other_version: 1 }]);
    assert.deepEqual([on.ids(), on.store.list().map(({ row }) => row)], [[idOf(2)], [1]]);
  });
});

Deno.test("runReplay() leaves the letter that a row has for a version that is not written", async () => {
  const letters = [letter(1, { schemaVersion: "v1" }), letter(1, { schemaVersion: "v2" })];
  await bench(letters, async ({ replay, store }) => {
    await replay({}, { schemaVersion: "v2" });
    assert.deepEqual(store.list().map(({ id, schemaVersion }) => [id, schemaVersion]), [[1, "v1"]]);
  });
});

Deno.test("runReplay() continues however many rows are refused again", async () => {
  const letters = Array.from({ length: 1_200 }, (_, at) => letter(at + 1, { text: "x" }));
  await bench([...letters, letter(1_300)], async ({ replay, ids }) => {
    const { report } = await replay();
    assert.deepEqual([report.still_refused, report.replayed, report.stopped, ids()], [1_200, 1, [], [idOf(1_300)]]);
  });
});

Deno.test("runReplay() turns a letter for all versions into one for the version that still refuses the row", async () => {
  // Without a company number a trade cannot be written as v1.
  const format = { ...FORMAT, companyId: undefined };
  await bench([letter(5, { messageId: null })], async ({ replay, ids, store }) => {
    const result = await replay({ format }, { schemaVersion: "both" });
    assert.deepEqual(countsOf(result), {
      letters: 1,
      replayed: 0,
      still_refused: 1,
      not_replayable: 0,
      not_reached: 0,
      rows: [1, 0, 1],
    });
    const [id] = ids();
    assert.ok(id);
    assert.deepEqual(ids(`${TOPIC}.v1`), []);
    assert.deepEqual(store.list().map(({ row, schemaVersion, messageId }) => [row, schemaVersion, messageId]), [
      [5, "v1", id],
    ]);
    assert.equal((await replay({}, { schemaVersion: "both" })).report.replayed, 1);
    assert.deepEqual([ids(`${TOPIC}.v1`), ids(), store.count()], [[id], [id], 0]);
  });
});

Deno.test("runReplay() removes that one of a row's two letters whose version takes it", async () => {
  const letters = [letter(5, { schemaVersion: "v1" }), letter(5, { schemaVersion: "v2" })];
  await bench(letters, async ({ replay, ids, store }) => {
    const result = await replay({ format: { ...FORMAT, companyId: undefined } }, { schemaVersion: "both" });
    assert.deepEqual(countsOf(result), {
      letters: 2,
      replayed: 1,
      still_refused: 1,
      not_replayable: 0,
      not_reached: 0,
      rows: [1, 0, 1],
    });
    assert.deepEqual([ids(`${TOPIC}.v1`), ids()], [[], [idOf(5)]]);
    assert.deepEqual(store.list().map(({ id, schemaVersion }) => [id, schemaVersion]), [[1, "v1"]]);
  });
});

Deno.test("runReplay() keeps the version of a letter whose row cannot even be read with these settings", async () => {
  await bench([letter(5, { schemaVersion: "v1" })], async ({ replay, store }) => {
    await replay({ format: { ...FORMAT, format: "ndjson" } }, { schemaVersion: "v1" });
    assert.deepEqual(
      store.list().map(({ id, schemaVersion, rule, messageId }) => [id, schemaVersion, rule, messageId]),
      [
        [1, "v1", "not_json", idOf(5)],
      ],
    );
  });
});

Deno.test("runReplay() keeps letters that do not hold their row unchanged", async () => {
  const cut = letter(1, { length: 2_000_000, rule: "row_too_long" });
  await bench([cut, letter(2), letter(3)], async ({ replay, ids, store, database }) => {
    database.prepare("UPDATE dead_letters SET original = x'00' WHERE row = 2").run();
    const result = await replay();
    assert.deepEqual(result.report.not_replayable_reasons, { cut_row: 1, damaged: 1 });
    assert.deepEqual(countsOf(result), {
      letters: 3,
      replayed: 1,
      still_refused: 0,
      not_replayable: 2,
      not_reached: 0,
      rows: [1, 1, 0],
    });
    assert.deepEqual([ids(), store.list().map(({ row }) => row)], [[idOf(3)], [1, 2]]);
  });
});

Deno.test("runReplay() replays one of two letters of a row that hold different bytes", async () => {
  const other = letter(5, { schemaVersion: "v2", messageId: idOf(77), text: "03/10/2014,10:00:07.000,1,1,0,," });
  await bench([letter(5), other], async ({ replay, ids, store }) => {
    assert.deepEqual((await replay()).report.not_replayable_reasons, { other_bytes: 1 });
    assert.deepEqual([ids(), store.list().map(({ id }) => id)], [[idOf(5)], [2]]);
    await replay();
    assert.deepEqual([ids(), store.count()], [[idOf(5), idOf(77)], 0]);
  });
});

Deno.test("runReplay() replays only the letters that the filter selects, with the other letters of the same row", async () => {
  const letters = [
    letter(1, { rule: "empty" }),
    letter(2),
    letter(2, { schemaVersion: "v2", rule: "lossy" }),
    letter(3, { source: "trades:/data/3153.csv", file: "/data/3153.csv" }),
    letter(4),
  ];
  await bench(letters, async ({ replay, ids, store }) => {
    const filter = { dataType: "trades", rule: "bad_date", sourcePart: "7078", ids: [2, 4] } as const;
    const { report } = await replay({ filter });
    assert.deepEqual([report.letters, report.replayed, ids()], [2, 2, [idOf(2)]]);
    assert.deepEqual(store.list().map(({ id }) => id), [1, 4, 5]);
  });
});

Deno.test("runReplay() that is interrupted and run again writes no row twice and forgets none", async () => {
  const rows = Array.from({ length: 1_500 }, (_, at) => at + 1);
  await bench(rows.map((row) => letter(row)), async ({ replay, ids, store, log }) => {
    const stopping = new AbortController();
    const settings = { pipeline: { batchRows: 50, windowRows: 200 } };
    const third = log.broker.faults.next("send", { type: "hang" }, { skip: 2 });
    const first = replay({ signal: stopping.signal }, settings);
    await third.reached;
    stopping.abort();
    third.release();
    const { report } = await first;
    assert.equal(report.interrupted, true);
    assert.ok(report.replayed > 0 && report.not_reached > 0, JSON.stringify(report));
    assert.equal(report.replayed + report.not_reached, rows.length);
    assert.deepEqual([ids().length, store.count()], [report.replayed, report.not_reached]);
    assert.equal((await replay({}, settings)).report.replayed, report.not_reached);
    assert.deepEqual([ids(), store.count()], [rows.map(idOf), 0]);
  });
});

Deno.test("runReplay() sends nothing more when a letter cannot be removed, and says how many are in the topic", async () => {
  const rows = Array.from({ length: 1_000 }, (_, at) => at + 1);
  await bench(rows.map((row) => letter(row)), async ({ replay, ids, store, database }) => {
    database.prepare(
      "CREATE TRIGGER full BEFORE DELETE ON dead_letters BEGIN SELECT RAISE(ABORT, 'the disk is full'); END",
    ).run();
    const settings = { pipeline: { batchRows: 50, windowRows: 100 } };
    await assert.rejects(replay({}, settings), (error) => {
      assert.ok(error instanceof LettersNotRemovedError);
      assert.match(error.message, /disk is full/);
      return error.rows === ids().length;
    });
    assert.ok(ids().length <= 300, `${ids().length} rows were sent`);
    assert.equal(store.count(), rows.length);
  });
});

/** Restores the letters as they were when a process was killed: rows may be in the topic. */
async function killedAfter(
  on: Bench,
  rows: number,
  settings: SettingsInput = {},
  options: Partial<ReplayJobOptions> = {},
): Promise<void> {
  const letters = on.store.list({ limit: 10_000 });
  const notes = on.database.prepare("SELECT * FROM marks").all();
  assert.deepEqual(notes, []);
  on.database.prepare(
    "CREATE TRIGGER killed BEFORE DELETE ON dead_letters BEGIN SELECT RAISE(ABORT, 'killed'); END",
  ).run();
  const small = { pipeline: { batchRows: 10, windowRows: 10 }, ...settings };
  await assert.rejects(
    on.replay({ ...options, filter: { dataType: "trades", ids: letters.slice(0, rows).map(({ id }) => id) } }, small),
  );
  on.database.prepare("DROP TRIGGER killed").run();
  assert.equal(on.store.count(), letters.length);
}

Deno.test("runReplay() finds the rows that a killed replay has written, and does not write them again", async () => {
  const rows = Array.from({ length: 30 }, (_, at) => at + 1);
  // A row without an id gets the same one in each replay.
  await bench(rows.map((row) => letter(row, row % 2 === 0 ? {} : { messageId: null })), async (on) => {
    await killedAfter(on, 7);
    assert.equal(on.ids().length, 7);
    const result = await on.replay();
    assert.deepEqual(countsOf(result), {
      letters: 30,
      replayed: 23,
      still_refused: 0,
      not_replayable: 0,
      not_reached: 0,
      rows: [23, 23, 0],
    });
    assert.equal(result.report.found_in_topic, 7);
    assert.deepEqual([on.ids().length, new Set(on.ids()).size, on.store.count()], [30, 30, 0]);
  });
});

Deno.test("runReplay() searches for no rows after a clean end, nor before the first replay", async () => {
  await bench([letter(1)], async (on) => {
    await on.replay();
    // The same row fails again for another reason, so a later replay writes it again.
    on.store.add([letter(1)]);
    const { report } = await on.replay();
    assert.deepEqual([report.replayed, report.found_in_topic, on.ids()], [1, 0, [idOf(1), idOf(1)]]);
    assert.deepEqual(on.database.prepare("SELECT * FROM marks").all(), []);
  });
});

Deno.test("runReplay() reads only what was written since the killed replay began", async () => {
  await bench([letter(1)], async (on) => {
    await on.replay();
    on.store.add([letter(2)]);
    await killedAfter(on, 1);
    on.store.add([letter(1)]);
    const { report } = await on.replay();
    assert.deepEqual([report.replayed, report.found_in_topic], [1, 1]);
    assert.deepEqual(on.ids(), [1, 2, 1].map(idOf));
  });
});

Deno.test("runReplay() finds the rows of a replay that the log stopped in the middle", async () => {
  await bench([letter(1), letter(2)], async (on) => {
    const { faults } = on.log.broker;
    faults.next("send", { type: "unknown", stored: "yes" });
    // Only reading can tell the fate of the send, and this log-in may not read.
    faults.next("read", { type: "fail", code: "unauthorized" }, { times: Infinity });
    const { report } = await on.replay();
    assert.deepEqual([report.stopped.length, report.replayed, on.ids().length, on.store.count()], [1, 0, 2, 2]);
    faults.clear();
    assert.equal((await on.replay()).report.found_in_topic, 2);
    assert.deepEqual([on.ids(), on.store.count()], [[idOf(1), idOf(2)], 0]);
  });
});

Deno.test("runReplay() writes a row only as the version that a killed replay has not written", async () => {
  const both = { schemaVersion: "both" } as const;
  await bench([letter(1, { schemaVersion: "v1" }), letter(2, { schemaVersion: "v1" })], async (on) => {
    await killedAfter(on, 2, both);
    assert.deepEqual(on.ids(`${TOPIC}.v1`), [idOf(1), idOf(2)]);
    // Simulates a kill after the first row was sent for one of both versions.
    on.store.remove([1]);
    on.store.add([letter(1, { messageId: idOf(1) })]);
    const { report } = await on.replay({}, both);
    assert.deepEqual([report.letters, report.found_in_topic, report.replayed], [2, 1, 1]);
    assert.deepEqual([on.ids(`${TOPIC}.v1`), on.ids()], [[idOf(1), idOf(2)], [idOf(1)]]);
    assert.equal(on.store.count(), 0);
  });
});

Deno.test("runReplay() does not count rows of another version, or of a deleted topic, as written", async () => {
  await bench([letter(1, { schemaVersion: "v1" })], async (on) => {
    await killedAfter(on, 1, { schemaVersion: "v1" });
    // v1 and v2 share one topic, and a v2 replay that was killed has just begun.
    on.database.prepare("UPDATE checkpoints SET versions = 'v2'").run();
    on.store.add([letter(1, { schemaVersion: "v2" })]);
    on.store.remove([1]);
    assert.equal((await on.replay()).report.replayed, 1);
    assert.deepEqual(on.ids(), [idOf(1), idOf(1)]);
  });
  await bench([letter(1)], async (on) => {
    await killedAfter(on, 1);
    on.log.broker.recreateTopic(TOPIC);
    assert.equal((await on.replay()).report.replayed, 1);
    assert.deepEqual(on.ids(), [idOf(1)]);
  });
});

Deno.test("runReplay() without letters opens nothing", async () => {
  await bench([], async ({ replay, log }) => {
    const result = await replay();
    assert.deepEqual(countsOf(result), {
      letters: 0,
      replayed: 0,
      still_refused: 0,
      not_replayable: 0,
      not_reached: 0,
      rows: [0, 0, 0],
    });
    assert.deepEqual(log.broker.topicNames, []);
  });
});

Deno.test("runReplay() keeps letters whose source was loaded from its start since", async () => {
  await bench([letter(1, { versions: "v2" }), letter(2)], async ({ replay, ids, store }) => {
    store.retire({ source: letter(1).source, versions: "v2" }, { at: 1, why: "--restart" });
    const { report } = await replay();
    assert.deepEqual([report.replayed, report.not_replayable_reasons], [1, { retired: 1 }]);
    assert.deepEqual([ids(), store.list().map(({ row, retired }) => [row, retired?.why])], [[idOf(2)], [[
      1,
      "--restart",
    ]]]);
  });
});

Deno.test("runReplay() leaves a bad row of a load under another version flag to a replay under that flag", async () => {
  await bench([letter(1, { versions: "v1" }), letter(2, { versions: "v2" })], async ({ replay, ids, store }) => {
    const { report } = await replay();
    assert.deepEqual([report.replayed, report.not_replayable_reasons, ids()], [1, { other_version: 1 }, [idOf(2)]]);
    await replay({}, { schemaVersion: "v1" });
    assert.equal(store.count(), 0);
  });
});

Deno.test("runReplay() writes no row that a topic has with onlyMissing", async () => {
  await bench([letter(1)], async (on) => {
    await on.replay();
    on.store.add([letter(1), letter(2)]);
    const { report } = await on.replay({ onlyMissing: true });
    assert.deepEqual([report.found_in_topic, report.replayed, report.id_reused, on.store.count()], [1, 1, 0, 0]);
    assert.deepEqual(on.ids(), [1, 2].map(idOf));
  });
});

for (const version of ["v1", "v2"] as const) {
  Deno.test(`runReplay() writes a row whose id a topic has with other ${version} content only, and counts it`, async () => {
    const settings = { schemaVersion: version };
    await bench([letter(1)], async (on) => {
      await on.replay({}, settings);
      // The venue started its ids again, or the row was corrected.
      on.store.add([letter(1, { text: "03/10/2014,10:00:06.001,99.5,1,0,,", origin: OTHER }), letter(2)]);
      const { report } = await on.replay({ onlyMissing: true }, settings);
      assert.deepEqual([report.found_in_topic, report.replayed, report.id_reused, on.store.count()], [0, 2, 1, 0]);
      assert.partialDeepStrictEqual(report.id_reused_example, { row: 1, offset: 0 });
      assert.equal(report.id_reused_example?.differs["price"]?.row, "99.5");
      assert.deepEqual(on.ids(), [1, 1, 2].map(idOf));
    });
  });
}

Deno.test("runReplay() counts a record for only one of any number of equal rows", async () => {
  const other = { source: "trades:/data/copy.csv", file: "/data/copy.csv" };
  await bench([letter(1)], async (on) => {
    await on.replay();
    on.store.add([letter(1), letter(1, other)]);
    const { report } = await on.replay({ onlyMissing: true });
    assert.deepEqual([report.found_in_topic, report.replayed, report.id_reused, on.store.count()], [1, 1, 0, 0]);
    assert.deepEqual(on.ids(), [1, 1].map(idOf));
  });
});

Deno.test("runReplay() after a killed one finds each row by its own record, among any number of equal ones", async () => {
  const copyOf = (row: number) =>
    letter(row, { source: "trades:/data/copy.csv", file: "/data/copy.csv", origin: OTHER });
  const rows = Array.from({ length: 20 }, (_, at) => at + 1);
  await bench([...rows.map((row) => letter(row, { origin: ORIGIN })), ...rows.map(copyOf)], async (on) => {
    await killedAfter(on, 7);
    const { report } = await on.replay();
    assert.deepEqual([report.found_in_topic, report.replayed, report.id_reused, on.store.count()], [7, 33, 0, 0]);
    const ids = on.ids();
    assert.ok(rows.every((row) => ids.filter((id) => id === idOf(row)).length === 2), ids.join());
    assert.deepEqual(
      sourcesIn(on.log).sort(),
      [
        ...rows.map((row) => `${ORIGIN} ${row}`),
        ...rows.map((row) => `${OTHER} ${row}`),
      ].sort(),
    );
  });
});

Deno.test("runReplay() after a killed one finds rows that share an id of their venue", async () => {
  // Without an origin each row has its own.
  for (const origin of [ORIGIN, null]) {
    const rows = Array.from({ length: 20 }, (_, at) => letter(at + 1, { messageId: idOf(at % 5), origin }));
    await bench(rows, async (on) => {
      await killedAfter(on, 7);
      const { report } = await on.replay();
      assert.deepEqual([report.found_in_topic, report.replayed, on.store.count()], [7, 13, 0]);
      assert.equal(new Set(sourcesIn(on.log)).size, 20, "each row once");
      assert.equal(on.ids().length, 20);
    });
  }
});

Deno.test("runReplay() does not mistake rows that a load of another day has written meanwhile for its own", async () => {
  await bench([letter(1, { origin: ORIGIN }), letter(2, { origin: ORIGIN })], async (on) => {
    await killedAfter(on, 1);
    // The existing record belongs to another load.
    const partition = on.log.broker.topic(TOPIC)?.partitions.find(({ records }) => records.length > 0);
    const [record] = partition?.records ?? [];
    assert.ok(partition && record);
    partition.records.splice(0, 1, { ...record, headers: [["src", Uint8Array.fromHex(`${OTHER}01`)]] });
    const { report } = await on.replay();
    assert.deepEqual([report.found_in_topic, report.replayed], [0, 2]);
  });
});

Deno.test("runReplay() with onlyMissing gives each record to the row that it names, before any equal one", async () => {
  const copy = letter(1, { source: "trades:/data/copy.csv", file: "/data/copy.csv", origin: OTHER });
  await bench([copy], async (on) => {
    await on.replay();
    on.store.add([letter(1, { origin: ORIGIN }), copy]);
    const { report } = await on.replay({ onlyMissing: true });
    assert.deepEqual([report.found_in_topic, report.replayed, on.store.count()], [1, 1, 0]);
    assert.deepEqual(sourcesIn(on.log).sort(), [`${ORIGIN} 1`, `${OTHER} 1`]);
  });
});

Deno.test("runReplay() keeps the letter of a row that an unfinished replay with other flags has written", async () => {
  const twice = { text: "04/06/2014,02:30:00.000,36.78,358,0,,", messageId: null, origin: ORIGIN };
  const later = { format: { ...FORMAT, ambiguousTime: "later" } } as const;
  await bench([letter(1, twice), letter(2, twice)], async (on) => {
    await killedAfter(on, 1, {}, { format: { ...FORMAT, ambiguousTime: "earlier" } });
    const { report } = await on.replay(later);
    assert.deepEqual([report.replayed, report.not_replayable_reasons], [1, { other_flags: 1 }]);
    assert.deepEqual([sourcesIn(on.log), on.store.list().map(({ row }) => row)], [[`${ORIGIN} 1`, `${ORIGIN} 2`], [1]]);
  });
});

Deno.test("runReplay() settles the letters that loads under other version flags left of the same rows", async () => {
  const [v1, v2] = ["m.{data_type}.v1", "m.{data_type}"];
  const topics = { pattern: { v1, v2, both: { v1, v2 } } };
  const lettersOf = (version: "v1" | "v2") =>
    [1, 2, 3].flatMap((row) =>
      ([version, "both"] as const).map((versions) => letter(row, { versions, origin: ORIGIN }))
    );
  const rows = lettersOf("v2");
  await bench(rows, async (on) => {
    const { report } = await on.replay({}, { topics, schemaVersion: "both" });
    assert.partialDeepStrictEqual(report, { letters: 6, replayed: 6, not_replayable: 0, not_reached: 0 });
    assert.deepEqual([on.store.count(), on.ids("m.trades").length, on.ids("m.trades.v1").length], [0, 3, 3]);
  });
  await bench(rows, async (on) => {
    const { report } = await on.replay({}, { topics, schemaVersion: "v2" });
    assert.partialDeepStrictEqual(report, { letters: 6, replayed: 3, not_replayable: 3 });
    assert.deepEqual(
      on.store.list().map(({ row, schemaVersion, versions }) => [row, schemaVersion, versions]),
      [1, 2, 3]
        .map((row) => [row, "v1", "both"]),
    );
    await on.replay({}, { topics, schemaVersion: "both" });
    assert.deepEqual([on.store.count(), on.ids("m.trades").length, on.ids("m.trades.v1").length], [0, 3, 3]);
  });
  // If they write to other topics, each replay settles only its own.
  await bench(lettersOf("v1"), async (on) => {
    await on.replay({}, { schemaVersion: "both" });
    assert.deepEqual(on.store.list().map(({ versions }) => versions), ["v1", "v1", "v1"]);
  });
});

const MOVED = { source: "trades:/data/moved.csv", file: "/data/moved.csv" };

Deno.test("runReplay() settles the letters of a row by its load, even if its file was renamed between two of them", async () => {
  const [v1, v2] = ["m.{data_type}.v1", "m.{data_type}"];
  const topics = { pattern: { v1, v2, both: { v1, v2 } } };
  for (const [old, moved] of [["v2", "both"], ["both", "v2"]] as const) {
    for (const order of [["v2", "both"], ["both", "v2"]] as const) {
      const letters = [1, 2, 3].flatMap((row) => [
        letter(row, { versions: old, origin: ORIGIN }),
        letter(row, { versions: moved, origin: ORIGIN, ...MOVED }),
        // The same row of another file.
        letter(row, { versions: "v2", origin: OTHER, source: "trades:/data/x.csv", messageId: idOf(row + 10) }),
      ]);
      await bench(letters, async (on) => {
        for (const schemaVersion of order) await on.replay({}, { topics, schemaVersion });
        const about = `${old}, ${moved}: ${order.join()}`;
        assert.deepEqual([on.store.count(), on.ids("m.trades.v1").length], [0, 3], about);
        assert.deepEqual(on.ids("m.trades").sort(), [1, 2, 3, 11, 12, 13].map(idOf), about);
      });
    }
  }
});

Deno.test("runReplay() writes a row once if it has letters under two names of its file", async () => {
  for (const names of [[{}, MOVED], [MOVED, {}]]) {
    for (const rest of [[], [letter(600)]]) {
      const letters = [1, 2].flatMap((row) =>
        (["v2", "both"] as const).map((versions, at) =>
          letter(row, { versions, schemaVersion: "v2", origin: ORIGIN, ...names[at] })
        )
      );
      await bench([...letters, ...rest], async (on) => {
        const { report } = await on.replay();
        const rows = 2 + rest.length, all = 4 + rest.length;
        assert.partialDeepStrictEqual(report, { letters: all, replayed: all, not_replayable: 0, not_reached: 0 });
        assert.deepEqual([on.store.count(), report.acked, on.ids().length], [0, rows, rows]);
      });
      // Only one of the two was selected: the other one is replayed with it.
      await bench(letters, async (on) => {
        for (const id of [1, 2, 3, 4]) await on.replay({ filter: { ids: [id] } });
        assert.deepEqual([on.store.count(), on.ids().length], [0, 2]);
      });
    }
  }
});

Deno.test("runReplay() writes a row as all versions that its letters under two names of its file lack", async () => {
  const letters = [
    letter(1, { versions: "both", schemaVersion: "v1", origin: ORIGIN }),
    letter(1, { versions: "both", schemaVersion: "v2", origin: ORIGIN, ...MOVED }),
  ];
  await bench(letters, async (on) => {
    const { report } = await on.replay({}, { schemaVersion: "both" });
    assert.partialDeepStrictEqual(report, { letters: 2, replayed: 2, not_reached: 0 });
    assert.deepEqual([on.store.count(), on.ids(), on.ids(`${TOPIC}.v1`)], [0, [idOf(1)], [idOf(1)]]);
  });
});

Deno.test("runReplay() after a killed one finds rows by their loads, under any names of their files", async () => {
  for (const names of [[{}, MOVED], [MOVED, {}]]) {
    const lettersOf = (change: { readonly text?: string }) =>
      [1, 2].flatMap((row) =>
        (["v2", "both"] as const).map((versions, at) =>
          letter(row, { versions, schemaVersion: "v2", messageId: null, origin: ORIGIN, ...names[at], ...change })
        )
      );
    await bench(lettersOf({}), async (on) => {
      await killedAfter(on, 1);
      const { report } = await on.replay();
      assert.partialDeepStrictEqual(report, { letters: 4, found_in_topic: 2, replayed: 2, not_reached: 0 });
      assert.deepEqual([on.store.count(), sourcesIn(on.log)], [0, [`${ORIGIN} 1`, `${ORIGIN} 2`]]);
    });
    await bench(lettersOf({ text: "04/06/2014,02:30:00.000,36.78,358,0,," }), async (on) => {
      await killedAfter(on, 1, {}, { format: { ...FORMAT, ambiguousTime: "earlier" } });
      const { report } = await on.replay({ format: { ...FORMAT, ambiguousTime: "later" } });
      assert.deepEqual([report.replayed, report.not_replayable_reasons], [2, { other_flags: 2 }]);
      assert.deepEqual(sourcesIn(on.log), [`${ORIGIN} 1`, `${ORIGIN} 2`]);
    });
  }
});

Deno.test("runReplay() keeps both letters of a row under two names of its file if it is refused again", async () => {
  const letters = [{}, MOVED].map((name, at) =>
    letter(1, { versions: at === 0 ? "v2" : "both", schemaVersion: "v2", origin: ORIGIN, text: "bad", ...name })
  );
  await bench(letters, async (on) => {
    const { report } = await on.replay();
    assert.partialDeepStrictEqual(report, { letters: 2, replayed: 0, still_refused: 2, not_reached: 0 });
    const kept = on.store.list().map(({ source, file, versions, id }) => [id, source, file, versions]);
    assert.deepEqual(kept, [
      [1, "trades:/data/7078.csv", "/data/7078.csv", "v2"],
      [2, MOVED.source, MOVED.file, "both"],
    ]);
  });
});

Deno.test("runReplay() after a killed one writes a row whose id another writer has used meanwhile", async () => {
  await bench([letter(1)], async (on) => {
    await killedAfter(on, 1);
    on.store.remove([1]);
    on.store.add([letter(1, { text: "03/10/2014,10:00:06.001,99.5,1,0,,", origin: OTHER })]);
    const { report } = await on.replay();
    assert.deepEqual([report.found_in_topic, report.replayed, report.id_reused], [0, 1, 1]);
    assert.deepEqual(on.ids(), [1, 1].map(idOf));
  });
});
