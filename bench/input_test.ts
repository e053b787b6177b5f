import assert from "node:assert/strict";
import { basename } from "node:path";
import { readCompanyTable } from "../sources/formats/company_table.ts";
import { ensureInput, makeInput } from "./input.ts";
import { FILES } from "./workloads.ts";

async function inTempDir(body: (dir: string) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir();
  try {
    await body(dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

async function linesOf(paths: readonly string[]): Promise<string[][]> {
  return await Promise.all(paths.map(async (path) => (await Deno.readTextFile(path)).trimEnd().split("\r\n")));
}

Deno.test("makeInput() spreads the rows evenly over files of one symbol each, and puts them all into one file as well", async () => {
  await inTempDir(async (dir) => {
    const rows = 50 * FILES;
    const input = await makeInput(dir, { rows, seed: 3 });
    for (const files of [input.trades, input.quotes]) {
      assert.equal(files.length, FILES);
      for (const lines of await linesOf(files)) assert.equal(lines.length, 50);
    }
    assert.equal(input.single.length, 1);
    const [lines = []] = await linesOf(input.single);
    assert.equal(lines.length, rows);
    assert.ok(lines.every((line) => line.split(",").length === 7));
  });
});

Deno.test("makeInput() gives a table with a different symbol for each file", async () => {
  await inTempDir(async (dir) => {
    const input = await makeInput(dir, { rows: FILES, seed: 3 });
    const table = await readCompanyTable(input.reference);
    const symbolOf = (path: string) => table.symbolOf(basename(path, ".csv"));
    assert.equal(new Set(input.trades.map(symbolOf)).size, FILES);
    for (const path of [...input.trades, ...input.quotes, ...input.single]) assert.ok(symbolOf(path), path);
  });
});

Deno.test("makeInput() makes the same bytes from the same seed, and others from another", async () => {
  await inTempDir(async (dir) => {
    const textOf = async (seed: number) =>
      (await linesOf((await makeInput(dir, { rows: 20 * FILES, seed })).trades)).join("\n");
    const first = await textOf(1);
    assert.equal(await textOf(1), first);
    assert.notEqual(await textOf(2), first);
  });
});

Deno.test("ensureInput() makes an input once, and remakes an incomplete one", async () => {
  await inTempDir(async (cache) => {
    const said: string[] = [];
    const ensure = () => ensureInput({ cache, rows: FILES, seed: 1, say: (line) => said.push(line) });
    const [first] = (await ensure()).trades;
    assert.ok(first);
    await Deno.writeTextFile(first, "kept");
    assert.deepEqual((await ensure()).trades[0], first);
    assert.equal(await Deno.readTextFile(first), "kept");
    assert.equal(said.length, 1);
    const [folder] = [...Deno.readDirSync(`${cache}/bench`)].filter(({ isDirectory }) => isDirectory);
    await Deno.remove(`${cache}/bench/${folder?.name}/.complete`);
    await ensure();
    assert.notEqual(await Deno.readTextFile(first), "kept");
    assert.equal(said.length, 2);
  });
});
