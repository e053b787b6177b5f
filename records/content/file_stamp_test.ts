import assert from "node:assert/strict";
import { type FileStamp, isSameFile, isUntouched } from "./file_stamp.ts";

const THEN: FileStamp = { size: 10, modifiedAt: 1_000, changedAt: 2_000, device: 1, inode: 2, takenAt: 10_000 };

Deno.test("isUntouched() believes what the file system says only if nothing differs", () => {
  assert.equal(isUntouched(THEN, { ...THEN, takenAt: 99_000 }), true);
  for (const change of [{ size: 11 }, { modifiedAt: 1_001 }, { changedAt: 2_001 }, { device: 2 }, { inode: 3 }]) {
    assert.equal(isUntouched(THEN, { ...THEN, ...change }), false, JSON.stringify(change));
  }
});

Deno.test("isUntouched() does not believe a file that was written to just before it was looked at", () => {
  const now = { ...THEN, takenAt: 99_000 };
  assert.equal(isUntouched({ ...THEN, takenAt: 4_000 }, now), true);
  assert.equal(isUntouched({ ...THEN, takenAt: 3_999 }, now), false);
  assert.equal(isUntouched({ ...THEN, takenAt: 500 }, now), false, "a clock that is behind");
});

Deno.test("isUntouched() and isSameFile() know nothing where the system tells nothing", () => {
  for (const change of [{ modifiedAt: null }, { changedAt: null }, { inode: null }]) {
    const stamp = { ...THEN, ...change };
    assert.equal(isUntouched(stamp, stamp), false, JSON.stringify(change));
  }
  assert.equal(isSameFile({ ...THEN, inode: null }, { ...THEN, inode: null }), false);
});

Deno.test("isSameFile() tells a file from one that has its inode since it was removed, where both times of birth are known", () => {
  assert.equal(isSameFile({ ...THEN, bornAt: 1 }, { ...THEN, bornAt: 2 }), false);
  assert.equal(isSameFile({ ...THEN, bornAt: 1 }, { ...THEN, bornAt: 1 }), true);
  assert.equal(isSameFile({ ...THEN, bornAt: null }, { ...THEN, bornAt: 2 }), true);
  assert.equal(isSameFile(THEN, { ...THEN, bornAt: 2 }), true, "a checkpoint of before");
});
