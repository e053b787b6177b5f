import fc from "fast-check";
import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { KEY, letterAt, sample, STILL } from "./_test_checkpoint.ts";
import { openDamaged } from "./_test_damage.ts";
import { crashCopy, flipBit, withFolder } from "./_test_folder.ts";
import { CheckpointBodyError, digestOf } from "./checkpoint.ts";
import { CheckpointError } from "./checkpoint_error.ts";
import { CheckpointStore } from "./checkpoints.ts";
import { STATE_FILE, StateDatabase } from "./database.ts";
import { DeadLetterStore } from "./dead_letters.ts";

const SAVES = 10;

/** A load with other ones around it, saved at rows 5, 10 … 50. */
function writeLoads(database: StateDatabase): void {
  const store = new CheckpointStore(database, { clock: STILL });
  for (let index = 0; index < 6; index++) store.begin(sample({ source: `trades:/data/${index}.csv` }));
  store.begin(sample());
  for (let save = 1; save <= SAVES; save++) {
    store.save(sample({ row: save * 5, bad: save }), { deadLetters: [letterAt(save * 5)] });
  }
}

/** A new copy of a state file for each damage, and what comes out of it. */
async function withCopies(
  make: (folder: string) => string,
  run: (
    open: (damage: (file: string) => void) => ReturnType<typeof openDamaged>,
    size: (suffix: string) => number,
  ) => void,
): Promise<void> {
  await withFolder((folder) => {
    const original = make(folder);
    run((damage) => {
      const copy = join(folder, "copy");
      const file = crashCopy(original, copy);
      try {
        damage(file);
        return openDamaged(file);
      } finally {
        Deno.removeSync(copy, { recursive: true });
      }
    }, (suffix) => Deno.statSync(`${original}${suffix}`).size);
  });
}

/** A file that was closed. */
function closedFile(folder: string): string {
  using database = StateDatabase.open(folder);
  writeLoads(database);
  return join(folder, STATE_FILE);
}

/** What a killed process leaves: the saves are in the write-ahead log. */
function crashedFile(folder: string): string {
  using database = StateDatabase.open(join(folder, "live"));
  database.prepare("PRAGMA wal_checkpoint(TRUNCATE)").get();
  writeLoads(database);
  return crashCopy(database.file, join(folder, "crashed"));
}

const STORED = { ...sample({ row: SAVES * 5, bad: SAVES }), startedAt: STILL.now(), writtenAt: STILL.now() };
const INTACT = { type: "loaded", checkpoint: STORED, rolledBack: false };

Deno.test("CheckpointStore refuses a state file with any changed bit, or gives the checkpoint as it was", async () => {
  await withCopies(closedFile, (open, size) => {
    assert.deepEqual(open(() => {}), INTACT);
    const check = (byte: number, bit: number) => {
      const opened = open((file) => flipBit(file, { byte, bit }));
      if (opened.type === "loaded") assert.deepEqual(opened, INTACT, `bit ${bit} of byte ${byte}`);
      return opened;
    };
    // The header decides on everything else, its versions also on what is done to the file.
    for (let byte = 0; byte < 112; byte++) check(byte, byte >= 60 && byte < 64 ? 7 : byte % 8);
    fc.assert(
      fc.property(fc.nat(size("") - 1), fc.nat(7), (byte, bit) => void check(byte, bit)),
      { numRuns: 800, ignoreEqualValues: true },
    );
  });
});

Deno.test("CheckpointStore refuses a state file that was cut anywhere", async () => {
  await withCopies(closedFile, (open, size) => {
    for (let length = size("") - 1; length > 0; length -= 1_111) {
      assert.equal(open((file) => Deno.truncateSync(file, length)).type, "refused", `${length} bytes`);
    }
  });
});

Deno.test("CheckpointStore says which checkpoint is damaged, and lists the others", async () => {
  await withFolder((folder) => {
    using database = StateDatabase.open(folder);
    writeLoads(database);
    const store = new CheckpointStore(database);
    for (
      const change of ["body = replace(body, '50', '51')", "digest = zeroblob(32)", "source = 'trades:/moved.csv'"]
    ) {
      database.prepare(`UPDATE checkpoints SET ${change} WHERE source = ?`).run(KEY.source);
      const key = change.startsWith("source") ? { ...KEY, source: "trades:/moved.csv" } : KEY;
      assert.throws(() => store.load(key), (error) => {
        assert.ok(error instanceof CheckpointError);
        assert.equal(error.code, "damaged");
        assert.deepEqual(error.key, key);
        assert.match(error.message, /is damaged.*--only-missing/);
        return true;
      });
      const entries = store.list();
      assert.equal(entries.length, 7);
      assert.deepEqual(entries.flatMap((entry) => entry.ok ? [] : [entry.key]), [key]);
      assert.throws(() => store.save(sample({ ...key, row: 60, bad: SAVES })), /is damaged/);
      store.begin(sample(key), { replace: true });
      assert.equal(store.load(key)?.position.row, 0);
      store.save(sample({ ...key, row: 50, bad: SAVES }));
    }
  });
});

/** A checkpoint that was committed, and the store knows that it may not be the last one; or it is the last one. */
function assertCommitted(opened: ReturnType<typeof openDamaged>, what: string): number {
  if (opened.type === "refused") return -1;
  const row = opened.checkpoint?.position.row ?? -1;
  if (row < SAVES * 5) assert.ok(opened.rolledBack, `${what}: back at row ${row}, and not said so`);
  if (opened.checkpoint === null) return row;
  const sent = opened.rolledBack ? { ahead: null } : {};
  const expected = { ...sample({ row, bad: row / 5 }), ...sent, startedAt: STILL.now(), writtenAt: STILL.now() };
  assert.deepEqual(opened.checkpoint, expected, what);
  return row;
}

Deno.test("CheckpointStore falls back to a committed checkpoint when the log is cut, and says so", async () => {
  await withCopies(crashedFile, (open, size) => {
    assert.deepEqual(open(() => {}), INTACT);
    const rows = new Set<number>();
    for (let length = size("-wal") - 1; length > 0; length -= 1_777) {
      rows.add(assertCommitted(open((file) => Deno.truncateSync(`${file}-wal`, length)), `${length} bytes`));
    }
    rows.add(assertCommitted(open((file) => Deno.removeSync(`${file}-wal`)), "no log"));
    assert.ok(rows.size > SAVES / 2, `fell back to different ones: ${[...rows].join()}`);
  });
});

Deno.test("CheckpointStore falls back to a committed checkpoint at any changed bit of the log, and says so", async () => {
  await withCopies(crashedFile, (open, size) => {
    fc.assert(
      fc.property(fc.nat(size("-wal") - 1), fc.nat(7), (byte, bit) => {
        const opened = open((file) => flipBit(`${file}-wal`, { byte, bit }));
        assertCommitted(opened, `bit ${bit} of byte ${byte}`);
      }),
      { numRuns: 300, ignoreEqualValues: true },
    );
  });
});

Deno.test("Dead letters fall back together with their checkpoint", async () => {
  await withFolder((folder) => {
    const original = crashedFile(folder);
    const size = Deno.statSync(`${original}-wal`).size;
    for (let length = size; length > 0; length -= 5_555) {
      const file = crashCopy(original, join(folder, `cut-${length}`));
      Deno.truncateSync(`${file}-wal`, length);
      using database = StateDatabase.open(dirname(file));
      const row = new CheckpointStore(database).load(KEY)?.position.row ?? 0;
      const rows = new DeadLetterStore(database).list().map((letter) => letter.row);
      assert.deepEqual(rows, Array.from({ length: row / 5 }, (_, index) => (index + 1) * 5));
    }
  });
});

Deno.test("CheckpointStore refuses a body that is whole, and no checkpoint", async () => {
  await withFolder((folder) => {
    using database = StateDatabase.open(folder);
    const store = new CheckpointStore(database, { clock: STILL });
    for (const body of ["{", "{}", "[1]", '{"flags":{"__proto__":1}}']) {
      store.begin(sample(), { replace: true });
      database.prepare("UPDATE checkpoints SET body = ?, digest = ?").run(body, digestOf(KEY, body));
      assert.throws(() => store.load(KEY), (error) => {
        return error instanceof CheckpointError && error.code === "damaged" &&
          error.cause instanceof CheckpointBodyError;
      }, body);
    }
  });
});
