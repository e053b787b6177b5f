import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { withFolder } from "./_test_folder.ts";
import { FileMarker, FileShrunkError, WINDOW_BYTES } from "./file_identity.ts";

/** Bytes that are different everywhere. */
function bytesOf(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at++) bytes[at] = (at * 31 + (at >> 8)) & 0xff;
  return bytes;
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

Deno.test("FileMarker.identify() says what the file is, and marks both ends of what was read", async () => {
  await withFolder(async (folder) => {
    const path = join(folder, "rows.csv");
    const bytes = bytesOf(300_000);
    await Deno.writeFile(path, bytes);
    await Deno.symlink(path, join(folder, "link.csv"));
    using marker = await FileMarker.open(join(folder, "link.csv"));
    const { mtime, ino, dev } = await Deno.stat(path);
    assert.deepEqual(await marker.identify(200_000), {
      path: await Deno.realPath(path),
      size: 300_000,
      modifiedAt: mtime?.getTime() ?? null,
      device: dev,
      inode: ino,
      content: {
        bytes: 200_000,
        head: sha256(bytes.subarray(0, WINDOW_BYTES)),
        tail: sha256(bytes.subarray(200_000 - WINDOW_BYTES, 200_000)),
      },
    });
  });
});

Deno.test("FileMarker.identify() marks what there is where there is less than a window", async () => {
  await withFolder(async (folder) => {
    const path = join(folder, "rows.csv");
    const bytes = bytesOf(100_000);
    await Deno.writeFile(path, bytes);
    using marker = await FileMarker.open(path);
    for (const length of [0, 1, 1_000, WINDOW_BYTES - 1, WINDOW_BYTES, WINDOW_BYTES + 1, 100_000]) {
      const { content } = await marker.identify(length);
      const window = Math.min(length, WINDOW_BYTES);
      assert.deepEqual(content, {
        bytes: length,
        head: sha256(bytes.subarray(0, window)),
        tail: sha256(bytes.subarray(length - window, length)),
      });
    }
  });
});

Deno.test("FileMarker.identify() is of the file that was opened, not of one that took its name", async () => {
  await withFolder(async (folder) => {
    const path = join(folder, "rows.csv");
    await Deno.writeTextFile(path, "the first\n");
    using marker = await FileMarker.open(path);
    const before = await marker.identify(10);
    await Deno.writeTextFile(join(folder, "other.csv"), "the other\n");
    await Deno.rename(join(folder, "other.csv"), path);
    assert.deepEqual((await marker.identify(10)).content, before.content);
    assert.equal((await marker.identify(10)).inode, before.inode);
  });
});

Deno.test("FileMarker.identify() rejects where the file is shorter than what was read", async () => {
  await withFolder(async (folder) => {
    const path = join(folder, "rows.csv");
    await Deno.writeFile(path, bytesOf(WINDOW_BYTES * 2));
    using marker = await FileMarker.open(path);
    await marker.identify(WINDOW_BYTES * 2);
    await Deno.truncate(path, WINDOW_BYTES + 5);
    await assert.rejects(marker.identify(WINDOW_BYTES * 2), (error) => {
      assert.ok(error instanceof FileShrunkError);
      assert.match(error.message, /has 65541 bytes, and 131072 were read/);
      return true;
    });
    assert.equal((await marker.identify(WINDOW_BYTES + 5)).size, WINDOW_BYTES + 5);
  });
});

Deno.test("FileMarker.identify() marks all of a compressed file, whatever the position", async () => {
  const content = bytesOf(400_000);
  for (const compressed of [gzipSync(content, { level: 0 }), zstdCompressSync(content)]) {
    await withFolder(async (folder) => {
      const path = join(folder, "rows");
      await Deno.writeFile(path, compressed);
      using marker = await FileMarker.open(path);
      assert.ok(marker.isCompressed);
      const mark = {
        bytes: compressed.length,
        head: sha256(compressed.subarray(0, WINDOW_BYTES)),
        tail: sha256(compressed.subarray(-Math.min(WINDOW_BYTES, compressed.length))),
        compressed: true,
      };
      for (const offset of [0, 1, 300_000, 400_000]) {
        const { content, size } = await marker.identify(offset);
        assert.deepEqual([content, size], [mark, compressed.length]);
      }
      await Deno.writeFile(path, compressed, { append: true });
      assert.equal((await marker.identify(5)).content.bytes, 2 * compressed.length);
      const { content: { head, tail } } = await marker.identifyAgain({ ...mark, compressed: true });
      assert.deepEqual([head, tail], [mark.head, mark.tail]);
    });
  }
});

Deno.test("FileMarker.close() may be called twice", async () => {
  await withFolder(async (folder) => {
    const path = join(folder, "rows.csv");
    await Deno.writeTextFile(path, "");
    const marker = await FileMarker.open(path);
    marker.close();
    marker.close();
    await assert.rejects(FileMarker.open(join(folder, "none")), Deno.errors.NotFound);
  });
});
