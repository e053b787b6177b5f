/**
 * Flags that say what values mean, with commands as processes of their own: the same rows are refused, then loaded, then
 * audited.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { runTask, runTaskOn } from "../support/task_process.ts";
import { inFolder } from "../support/temp_folder.ts";

const CRYPTO = ["--format", "csv", "--data-type", "trades", "--exchange", "BINANCE"];
const TOPIC = "market.crypto.trades.binance";

Deno.test("load refuses a file whose numbers have no unit, and then loads it with the flags that it named", async () => {
  await inFolder(async (folder) => {
    await Deno.writeTextFile(
      join(folder, "a.csv"),
      "symbol,timestamp,price,quantity\nBTCUSDT,1735603200123,93500.1,0.002\nBTCUSDT,1735603200124,93500.2,0.002\n",
    );
    const load = (...flags: string[]) => runTask("load", ["a.csv", ...CRYPTO, "--data-dir", "d", ...flags], folder);
    const noCurrency = await load("--time-unit", "ms");
    assert.equal(noCurrency.code, 5, noCurrency.stderr);
    assert.match(noCurrency.stderr, /no column currency.*--currency/s);
    const noUnit = await load("--currency", "USDT");
    assert.equal(noUnit.code, 5, noUnit.stderr);
    assert.match(noUnit.stderr, /--time-unit s, ms, us or ns: ms is 2024-12-31T00:00:00\.123Z/);
    const wrongUnit = await load("--currency", "USDT", "--time-unit", "us");
    assert.equal(wrongUnit.code, 5, wrongUnit.stderr);
    assert.match(
      wrongUnit.stderr,
      /before 1980-01-01.*--time-unit, which is us.*BTCUSDT,1735603200123,93500\.1,0\.002/s,
    );
    await Deno.writeTextFile(join(folder, "us.csv"), "symbol,timestamp,price,quantity\nBTCUSDT,1735603200123000,1,1\n");
    const flags = [...CRYPTO, "--currency", "USDT", "--time-unit", "ms", "--data-dir", "d"];
    const tooLarge = await runTask("load", ["us.csv", ...flags], folder);
    assert.equal(tooLarge.code, 5, tooLarge.stderr);
    assert.match(tooLarge.stderr, /--time-unit, which is ms: us is 2024-12-31T00:00:00\.123Z/);
    const right = ["--currency", "USDT", "--time-unit", "ms"];
    const loaded = await load(...right);
    assert.equal(loaded.code, 0, loaded.stderr);
    const other = await load("--currency", "USDT", "--time-unit", "s");
    assert.equal(other.code, 5, other.stderr);
    const again = await load(...right);
    assert.equal(again.code, 0, again.stderr);
    const audit = await runTask("audit", ["a.csv", ...CRYPTO, ...right, "--topic", TOPIC, "--data-dir", "d"], folder);
    assert.equal(audit.code, 0, audit.stdout + audit.stderr);
    const tail = await runTask("tail", [TOPIC, "--limit", "2", "--json", "--data-dir", "d"], folder);
    const values = tail.stdout.trim().split("\n").map((line) => JSON.parse(line).value);
    assert.deepEqual(
      values.map(({ timestamp, currency, price }) => [timestamp, currency, price]),
      [[1_735_603_200_123_000, "USDT", "93500.10000000"], [1_735_603_200_124_000, "USDT", "93500.20000000"]],
    );
  });
});

Deno.test("load takes negative prices of futures as v1 and v2, and the audit finds them", async () => {
  await inFolder(async (folder) => {
    await Deno.writeTextFile(
      join(folder, "tickflume.json"),
      '{"exchanges": {"cme": {"assetClasses": ["futures"], "currency": "USD", "timeZone": "America/Chicago"}}}',
    );
    await Deno.writeTextFile(
      join(folder, "a.csv"),
      "symbol,timestamp,price,quantity,company_id\nCLK0,2020-04-20T18:08:00Z,-37.63,10,1\nCLK0,2020-04-20T18:08:01Z,-1.28,1,1\n",
    );
    const flags = ["--format", "csv", "--data-type", "trades", "--exchange", "CME"];
    for (const version of ["v1", "v2"]) {
      const common = [...flags, "--schema-version", version, "--data-dir", version];
      const loaded = await runTask("load", ["a.csv", ...common, "--verify"], folder);
      assert.equal(loaded.code, 0, loaded.stderr);
      const topic = ["--topic", "market.futures.trades.cme"];
      const audit = await runTask("audit", ["a.csv", ...common, ...topic], folder);
      assert.equal(audit.code, 0, audit.stdout + audit.stderr);
      const tail = await runTask(
        "tail",
        ["market.futures.trades.cme", "--limit", "2", "--json", "--data-dir", version],
        folder,
      );
      const prices = tail.stdout.trim().split("\n").map((line) => JSON.parse(line).value.price);
      assert.deepEqual(prices, version === "v1" ? ["-37.630000", "-1.280000"] : ["-37.63000000", "-1.28000000"]);
    }
  });
});

Deno.test("load keeps nanoseconds and takes old rows if flags allow it, and refuses --currency dollars", async () => {
  await inFolder(async (folder) => {
    const file = join(folder, "a.csv");
    const flags = ["a.csv", ...CRYPTO, "--data-dir", "d", "--dry-run", "--json"];
    const load = (...more: string[]) => runTask("load", [...flags, ...more], folder);
    await Deno.writeTextFile(file, "symbol,timestamp,price,quantity\nX,1704189600123456789,1,1\n");
    const fine = await load("--currency", "EUR", "--time-unit", "ns", "--finer", "keep");
    assert.equal(fine.code, 0, fine.stderr);
    assert.match(fine.stdout, /"timestamp_ns": ?"1704189600123456789"/);
    await Deno.writeTextFile(file, "symbol,timestamp,price,quantity\nX,1962-01-02T00:00:00Z,1,1\n");
    assert.equal((await load("--currency", "EUR")).code, 5);
    assert.equal((await load("--currency", "EUR", "--earliest", "1960-01-01")).code, 0);
    for (const wrong of [["--currency", "dollars"], ["--currency", "EUR", "--earliest", "1960"]]) {
      const { code, stderr } = await load(...wrong);
      assert.equal(code, 2, stderr);
    }
  });
});

Deno.test("load makes dead letters of numbers in another unit, and dlq replay --time-unit writes them correctly", async () => {
  await inFolder(async (folder) => {
    await Deno.writeTextFile(
      join(folder, "a.csv"),
      "symbol,timestamp,price,quantity\nX,1735603200123,1,1\nX,1735603201,2,1\nX,1735603202000000,3,1\nX,0,4,1\n" +
        "X,1735603204000,5,1\n",
    );
    const flags = [...CRYPTO, "--currency", "USDT", "--data-dir", "d"];
    const load = (...more: string[]) => runTask("load", ["a.csv", ...flags, "--time-unit", "ms", ...more], folder);
    const loaded = await load();
    assert.equal(loaded.code, 4, loaded.stderr);
    const list = await runTask("dlq", ["list", "--json", "--data-dir", "d"], folder);
    const letters = list.stdout.trim().split("\n").map((line) => JSON.parse(line));
    assert.deepEqual(letters.map(({ row, rule }) => [row, rule]), [
      [2, "unlikely_instant"],
      [3, "out_of_range"],
      [4, "unlikely_instant"],
    ]);
    const instants = async () => {
      const tail = await runTask("tail", [TOPIC, "--json", "--data-dir", "d"], folder);
      return tail.stdout.trim().split("\n").map((line) => {
        const { timestamp, price } = JSON.parse(line).value;
        return [price, Temporal.Instant.fromEpochNanoseconds(BigInt(timestamp) * 1000n).toString()];
      }).sort();
    };
    assert.deepEqual(await instants(), [
      ["1.00000000", "2024-12-31T00:00:00.123Z"],
      ["5.00000000", "2024-12-31T00:00:04Z"],
    ]);
    const otherEarliest = await load("--earliest", "1970-01-01");
    assert.equal(otherEarliest.code, 5, "the rows after it that are in the topic would be found to be others");
    assert.match(otherEarliest.stderr, /earliest was "1980-01-01", is "1970-01-01"/);
    for (const [more, code] of [[["--time-unit", "s"], 4], [["--time-unit", "us"], 4]] as const) {
      const replayed = await runTask("dlq", ["replay", ...flags, ...more], folder);
      assert.equal(replayed.code, code, replayed.stdout + replayed.stderr);
    }
    assert.equal((await load()).code, 4, "row 4 is no instant in any unit");
    const old = await runTask("dlq", ["replay", ...flags, "--time-unit", "s", "--earliest", "1970-01-01"], folder);
    assert.equal(old.code, 0, old.stdout + old.stderr);
    assert.deepEqual(await instants(), [
      ["1.00000000", "2024-12-31T00:00:00.123Z"],
      ["2.00000000", "2024-12-31T00:00:01Z"],
      ["3.00000000", "2024-12-31T00:00:02Z"],
      ["4.00000000", "1970-01-01T00:00:00Z"],
      ["5.00000000", "2024-12-31T00:00:04Z"],
    ]);
    assert.equal((await load()).code, 0);
  });
});

Deno.test("load loads numbers as old as --earliest allows, from standard input too", async () => {
  await inFolder(async (folder) => {
    const rows = "symbol,timestamp,price,quantity\nX,1735603200,1,1\nX,0,2,1\nX,-252460800,3,1\n";
    await Deno.writeTextFile(join(folder, "a.csv"), rows);
    const flags = [...CRYPTO, "--currency", "USDT", "--time-unit", "s", "--data-dir"];
    assert.equal((await runTask("load", ["a.csv", ...flags, "d", "--earliest", "1962-01-01"], folder)).code, 0);
    const piped = await runTaskOn(rows, "load", ["-", ...flags, "p"], folder);
    assert.equal(piped.code, 4, piped.stderr);
    assert.match(piped.stderr + piped.stdout, /unlikely_instant: 2/);
  });
});
