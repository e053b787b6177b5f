import assert from "node:assert/strict";
import type { FileStamp } from "../../records/content/file_stamp.ts";
import { NOTHING_MARKED } from "../../records/content/content_chain.ts";
import { NO_SAMPLES } from "../../records/content/row_samples.ts";
import type { StoredCheckpoint } from "../../state/checkpoint.ts";
import { replacedIdOf } from "../../state/replaced_source.ts";
import { checkpointAt, placed } from "../../tests/support/checkpoints.ts";
import { OtherCheckpoints } from "./other_checkpoints.ts";

const STAMP: FileStamp = { size: 400, modifiedAt: 1_000, changedAt: 1_000, device: 1, inode: 7, takenAt: 90_000 };

/** What was read of a file that was rotated away, which begins with such a row. */
function rotated(inode: number, first: string): StoredCheckpoint {
  const stamp = { ...STAMP, inode };
  const stored = checkpointAt(40, {
    source: replacedIdOf("file:/data/a.csv", { device: 1, inode, startedAt: inode }),
    file: { path: "/data/a.csv", stamp },
  });
  const samples = { ...NO_SAMPLES, first };
  return { ...stored, position: placed(stored.position, { content: { ...NOTHING_MARKED, bytes: 400, samples } }) };
}

Deno.test("OtherCheckpoints.displaced() asks what is stored only of files that were rotated away and begin as one does", async () => {
  const stored = Array.from({ length: 1_000 }, (_, at) => rotated(at + 10, `row ${at}`));
  const loaded: string[] = [];
  const others = new OtherCheckpoints({
    list: () => stored.map((checkpoint) => ({ ok: true, checkpoint })),
    load: ({ source }) => {
      loaded.push(source);
      return stored.find((checkpoint) => checkpoint.source === source) ?? null;
    },
    putAside: () => assert.fail("nothing is put aside"),
  });
  const file = {
    stamp: { ...STAMP, inode: 13 },
    beginsAs: ({ samples: { first } }: { samples: { first: string | null } }) => Promise.resolve(first === "row 700"),
  };
  const key = { source: "file:/data/a.csv", versions: "v2" } as const;
  const found = await others.displaced({ key, file, firstRow: "row 700" }, -Infinity);
  assert.deepEqual(found.map(({ file }) => file?.stamp.inode), [13, 710]);
  assert.equal(loaded.length, 2);
});
