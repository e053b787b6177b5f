import assert from "node:assert/strict";
import { StorageError } from "../../storage/storage_error.ts";
import { LogError } from "../log.ts";
import { RegistryError } from "../registry.ts";
import { logErrorOf, registryErrorOf } from "./port_errors.ts";

Deno.test("logErrorOf and registryErrorOf give errors of a file the codes of the ports", () => {
  const busy = Object.assign(new Error("database is locked"), { code: "ERR_SQLITE_ERROR" });
  const table = [
    [busy, "timed_out"],
    [new StorageError("corrupt", "a.sqlite", "a.sqlite is damaged"), "client"],
    [new TypeError("something else"), "client"],
  ] as const;
  for (const [cause, code] of table) {
    const error = logErrorOf(cause, "a.sqlite");
    assert.equal(error.code, code);
    const refused = registryErrorOf(cause, "a.sqlite");
    assert.deepEqual([refused.code, refused.retriable], ["server_error", true]);
    for (const { message } of [error, refused]) assert.ok(message.includes("a.sqlite"), message);
  }
});

Deno.test("logErrorOf and registryErrorOf leave an error of the port as it is", () => {
  const ofLog = new LogError("closed", "closed"), ofRegistry = new RegistryError("closed", "closed");
  assert.equal(logErrorOf(ofLog, "a.sqlite"), ofLog);
  assert.equal(registryErrorOf(ofRegistry, "a.sqlite"), ofRegistry);
});
