import assert from "node:assert/strict";
import { mayMountDisk, onSmallDisk } from "./_test_small_disk.ts";

const ignore = !mayMountDisk();

Deno.test(
  {
    name: "DeadLetterStore refuses whole batches on a full disk, loses nothing, and continues when there is room",
    ignore,
  },
  async () => {
    const { stored, ...result } = await onSmallDisk(import.meta.resolve("./_full_disk_letters_process.ts"));
    assert.ok(Number(stored) >= 100, `${stored} stored`);
    assert.deepEqual(result, {
      refused: "CommitError full",
      again: "CommitError full",
      whileFull: true,
      afterwards: null,
      complete: true,
    });
  },
);
