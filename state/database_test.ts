import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { crashCopy } from "./_test_folder.ts";
import { STATE_FILE, StateDatabase } from "./database.ts";
import { MIGRATIONS } from "./migrations.ts";
import { StateFileError, type StateFileErrorCode } from "./state_file_error.ts";

function withFolder(run: (folder: string) => void): void {
  const folder = Deno.makeTempDirSync();
  try {
    run(folder);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

function isStateFileError(code: StateFileErrorCode, pattern: RegExp): (error: unknown) => boolean {
  return (error) => error instanceof StateFileError && error.code === code && pattern.test(error.message);
}

/** Runs SQL on a file as another program would. */
function edit(file: string, sql: string): void {
  const database = new DatabaseSync(file);
  database.exec(sql);
  database.close();
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

Deno.test("StateDatabase.open() takes an empty file for a new one", () => {
  withFolder((folder) => {
    Deno.writeFileSync(join(folder, STATE_FILE), new Uint8Array(0));
    using database = StateDatabase.open(folder);
    assert.equal(database.prepare("SELECT count(*) AS letters FROM dead_letters").get()?.letters, 0);
  });
});

Deno.test("StateDatabase.open() refuses a newer format and leaves the file alone", () => {
  withFolder((folder) => {
    StateDatabase.open(folder).close();
    const file = join(folder, STATE_FILE);
    edit(file, `PRAGMA user_version = ${MIGRATIONS.length + 1}`);
    assert.throws(() => StateDatabase.open(folder), isStateFileError("newer_format", /Use the newer version/));
    assert.throws(() => StateDatabase.open(folder), isStateFileError("newer_format", /Use the newer version/));
  });
});

Deno.test("StateDatabase.open() takes a format that nobody wrote for damage, at once", () => {
  for (const format of [0, -1, -2_147_483_648]) {
    withFolder((folder) => {
      StateDatabase.open(folder).close();
      edit(join(folder, STATE_FILE), `PRAGMA user_version = ${format}`);
      assert.throws(() => StateDatabase.open(folder), isStateFileError("corrupt", /has format/));
    });
  }
});

Deno.test("StateDatabase.open() refuses another program's database and leaves it alone", () => {
  withFolder((folder) => {
    const file = join(folder, STATE_FILE);
    edit(file, "CREATE TABLE theirs (x)");
    const before = Deno.readFileSync(file);
    assert.throws(() => StateDatabase.open(folder), isStateFileError("foreign_file", /Move it away/));
    assert.deepEqual(Deno.readFileSync(file), before);
  });
});

Deno.test("StateDatabase.open() refuses a file that is no database", () => {
  withFolder((folder) => {
    Deno.writeTextFileSync(join(folder, STATE_FILE), "03/10/2014,10:00:00.000,1.1,3\n".repeat(200));
    assert.throws(() => StateDatabase.open(folder), isStateFileError("foreign_file", /not a state file/));
  });
});

Deno.test("StateDatabase reports a truncated file as corrupt", () => {
  withFolder((folder) => {
    StateDatabase.open(folder).close();
    const file = join(folder, STATE_FILE);
    Deno.truncateSync(file, 4096);
    assert.throws(() => {
      using database = StateDatabase.open(folder);
      database.transaction(() => database.prepare("INSERT INTO dead_letters (source) VALUES ('x')").run());
    }, isStateFileError("corrupt", /damaged/));
  });
});

Deno.test("StateDatabase.open() says so if the folder cannot be one", () => {
  withFolder((folder) => {
    const dataDir = join(folder, "file");
    Deno.writeTextFileSync(dataDir, "");
    assert.throws(() => StateDatabase.open(dataDir), isStateFileError("inaccessible", /data folder/));
    Deno.mkdirSync(join(folder, "other", STATE_FILE), { recursive: true });
    assert.throws(() => StateDatabase.open(join(folder, "other")), isStateFileError("inaccessible", /data folder/));
  });
});

Deno.test("StateDatabase.transaction() commits all or nothing, with what is nested in it", () => {
  withFolder((folder) => {
    using database = StateDatabase.open(folder);
    database.prepare("CREATE TABLE notes (text)").run();
    const insert = database.prepare("INSERT INTO notes VALUES ('a')");
    assert.equal(database.transaction(() => database.transaction(() => insert.run().changes)), 1);
    assert.throws(() =>
      database.transaction(() => {
        database.transaction(() => insert.run());
        throw new RangeError("changed my mind");
      }), RangeError);
    assert.equal(countNotes(database), 1);
    database.transaction(() => insert.run());
    assert.equal(countNotes(database), 2);
  });
});

Deno.test("StateDatabase.transaction() is on disk when it returns, for another connection too", () => {
  withFolder((folder) => {
    using writer = StateDatabase.open(folder);
    using reader = StateDatabase.open(folder);
    writer.prepare("CREATE TABLE notes (text)").run();
    writer.transaction(() => {
      writer.prepare("INSERT INTO notes VALUES ('a')").run();
      assert.equal(countNotes(reader), 0);
    });
    assert.equal(countNotes(reader), 1);
  });
});

Deno.test("StateDatabase.close() may be called twice", () => {
  withFolder((folder) => {
    const database = StateDatabase.open(folder);
    database.close();
    database.close();
  });
});

Deno.test("StateDatabase.openReadOnly() reads beside a writer, and writes nothing", () => {
  withFolder((folder) => {
    using writer = StateDatabase.open(folder);
    using reader = StateDatabase.openReadOnly(folder);
    assert.ok(reader);
    writer.prepare("CREATE TABLE notes (x)").run();
    writer.transaction(() => writer.prepare("INSERT INTO notes VALUES (1)").run());
    assert.equal(countNotes(reader), 1);
    assert.throws(
      () => reader.transaction(() => reader.prepare("DELETE FROM notes").run()),
      isStateFileError("inaccessible", /readonly/),
    );
    assert.equal(countNotes(reader), 1);
  });
});

Deno.test("StateDatabase.openReadOnly() makes nothing where nothing is", () => {
  withFolder((folder) => {
    assert.equal(StateDatabase.openReadOnly(join(folder, "data")), null);
    assert.deepEqual(Array.from(Deno.readDirSync(folder)), []);
  });
});

Deno.test("StateDatabase.openReadOnly() leaves what a crash left for who will look for it", () => {
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

Deno.test("StateDatabase.openReadOnly() refuses an older format, which it may not bring up to date", () => {
  withFolder((folder) => {
    StateDatabase.open(folder).close();
    edit(join(folder, STATE_FILE), "PRAGMA user_version = 1");
    assert.throws(() => StateDatabase.openReadOnly(folder), isStateFileError("older_format", /has format 1/));
  });
});

Deno.test("StateDatabase says of a full disk how much room its folder has", () => {
  withFolder((folder) => {
    using database = StateDatabase.open(folder);
    database.prepare("PRAGMA max_page_count = 1").get();
    const grow = () => database.transaction(() => database.prepare("CREATE TABLE notes (text TEXT)").run());
    assert.throws(
      grow,
      isStateFileError("full", /^No space left on device: .* has [\d,]+ KiB free, and state\.sqlite/),
    );
  });
});
