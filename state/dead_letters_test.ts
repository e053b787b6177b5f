import assert from "node:assert/strict";
import { StateDatabase } from "./database.ts";
import { type DeadLetter, DeadLetterStore } from "./dead_letters.ts";

const LETTER: DeadLetter = {
  source: "trades:/data/7078.csv",
  dataType: "trades",
  row: 17,
  schemaVersion: null,
  file: "7078.csv",
  line: 17,
  offset: 640,
  length: 5,
  stage: "receiving",
  rule: "wrong_column_count",
  reason: "It has 1 column.",
  bytes: Uint8Array.of(0, 255, 34, 10, 13),
  messageId: null,
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
    assert.deepEqual(first, { id: 1, ...LETTER });
    assert.deepEqual(second, { id: 2, ...other });
    assert.deepEqual(store.get(2), second);
    assert.equal(store.get(3), null);
  });
});

Deno.test("DeadLetterStore.add() keeps one letter for a row and version, with its id and its first time", () => {
  withStore((store) => {
    store.add([LETTER]);
    store.add([LETTER, { ...LETTER, rule: "bad_date", reason: "Now it is this.", recordedAt: 9 }]);
    assert.deepEqual(store.list(), [{ id: 1, ...LETTER, rule: "bad_date", reason: "Now it is this." }]);
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
    // @ts-expect-error a rule is text
    const broken: DeadLetter = { ...LETTER, row: 18, rule: null };
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
