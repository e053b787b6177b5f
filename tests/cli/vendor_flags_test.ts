/** What a vendor's file leaves open is asked for, and what has no place is refused with its reason. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { TestProgram } from "../support/cli.ts";
import { zip } from "../support/compressed_bytes.ts";
import { inFolder } from "../support/temp_folder.ts";

Deno.test("files that look alike for all asset classes need --asset-class, whatever the exchange trades", () =>
  inFolder(async (folder) => {
    const program = new TestProgram({ cwd: folder });
    await Deno.writeTextFile(
      join(folder, "btc.csv"),
      "exchange,symbol,timestamp,local_timestamp,id,side,price,amount\n" +
        "binance-futures,BTCUSDT,1730419200123456,1730419200126666,5600000,sell,70123.1,0.003\n",
    );
    const load = (...flags: readonly string[]) =>
      program.run(
        "load",
        "btc.csv",
        "--format",
        "tardis-trades",
        "--exchange",
        "BINANCE",
        "--currency",
        "USDT",
        ...flags,
      );
    const refused = await load();
    assert.equal(refused.exitCode, 2);
    assert.match(refused.stderr, /does not say the asset class[^]*Give --asset-class, one of crypto for BINANCE/);
    const declared = await load("--asset-class", "crypto");
    assert.equal(declared.exitCode, 0, declared.stderr);
  }));

Deno.test("foreign exchange is refused because it has no asset class", async () => {
  const program = new TestProgram();
  for (const flags of [["--format", "dukascopy"], ["--format", "csv", "--asset-class", "fx"]]) {
    const { exitCode, stderr } = await program.run(
      "load",
      "x.csv",
      "--data-type",
      "quotes",
      "--exchange",
      "ASX",
      ...flags,
    );
    assert.equal(exitCode, 2);
    assert.match(stderr, /Foreign exchange cannot be loaded: its records would have no asset class/);
  }
});

Deno.test("the only file of an archive says symbol and date, if the archive has another name", () =>
  inFolder(async (folder) => {
    const program = new TestProgram({ cwd: folder });
    const content = new TextEncoder().encode("14400009.367,137450,100,D,1,0\n");
    await Deno.writeFile(join(folder, "20131008_trade.zip"), zip([{ name: "20131008_bac_Trade_Tick.csv", content }]));
    const { exitCode, stderr } = await program.run(
      ...["load", "20131008_trade.zip", "--format", "lean-equity-trades", "--exchange", "ASX"],
    );
    assert.equal(exitCode, 0, stderr);
    const records = program.log.broker.topic("market.equities.trades.asx")?.partitions.flatMap((one) => one.records) ??
      [];
    assert.deepEqual(records.map(({ key }) => key === null ? null : new TextDecoder().decode(key)), ["BAC"]);
  }));
