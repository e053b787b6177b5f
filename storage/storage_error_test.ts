import assert from "node:assert/strict";
import { guarded, MalformedError, StorageError, storageErrorOf } from "./storage_error.ts";

function sqliteError(sentence: string): Error {
  return Object.assign(new Error(sentence), { code: "ERR_SQLITE_ERROR" });
}

Deno.test("storageErrorOf gives each sentence of SQLite and the system its code, with the file and what to do", () => {
  const table = [
    [sqliteError("database is locked"), "busy", /^a\.sqlite cannot be used: database is locked\. Another process/],
    [sqliteError("database disk image is malformed"), "corrupt", /is malformed\. It is damaged\. Restore it/],
    [sqliteError("no such table: topics"), "corrupt", /It is damaged/],
    [sqliteError("file is not a database"), "foreign_file", /^a\.sqlite is not a file of tickflume\. Move it away/],
    [sqliteError("database or disk is full"), "full", /^No space left on device: .* a\.sqlite .*\. Make room/],
    [sqliteError("disk I/O error"), "inaccessible", /Check that the folder can be written to/],
    [sqliteError("attempt to write a readonly database"), "inaccessible", /Check that the folder/],
    [new MalformedError("row: column id does not hold text"), "corrupt", /malformed row: column id/],
    [new Deno.errors.PermissionDenied("Permission denied (os error 13)"), "inaccessible", /can be written to/],
    [new Error("No space left on device (os error 28)"), "full", /Make room/],
    [new Deno.errors.NotCapable('Requires write access to "a.sqlite"'), "inaccessible", /can be written to/],
  ] as const;
  for (const [cause, code, text] of table) {
    const error = storageErrorOf(cause, "a.sqlite");
    assert.ok(error instanceof StorageError, String(error));
    assert.deepEqual([error.code, error.file, error.cause], [code, "a.sqlite", cause]);
    assert.match(error.message, text);
  }
});

Deno.test("guarded rethrows what is neither SQLite's nor the system's, even with their words", () => {
  const typed = new StorageError("busy", "b.sqlite", "b.sqlite is locked");
  for (const error of [typed, new Error("the schema is malformed"), sqliteError("UNIQUE constraint failed"), "text"]) {
    assert.throws(() =>
      guarded("a.sqlite", () => {
        throw error;
      }), (thrown) => thrown === error);
  }
});
