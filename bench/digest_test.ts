import assert from "node:assert/strict";
import { join } from "node:path";
import { digestOfFolder } from "./digest.ts";

Deno.test("digestOfFolder() changes with every file, including those in subfolders", async () => {
  const dir = await Deno.makeTempDir();
  try {
    await Deno.mkdir(join(dir, "in", "it"), { recursive: true });
    const digests: string[] = [];
    for (const [path, text] of [["a", "1"], ["in/b", "1"], ["in/it/c", "1"], ["in/it/c", "2"]] as const) {
      await Deno.writeTextFile(join(dir, path), text);
      digests.push(await digestOfFolder(dir));
    }
    assert.equal(new Set(digests).size, 4);
    assert.equal(await digestOfFolder(dir), digests[3]);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});
