import assert from "node:assert/strict";
import { descriptorsNeeded, filesWithin, limitIn, limitWarning } from "./open_files_limit.ts";

Deno.test("descriptorsNeeded() grows with the files that are read at a time and with the brokers", () => {
  assert.equal(descriptorsNeeded({ files: 1, brokers: 1 }), 40);
  assert.equal(descriptorsNeeded({ files: 256, brokers: 3 }), 558);
});

Deno.test("filesWithin() keeps within the limit, and leaves one file to a process that may hardly open any", () => {
  const wanted = { files: 256, brokers: 1 };
  assert.equal(filesWithin(null, wanted), 256);
  assert.equal(filesWithin(1_024, wanted), 256);
  assert.equal(filesWithin(256, wanted), 109);
  assert.ok(descriptorsNeeded({ files: 109, brokers: 1 }) <= 256);
  assert.equal(filesWithin(20, wanted), 1);
});

Deno.test("limitIn() reads the soft limit, and null if there is none", () => {
  const limits = "Limit                     Soft Limit           Hard Limit           Units     \n";
  assert.equal(
    limitIn(`${limits}Max open files            40                   1048576              files     \n`),
    40,
  );
  assert.equal(
    limitIn(`${limits}Max open files            unlimited            unlimited            files     \n`),
    null,
  );
});

Deno.test("limitWarning() names a sufficient limit, and says nothing if there is enough", () => {
  assert.match(limitWarning(48, 40) ?? "", /may have 40 files open.* may need 48.*ulimit -n 48/);
  assert.equal(limitWarning(48, 48), null);
  assert.equal(limitWarning(48, null), null);
});
