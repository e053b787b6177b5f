import assert from "node:assert/strict";
import { join } from "node:path";
import { expandPaths } from "./expand_paths.ts";
import { SourceError, type SourceErrorCode } from "../source.ts";

const FILES = ["a.csv", "b.csv", "b.txt", "[1].csv", "x/c.csv", "x/y/d.csv", "x/.hidden.csv", ".git/e.csv", "z/.only"];

async function withTree(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  try {
    for (const file of FILES) {
      await Deno.mkdir(join(folder, file, ".."), { recursive: true });
      await Deno.writeTextFile(join(folder, file), file);
    }
    await Deno.mkdir(join(folder, "empty"));
    await Deno.mkdir(join(folder, "folders", "inner"), { recursive: true });
    await Deno.symlink(join(folder, "a.csv"), join(folder, "x", "link.csv"));
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

for (
  const [paths, expected] of [
    [[], []],
    [["a.csv"], ["a.csv"]],
    [["./x/../a.csv", "a.csv", "x/link.csv"], ["a.csv"]],
    [["b.csv", "a.csv"], ["b.csv", "a.csv"]],
    [["."], ["[1].csv", "a.csv", "b.csv", "b.txt"]],
    [["x"], ["x/c.csv", "x/link.csv"]],
    [["x/"], ["x/c.csv", "x/link.csv"]],
    [["a.csv", "x"], ["a.csv", "x/c.csv"]],
    [["*.csv"], ["[1].csv", "a.csv", "b.csv"]],
    [["?.csv"], ["a.csv", "b.csv"]],
    [["[1].csv"], ["[1].csv"]],
    [["b.*"], ["b.csv", "b.txt"]],
    [["*/c.csv"], ["x/c.csv"]],
    [["*/*/d.csv"], ["x/y/d.csv"]],
    [["**/d.csv"], ["x/y/d.csv"]],
    [["**/*.csv"], ["[1].csv", "a.csv", "b.csv", "x/c.csv", "x/y/d.csv"]],
    [["x/.*.csv"], ["x/.hidden.csv"]],
    [["-", "a.csv", "-"], ["-", "a.csv"]],
  ] as const
) {
  Deno.test(`expandPaths() gives the files of ${JSON.stringify(paths)}`, async () => {
    await withTree(async (folder) => {
      const files = await expandPaths(paths, folder);
      assert.deepEqual(files, expected.map((file) => file === "-" ? "-" : join(folder, file)));
    });
  });
}

Deno.test("expandPaths() leaves absolute paths alone", async () => {
  await withTree(async (folder) => {
    assert.deepEqual(await expandPaths([join(folder, "a.csv"), join(folder, "x", "*.csv")], "/"), [
      join(folder, "a.csv"),
      join(folder, "x", "c.csv"),
    ]);
  });
});

for (
  const [path, code, pattern] of [
    ["none.csv", "not_found", /There is no file none.csv/],
    ["none/*.csv", "no_files", /No file matches none\/\*\.csv/],
    ["*.parquet", "no_files", /No file matches/],
    ["empty", "no_files", /no file in the folder empty/],
    ["z", "no_files", /no file in the folder z/],
    ["folders/", "no_files", /no file in the folder folders\/\. The files of its folders are 'folders\/\*\*\/\*' \(in/],
  ] satisfies [string, SourceErrorCode, RegExp][]
) {
  Deno.test(`expandPaths() refuses ${path}`, async () => {
    await withTree(async (folder) => {
      await assert.rejects(expandPaths([path], folder), (error) => {
        assert.ok(error instanceof SourceError, String(error));
        assert.equal(error.code, code);
        assert.match(error.message, pattern);
        return true;
      });
    });
  });
}

Deno.test("expandPaths() takes hard links of one file for one file, and tells", async () => {
  await withTree(async (folder) => {
    const [a, b, link] = ["a.csv", "b.csv", "same.csv"].map((name) => join(folder, name));
    assert.ok(a && b && link);
    await Deno.link(a, link);
    const told: string[] = [];
    const files = await expandPaths([link, b, a, "x/link.csv", "*.csv"], folder, (text) => told.push(text));
    assert.deepEqual(files, [link, b, join(folder, "[1].csv")]);
    assert.ok(told.includes(`${a} is another name of ${link}, which is read once.`));
    assert.deepEqual(told.filter((text) => text.startsWith(link)), [], "a file is no other name of itself");
  });
});

Deno.test("expandPaths() leaves out of a folder what holds no rows, and tells", async () => {
  await withTree(async (folder) => {
    const at = (name: string) => join(folder, "x", name);
    for (const name of ["c.csv.CHECKSUM", "c.csv.md5"]) await Deno.writeTextFile(at(name), "5d41402a  c.csv\n");
    await Deno.symlink(join(folder, "gone.csv"), at("dangling.csv"));
    const told: string[] = [];
    assert.deepEqual(await expandPaths(["x"], folder, (text) => told.push(text)), [at("c.csv"), at("link.csv")]);
    assert.deepEqual(told, [
      `${at("dangling.csv")} is left out: it is a link, and what it leads to is not there.`,
      `${
        at("c.csv.CHECKSUM")
      } and 1 more are left out: by the name a checksum or signature. One that is named by itself is read.`,
    ]);
    assert.deepEqual(await expandPaths(["x/c.csv.md5"], folder), [at("c.csv.md5")]);
  });
});
