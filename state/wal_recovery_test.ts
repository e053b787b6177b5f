import assert from "node:assert/strict";
import { join } from "node:path";
import { SqliteFile } from "../storage/sqlite_file.ts";
import { crashCopy, flipBit, withFolder } from "./_test_folder.ts";
import { losesCommits } from "./wal_recovery.ts";

const FORMAT = { applicationId: 0x74657374, migrations: ["CREATE TABLE notes (body BLOB NOT NULL) STRICT"] };
const FRAME_BYTES = 24 + 4_096;

interface Crash {
  readonly file: string;
  readonly wal: string;
  readonly shm: string;
  /** Size of the write-ahead log. */
  readonly size: number;
  /** Notes that are found when it is opened. */
  notes(): number;
}

/** What a crash leaves after so many commits of one note each, besides what was there before. */
async function afterCrash(commits: number, run: (crash: Crash) => void): Promise<void> {
  await withFolder((folder) => {
    using live = new SqliteFile(join(folder, "live", "notes.sqlite"), FORMAT);
    // The file itself has everything so far, so that the log begins with the commits that count.
    live.prepare("PRAGMA wal_checkpoint(TRUNCATE)").get();
    const insert = live.prepare("INSERT INTO notes VALUES (zeroblob(3000))");
    for (let index = 0; index < commits; index++) live.transaction(() => insert.run());
    const file = crashCopy(live.file, join(folder, "crash"));
    const wal = `${file}-wal`;
    run({
      file,
      wal,
      shm: `${file}-shm`,
      size: Deno.statSync(wal).size,
      notes() {
        using database = new SqliteFile(file, FORMAT);
        return Number(database.prepare("SELECT count(*) AS notes FROM notes").get()?.notes);
      },
    });
  });
}

Deno.test("losesCommits() finds nothing where SQLite takes everything", async () => {
  await withFolder((folder) => {
    assert.equal(losesCommits(join(folder, "none.sqlite")), false);
    new SqliteFile(join(folder, "closed.sqlite"), FORMAT).close();
    assert.equal(losesCommits(join(folder, "closed.sqlite")), false);
  });
  await afterCrash(0, ({ file }) => assert.equal(losesCommits(file), false));
  await afterCrash(5, ({ file, notes }) => {
    assert.equal(losesCommits(file), false);
    assert.equal(notes(), 5);
  });
});

Deno.test("losesCommits() finds nothing where the log has begun again over an older generation", async () => {
  await withFolder((folder) => {
    using live = new SqliteFile(join(folder, "notes.sqlite"), FORMAT);
    const insert = live.prepare("INSERT INTO notes VALUES (zeroblob(3000))");
    for (let index = 0; index < 20; index++) live.transaction(() => insert.run());
    live.prepare("PRAGMA wal_checkpoint(RESTART)").get();
    const old = crashCopy(live.file, join(folder, "between"));
    assert.equal(losesCommits(old), false, "everything is in the file");
    live.transaction(() => insert.run());
    const file = crashCopy(live.file, join(folder, "after"));
    assert.ok(Deno.statSync(`${file}-wal`).size > 20 * FRAME_BYTES, "frames of the generation before are still there");
    assert.equal(losesCommits(file), false);
  });
});

Deno.test("losesCommits() is not about an unfinished commit, which was reported to no caller", async () => {
  await afterCrash(3, ({ file, wal, notes }) => {
    // What a process leaves that is killed between the two writes of a frame.
    const header = Deno.readFileSync(wal).slice(-FRAME_BYTES, -FRAME_BYTES + 24);
    Deno.writeFileSync(wal, header, { append: true });
    assert.equal(losesCommits(file), false);
    assert.equal(notes(), 3);
  });
});

Deno.test("losesCommits() tells lost commits when the log was cut, even between two of them", async () => {
  await afterCrash(5, ({ file, wal, size, notes }) => {
    Deno.truncateSync(wal, size - 2 * FRAME_BYTES);
    assert.equal(losesCommits(file), true);
    assert.ok(notes() < 5);
  });
  await afterCrash(5, ({ file, wal, size }) => {
    Deno.truncateSync(wal, size - 100);
    assert.equal(losesCommits(file), true);
  });
});

Deno.test("losesCommits() tells lost commits when the log is gone, and none if the file had them already", async () => {
  await afterCrash(5, ({ file, wal }) => {
    Deno.removeSync(wal);
    assert.equal(losesCommits(file), true);
  });
  await withFolder((folder) => {
    using live = new SqliteFile(join(folder, "notes.sqlite"), FORMAT);
    live.transaction(() => live.prepare("INSERT INTO notes VALUES (x'00')").run());
    live.prepare("PRAGMA wal_checkpoint(PASSIVE)").get();
    const file = crashCopy(live.file, join(folder, "crash"));
    Deno.removeSync(`${file}-wal`);
    assert.equal(losesCommits(file), false);
  });
});

for (const withIndex of [true, false]) {
  Deno.test(`losesCommits() tells lost commits by a changed bit, ${withIndex ? "with" : "without"} the index`, async () => {
    for (const byte of [3, 8, 17, 40, 32 + 4, 32 + 9, 32 + 20, 32 + 24 + 100]) {
      await afterCrash(5, ({ file, wal, shm, notes }) => {
        flipBit(wal, { byte, bit: 2 });
        if (!withIndex) Deno.removeSync(shm);
        assert.equal(losesCommits(file), true, `bit of byte ${byte}`);
        assert.equal(notes(), 0, `bit of byte ${byte}`);
      });
    }
  });
}

Deno.test("losesCommits() knows the last commit for lost by the index", async () => {
  await afterCrash(5, ({ file, wal, shm, size, notes }) => {
    flipBit(wal, { byte: size - 10, bit: 0 });
    assert.equal(losesCommits(file), true);
    const index = Deno.readFileSync(shm);
    Deno.removeSync(shm);
    assert.equal(losesCommits(file), false, "one commit may have been under way");
    index[20] = (index[20] ?? 0) ^ 1;
    Deno.writeFileSync(shm, index);
    assert.equal(losesCommits(file), false, "an index that disagrees with itself counts as none");
    assert.equal(notes(), 4);
  });
});
