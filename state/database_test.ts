import assert from "node:assert/strict";
import { join } from "node:path";
import { crashCopy } from "./_test_folder.ts";
import { STATE_FILE, StateDatabase } from "./database.ts";
import { MIGRATIONS } from "./migrations.ts";

function withFolder(run: (folder: string) => void): void {
  const folder = Deno.makeTempDirSync();
  try {
    run(folder);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

function countNotes(database: StateDatabase): unknown {
  return database.prepare("SELECT count(*) AS notes FROM notes").get()?.notes;
}

Deno.test("StateDatabase.open() makes folder and file, and opens them again", () => {
  withFolder((folder) => {
    const dataDir = join(folder, "new", "data");
    StateDatabase.open(dataDir).close();
    using database = StateDatabase.open(dataDir);
    assert.equal(database.file, join(dataDir, STATE_FILE));
    assert.equal(database.prepare("PRAGMA user_version").get()?.user_version, MIGRATIONS.length);
    assert.equal(database.prepare("PRAGMA journal_mode").get()?.journal_mode, "wal");
    assert.equal(database.prepare("PRAGMA synchronous").get()?.synchronous, 2, "FULL");
  });
});

Deno.test("StateDatabase.openReadOnly() reads beside a writer", () => {
  withFolder((folder) => {
    using writer = StateDatabase.open(folder);
    using reader = StateDatabase.openReadOnly(folder);
    assert.ok(reader);
    writer.prepare("CREATE TABLE notes (x)").run();
    writer.transaction(() => writer.prepare("INSERT INTO notes VALUES (1)").run());
    assert.equal(countNotes(reader), 1);
  });
});

Deno.test("StateDatabase.openReadOnly() makes nothing where nothing is", () => {
  withFolder((folder) => {
    assert.equal(StateDatabase.openReadOnly(join(folder, "data")), null);
    assert.deepEqual(Array.from(Deno.readDirSync(folder)), []);
  });
});

Deno.test("StateDatabase.openReadOnly() leaves what a crash left to the process that will look for it", () => {
  withFolder((folder) => {
    using database = StateDatabase.open(folder);
    database.prepare("CREATE TABLE notes (x)").run();
    const copy = crashCopy(join(folder, STATE_FILE), join(folder, "crashed"));
    const log = Deno.readFileSync(`${copy}-wal`);
    assert.ok(log.length > 0);
    const reader = StateDatabase.openReadOnly(join(folder, "crashed"));
    assert.ok(reader);
    assert.equal(countNotes(reader), 0);
    reader.close();
    assert.deepEqual(Deno.readFileSync(`${copy}-wal`), log);
  });
});
