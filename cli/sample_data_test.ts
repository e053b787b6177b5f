import assert from "node:assert/strict";
import { join } from "node:path";
import { generateSample, type SampleOptions } from "./sample_data.ts";

/** The options that made examples/data. */
const EXAMPLE = { seed: 66, rows: 40, symbols: 2, days: 2 };

async function withSample(
  options: Omit<SampleOptions, "dir">,
  run: (folder: string, sample: Awaited<ReturnType<typeof generateSample>>) => Promise<void>,
): Promise<void> {
  const dir = await Deno.makeTempDir();
  try {
    await run(dir, await generateSample({ ...options, dir }));
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

async function readLines(path: string | undefined): Promise<string[]> {
  const text = await Deno.readTextFile(path ?? "");
  assert.ok(text.endsWith("\r\n"));
  return text.slice(0, -2).split("\r\n");
}

Deno.test("generateSample() makes the files of examples/data, byte for byte", async () => {
  await withSample(EXAMPLE, async (folder, sample) => {
    const paths = [...sample.trades, ...sample.quotes].map(({ path }) => path).concat(sample.companyInfo);
    assert.equal(paths.length, 5);
    for (const path of paths) {
      const kept = join(import.meta.dirname ?? "", "..", "examples", "data", path.slice(folder.length));
      assert.deepEqual(await Deno.readFile(path), await Deno.readFile(kept), kept);
    }
  });
});

Deno.test("generateSample() makes other ticks from another seed", async () => {
  await withSample({ ...EXAMPLE, seed: 67 }, async (_, { trades: [other] }) => {
    await withSample(EXAMPLE, async (_, { trades: [first] }) => {
      assert.notDeepEqual(await readLines(other?.path), await readLines(first?.path));
    });
  });
});

Deno.test("generateSample() makes only the requested files", async () => {
  await withSample({ seed: 1, rows: 3, symbols: 28, days: 1, kinds: ["quotes"] }, async (folder, sample) => {
    assert.deepEqual(sample.trades, []);
    assert.equal(sample.quotes.length, 28);
    assert.deepEqual([sample.quotes[0]?.symbol, sample.quotes[25]?.symbol, sample.quotes[26]?.symbol], [
      "TFA",
      "TFZ",
      "TFAA",
    ]);
    assert.deepEqual(Array.from(Deno.readDirSync(folder), ({ name }) => name).toSorted(), ["quotes", "reference"]);
    assert.equal((await readLines(sample.companyInfo)).length, 29);
  });
});

Deno.test("generateSample() makes trades with the awkward cases of real ones", async () => {
  await withSample({ seed: 1, rows: 20_000, symbols: 1, kinds: ["trades"] }, async (_, { trades: [file] }) => {
    const lines = await readLines(file?.path);
    assert.equal(lines.length, 20_000);
    const rows = lines.map((line) => line.split(","));
    const has = (what: string, found: boolean) => assert.ok(found, what);
    has("adjacent equal rows", lines.some((line, index) => line === lines[index - 1]));
    has(
      "equal rows with another one between",
      lines.some((line, index) => line === lines[index - 2] && line !== lines[index - 1]),
    );
    has("three decimals", rows.some(([, , price = ""]) => /\.\d{3}$/.test(price)));
    has("an extra column", rows.some(([, , , , , , extra]) => extra !== ""));
    has("several days", new Set(rows.map(([date]) => date)).size === 5);
    const qualifiers = new Set(rows.map((row) => row[4]));
    assert.deepEqual([...qualifiers].map(Number).toSorted((a, b) => a - b), [0, 1, 2, 3, 5, 8, 9, 25, 26, 27]);
    for (const row of rows) {
      assert.equal(row.length, 7);
      assert.equal(
        row[5],
        ["1", "3", "9"].includes(row[4] ?? "") ? "X" : "",
        "venue X goes with the qualifiers 1, 3 and 9",
      );
    }
    const times = rows.map(([date, time]) => `${date} ${time}`);
    assert.deepEqual(times, times.toSorted(), "in time order");
    const early = times.filter((time) => (time.split(" ")[1] ?? "") < "10:00").length;
    assert.ok(early > 200 && early < 2_000, "some trades are of the day before, in UTC");
  });
});

Deno.test("generateSample() makes quotes with the awkward cases of real ones", async () => {
  await withSample({ seed: 1, rows: 20_000, symbols: 1, kinds: ["quotes"] }, async (_, { quotes: [file] }) => {
    const rows = (await readLines(file?.path)).map((line) => line.split(","));
    const numbers = rows.map((row) => row.slice(2).map(Number));
    assert.ok(rows.every((row) => row.length === 6));
    assert.equal(
      numbers.filter(([, ask, , askVolume]) => ask === 0 && askVolume === 0).length,
      5,
      "one side at each open",
    );
    assert.ok(numbers.some(([bid = 0, ask = 0]) => ask > 0 && bid > ask), "crossed");
    assert.ok(numbers.some(([bid, ask]) => bid === ask), "locked");
    assert.ok(numbers.some(([, , , volume = 0]) => volume >= 1e9), "a volume of ten digits");
    assert.ok(rows.some(([, , bid = ""]) => bid.endsWith(".0")), "whole prices with a decimal");
  });
});

Deno.test("generateSample() with busy makes trades as close together as those of a busily traded share", async () => {
  const options = { seed: 1, rows: 60_000, symbols: 1, days: 3, kinds: ["trades"] as const, busy: true };
  await withSample(options, async (_, { trades: [file] }) => {
    const lines = await readLines(file?.path);
    const repeated = 1 - new Set(lines).size / lines.length;
    assert.ok(repeated > 0.03 && repeated < 0.06, `${repeated} repeat an earlier row`);
    const instants = new Map<string, number>();
    for (const line of lines) instants.set(line.slice(0, 23), (instants.get(line.slice(0, 23)) ?? 0) + 1);
    const share = instants.size / lines.length;
    assert.ok(share > 0.3 && share < 0.4, `${share} instants a row`);
    const most = Math.max(...instants.values());
    assert.ok(most >= 15 && most <= 60, `${most} rows in one instant`);
  });
});
