/** Ids from venues: which rows share a message id, and that rows with a shared id are not lost; judged by the topics. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { TestProgram } from "../support/cli.ts";
import { storedMessageId } from "../../records/ids/stored_identity.ts";
import { inFolder } from "../support/temp_folder.ts";

const CONFIG = {
  exchanges: {
    NYSE: { currency: "USD", timeZone: "America/New_York" },
    BINANCE: { assetClasses: ["crypto", "futures"] },
  },
};
const HEADER = "symbol,timestamp,price,quantity,trade_id\n";
/** The venue begins its trade ids again each day. */
const DAY_1 = "IBM,2024-01-02T10:00:00-05:00,160.00,100,1\nIBM,2024-01-02T10:00:01-05:00,160.01,200,2\n";
const DAY_2 = "IBM,2024-01-03T10:00:00-05:00,170.00,300,1\nIBM,2024-01-03T10:00:01-05:00,170.01,400,2\n";
const SPOT = "BTCUSDT,2024-01-02T10:00:00Z,42000.00,1,777\n";
const PERPETUAL = "BTCUSDT,2024-05-02T10:00:00Z,61000.00,9,777\n";

const NYSE = ["--format", "csv", "--data-type", "trades", "--exchange", "NYSE"];
const NYSE_TOPIC = "market.equities.trades.nyse";
const BINANCE = ["--format", "csv", "--data-type", "trades", "--exchange", "BINANCE", "--currency", "USDT"];

interface Bench {
  /** Writes a file of rows; @returns its name. */
  write(name: string, rows: string): string;
  /** Runs a command with `--json`; @returns its report. */
  run(
    command: string,
    ...args: readonly string[]
  ): Promise<{ readonly exitCode: number; readonly report: Record<string, unknown> }>;
  /** Runs a command; @returns its messages to people. */
  say(command: string, ...args: readonly string[]): Promise<string>;
  /** The message ids of a topic's records. */
  idsIn(topic: string): string[];
}

async function bench(body: (bench: Bench) => Promise<void>): Promise<void> {
  await inFolder(async (folder) => {
    const program = new TestProgram({ cwd: folder });
    Deno.writeTextFileSync(join(folder, "tickflume.json"), JSON.stringify(CONFIG));
    try {
      await body({
        write(name, rows) {
          Deno.writeTextFileSync(join(folder, name), HEADER + rows);
          return name;
        },
        async run(command, ...args) {
          const { exitCode, stdout, stderr } = await program.run(command, "--data-dir", "data", ...args, "--json");
          assert.notEqual(stdout, "", stderr);
          return { exitCode, report: JSON.parse(stdout) };
        },
        async say(command, ...args) {
          return (await program.run(command, "--data-dir", "data", ...args)).stderr;
        },
        idsIn(topic) {
          const partitions = program.log.broker.topic(topic)?.partitions ?? [];
          return partitions.flatMap(({ records }) => records.map((record) => storedMessageId(record) ?? ""));
        },
      });
    } finally {
      await program.log.close();
    }
  });
}

for (const version of ["v1", "v2"]) {
  Deno.test(`ids that restart each day belong to other trades, and --only-missing writes them: ${version}`, async () => {
    await bench(async ({ write, run, idsIn }) => {
      const flags = [...NYSE, "--schema-version", version, "--company-id", "7"];
      const days = [write("day1.csv", DAY_1), write("day2.csv", DAY_2)];
      assert.equal((await run("load", "day1.csv", ...flags)).exitCode, 0);
      const { exitCode, report } = await run("load", "day2.csv", ...flags, "--only-missing");
      assert.equal(exitCode, 0);
      assert.partialDeepStrictEqual(report, { read: 2, acked: 2, duplicates_skipped: 0, id_reused: 0 });
      assert.equal(new Set(idsIn(NYSE_TOPIC)).size, 4);
      assert.equal(idsIn(NYSE_TOPIC).length, 4);
      const audited = ["--topic", NYSE_TOPIC, ...flags];
      assert.equal((await run("audit", ...days, ...audited)).exitCode, 0);
      const whole = await run("audit", write("whole.csv", DAY_1 + DAY_2), ...audited);
      assert.equal(whole.exitCode, 0);
      assert.partialDeepStrictEqual(whole.report, { expected: 4, found: 4, twice: 0, repeated: 0, shared: 0 });
      // Simulates the loss of the data folder.
      const again = await run("load", "whole.csv", ...flags, "--only-missing", "--data-dir", "other");
      assert.partialDeepStrictEqual(again.report, { read: 4, acked: 0, duplicates_skipped: 4 });
      assert.equal(idsIn(NYSE_TOPIC).length, 4);
    });
  });
}

Deno.test("ids that restart although declared permanent are one id, and each row is written, counted and audited", async () => {
  await bench(async ({ write, run, idsIn }) => {
    const flags = [...NYSE, "--id-scope", "symbol"];
    write("day1.csv", DAY_1);
    write("day2.csv", DAY_2);
    await run("load", "day1.csv", ...flags);
    const { exitCode, report } = await run("load", "day2.csv", ...flags, "--only-missing");
    assert.equal(exitCode, 0);
    assert.partialDeepStrictEqual(report, {
      read: 2,
      acked: 2,
      duplicates_skipped: 0,
      id_reused: 2,
      id_reused_example: {
        message_id: idsIn(NYSE_TOPIC)[0],
        row: 1,
        topic: NYSE_TOPIC,
        offset: 0,
        differs: {
          timestamp: { row: "1704294000000000", there: "1704207600000000" },
          price: { row: "170", there: "160" },
          quantity: { row: "300", there: "100" },
        },
      },
    });
    assert.deepEqual([new Set(idsIn(NYSE_TOPIC)).size, idsIn(NYSE_TOPIC).length], [2, 4]);
    const whole = await run("audit", write("whole.csv", DAY_1 + DAY_2), "--topic", NYSE_TOPIC, ...flags);
    assert.equal(whole.exitCode, 0);
    const id_reused_ids = idsIn(NYSE_TOPIC).slice(0, 2);
    assert.partialDeepStrictEqual(whole.report, { expected: 4, found: 4, repeated: 2, id_reused: 2, id_reused_ids });
  });
});

Deno.test("load shows both contents of a row whose id the topic has with other content, and nothing for an equal row", async () => {
  await bench(async ({ write, run, say }) => {
    const flags = [...NYSE, "--id-scope", "symbol"];
    write("day1.csv", DAY_1);
    write("day2.csv", DAY_2);
    await run("load", "day1.csv", ...flags);
    assert.match(
      await say("load", "day2.csv", ...flags, "--only-missing"),
      /2 rows have an id that .* other content only.*\nFor example [0-9a-f-]{36}: row 1 of trades:.*day2\.csv says timestamp \d+, price 170, quantity 300, partition \d+ of market\.equities\.trades\.nyse has it at offset 0 with timestamp \d+, price 160, quantity 100\./,
    );
    write("copy.csv", DAY_1);
    write("other.csv", DAY_2.replaceAll("IBM", "GE"));
    write("third.csv", DAY_1.replaceAll("IBM", "GE"));
    assert.doesNotMatch(await say("load", "copy.csv", ...flags, "--only-missing"), /For example/);
    assert.match(
      await say("load", "other.csv", "third.csv", ...flags, "--overlap", "skip", "--files-in-flight", "1"),
      /For example [0-9a-f-]{36}: row 1 of .*, another file of this load has it with other content/,
    );
  });
});

Deno.test("spot and perpetual trades of one symbol and trade id have two message ids, in either scope", async () => {
  for (const scope of ["symbol", "day"]) {
    await bench(async ({ write, run, idsIn }) => {
      write("spot.csv", SPOT);
      write("perpetual.csv", PERPETUAL);
      write("same_day.csv", SPOT);
      const flags = [...BINANCE, "--id-scope", scope];
      await run("load", "spot.csv", ...flags, "--asset-class", "crypto");
      await run("load", "perpetual.csv", "same_day.csv", ...flags, "--asset-class", "futures");
      const ids = ["crypto", "futures"].flatMap((name) => idsIn(`market.${name}.trades.binance`));
      assert.equal(ids.length, 3);
      assert.equal(new Set(ids).size, scope === "symbol" ? 2 : 3);
    });
  }
});

Deno.test("a trade that a venue reports twice has one id under --id-scope symbol, even with different instants", async () => {
  await bench(async ({ write, run, idsIn }) => {
    // The same trade by WebSocket, where the message has a time after midnight, and by REST.
    write("websocket.csv", "BTCUSDT,2024-01-03T00:00:00.012Z,42000.00,1,777\n");
    write("rest.csv", "BTCUSDT,2024-01-02T23:59:59.998Z,42000.0,1.0,777\n");
    for (const file of ["websocket.csv", "rest.csv"]) await run("load", file, ...BINANCE, "--id-scope", "symbol");
    const ids = idsIn("market.crypto.trades.binance");
    assert.deepEqual([ids.length, new Set(ids).size], [2, 1]);
  });
});

Deno.test("a file that was loaded is refused in another --id-scope, which would give its rows other ids", async () => {
  await bench(async ({ write, run, idsIn }) => {
    write("day1.csv", DAY_1);
    await run("load", "day1.csv", ...NYSE);
    for (const mode of [[], ["--only-missing"]]) {
      const { exitCode } = await run("load", "day1.csv", ...NYSE, "--id-scope", "symbol", ...mode);
      assert.equal(exitCode, 5);
      assert.equal(idsIn(NYSE_TOPIC).length, 2);
    }
    const audit = await run("audit", "day1.csv", ...NYSE, "--id-scope", "symbol", "--topic", NYSE_TOPIC);
    assert.equal(audit.exitCode, 1);
    assert.partialDeepStrictEqual(audit.report, { missing: 2, unexpected: 2 });
  });
});
