import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import {
  EmbeddedFileError,
  type EmbeddedFileErrorCode,
  fileErrorOf,
  logErrorOf,
  registryErrorOf,
} from "./file_error.ts";
import { CommitError, openStoreFile, type StoreFile, type StoreFormat, type StoreOptions } from "./store_file.ts";

const FORMAT: StoreFormat = {
  applicationId: 0x74657374,
  version: 3,
  schema: `
    CREATE TABLE items (id INTEGER PRIMARY KEY, body BLOB) STRICT;
    CREATE TABLE links (item INTEGER REFERENCES items (id) DEFERRABLE INITIALLY DEFERRED) STRICT`,
};
const WRITING: StoreOptions = { readOnly: false, sync: "full" };
const READING: StoreOptions = { readOnly: true, sync: "full" };

async function inFolder(use: (folder: string) => void | Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function open(file: string, options = WRITING): StoreFile {
  return openStoreFile(file, { format: FORMAT, options });
}

function refuses(file: string, code: EmbeddedFileErrorCode, options = WRITING): void {
  assert.throws(() => open(file, options), (error) => {
    assert.ok(error instanceof EmbeddedFileError, String(error));
    assert.equal(error.code, code, error.message);
    assert.ok(error.message.includes(file), error.message);
    return true;
  });
}

Deno.test("openStoreFile makes the file and its folder, and opens it again with what it holds", () =>
  inFolder((folder) => {
    const file = join(folder, "deeper", "store.sqlite");
    const first = open(file);
    first.transact(() => first.prepare("INSERT INTO items VALUES (7, NULL)").run());
    first.close();
    first.close();
    const second = open(file, READING);
    assert.equal(second.prepare("SELECT id FROM items").get()?.id, 7);
    second.close();
  }));

Deno.test("openStoreFile sets synchronous as asked and writes ahead", () =>
  inFolder((folder) => {
    for (const [sync, level] of [["full", 2], ["normal", 1]] as const) {
      const store = open(join(folder, `${sync}.sqlite`), { readOnly: false, sync });
      assert.equal(store.prepare("PRAGMA synchronous").get()?.synchronous, level);
      assert.equal(store.prepare("PRAGMA journal_mode").get()?.journal_mode, "wal");
      store.close();
    }
  }));

Deno.test("openStoreFile refuses a file of a newer format, and leaves it as it is", () =>
  inFolder((folder) => {
    const file = join(folder, "store.sqlite");
    open(file).close();
    const newer = new DatabaseSync(file);
    newer.exec("PRAGMA user_version = 4");
    newer.close();
    refuses(file, "newer_format");
    refuses(file, "newer_format", READING);
    const after = new DatabaseSync(file);
    assert.equal(after.prepare("PRAGMA user_version").get()?.user_version, 4);
    after.close();
  }));

Deno.test("openStoreFile refuses another program's database and what is no database, and leaves them as they are", () =>
  inFolder(async (folder) => {
    const database = join(folder, "theirs.sqlite");
    const theirs = new DatabaseSync(database);
    theirs.exec("CREATE TABLE theirs (x)");
    theirs.close();
    const text = join(folder, "text.sqlite");
    await Deno.writeTextFile(text, "no database at all\n".repeat(1_000));
    for (const file of [database, text]) {
      const before = await Deno.readFile(file);
      refuses(file, "foreign_file");
      refuses(file, "foreign_file", READING);
      assert.deepEqual(await Deno.readFile(file), before);
    }
  }));

Deno.test("openStoreFile for reading refuses a missing or empty file, and creates nothing", () =>
  inFolder(async (folder) => {
    refuses(join(folder, "none", "store.sqlite"), "missing", READING);
    const empty = join(folder, "empty.sqlite");
    await Deno.writeFile(empty, new Uint8Array(0));
    refuses(empty, "missing", READING);
    assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name), ["empty.sqlite"]);
  }));

Deno.test("openStoreFile says so when a folder is in its place", () =>
  inFolder(async (folder) => {
    const file = join(folder, "store.sqlite");
    await Deno.mkdir(file);
    refuses(file, "inaccessible");
  }));

Deno.test("StoreFile.transact undoes everything when the work throws, and throws the same", () =>
  inFolder((folder) => {
    const store = open(join(folder, "store.sqlite"));
    const problem = new Error("in the middle");
    const insert = store.prepare("INSERT INTO items VALUES (?, NULL)");
    assert.throws(() =>
      store.transact(() => {
        insert.run(1);
        throw problem;
      }), (error) => error === problem);
    store.transact(() => insert.run(2));
    assert.deepEqual(store.prepare("SELECT id FROM items").all().map(({ id }) => id), [2]);
    store.close();
  }));

Deno.test("StoreFile.transact tells a failed commit from failed work, and goes on", () =>
  inFolder((folder) => {
    const store = open(join(folder, "store.sqlite"));
    const link = store.prepare("INSERT INTO links VALUES (?)");
    assert.throws(() => store.transact(() => link.run(404)), CommitError);
    store.transact(() => store.prepare("INSERT INTO items VALUES (1, NULL)").run());
    store.transact(() => link.run(1));
    assert.equal(store.prepare("SELECT count(*) AS links FROM links").get()?.links, 1);
    store.close();
  }));

Deno.test("StoreFile.transact says full when there is no room, undoes it, and goes on when there is", () =>
  inFolder((folder) => {
    const store = open(join(folder, "store.sqlite"));
    const insert = store.prepare("INSERT INTO items (body) VALUES (?)");
    store.prepare("PRAGMA max_page_count = 10").get();
    assert.throws(() => store.transact(() => insert.run(new Uint8Array(100_000))), (error) => {
      assert.equal(fileErrorOf(error, "store.sqlite").code, "full");
      return true;
    });
    store.prepare("PRAGMA max_page_count = 1000").get();
    store.transact(() => insert.run(new Uint8Array(100_000)));
    assert.equal(store.prepare("SELECT count(*) AS items FROM items").get()?.items, 1);
    store.close();
  }));

Deno.test("fileErrorOf, logErrorOf and registryErrorOf give SQLite's sentences the codes of the ports", () => {
  const table = [
    ["database is locked", "busy", "timed_out"],
    ["database disk image is malformed", "corrupt", "client"],
    ["file is not a database", "foreign_file", "client"],
    ["database or disk is full", "full", "client"],
    ["disk I/O error", "inaccessible", "client"],
  ] as const;
  for (const [sentence, code, logCode] of table) {
    const cause = new Error(sentence);
    assert.equal(fileErrorOf(cause, "a.sqlite").code, code);
    assert.equal(logErrorOf(cause, "a.sqlite").code, logCode);
    const refused = registryErrorOf(cause, "a.sqlite");
    assert.deepEqual([refused.code, refused.retriable], ["server_error", true]);
    assert.ok(refused.message.includes("a.sqlite"));
  }
});
