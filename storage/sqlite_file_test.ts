import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { SqliteFile, type SqliteFormat, type SqliteOptions } from "./sqlite_file.ts";
import { CommitError, StorageError, type StorageErrorCode } from "./storage_error.ts";

const FORMAT: SqliteFormat = {
  applicationId: 0x74657374,
  migrations: [
    `CREATE TABLE items (id INTEGER PRIMARY KEY, body BLOB) STRICT`,
    `CREATE TABLE links (item INTEGER REFERENCES items (id) DEFERRABLE INITIALLY DEFERRED) STRICT`,
  ],
};

async function inFolder(use: (folder: string) => void | Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function open(file: string, options?: SqliteOptions): SqliteFile {
  return new SqliteFile(file, FORMAT, options);
}

/** An error of this code, whose message names the file and says this. */
function says(code: StorageErrorCode, text: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof StorageError, String(error));
    assert.deepEqual([error.code, error.message.includes(error.file)], [code, true], error.message);
    assert.match(error.message, text);
    return true;
  };
}

/** Runs SQL on a file as another program would. */
function edit(file: string, sql: string): void {
  const database = new DatabaseSync(file);
  database.exec(sql);
  database.close();
}

function idsIn(file: SqliteFile): unknown[] {
  return file.prepare("SELECT id FROM items ORDER BY id").all().map(({ id }) => id);
}

function pragmaOf(file: SqliteFile, name: string): unknown {
  return file.prepare(`PRAGMA ${name}`).get()?.[name];
}

Deno.test("SqliteFile makes the file and its folder, and opens it again with what it holds", () =>
  inFolder((folder) => {
    const path = join(folder, "deeper", "items.sqlite");
    const first = open(path);
    first.transaction(() => first.prepare("INSERT INTO items VALUES (7, NULL)").run());
    first.close();
    first.close();
    using again = open(path, { readOnly: true });
    assert.deepEqual(idsIn(again), [7]);
  }));

Deno.test("SqliteFile takes an empty file for a new one", () =>
  inFolder((folder) => {
    const path = join(folder, "items.sqlite");
    Deno.writeFileSync(path, new Uint8Array(0));
    using file = open(path);
    assert.deepEqual(idsIn(file), []);
  }));

Deno.test("SqliteFile writes ahead, and syncs as asked, each commit where nothing is asked", () =>
  inFolder((folder) => {
    for (const [options, level] of [[{}, 2], [{ sync: "full" }, 2], [{ sync: "normal" }, 1]] as const) {
      using file = open(join(folder, `${level}.sqlite`), options);
      assert.equal(pragmaOf(file, "synchronous"), level);
      assert.equal(pragmaOf(file, "journal_mode"), "wal");
    }
  }));

Deno.test("SqliteFile brings an older format up to date, but not one that is only read", () =>
  inFolder((folder) => {
    const path = join(folder, "items.sqlite");
    new SqliteFile(path, { ...FORMAT, migrations: FORMAT.migrations.slice(0, 1) }).close();
    assert.throws(() => open(path, { readOnly: true }), says("older_format", /has format 1/));
    using file = open(path);
    assert.equal(pragmaOf(file, "user_version"), 2);
    assert.equal(file.prepare("SELECT count(*) AS links FROM links").get()?.links, 0);
  }));

Deno.test("SqliteFile refuses a newer format, and leaves the file as it is", () =>
  inFolder((folder) => {
    const path = join(folder, "items.sqlite");
    open(path).close();
    edit(path, "PRAGMA user_version = 3");
    const before = Deno.readFileSync(path);
    assert.throws(() => open(path), says("newer_format", /has format 3.* up to 2\. Use the newer version/));
    assert.throws(() => open(path, { readOnly: true }), says("newer_format", /Use the newer version/));
    assert.deepEqual(Deno.readFileSync(path), before);
  }));

Deno.test("SqliteFile takes a format that no version writes for damage, at once", () =>
  inFolder((folder) => {
    for (const format of [0, -1, -2_147_483_648]) {
      const path = join(folder, `${format}.sqlite`);
      open(path).close();
      edit(path, `PRAGMA user_version = ${format}`);
      assert.throws(() => open(path), says("corrupt", /has format/));
    }
  }));

Deno.test("SqliteFile refuses another program's database and what is no database, and leaves them as they are", () =>
  inFolder((folder) => {
    const path = (name: string) => join(folder, name);
    edit(path("theirs.sqlite"), "CREATE TABLE theirs (x)");
    edit(path("marked.sqlite"), "PRAGMA application_id = 7");
    edit(path("numbered.sqlite"), "PRAGMA user_version = 1");
    Deno.writeTextFileSync(path("text.sqlite"), "03/10/2014,10:00:00.000,1.1,3\n".repeat(200));
    for (const name of ["theirs.sqlite", "marked.sqlite", "numbered.sqlite", "text.sqlite"]) {
      const before = Deno.readFileSync(path(name));
      for (const readOnly of [false, true]) {
        assert.throws(
          () => open(path(name), { readOnly }),
          says("foreign_file", /not a file of tickflume\. Move it away/),
        );
      }
      assert.deepEqual(Deno.readFileSync(path(name)), before, name);
    }
  }));

Deno.test("SqliteFile that is only read must be there with something in it, and makes nothing", () =>
  inFolder((folder) => {
    const missing = says("missing", /load something first/);
    assert.throws(() => open(join(folder, "none", "items.sqlite"), { readOnly: true }), missing);
    Deno.writeFileSync(join(folder, "empty.sqlite"), new Uint8Array(0));
    assert.throws(() => open(join(folder, "empty.sqlite"), { readOnly: true }), missing);
    assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name), ["empty.sqlite"]);
  }));

Deno.test("SqliteFile that is only read writes nothing", () =>
  inFolder((folder) => {
    const path = join(folder, "items.sqlite");
    using writer = open(path);
    writer.transaction(() => writer.prepare("INSERT INTO items VALUES (1, NULL)").run());
    using reader = open(path, { readOnly: true });
    const remove = () => reader.transaction(() => reader.prepare("DELETE FROM items").run());
    assert.throws(remove, says("inaccessible", /readonly/));
    assert.deepEqual(idsIn(reader), [1]);
  }));

Deno.test("SqliteFile says that a file is damaged, and what to do", () =>
  inFolder((folder) => {
    const path = join(folder, "items.sqlite");
    open(path).close();
    Deno.truncateSync(path, 4096);
    assert.throws(() => {
      using file = open(path);
      file.transaction(() => file.prepare("INSERT INTO items VALUES (1, NULL)").run());
    }, says("corrupt", /It is damaged\. Restore it/));
  }));

Deno.test("SqliteFile.checkStructure finds a damaged table", () =>
  inFolder((folder) => {
    const path = join(folder, "items.sqlite");
    const whole = open(path);
    whole.checkStructure("items");
    const insert = whole.prepare("INSERT INTO items (body) VALUES (zeroblob(3000))");
    whole.transaction(() => Array.from({ length: 20 }, () => insert.run()));
    whole.close();
    const bytes = Deno.readFileSync(path);
    Deno.writeFileSync(path, bytes.fill(0xff, bytes.length - 4096, bytes.length - 4000));
    using damaged = open(path);
    assert.throws(() => damaged.checkStructure("items"), says("corrupt", /It is damaged/));
  }));

Deno.test("SqliteFile says so when a folder is in its place, or a file in that of its folder", () =>
  inFolder((folder) => {
    Deno.mkdirSync(join(folder, "items.sqlite"));
    assert.throws(() => open(join(folder, "items.sqlite")), says("inaccessible", /use another data folder/));
    Deno.writeTextFileSync(join(folder, "file"), "");
    const below = () => open(join(folder, "file", "items.sqlite"));
    assert.throws(below, says("inaccessible", /Use a data folder that can be written to/));
  }));

Deno.test("SqliteFile.transaction undoes everything when the work throws, with what is nested, and throws the same", () =>
  inFolder((folder) => {
    using file = open(join(folder, "items.sqlite"));
    // Words of SQLite in an error of the caller mean nothing.
    const problem = new RangeError("this schema is malformed, and the disk image is locked");
    const insert = file.prepare("INSERT INTO items VALUES (?, NULL)");
    assert.throws(() =>
      file.transaction(() => {
        file.transaction(() => insert.run(1));
        throw problem;
      }), (error) => error === problem);
    assert.equal(file.transaction(() => file.transaction(() => insert.run(2).changes)), 1);
    assert.deepEqual(idsIn(file), [2]);
  }));

Deno.test("SqliteFile.transaction is there for another connection when it returns, and not before", () =>
  inFolder((folder) => {
    const path = join(folder, "items.sqlite");
    using writer = open(path);
    using reader = open(path);
    writer.transaction(() => {
      writer.prepare("INSERT INTO items VALUES (1, NULL)").run();
      assert.deepEqual(idsIn(reader), []);
    });
    assert.deepEqual(idsIn(reader), [1]);
  }));

Deno.test("SqliteFile.transaction tells a failed commit from failed work, undoes it, and the next one is done", () =>
  inFolder((folder) => {
    using file = open(join(folder, "items.sqlite"));
    const link = file.prepare("INSERT INTO links VALUES (?)");
    assert.throws(() => file.transaction(() => link.run(404)), (error) => {
      assert.ok(error instanceof CommitError);
      return says("inaccessible", /FOREIGN KEY/)(error);
    });
    file.transaction(() => file.prepare("INSERT INTO items VALUES (1, NULL)").run());
    file.transaction(() => link.run(1));
    assert.equal(file.prepare("SELECT count(*) AS links FROM links").get()?.links, 1);
  }));

Deno.test("SqliteFile.transaction says full with the room that is left, undoes it, and works again when there is more", () =>
  inFolder((folder) => {
    using file = open(join(folder, "items.sqlite"));
    const insert = file.prepare("INSERT INTO items (body) VALUES (?)");
    file.prepare("PRAGMA max_page_count = 10").get();
    assert.throws(() => file.transaction(() => insert.run(new Uint8Array(100_000))), (error) => {
      assert.ok(error instanceof StorageError && !(error instanceof CommitError));
      assert.equal(error.code, "full");
      assert.match(error.message, /^No space left on device: .* has [\d,]+ KiB free, and items\.sqlite/);
      return true;
    });
    file.prepare("PRAGMA max_page_count = 1000").get();
    file.transaction(() => insert.run(new Uint8Array(100_000)));
    assert.deepEqual(idsIn(file), [1]);
  }));

Deno.test("SqliteFile.snapshot reads one state, even while another connection writes", () =>
  inFolder((folder) => {
    const path = join(folder, "items.sqlite");
    using writer = open(path);
    using reader = open(path, { readOnly: true });
    reader.snapshot(() => {
      assert.deepEqual(idsIn(reader), []);
      writer.transaction(() => writer.prepare("INSERT INTO items VALUES (1, NULL)").run());
      assert.deepEqual(idsIn(reader), []);
    });
    assert.deepEqual(idsIn(reader), [1]);
  }));

Deno.test("SqliteFile.durably() gives what the work gives, when the log is on disk, and other commits are synced as ever", () =>
  inFolder(async (folder) => {
    using file = open(join(folder, "items.sqlite"), { background: true });
    const levels: unknown[] = [];
    const insert = file.prepare("INSERT INTO items VALUES (?, NULL)");
    const changes = await file.durably(() => {
      levels.push(pragmaOf(file, "synchronous"));
      return file.transaction(() => insert.run(7).changes);
    });
    assert.equal(Number(changes), 1);
    levels.push(pragmaOf(file, "synchronous"));
    await assert.rejects(file.durably(() => file.transaction(() => insert.run(7))));
    levels.push(pragmaOf(file, "synchronous"));
    assert.deepEqual(levels, [1, 2, 2]);
    assert.deepEqual(idsIn(file), [7]);
  }));

Deno.test("SqliteFile takes no more transactions once its log could not be synced", () =>
  inFolder(async (folder) => {
    const path = join(folder, "items.sqlite");
    using file = open(path, { background: true });
    assert.equal(file.isBroken, false);
    const { syncData } = Deno.FsFile.prototype;
    Deno.FsFile.prototype.syncData = () => Promise.reject(new Error("the disk is gone"));
    try {
      await assert.rejects(file.durably(() => {}), CommitError);
    } finally {
      Deno.FsFile.prototype.syncData = syncData;
    }
    assert.throws(() => file.transaction(() => {}), CommitError);
    assert.equal(file.isBroken, true);
  }));

Deno.test("SqliteFile syncs the log beside the file that a link leads to", () =>
  inFolder(async (folder) => {
    const path = join(folder, "items.sqlite"), link = join(folder, "link.sqlite");
    open(path).close();
    Deno.symlinkSync(path, link);
    using file = open(link, { background: true });
    await file.durably(() => file.transaction(() => file.prepare("INSERT INTO items VALUES (7, NULL)").run()));
    assert.ok(existsSync(`${path}-wal`) && !existsSync(`${link}-wal`));
    assert.deepEqual(idsIn(file), [7]);
  }));

Deno.test("SqliteFile.durably() is refused where the log was not open before the first commit", () =>
  inFolder(async (folder) => {
    using file = open(join(folder, "items.sqlite"));
    await assert.rejects(file.durably(() => {}), TypeError);
  }));
