import assert from "node:assert/strict";
import { join } from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { sample } from "./_test_checkpoint.ts";
import { withFolder } from "./_test_folder.ts";
import { type Checkpoint, decodeBody, encodeBody } from "./checkpoint.ts";
import { FileMarker } from "./file_identity.ts";
import { type CheckpointVerdict, findMovedCheckpoint, verifyCheckpoint, verifyTopics } from "./verify_checkpoint.ts";

const ROW_BYTES = 40;
const ROWS = 10_000;
/** Read so far; more than two windows. */
const ROW = 6_000;

function rowsFrom(first: number, count: number): string {
  let text = "";
  for (let row = first; row < first + count; row++) text += `${String(row).padStart(ROW_BYTES - 1, "0")}\n`;
  return text;
}

interface Load {
  readonly folder: string;
  readonly path: string;
  readonly checkpoint: Checkpoint;
  /** Verdict and codes for the file, or another one of the folder. */
  verify(
    change?: Partial<Parameters<typeof verifyCheckpoint>[1]>,
  ): Promise<[CheckpointVerdict["verdict"], ...string[]]>;
}

async function checkpointOf(path: string, row: number): Promise<Checkpoint> {
  using marker = await FileMarker.open(path);
  return { ...sample({ row }), file: await marker.identify(row * ROW_BYTES) };
}

async function withLoad(run: (load: Load) => Promise<void>, row = ROW): Promise<void> {
  await withFolder(async (folder) => {
    const path = join(folder, "rows.csv");
    await Deno.writeTextFile(path, rowsFrom(0, ROWS));
    const checkpoint = await checkpointOf(path, row);
    await run({
      folder,
      path,
      checkpoint,
      async verify(change = {}) {
        const { versions, flags } = checkpoint;
        const { verdict, reasons } = await verifyCheckpoint(checkpoint, { path, versions, flags, ...change });
        for (const { text } of reasons) assert.match(text, /^\S.*\.$/);
        return [verdict, ...reasons.map(({ code }) => code)];
      },
    });
  });
}

/** Writes at a place of a file, and leaves its size. */
async function overwrite(path: string, { at, text }: { readonly at: number; readonly text: string }): Promise<void> {
  using file = await Deno.open(path, { write: true });
  await file.seek(at, Deno.SeekMode.Start);
  await file.write(new TextEncoder().encode(text));
}

Deno.test("verifyCheckpoint() knows the same file, whatever the order of the flags", async () => {
  await withLoad(async ({ verify, checkpoint }) => {
    assert.deepEqual(await verify(), ["same"]);
    const flags = Object.fromEntries(Object.entries(checkpoint.flags).reverse());
    assert.deepEqual(await verify({ flags }), ["same"]);
  });
});

Deno.test("verifyCheckpoint() knows a file that has grown, and the rows that it had not read", async () => {
  await withLoad(async ({ verify, path }) => {
    await Deno.writeTextFile(path, rowsFrom(ROWS, 3), { append: true });
    assert.deepEqual(await verify(), ["grown", "appended"]);
  });
});

Deno.test("verifyCheckpoint() knows a file that is being appended to from one that was", async () => {
  await withLoad(async ({ verify, path }) => {
    // Half a row, as a writer that is under way leaves it.
    await Deno.writeTextFile(path, "0000000", { append: true });
    assert.deepEqual(await verify(), ["grown", "appended"]);
  }, ROWS);
  await withFolder(async (folder) => {
    const path = join(folder, "rows.csv");
    await Deno.writeTextFile(path, rowsFrom(0, 99) + "1".repeat(ROW_BYTES));
    const checkpoint = await checkpointOf(path, 100);
    const verify = () => verifyCheckpoint(checkpoint, { path, versions: "v2", flags: checkpoint.flags });
    assert.equal((await verify()).verdict, "same");
    await Deno.writeTextFile(path, "23\n", { append: true });
    const { verdict, reasons: [reason] } = await verify();
    assert.deepEqual([verdict, reason?.code], ["changed", "row_continued"]);
  });
});

Deno.test("verifyCheckpoint() refuses a file that was cut, before the position or after it", async () => {
  await withLoad(async ({ verify, path }) => {
    await Deno.truncate(path, ROW * ROW_BYTES + 7);
    assert.deepEqual(await verify(), ["changed", "truncated"]);
    await Deno.truncate(path, ROW * ROW_BYTES - 7);
    assert.deepEqual(await verify(), ["changed", "truncated"]);
    await Deno.truncate(path, 0);
    assert.deepEqual(await verify(), ["changed", "truncated"]);
  });
});

Deno.test("verifyCheckpoint() refuses another file under the name", async () => {
  await withLoad(async ({ verify, path }) => {
    await Deno.remove(path);
    await Deno.writeTextFile(path, rowsFrom(1, ROWS));
    assert.deepEqual(await verify(), ["changed", "content_differs"]);
    await Deno.remove(path);
    assert.deepEqual(await verify(), ["changed", "missing"]);
  });
});

Deno.test("verifyCheckpoint() refuses changed bytes at both ends, and inserted or removed rows anywhere", async () => {
  for (const at of [0, 65_535, ROW * ROW_BYTES - 65_536, ROW * ROW_BYTES - 2]) {
    await withLoad(async ({ verify, path }) => {
      await overwrite(path, { at, text: "x" });
      assert.deepEqual(await verify(), ["changed", "content_differs"], `byte ${at}`);
    });
  }
  await withLoad(async ({ verify, path }) => {
    await Deno.writeTextFile(path, rowsFrom(0, 3_000) + rowsFrom(77, 1) + rowsFrom(3_000, ROWS));
    assert.deepEqual(await verify(), ["changed", "content_differs"]);
    await Deno.writeTextFile(path, rowsFrom(0, 3_000) + rowsFrom(3_001, ROWS));
    assert.deepEqual(await verify(), ["changed", "content_differs"]);
  });
});

Deno.test("verifyCheckpoint() cannot see a changed byte far from both ends, but that the file was written to", async () => {
  await withLoad(async ({ verify, path }) => {
    await overwrite(path, { at: 100_000, text: "x" });
    await Deno.utime(path, 1, 1);
    assert.deepEqual(await verify(), ["same", "touched"]);
  });
});

Deno.test("verifyCheckpoint() knows a file by its content after a rotation, and a copy of it", async () => {
  await withLoad(async ({ verify, path, folder }) => {
    const rotated = join(folder, "rows.csv.1");
    await Deno.rename(path, rotated);
    await Deno.writeTextFile(path, rowsFrom(ROWS, 10));
    assert.deepEqual(await verify({ path: rotated }), ["same", "renamed"]);
    assert.deepEqual(await verify(), ["changed", "truncated"]);
    await Deno.copyFile(rotated, path);
    assert.deepEqual(await verify(), ["same", "other_inode"]);
    await Deno.writeTextFile(rotated, rowsFrom(ROWS, 1), { append: true });
    assert.deepEqual(await verify({ path: rotated }), ["grown", "appended", "renamed"]);
  });
});

Deno.test("verifyCheckpoint() knows a compressed file, one that was appended to, and one that is another", async () => {
  for (const compress of [gzipSync, zstdCompressSync]) {
    await withFolder(async (folder) => {
      const path = join(folder, "rows.csv.gz");
      const first = compress(rowsFrom(0, ROWS)), second = compress(rowsFrom(ROWS, 10));
      await Deno.writeFile(path, first);
      // Also at the end of the content: whether its last line may have been written on shows only when it is opened.
      for (const row of [0, ROW, ROWS]) {
        const checkpoint = await checkpointOf(path, row);
        const stored = decodeBody(checkpoint, encodeBody({ ...checkpoint, startedAt: 1, writtenAt: 2 }));
        assert.deepEqual(stored.file, checkpoint.file);
        const verify = async (bytes: Uint8Array, other = path) => {
          await Deno.writeFile(other, bytes);
          const { verdict, reasons } = await verifyCheckpoint(stored, { ...checkpoint, path: other });
          return [verdict, ...reasons.map(({ code }) => code).filter((code) => code !== "touched")];
        };
        const flipped = Uint8Array.from(first);
        flipped[9] = (flipped[9] ?? 0) ^ 1;
        assert.deepEqual(await verify(Uint8Array.from([...first, ...second])), ["grown", "appended"]);
        // A place in the content is none in the file, even if the numbers are the same.
        const position = { ...stored.position, offset: first.length };
        const { verdict } = await verifyCheckpoint({ ...stored, position }, { ...checkpoint, path });
        assert.equal(verdict, "grown");
        assert.deepEqual(await verify(flipped), ["changed", "content_differs"]);
        assert.equal((await verify(compress(rowsFrom(1, ROWS + 1))))[0], "changed");
        assert.deepEqual(await verify(first.subarray(0, -1)), ["changed", "truncated"]);
        assert.equal((await verify(new TextEncoder().encode(rowsFrom(0, ROWS))))[0], "changed", "decompressed");
        assert.deepEqual(await verify(first, join(folder, "copy.csv.gz")), ["same", "renamed", "other_inode"]);
        assert.deepEqual(await verify(first), ["same"]);
        const found = await findMovedCheckpoint([stored], { ...checkpoint, path: join(folder, "copy.csv.gz") });
        assert.equal(found !== null, row > 0, "of which nothing was read is no load");
      }
    });
  }
});

Deno.test("verifyCheckpoint() takes other settings or another version for another load, file or not", async () => {
  await withLoad(async ({ checkpoint, verify }) => {
    const { flags } = checkpoint;
    assert.deepEqual(await verify({ versions: "both" }), ["other_load", "version_differs"]);
    assert.deepEqual(await verify({ path: "/nowhere", versions: "v1" }), ["other_load", "version_differs"]);
    assert.deepEqual(await verify({ flags: { ...flags, symbol: "RIO" } }), ["other_load", "flags_differ"]);
    const { currency: _currency, ...rest } = flags;
    const { reasons } = await verifyCheckpoint(checkpoint, {
      path: "/nowhere",
      versions: "v1",
      flags: { ...rest, symbol: "RIO", companyId: "7" },
    });
    assert.deepEqual(reasons.map(({ text }) => text), [
      "It was loaded as v2, and is now to be loaded as v1.",
      'Its settings were other ones: companyId was null, is "7"; currency was "AUD", is not set; ' +
      'symbol was "BHP", is "RIO".',
    ]);
  });
});

Deno.test("verifyCheckpoint() does not compare a source that is no file with one", async () => {
  await withLoad(async ({ path }) => {
    const checkpoint = sample({ row: 5 });
    const { verdict, reasons } = await verifyCheckpoint(checkpoint, { ...checkpoint, path });
    assert.deepEqual([verdict, reasons[0]?.code], ["changed", "no_file"]);
  });
});

Deno.test("findMovedCheckpoint() finds the load of a file that has another name, and no load of nothing", async () => {
  await withLoad(async ({ path, folder, checkpoint }) => {
    const rotated = join(folder, "rows.csv.1");
    await Deno.rename(path, rotated);
    await Deno.writeTextFile(path, rowsFrom(ROWS, 10));
    const empty = { ...await checkpointOf(rotated, 0), source: "empty" };
    const other = { ...await checkpointOf(path, 10), source: "other" };
    const all = [empty, other, checkpoint];
    const { versions, flags } = checkpoint;
    const found = await findMovedCheckpoint(all, { path: rotated, versions, flags });
    assert.equal(found?.checkpoint.source, checkpoint.source);
    assert.deepEqual(found.result.reasons.map(({ code }) => code), ["renamed"]);
    assert.equal(await findMovedCheckpoint([empty, other], { path: rotated, versions, flags }), null);
    assert.equal(await findMovedCheckpoint(all, { path: rotated, versions, flags: {} }), null);
    assert.equal(await findMovedCheckpoint(all, { path: rotated, versions: "v1", flags }), null);
  });
});

Deno.test("verifyTopics() tells the same topics from other ones", () => {
  const checkpoint = sample({ versions: "both", row: 5 });
  const [v1, v2] = checkpoint.topics.map(({ name, id, next }) => ({ name, id, ends: next }));
  assert.ok(v1 && v2);
  const [first = 0n, second = 0n] = v1.ends;
  const codes = (topics: (typeof v1)[], clusterId = checkpoint.clusterId) => {
    const { verdict, reasons } = verifyTopics(checkpoint, { clusterId, topics });
    return [verdict, ...reasons.map(({ code }) => code)];
  };
  assert.deepEqual(codes([v2, v1]), ["same"]);
  assert.deepEqual(codes([{ ...v1, ends: [first + 9n, second] }, v2]), ["same"]);
  assert.deepEqual(codes([{ ...v1, id: null }, v2]), ["same"], "a client that cannot tell");
  assert.deepEqual(codes([{ ...v1, ends: [...v1.ends, 0n] }, v2]), ["grown", "partitions_added"]);
  assert.deepEqual(codes([v1, v2], "cluster-2"), ["other_load", "cluster_differs"]);
  assert.deepEqual(codes([v1]), ["other_load", "topic_differs"]);
  assert.deepEqual(codes([v1, { ...v2, id: "made again" }]), ["other_load", "topic_differs"]);
  assert.deepEqual(codes([{ ...v1, ends: [first - 1n, second] }, v2]), ["other_load", "topic_behind"]);
  assert.deepEqual(codes([{ ...v1, ends: [first] }, v2]), ["other_load", "topic_behind"]);
});
