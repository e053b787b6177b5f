/** `formats`: what it tells of a file and of a mapping, and that nothing is decided for the user. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { TestProgram } from "../support/cli.ts";
import { inFolder } from "../support/temp_folder.ts";

/** A folder with files, and the program in it. */
async function withFiles(
  files: Readonly<Record<string, string | Uint8Array>>,
  work: (program: TestProgram, folder: string) => Promise<void>,
): Promise<void> {
  await inFolder(async (folder) => {
    for (const [name, content] of Object.entries(files)) {
      await Deno.writeFile(
        join(folder, name),
        typeof content === "string" ? new TextEncoder().encode(content) : content,
      );
    }
    await work(new TestProgram({ cwd: folder }), folder);
  });
}

const MASSIVE = "ticker,conditions,correction,exchange,id,participant_timestamp,price,sequence_number,sip_timestamp," +
  "size,tape,trf_id,trf_timestamp\n" +
  'A,"12,37",0,4,71675222901845,1789718400814766587,157.35,3372,1789718400831008119,10,1,202,1789718400814766587\n';

const EUROPEAN = "Zeit;Symbol;Preis;Menge;Seite;Id\n" +
  "2024-01-02 09:00:00,123;SAP;45,67;100;K;7\n2024-01-02 09:00:01,123;SAP;45,68;1;V;8\n";

const MINE = {
  assetClass: "equities",
  name: "mine",
  summary: "ticks of mine",
  dataType: "trades",
  exchange: "ASX",
  idScope: "day",
  rows: { form: "delimited", delimiter: ";", header: "present" },
  fields: {
    trade_id: "Id",
    symbol: "Symbol",
    timestamp: { as: "calendar", date: { from: "Zeit", pattern: "yyyy-MM-dd HH:mm:ss,SSS" }, zone: "Europe/Berlin" },
    price: { from: "Preis", mark: "," },
    quantity: "Menge",
    side: { from: "Seite", as: { K: "BUY", V: "SELL" }, of: "taker" },
    currency: { constant: "EUR" },
  },
};

Deno.test("formats list names every format once, and show prints a mapping that check takes", async () => {
  await withFiles({}, async (program, folder) => {
    const list = await program.run("formats", "list", "--json");
    const rows: { name: string; data_types: string[]; summary: string }[] = JSON.parse(list.stdout);
    assert.deepEqual(rows.slice(0, 3).map(({ name }) => name), ["asx-ticks", "csv", "ndjson"]);
    assert.deepEqual(rows.find(({ name }) => name === "massive-quotes")?.data_types, ["quotes"]);
    assert.equal(new Set(rows.map(({ name }) => name)).size, rows.length);
    const shown = await program.run("formats", "show", "massive-trades");
    await Deno.writeTextFile(join(folder, "mine.json"), shown.stdout);
    const checked = await program.run("formats", "check", "mine.json");
    assert.deepEqual([shown.exitCode, checked.exitCode], [0, 0], checked.stderr);
    const unknown = await program.run("formats", "show", "masive-trades");
    assert.equal(unknown.exitCode, 2);
    assert.match(unknown.stderr, /Did you mean "massive-trades"\?/);
  });
});

Deno.test("formats sniff names the format that fits, with the load command; its flags in capitals are for the user", async () => {
  const files = {
    "flat.csv.gz": new Uint8Array(gzipSync(MASSIVE)),
    "BTCUSDT-trades-2024-01-01.csv": "3358121000,42283.58,0.00123,52.0088,1704067200000,False,True\n",
    "units.csv": "symbol,timestamp,price,quantity\nBHP,1704067200123,1.5,2\n",
  };
  await withFiles(files, async (program) => {
    const commands: string[][] = [];
    for (const file of Object.keys(files)) {
      const { exitCode, stdout } = await program.run("formats", "sniff", file);
      assert.equal(exitCode, 0);
      commands.push(stdout.trim().split("\n").map((line) => line.replace(/^.* load /, "")));
    }
    assert.deepEqual(commands, [
      ["flat.csv.gz --format massive-trades --exchange EXCHANGE"],
      ["BTCUSDT-trades-2024-01-01.csv --format binance-trades"],
      [
        "units.csv --format csv --data-type trades --exchange EXCHANGE --asset-class CLASS --currency CODE --time-unit UNIT",
      ],
    ]);
  });
});

Deno.test("formats sniff drafts a mapping that decides nothing: neither check nor load takes it", async () => {
  await withFiles({ "ticks.csv": EUROPEAN }, async (program, folder) => {
    const { exitCode, stdout, stderr } = await program.run("formats", "sniff", "ticks.csv");
    assert.equal(exitCode, 0, stderr);
    const draft = JSON.parse(stdout);
    assert.deepEqual(draft.rows, { form: "delimited", delimiter: ";", header: "present" });
    assert.equal(draft.idScope, "?");
    assert.deepEqual(draft.fields.currency, { constant: "?" });
    assert.deepEqual([draft.fields.symbol, draft.fields.trade_id, draft.fields.timestamp], ["Symbol", "Id", "?"]);
    assert.deepEqual(draft.vendorData, { zeit: "Zeit", preis: "Preis", menge: "Menge", seite: "Seite" });
    await Deno.writeTextFile(join(folder, "mine.json"), stdout);
    const checked = await program.run("formats", "check", "mine.json", "--json");
    assert.equal(checked.exitCode, 3);
    const { error }: { error: { problems: { key: string; reason: string; next_step: string }[] } } = JSON.parse(
      checked.stdout,
    );
    assert.deepEqual(error.problems.map(({ key }) => key), [
      "summary",
      "dataType",
      "exchange",
      "assetClass",
      "idScope",
      "fields.timestamp",
      "fields.price",
      "fields.quantity",
      "fields.currency.constant",
    ]);
    for (const { reason, next_step } of error.problems) {
      assert.equal(reason, "it is not decided yet.");
      assert.match(next_step, /^(Give|Say|Name) /);
    }
    const loaded = await program.run("load", "ticks.csv", "--format", "mine.json", "--exchange", "ASX");
    assert.equal(loaded.exitCode, 3);
    assert.equal(program.log.broker.topic("market.equities.trades.asx"), undefined);
  });
});

Deno.test("a draft says neither the unit of numbers nor the side of words, nor which of day and month is first", async () => {
  const quotes = "sym,ts,bid,ask,bid_size,ask_size\nA,1704067200123,1,2,3,4\n";
  const json = '{"a":{"px":1.5,"qty":2,"time":"02/01/2024 09:00:00","side":"b"}}\n';
  await withFiles({ "q.csv": quotes, "j.json": json, "n.csv": "A|x|1.5\nB|y|2\n" }, async (program) => {
    const draftOf = async (file: string) => JSON.parse((await program.run("formats", "sniff", file)).stdout);
    const { dataType, fields } = await draftOf("q.csv");
    assert.equal(dataType, "quotes");
    assert.deepEqual(fields.timestamp, { as: "epoch", from: "ts", unit: "?" });
    assert.deepEqual([fields.bid_price, fields.ask_quantity], ["bid", "ask_size"]);
    const { fields: other } = await draftOf("j.json");
    assert.deepEqual(other.timestamp, { as: "calendar", date: { from: "a.time", pattern: "?" }, zone: "?" });
    assert.deepEqual(other.side, { from: "a.side", as: { b: "?" }, of: "?" });
    const headerless = await draftOf("n.csv");
    assert.deepEqual(headerless.rows.columns, ["column_1", "column_2", "column_3"]);
    assert.deepEqual([headerless.dataType, headerless.fields.price], ["?", "?"]);
  });
});

Deno.test("formats sniff refuses what has no rows of text: 5 for the file, 1 for one that is not there, 2 for a pipe", async () => {
  const files = { "a.csv": "%PDF-1.7\n", "empty.csv": "", "lists.ndjson": '{"a":[{"p":1}],"b":[{"p":1}]}\n' };
  await withFiles(files, async (program) => {
    const codes: number[] = [];
    for (const file of [...Object.keys(files), "none.csv", "-"]) {
      codes.push((await program.run("formats", "sniff", file)).exitCode);
    }
    assert.deepEqual(codes, [5, 5, 5, 1, 2]);
  });
});

Deno.test("formats check shows rows beside records, and a refusal with its place in the file and in the mapping", async () => {
  const files = {
    "mine.json": JSON.stringify(MINE),
    "good.csv": EUROPEAN,
    "bad.csv": EUROPEAN.replace("45,68", "45.68"),
  };
  await withFiles(files, async (program) => {
    const good = await program.run("formats", "check", "mine.json", "--sample", "good.csv", "--json");
    assert.equal(good.exitCode, 0, good.stderr);
    const [first] = good.stdout.trim().split("\n").map((line) => JSON.parse(line));
    assert.deepEqual([first.line, first.byte, first.text], [2, 33, EUROPEAN.split("\n")[1]]);
    const { price, quantity, timestamp, currency, side, trade_id } = first.record;
    assert.deepEqual(
      [price, quantity, timestamp, currency, side, trade_id],
      ["45.67000000", "100.00000000", "2024-01-02T08:00:00.123000Z", "EUR", "BUY", "7"],
    );
    const bad = await program.run("formats", "check", "mine.json", "--sample", "bad.csv", "--json");
    assert.equal(bad.exitCode, 5);
    const [, refused] = bad.stdout.trim().split("\n").map((line) => JSON.parse(line));
    assert.deepEqual([refused.line, refused.byte], [3, 33 + 1 + (EUROPEAN.split("\n")[1]?.length ?? 0)]);
    assert.deepEqual([refused.rule, refused.place], ["grouping", "fields.price"]);
    assert.deepEqual(refused.encoding, MINE.fields.price);
    assert.match(refused.reason, /^Preis "45\.68" is refused/);
    const text = await program.run("formats", "check", "mine.json", "--sample", "bad.csv");
    assert.match(
      text.stdout,
      /line 3, byte \d+\n {2}row {7}.*45\.68.*\n {2}refused {3}Preis .*\n {2}mapping {3}fields\.price/,
    );
  });
});

Deno.test("formats check says what a sample needs that the mapping does not say, and what its header lacks", async () => {
  const { exchange: _exchange, ...anywhere } = MINE;
  const files = { "mine.json": JSON.stringify(anywhere), "ticks.csv": EUROPEAN, "other.csv": "a;b\n1;2\n" };
  await withFiles(files, async (program) => {
    const run = (...args: string[]) => program.run("formats", "check", "mine.json", ...args);
    const without = await run("--sample", "ticks.csv");
    assert.equal(without.exitCode, 2);
    assert.match(without.stderr, /does not say the exchange/);
    assert.equal((await run("--sample", "ticks.csv", "--exchange", "ASX")).exitCode, 0);
    assert.equal((await run("--sample", "other.csv", "--exchange", "ASX")).exitCode, 5);
    assert.equal((await run("--sample", "none.csv", "--exchange", "ASX")).exitCode, 1);
  });
});

const FRAMES = '{"ch":"t","data":[{"pair":"X-USD","ts":1704067200000,"price":1.5,"qty":2}]}\n' +
  '{"ch":"t","data":[{"pair":"X-USD","ts":1704067200001,"price":1.5,"qty":2},{"pair":"X-USD","price":1.5,"qty":2}]}\n';

Deno.test("formats sniff drafts a list of records in each line, and check shows each record with what is around it", async () => {
  const lists = '{"a":[{"x":1}],"b":[{"y":1}]}\n';
  await withFiles(
    { "frames.ndjson": FRAMES, "lists.ndjson": lists, "arrays.ndjson": '[{"p":1}]\n[{"p":2}]\n' },
    async (program, folder) => {
      const draftOf = async (file: string) =>
        JSON.parse((await program.run("formats", "sniff", file, "--json")).stdout).draft;
      const draft = await draftOf("frames.ndjson");
      assert.deepEqual([draft.rows, draft.fields.price], [{ form: "json", each: "data" }, "data.price"]);
      assert.deepEqual((await draftOf("arrays.ndjson")).rows, { form: "json", each: "." });
      const two = await program.run("formats", "sniff", "lists.ndjson");
      assert.equal(two.exitCode, 5);
      assert.match(two.stderr, /lists of objects under "a" and "b", and only those of one can be the records/);

      const fields = {
        symbol: "data.pair",
        timestamp: { as: "epoch", from: "data.ts", unit: "ms" },
        price: "data.price",
        quantity: "data.qty",
        currency: { constant: "USD" },
      };
      const mine = { ...MINE, idScope: "day", rows: draft.rows, fields, vendorData: { channel: "ch" } };
      await Deno.writeTextFile(join(folder, "mine.json"), JSON.stringify(mine));
      const checked = await program.run("formats", "check", "mine.json", "--sample", "frames.ndjson", "--json");
      assert.equal(checked.exitCode, 5, checked.stderr);
      const rows = checked.stdout.trim().split("\n").map((line) => JSON.parse(line));
      assert.deepEqual(rows.map(({ row, line, rule }) => [row, line, rule]), [[1, 1, undefined], [2, 2, undefined], [
        3,
        2,
        "missing",
      ]]);
      assert.deepEqual([rows[0].record.price, rows[0].record.timestamp], ["1.50000000", "2024-01-01T00:00:00.000000Z"]);
      assert.equal(rows[2].text, '{"ch":"t","data":[{"pair":"X-USD","price":1.5,"qty":2}]}');
      assert.deepEqual([rows[2].place, rows[2].reason.slice(0, 30)], [
        "fields.timestamp",
        "Record 2 of the line: data.ts ",
      ]);
    },
  );
});

Deno.test("formats check says without a sample that an exchange is not known, and names finer and the pattern of the mapping", async () => {
  const timestamp = {
    as: "calendar",
    date: { from: "Zeit", pattern: "yyyyMMddHHmmssSSSSSSSSS" },
    zone: "Europe/Berlin",
  };
  const fine = { ...MINE, fields: { ...MINE.fields, timestamp } };
  const file = (time: string) => EUROPEAN.replaceAll(/2024-01-02 09:00:0\d,123/g, time);
  await withFiles({
    "other.json": JSON.stringify({ ...MINE, exchange: "XETRA" }),
    "fine.json": JSON.stringify(fine),
    "fine.csv": file("20240102090000123456789"),
    "short.csv": file("20240102090000"),
  }, async (program) => {
    const unknown = await program.run("formats", "check", "other.json");
    assert.equal(unknown.exitCode, 2);
    assert.match(unknown.stderr, /exchange "XETRA" is not in the catalogue/);
    assert.equal((await program.run("formats", "check", "fine.json")).exitCode, 0);
    const finer = await program.run("formats", "check", "fine.json", "--sample", "fine.csv");
    assert.equal(finer.exitCode, 5);
    assert.match(finer.stderr, /"finer": "keep" in a mapping/);
    const short = await program.run("formats", "check", "fine.json", "--sample", "short.csv");
    assert.match(short.stdout, /Dates are written yyyyMMddHHmmssSSSSSSSSS\./);
  });
});

/** The draft, and all that is told beside it. */
async function sniffed(program: TestProgram, file: string) {
  const { exitCode, stdout, stderr } = await program.run("formats", "sniff", file);
  assert.equal(exitCode, 0, stderr);
  return { draft: JSON.parse(stdout), told: stderr };
}

Deno.test("formats sniff offers no mark where a comma may stand between thousands, and says so", async () => {
  const file = (...sizes: readonly string[]) =>
    ["ticker,time,price,size", ...sizes.map((size) => `A,2024-01-02T09:00:00Z,1.5,"${size}"`), ""].join("\n");
  const files = {
    "open.csv": file("1,200", "45,000", "300"),
    "sure.csv": file("1,234,567", "1,200"),
    "comma.csv": file("45,6", "1,200"),
  };
  await withFiles(files, async (program, folder) => {
    const open = await sniffed(program, "open.csv");
    assert.deepEqual(open.draft.fields.quantity, { from: "size", grouping: "?" });
    assert.match(open.told, /size: "1,200" looks like a number with thousands separators: "grouping": "," takes it in/);
    await Deno.writeTextFile(join(folder, "mine.json"), JSON.stringify(open.draft));
    const { stdout } = await program.run("formats", "check", "mine.json", "--json");
    assert.match(stdout, /if it stands between thousands, so that 1,200 is 1200/);
    assert.deepEqual((await sniffed(program, "sure.csv")).draft.fields.quantity, { from: "size", grouping: "," });
    const comma = await sniffed(program, "comma.csv");
    assert.deepEqual(comma.draft.fields.quantity, { from: "size", mark: "?" });
    assert.doesNotMatch(comma.told, /thousands/);
  });
});

Deno.test("formats sniff looks past comments and drafts the key that passes over them; a header may begin as one", async () => {
  const rows = "A|1704067200123|1.5|2\nA|1704067200124|1.5|2\n";
  const files = {
    "named.txt": `# Acme\n# all trades\nsym|ts|px|qty\n${rows}`,
    "plain.txt": `// Acme\n${rows}// half\n${rows}`,
    "columns.txt": `# sym|ts|px|qty\n${rows}`,
    "header.txt": `#sym|ts|px|qty\n${rows}`,
    "json.ndjson": '# Acme\n{"a":1}\n',
  };
  await withFiles(files, async (program) => {
    const { draft, told } = await sniffed(program, "named.txt");
    assert.deepEqual(draft.rows, { form: "delimited", delimiter: "|", header: "present", comment: "#" });
    assert.deepEqual([draft.fields.symbol, draft.fields.price], ["sym", "px"]);
    assert.match(told, /seem to be comments: "# Acme". "comment": "#" passes over/);
    const { draft: plain } = await sniffed(program, "plain.txt");
    assert.deepEqual([plain.rows.header, plain.rows.comment, plain.rows.columns.length], ["absent", "//", 4]);
    assert.equal((await sniffed(program, "columns.txt")).draft.rows.comment, "#");
    const { draft: header } = await sniffed(program, "header.txt");
    assert.deepEqual([header.rows.comment, header.rows.header], [undefined, "present"]);
    const json = await program.run("formats", "sniff", "json.ndjson");
    assert.equal(json.exitCode, 5);
    assert.match(json.stderr, /begins with lines that are no JSON: "# Acme"/);
  });
});

Deno.test("formats sniff takes the keys below a key that is null in some rows for the fields", async () => {
  const row = (bid: unknown, ask: unknown) =>
    JSON.stringify({ ts: "2026-03-02T14:30:02Z", id: { sym: "X" }, bid, ask, none: null });
  const side = { px: "1.5", sz: 2 };
  const lines = [row(side, side), row(null, side), row(side, null)];
  await withFiles({ "q.ndjson": `${lines.join("\n")}\n` }, async (program) => {
    const { draft, told } = await sniffed(program, "q.ndjson");
    const { bid_price, bid_quantity, ask_price, ask_quantity } = draft.fields;
    assert.deepEqual([bid_price, bid_quantity, ask_price, ask_quantity], ["bid.px", "bid.sz", "ask.px", "ask.sz"]);
    assert.deepEqual(draft.vendorData, { none: "none" });
    assert.doesNotMatch(told, / bid: /);
    assert.match(told, / none: empty in all rows/);
  });
});

Deno.test("formats sniff says which format has the form of rows that it refuses, why, and what next", async () => {
  const pepe = Array.from({ length: 3 }, (_, at) => `${at},0.00002,12345678901.00,2,173568960001086${at},True,True\n`);
  const lseg = "#RIC,Domain,Date-Time,GMT Offset,Type,Bid Price,Bid Size,Ask Price,Ask Size\n" +
    "TRI.N,Market Price,2018-01-04T17:01:00.402881806Z,-5,Quote,,,43.98,5\n".repeat(2);
  const files = {
    "PEPEUSDT-trades-2025-01-01.csv": pepe.join(""),
    "quotes.csv": lseg,
    "fine.ndjson": '{"symbol":"X","timestamp":"2025-09-08T00:00:00.004194717Z","price":1,"quantity":2}\n',
    "tabs.tsv": "symbol\ttimestamp\tprice\tquantity\nBHP\t2024-01-02T09:00:00Z\t45.67\t100\n",
    "other.csv": "a,b,c,d,e,f,g\n1,2,3,4,5,6,7\n",
  };
  await withFiles(files, async (program) => {
    const binance = await program.run("formats", "sniff", "PEPEUSDT-trades-2025-01-01.csv");
    assert.equal(binance.exitCode, 0);
    assert.equal(binance.stdout, "");
    assert.match(
      binance.stderr,
      /^binance-trades has this form, but refuses each of the first 3 rows: qty "12345678901\.00"/,
    );
    assert.match(binance.stderr, /--format binance-trades\nNo mapping changes that\./);
    const quotes = await program.run("formats", "sniff", "quotes.csv", "--json");
    const { fits, refuses, draft } = JSON.parse(quotes.stdout);
    assert.deepEqual([fits, draft], [[], null]);
    assert.deepEqual(refuses.map(({ format, rule }: { format: string; rule: string }) => [format, rule]), [
      ["lseg-quotes", "missing"],
    ]);
    assert.match((await program.run("formats", "sniff", "quotes.csv")).stderr, /formats show lseg-quotes > mine\.json/);
    assert.ok(
      JSON.parse((await program.run("formats", "sniff", "quotes.csv", "--draft", "--json")).stdout).draft !== null,
    );
    const fine = await program.run("formats", "sniff", "fine.ndjson");
    assert.match(fine.stdout, /--format ndjson --data-type trades .* --finer keep\n/);
    const tabs = await sniffed(program, "tabs.tsv");
    assert.equal(tabs.draft.rows.delimiter, "\t");
    assert.match(tabs.told, /named as fields: with commas between them --format csv reads it/);
    assert.match((await sniffed(program, "other.csv")).told, /No format that is shipped reads the first rows/);
  });
});

Deno.test("formats sniff says that foreign exchange has no asset class", async () => {
  const files = {
    "DAT_ASCII_EURUSD_T_202401.csv": "20240102 000000123,1.104240,1.104270,0\n",
    "ticks.csv": "EUR/USD,20240102 00:00:00.123,1.10424,1.10427\nGBP/USD,20240102 00:00:00.123,1.10424,1.10427\n",
    "usdt.csv": "a,b\nEURUSDT,1\n",
  };
  await withFiles(files, async (program) => {
    const told = async (file: string) => (await sniffed(program, file)).told;
    assert.match(await told("DAT_ASCII_EURUSD_T_202401.csv"), /foreign exchange .*there is no asset class/);
    assert.match(await told("ticks.csv"), /foreign exchange \("EUR\/USD"\)/);
    assert.doesNotMatch(await told("usdt.csv"), /foreign exchange/);
  });
});

Deno.test("audit without --topic names the topic of what was loaded", async () => {
  await withFiles({}, async (program) => {
    const exampleOf = async (...flags: readonly string[]) =>
      / --topic (\S+),/.exec((await program.run("audit", "x.ndjson", ...flags)).stderr)?.[1];
    assert.equal(await exampleOf("--format", "kraken-ws-trades"), "market.crypto.trades.kraken");
    assert.equal(await exampleOf("--format", "massive-quotes", "--exchange", "NYSE"), "market.equities.quotes.nyse");
    assert.equal(await exampleOf("--format", "mine.json"), "market.ASSET_CLASS.DATA_TYPE.EXCHANGE");
    assert.equal(await exampleOf("--format", "csv"), "market.equities.trades.asx");
  });
});
