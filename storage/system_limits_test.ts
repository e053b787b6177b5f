import assert from "node:assert/strict";
import { isKeptFromOpening, isOutOfDescriptors, isOutOfSpace, outOfSpaceText } from "./system_limits.ts";

Deno.test("isOutOfDescriptors() knows the sentences of Deno, of both Kafka clients and of fetch", () => {
  for (
    const error of [
      new Error("Too many open files (os error 24): open '/a'"),
      new Error("Connection error: connect EMFILE 127.0.0.1:9092"),
      new TypeError("fetch failed", { cause: new Error("connect ENFILE 127.0.0.1:8081") }),
    ]
  ) assert.ok(isOutOfDescriptors(error), error.message);
  for (const error of [new Error("connect ECONNREFUSED 127.0.0.1:9092"), "EMFILE", undefined]) {
    assert.ok(!isOutOfDescriptors(error), String(error));
  }
});

Deno.test("isOutOfSpace() knows the sentences of the system and of SQLite", () => {
  assert.ok(isOutOfSpace(new Error("No space left on device (os error 28)")));
  assert.ok(isOutOfSpace(new Error("database or disk is full")));
  assert.ok(!isOutOfSpace(new Error("disk I/O error")));
});

Deno.test("outOfSpaceText() names folder, free space and file", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const text = outOfSpaceText(`${folder}/state.sqlite`);
    assert.ok(text.startsWith(`No space left on device: ${folder} has `), text);
    assert.match(text, /has [\d,]+ KiB free, and state\.sqlite cannot grow$/);
    assert.match(outOfSpaceText(`${folder}/none/state.sqlite`), /is full, and state\.sqlite cannot grow$/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("isKeptFromOpening() is only true of a file that is kept out by too many others", () => {
  assert.equal(isKeptFromOpening("/no/such/file"), false);
});
