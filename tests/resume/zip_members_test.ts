/** Loads of the files of one archive: each is known by itself, though all have the inode of the archive. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { zip } from "../support/compressed_bytes.ts";
import { assertOnce, lines, scene } from "../support/changing_files_scene.ts";
import { HEADER } from "../support/resume_harness.ts";

const encoder = new TextEncoder();
const PLAIN = { suffix: "", bytes: (text: string) => encoder.encode(text) };

function archiveOf(members: Readonly<Record<string, string>>): Uint8Array {
  return zip(Object.entries(members).map(([name, text]) => ({ name, content: encoder.encode(HEADER + text) })));
}

Deno.test("the files of an archive are loaded, cut off and resumed each by itself", async () => {
  await scene(PLAIN, async ({ folder, clock, load, ...rest }) => {
    // So late that the file's times are trusted.
    await clock.advance(Date.now() + 60_000 - clock.now());
    const archive = join(folder, "2024.zip");
    // Equal beginnings, so that only the name tells one from the other.
    await Deno.writeFile(archive, archiveOf({ "a.csv": lines(30), "b.csv": lines(30) + lines(12, { from: 30 }) }));
    assert.equal((await load({ path: `${archive}/a.csv`, limitRows: 20 })).acked, 20);
    const other = await load({ path: `${archive}/b.csv`, overlap: "skip" });
    assert.deepEqual([other.type, other.told.has("checkpoint_adopted")], ["completed", false]);
    assert.equal((await load({ path: `${archive}/a.csv`, overlap: "skip" })).type, "completed");
    for (const member of ["a.csv", "b.csv"]) {
      const again = await load({ path: `${archive}/${member}` });
      assert.deepEqual([again.complete, again.acked], [true, 0], member);
    }
    assertOnce({ folder, clock, load, ...rest }, 42);
  });
});

Deno.test("the files of an archive that got another name are known again", async () => {
  await scene(PLAIN, async ({ folder, clock, load, ...rest }) => {
    const archive = join(folder, "2024.zip"), renamed = join(folder, "old.zip");
    await Deno.writeFile(archive, archiveOf({ "a.csv": lines(30), "b.csv": lines(12, { from: 30 }) }));
    await load({ path: `${archive}/a.csv`, limitRows: 20 });
    await load({ path: `${archive}/b.csv` });
    await Deno.rename(archive, renamed);
    const [a, b] = [await load({ path: `${renamed}/a.csv` }), await load({ path: `${renamed}/b.csv` })];
    assert.deepEqual([a.acked, b.complete, b.told.has("checkpoint_adopted")], [10, true, true]);
    assertOnce({ folder, clock, load, ...rest }, 42);
  });
});
