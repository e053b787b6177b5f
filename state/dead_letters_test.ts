import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { mock } from "node:test";
import { StorageError } from "../storage/storage_error.ts";
import { StateDatabase } from "./database.ts";
import type { DeadLetterFilter } from "./dead_letter_filter.ts";
import { type DeadLetter, DeadLetterStore } from "./dead_letters.ts";
import { MIGRATIONS } from "./migrations.ts";

const LETTER: DeadLetter = {
  source: "trades:/data/7078.csv",
  dataType: "trades",
  row: 17,
  schemaVersion: null,
  versions: "v2",
  file: "7078.csv",
  line: 17,
  offset: 640,
  length: 5,
  stage: "receiving",
  rule: "wrong_column_count",
  reason: "It has 1 column.",
  bytes: Uint8Array.of(0, 255, 34, 10, 13),
  messageId: null,
  header: "timestamp,price",
  origin: "00000000000000aa",
  recordedAt: 1_700_000_000_123,
};

function withStore(run: (store: DeadLetterStore, database: StateDatabase) => void): void {
  const folder = Deno.makeTempDirSync();
  try {
    using database = StateDatabase.open(folder);
    run(new DeadLetterStore(database), database);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

Deno.test("DeadLetterStore gives back what it was given, byte for byte", () => {
  withStore((store) => {
    const other: DeadLetter = {
      ...LETTER,
      dataType: "reference_data",
      row: 2 ** 40,
      schemaVersion: "v1",
      offset: 2 ** 50,
      bytes: new Uint8Array(0),
      messageId: "01234567-89ab-8def-8123-456789abcdef",
      stage: "sending",
    };
    store.add([LETTER, other]);
    const [first, second] = store.list();
    assert.deepEqual(first, { id: 1, ...LETTER, intact: true, retired: null });
    assert.deepEqual(second, { id: 2, ...other, intact: true, retired: null });
    assert.deepEqual(store.get(2), second);
    assert.equal(store.get(3), null);
  });
});

Deno.test("DeadLetterStore.add() keeps one letter for a row and version, with its id and its first time", () => {
  withStore((store) => {
    store.add([LETTER]);
    store.add([LETTER, { ...LETTER, rule: "bad_date", reason: "Now it is this.", recordedAt: 9 }]);
    const expected = { id: 1, ...LETTER, rule: "bad_date", reason: "Now it is this.", intact: true, retired: null };
    assert.deepEqual(store.list(), [expected]);
  });
});

for (
  const [what, change] of [
    ["another source", { source: "trades:/data/3153.csv" }],
    ["another data type", { dataType: "quotes" }],
    ["another row", { row: 18 }],
    ["another schema version", { schemaVersion: "v1" }],
  ] satisfies [string, Partial<DeadLetter>][]
) {
  Deno.test(`DeadLetterStore.add() keeps a letter of ${what} apart`, () => {
    withStore((store) => {
      store.add([LETTER, { ...LETTER, ...change }]);
      assert.equal(store.count(), 2);
    });
  });
}

Deno.test("DeadLetterStore.add() stores all of a batch or nothing", () => {
  withStore((store) => {
    // @ts-expect-error a reason is text
    const broken: DeadLetter = { ...LETTER, row: 18, reason: null };
    assert.throws(() => store.add([LETTER, broken]));
    assert.equal(store.count(), 0);
    store.add([]);
    assert.equal(store.count(), 0);
  });
});

Deno.test("DeadLetterStore.add() is part of a transaction around it", () => {
  withStore((store, database) => {
    assert.throws(() =>
      database.transaction(() => {
        store.add([LETTER]);
        assert.equal(store.count(), 1);
        throw new Error("the checkpoint could not be written");
      }), /checkpoint/);
    assert.equal(store.count(), 0);
  });
});

Deno.test("DeadLetterStore.countBy() counts by rule, source, stage and data type", () => {
  withStore((store) => {
    store.add([
      LETTER,
      { ...LETTER, row: 18, rule: "bad_date" },
      { ...LETTER, row: 19, rule: "bad_date", stage: "sending", dataType: "quotes", source: "quotes:x" },
    ]);
    assert.deepEqual(Object.entries(store.countBy("rule")), [["bad_date", 2], ["wrong_column_count", 1]]);
    assert.deepEqual(store.countBy("source"), { "trades:/data/7078.csv": 2, "quotes:x": 1 });
    assert.deepEqual(store.countBy("stage"), { receiving: 2, sending: 1 });
    assert.deepEqual(store.countBy("data_type"), { trades: 2, quotes: 1 });
  });
});

Deno.test("DeadLetterStore.list() gives pages in the order of recording", () => {
  withStore((store) => {
    store.add(Array.from({ length: 250 }, (_, index) => ({ ...LETTER, row: 1000 - index })));
    const pages = [store.list(), store.list({ after: 100 }), store.list({ after: 200, limit: 40 })];
    assert.deepEqual(pages.map((page) => page.length), [100, 100, 40]);
    assert.deepEqual(pages.flat().map(({ id }) => id), Array.from({ length: 240 }, (_, index) => index + 1));
    assert.equal(pages[0]?.[0]?.row, 1000);
  });
});

Deno.test("DeadLetterStore.list() and count() take only the letters that are asked for", () => {
  withStore((store) => {
    store.add([
      LETTER,
      { ...LETTER, row: 18, rule: "bad_date" },
      { ...LETTER, row: 19, rule: "bad_date", dataType: "quotes", source: "quotes:x" },
      { ...LETTER, row: 20, rule: "bad_date" },
    ]);
    const ids = (filter: Parameters<DeadLetterStore["list"]>[0]) => store.list(filter).map(({ id }) => id);
    assert.deepEqual(ids({ rule: "bad_date" }), [2, 3, 4]);
    assert.deepEqual(ids({ rule: "bad_date", source: LETTER.source }), [2, 4]);
    assert.deepEqual(ids({ rule: "bad_date", source: LETTER.source, after: 2 }), [4]);
    assert.deepEqual(ids({ dataType: "quotes" }), [3]);
    assert.deepEqual(ids({ source: "trades:/nowhere" }), []);
    assert.equal(store.count({ rule: "bad_date" }), 3);
    assert.equal(store.count({ rule: "bad_date", dataType: "trades" }), 2);
  });
});

Deno.test("DeadLetterStore filters by ids, by row, and by part of a source's id or name", () => {
  withStore((store) => {
    store.add([
      LETTER,
      { ...LETTER, row: 18, rule: "bad_date" },
      { ...LETTER, row: 18, source: "trades:/data/50%_3153.csv", file: "other" },
    ]);
    const ids = (filter: Parameters<DeadLetterStore["list"]>[0]) => store.list(filter).map(({ id }) => id);
    assert.deepEqual(ids({ ids: [3, 1, 99] }), [1, 3]);
    assert.deepEqual(ids({ ids: [] }), []);
    assert.deepEqual(ids({ row: 18, source: LETTER.source }), [2]);
    assert.deepEqual(ids({ sourcePart: "7078" }), [1, 2]);
    assert.deepEqual(ids({ sourcePart: "50%_" }), [3]);
    assert.deepEqual(ids({ sourcePart: "the" }), [3]);
    assert.deepEqual(ids({ sourcePart: "%" }), [3], "no pattern");
    assert.deepEqual(store.countBy("rule", { row: 18 }), { bad_date: 1, wrong_column_count: 1 });
  });
});

Deno.test("DeadLetterStore.listSources() names the sources with the letters that are asked for", () => {
  withStore((store) => {
    const other = { source: "trades:/data/3153.csv", file: "3153.csv" };
    store.add([{ ...LETTER, ...other }, LETTER, { ...LETTER, row: 18, rule: "bad_date" }]);
    store.add([{ ...LETTER, dataType: "quotes" }]);
    const { source, file, dataType } = LETTER;
    assert.deepEqual(store.listSources({ dataType: "trades" }), [
      { ...other, dataType, letters: 1 },
      { source, file, dataType, letters: 2 },
    ]);
    assert.deepEqual(store.listSources({ rule: "bad_date" }), [{ source, file, dataType, letters: 1 }]);
    assert.equal(store.listSources().length, 3);
  });
});

Deno.test("DeadLetterStore.listRows() gives all letters of the next rows that have one that is asked for", () => {
  withStore((store) => {
    const letters: DeadLetter[] = [
      { ...LETTER, row: 30, rule: "bad_date" },
      { ...LETTER, row: 10, rule: "bad_date" },
      { ...LETTER, row: 10, schemaVersion: "v1", rule: "lossy" },
      { ...LETTER, row: 20, rule: "empty" },
      { ...LETTER, row: 10, rule: "bad_date", source: "trades:/data/3153.csv" },
    ];
    store.add(letters);
    const { source, dataType } = LETTER;
    const places = (after: number, rows: number) =>
      store.listRows({ source, dataType, after, rows, filter: { rule: "bad_date" } })
        .map(({ row, schemaVersion }) => [row, schemaVersion]);
    assert.deepEqual(places(0, 1), [[10, null], [10, "v1"]]);
    assert.deepEqual(places(10, 9), [[30, null]]);
    assert.deepEqual(places(0, 9), [[10, null], [10, "v1"], [30, null]]);
    assert.deepEqual(places(30, 9), []);
  });
});

Deno.test("DeadLetterStore.remove() removes these letters, and never gives an id again", () => {
  withStore((store) => {
    store.add([LETTER, { ...LETTER, row: 18 }, { ...LETTER, row: 19 }]);
    assert.equal(store.remove([1, 3, 3, 77]), 2);
    assert.deepEqual(store.list().map(({ id, row }) => [id, row]), [[2, 18]]);
    store.add([LETTER]);
    assert.deepEqual(store.list().map(({ id, row }) => [id, row]), [[2, 18], [4, 17]]);
    assert.equal(store.remove([]), 0);
  });
});

Deno.test("DeadLetterStore.remove() is part of a transaction around it", () => {
  withStore((store, database) => {
    store.add([LETTER]);
    assert.throws(() =>
      database.transaction(() => {
        store.remove([1]);
        throw new Error("the checkpoint could not be written");
      }), /checkpoint/);
    assert.equal(store.count(), 1);
  });
});

Deno.test("DeadLetterStore stores a code that is not listed as such, and loses nothing of the letter", () => {
  withStore((store, database) => {
    store.add([{ ...LETTER, rule: "made_up", reason: "It was so." }]);
    database.prepare("UPDATE dead_letters SET checksum = NULL").run();
    store.add([{ ...LETTER, row: 18 }]);
    database.prepare("UPDATE dead_letters SET rule = 'of_before', checksum = NULL WHERE row = 18").run();
    const letters = store.list();
    assert.deepEqual(letters[0], {
      id: 1,
      ...LETTER,
      rule: "unlisted",
      reason: "made_up: It was so.",
      intact: true,
      retired: null,
    });
    assert.deepEqual(letters[1]?.rule, "unlisted");
    assert.equal(letters[1]?.reason, `of_before: ${LETTER.reason}`);
  });
});

Deno.test("DeadLetterStore tells a letter whose stored values were changed", () => {
  const changes = ["original = x'00'", "reason = 'x'", "message_id = 'x'", "row = 18", "target = 'v2'", "checksum = 1"];
  for (const change of changes) {
    withStore((store, database) => {
      store.add([LETTER]);
      assert.equal(store.get(1)?.intact, true);
      database.prepare(`UPDATE dead_letters SET ${change}`).run();
      assert.equal(store.get(1)?.intact, false, change);
    });
  }
});

Deno.test("DeadLetterStore says corrupt where a column holds what it never writes", () => {
  for (const change of ["stage = 'nowhere'", "recorded_at = 8640000000000001"]) {
    withStore((store, database) => {
      store.add([LETTER]);
      database.prepare(`UPDATE dead_letters SET ${change}`).run();
      assert.throws(() => store.list(), (error) => error instanceof StorageError && error.code === "corrupt", change);
    });
  }
});

Deno.test("DeadLetterStore reads the letters of a database of the first format", () => {
  const folder = Deno.makeTempDirSync();
  try {
    const old = new DatabaseSync(`${folder}/state.sqlite`);
    old.exec(`${MIGRATIONS[0]}; PRAGMA application_id = ${0x74666c53}; PRAGMA user_version = 1;
      INSERT INTO dead_letters VALUES (7, 's', 'trades', 1, '-', 'f', 1, 0, 2, 'receiving', 'bad_date', 'r', x'4142', NULL, 5)`);
    old.close();
    using database = StateDatabase.open(folder);
    const [letter] = new DeadLetterStore(database).list();
    assert.equal(letter?.id, 7);
    assert.equal(letter.intact, true);
    assert.deepEqual(letter.bytes, Uint8Array.of(0x41, 0x42));
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

const LOAD = { source: LETTER.source, versions: "v2" } as const;
const RETIRED = { at: 1_700_000_009_000, why: "the source was loaded from its start" };

Deno.test("DeadLetterStore.retire() closes the open letters of one load, and keeps them to be read", () => {
  withStore((store) => {
    store.add([LETTER, { ...LETTER, row: 18 }, { ...LETTER, versions: "v1" }, { ...LETTER, source: "trades:/data/a" }]);
    assert.equal(store.retire(LOAD, RETIRED), 2);
    assert.equal(store.retire(LOAD, { at: 5, why: "again" }), 0, "only open ones");
    assert.deepEqual(store.list().map(({ retired }) => retired), [RETIRED, RETIRED, null, null]);
    assert.deepEqual([store.count({ state: "open" }), store.count({ state: "retired" })], [2, 2]);
    assert.ok(store.list().every(({ intact }) => intact));
  });
});

Deno.test("DeadLetterStore.add() opens a letter that was retired, under its id", () => {
  withStore((store) => {
    store.add([LETTER]);
    store.retire(LOAD, RETIRED);
    store.add([{ ...LETTER, rule: "bad_date" }]);
    assert.deepEqual(store.list().map(({ id, retired, rule }) => [id, retired, rule]), [[1, null, "bad_date"]]);
  });
});

Deno.test("DeadLetterStore keeps a letter for each version flag, and counts those of one and of none that is known", () => {
  withStore((store) => {
    store.add([LETTER, { ...LETTER, versions: "both" }, { ...LETTER, row: 18, versions: null }]);
    assert.equal(store.count(), 3);
    assert.equal(store.count({ versions: "v2" }), 2);
    assert.equal(store.count({ versions: "v1" }), 1);
    assert.equal(
      store.retire({ ...LOAD, versions: "v1" }, RETIRED),
      0,
      "what is of no known load is of none that is begun",
    );
  });
});

Deno.test("DeadLetterStore.move() takes the letters of a load to another source, and leaves damage to be seen", () => {
  withStore((store, database) => {
    const rows = Array.from({ length: 250 }, (_, at) => ({ ...LETTER, row: at + 1 }));
    store.add([...rows, { ...LETTER, versions: "v1" }, {
      ...LETTER,
      source: "trades:/data/b",
      row: 3,
      rule: "bad_date",
    }]);
    database.prepare("UPDATE dead_letters SET original = x'00' WHERE id = 2").run();
    store.move(LOAD, { source: "trades:/data/b", file: "b" });
    const moved = store.list({ source: "trades:/data/b", limit: 1_000 });
    assert.deepEqual(moved.map(({ row }) => row), rows.map(({ row }) => row));
    assert.ok(
      moved.every(({ file, rule, intact, id }) => file === "b" && rule === LETTER.rule && intact === (id !== 2)),
    );
    assert.deepEqual(store.list({ source: LETTER.source }).map(({ versions }) => versions), ["v1"]);
  });
});

Deno.test("DeadLetterStore.drop() removes what a filter takes, and says how many", () => {
  withStore((store) => {
    store.add([LETTER, { ...LETTER, row: 18 }, { ...LETTER, row: 19, rule: "bad_date" }]);
    assert.equal(store.drop({ rule: "wrong_column_count", ids: [1, 3] }), 1);
    assert.deepEqual(store.list().map(({ row }) => row), [18, 19]);
    assert.deepEqual([store.drop({}), store.count()], [2, 0]);
  });
});

Deno.test("DeadLetterStore takes letters of the format before as they were, open and of no known load, and gives no id twice", () => {
  const folder = Deno.makeTempDirSync();
  try {
    StateDatabase.open(folder).close();
    const before = new DatabaseSync(`${folder}/state.sqlite`);
    before.exec(
      `DROP TABLE dead_letters; DROP TABLE checkpoints; DROP TABLE marks; ${
        MIGRATIONS.slice(0, 2).join("")
      } PRAGMA user_version = 2;`,
    );
    const insert = before.prepare(
      `INSERT INTO dead_letters (source, data_type, row, target, file, line, byte_offset, byte_length, stage, rule, reason,
         original, recorded_at) VALUES (?, 'trades', ?, '-', 'a', 1, 0, 1, 'receiving', 'bad_date', 'so', x'61', 5)`,
    );
    for (const row of [1, 2, 3]) insert.run(LETTER.source, row);
    before.exec("DELETE FROM dead_letters WHERE row = 3");
    before.close();
    using database = StateDatabase.open(folder);
    const store = new DeadLetterStore(database);
    const letters = store.list();
    assert.deepEqual(letters.map(({ id, row, versions, retired, intact }) => [id, row, versions, retired, intact]), [
      [1, 1, null, null, true],
      [2, 2, null, null, true],
    ]);
    store.add([LETTER]);
    assert.deepEqual(store.list().map(({ id }) => id), [1, 2, 4]);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

/** How SQLite would find what a read of the store asks for. */
function planOf(database: StateDatabase, read: (store: DeadLetterStore) => void): string {
  const prepare = mock.method(database, "prepare");
  const store = new DeadLetterStore(database);
  prepare.mock.resetCalls();
  read(store);
  const [sql] = prepare.mock.calls.map(({ arguments: [sql] }) => sql);
  prepare.mock.restore();
  assert.ok(sql !== undefined);
  return database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all().map(({ detail }) => detail).join("; ");
}

Deno.test("DeadLetterStore finds the letters of a row, and each page, without those of all other rows of the source", () => {
  withStore((_, database) => {
    const { source, dataType } = LETTER, rule = "wrong_column_count";
    const byRow = /^SEARCH dead_letters USING INDEX dead_letters_by_row \(source=\? AND data_type=\? AND row=\?/;
    assert.match(planOf(database, (store) => store.list({ source, dataType, row: 17 })), byRow);
    const rowFilters: readonly DeadLetterFilter[] = [{}, { rule, state: "open" }];
    for (const filter of rowFilters) {
      const plan = planOf(database, (store) => store.listRows({ source, dataType, filter, after: 5, rows: 100 }));
      assert.match(plan, byRow);
      assert.match(plan, /SUBQUERY.*dead_letters_by_row \(source=\? AND data_type=\? AND row>\?\)/);
      assert.doesNotMatch(plan, /FOR DISTINCT/);
    }
    const filters: readonly DeadLetterFilter[] = [{}, { source }, { source, versions: "v2" }, { rule, dataType }];
    for (const filter of filters) {
      const plan = planOf(database, (store) => store.list({ ...filter, after: 5 }));
      assert.equal(plan, "SEARCH dead_letters USING INTEGER PRIMARY KEY (rowid>?)");
    }
  });
});
