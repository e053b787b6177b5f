import assert from "node:assert/strict";
import { join } from "node:path";
import { openFileSource } from "../sources/files/file_source.ts";
import { systemClock } from "../kernel/clock.ts";
import { rowCount } from "../sources/source.ts";
import { ensureTicks, writeKeys } from "./growth_input.ts";
import { FILES } from "./workloads.ts";

async function inTempDir(body: (dir: string) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir();
  try {
    await body(dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

Deno.test("writeKeys() gives the rows each key equally often, and changes nothing else", async () => {
  await inTempDir(async (dir) => {
    const rowsOf = async (keys: number) => {
      const path = join(dir, "trades.csv");
      await writeKeys(path, { rows: 12_000, keys });
      const [header, ...rows] = (await Deno.readTextFile(path)).trimEnd().split("\n");
      assert.equal(header, "symbol,timestamp,price,quantity");
      return rows.map((row) => row.split(","));
    };
    const [one, many] = [await rowsOf(1), await rowsOf(40)];
    assert.equal(one.length, 12_000);
    assert.deepEqual(many.map((row) => row.slice(1)), one.map((row) => row.slice(1)));
    const counts = Map.groupBy(many, ([symbol]) => symbol);
    assert.equal(counts.size, 40);
    for (const rows of counts.values()) assert.equal(rows.length, 300);
  });
});

Deno.test("writeKeys() writes rows that load can write, all of them", async () => {
  await inTempDir(async (dir) => {
    const path = join(dir, "trades.csv");
    await writeKeys(path, { rows: 2_500, keys: 1_000 });
    const reader = await openFileSource({
      path,
      format: "csv",
      timeUnit: "us",
      kind: "trade",
      exchange: "ASX",
      assetClass: "equities",
      currency: "AUD",
      timeZone: "Australia/Sydney",
      clock: systemClock,
    }).open();
    const batch = await reader.next(5_000);
    assert.ok(batch !== null && rowCount(batch) === 2_500);
    assert.deepEqual(batch.rows.filter(({ ok }) => !ok), []);
    await reader.close();
  });
});

Deno.test("ensureTicks() makes the requested number of trades, once", async () => {
  await inTempDir(async (cache) => {
    const said: string[] = [];
    const ensure = () => ensureTicks({ cache, rows: 3 * FILES, seed: 1, say: (line) => said.push(line) });
    const { trades } = await ensure();
    assert.equal(trades.length, FILES);
    for (const path of trades) assert.equal((await Deno.readTextFile(path)).trimEnd().split("\n").length, 3);
    assert.deepEqual((await ensure()).trades, trades);
    assert.equal(said.length, 1);
  });
});
