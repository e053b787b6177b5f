import assert from "node:assert/strict";
import { mayMountDisk, onSmallDisk } from "./_test_small_disk.ts";

const ignore = !mayMountDisk();

Deno.test(
  { name: "Journal refuses clearly on a full disk, loses nothing, and goes on when there is room", ignore },
  async () => {
    const { accepted, ...result } = await onSmallDisk(import.meta.resolve("./_full_disk_process.ts"));
    assert.ok(Number(accepted) >= 100, `${accepted} accepted`);
    assert.deepEqual(result, {
      refused: "JournalFullError disk",
      again: "JournalFullError disk",
      afterwards: null,
      intact: true,
      records: Number(accepted) + 1,
      repaired: null,
    });
  },
);
