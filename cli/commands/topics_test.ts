import assert from "node:assert/strict";
import { TestProgram } from "../../tests/support/cli.ts";
import { store, tradeRecords } from "../../tests/support/sample_records.ts";

Deno.test("topics ensure creates what is missing, once, as the catalogue says", async () => {
  const program = new TestProgram();
  const first = await program.run("topics", "ensure", "--exchange", "asx");
  assert.deepEqual([first.exitCode, first.stdout], [
    0,
    "created   market.equities.trades.asx\ncreated   market.equities.quotes.asx\n" +
    "created   market.equities.reference_data.asx\n",
  ]);
  const trades = await program.log.admin.describeTopic("market.equities.trades.asx");
  assert.equal(trades?.partitions, 30);
  const reference = await program.log.admin.describeTopic("market.equities.reference_data.asx");
  assert.deepEqual([reference?.partitions, reference?.config["cleanup.policy"]], [1, "compact"]);
  const again = await program.run("topics", "ensure", "--exchange", "asx", "--json");
  assert.deepEqual(JSON.parse(again.stdout).map((row: { created: boolean }) => row.created), [false, false, false]);
});

Deno.test("topics ensure leaves a topic that differs as it is, and says how it differs", async () => {
  const program = new TestProgram();
  await program.log.admin.createTopic({ name: "market.equities.trades.asx", partitions: 3 });
  const { exitCode, stdout } = await program.run("topics", "ensure", "--exchange", "ASX", "--data-type", "trades");
  assert.deepEqual([exitCode, stdout], [
    0,
    "is there  market.equities.trades.asx (left as it is: 3 partitions instead of 30)\n",
  ]);
  assert.equal((await program.log.admin.describeTopic("market.equities.trades.asx"))?.partitions, 3);
});

Deno.test("topics ensure refuses trades in a compacted topic, and takes it if the settings allow it", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const program = new TestProgram({ cwd: folder });
    const name = "market.equities.trades.asx";
    await program.log.admin.createTopic({ name, partitions: 30, config: { "cleanup.policy": "compact" } });
    const refused = await program.run("topics", "ensure", "--exchange", "ASX");
    assert.equal(refused.exitCode, 5);
    assert.match(
      refused.stdout,
      /^refused {3}market\.equities\.trades\.asx: .* cleanup\.policy compact: .*kafka-configs/m,
    );
    assert.match(refused.stdout, /^created {3}market\.equities\.quotes\.asx$/m);
    await Deno.writeTextFile(`${folder}/tickflume.json`, JSON.stringify({ topics: { compacted: "allow" } }));
    assert.equal((await program.run("topics", "ensure", "--exchange", "ASX")).exitCode, 0);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("topics ensure ends with 3 for a topic that holds something else, and takes it if the settings allow it", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const program = new TestProgram({ cwd: folder });
    const topic = "market.equities.trades.asx";
    await program.log.admin.createTopic({ name: topic, partitions: 30 });
    const value = new TextEncoder().encode('{"p":1}');
    await store(program.log, { topic, records: [{ key: null, value, timestamp: 1 }], partition: 0 });
    const refused = await program.run("topics", "ensure", "--exchange", "ASX", "--data-type", "trades");
    assert.equal(refused.exitCode, 3);
    assert.match(refused.stdout, /^refused {3}market\.equities\.trades\.asx: .*not an Avro record.*topics\.foreign/);
    await Deno.writeTextFile(`${folder}/tickflume.json`, JSON.stringify({ topics: { foreign: "allow" } }));
    const allowed = await program.run("topics", "ensure", "--exchange", "ASX", "--data-type", "trades", "--json");
    assert.equal(allowed.exitCode, 0);
    assert.match(JSON.parse(allowed.stdout)[0].doubts.join(), /not an Avro record/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("topics ensure makes topics of both versions where both are written", async () => {
  const program = new TestProgram();
  await program.run("topics", "ensure", "--exchange", "kraken", "--data-type", "trades", "--schema-version", "both");
  assert.deepEqual([...await program.log.admin.listTopics()].sort(), [
    "market.crypto.trades.kraken",
    "market.crypto.trades.kraken.v1",
  ]);
});

Deno.test("topics ensure requires flags that name topics, and refuses names that are not in the catalogue", async () => {
  const program = new TestProgram();
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [[], /--exchange.*--all/],
    [["--exchange", "AXS"], /Did you mean "ASX"\?/],
    [["--asset-class", "equites"], /Did you mean "equities"\?/],
    [["--data-type", "ticks"], /Data types: trades, quotes, reference_data/],
    [["--exchange", "ASX", "--asset-class", "crypto"], /No exchange trades/],
  ];
  for (const [args, reason] of cases) {
    const { exitCode, stderr } = await program.run("topics", "ensure", ...args);
    assert.equal(exitCode, 2, args.join(" "));
    assert.match(stderr, reason);
  }
  assert.deepEqual(await program.log.admin.listTopics(), []);
});

Deno.test("topics list shows the topics of the patterns, with --all the others too", async () => {
  const program = new TestProgram();
  await program.run("topics", "ensure", "--exchange", "ASX", "--data-type", "trades,reference_data");
  await program.log.admin.createTopic({ name: "orders", partitions: 1 });
  const records = await tradeRecords(program.registry, { symbol: "BHP", count: 1234 });
  await store(program.log, { topic: "market.equities.trades.asx", records });
  const { exitCode, stdout } = await program.run("topics", "list");
  assert.equal(exitCode, 0);
  assert.match(stdout, /^TOPIC +HOLDS +PARTITIONS +RECORDS +REPLICAS +CLEANUP +DIFFERS\n/);
  assert.match(stdout, /market\.equities\.trades\.asx +equities trades ASX +30 +1,234 +1/);
  assert.match(stdout, /market\.equities\.reference_data\.asx +equities reference_data ASX +1 +0 +1 +compact\n/);
  assert.doesNotMatch(stdout, /orders/);
  await program.log.admin.createTopic({ name: "market.crypto.trades.kraken", partitions: 3 });
  assert.match((await program.run("topics", "list")).stdout, /kraken .* 3 partitions instead of/);
  await program.log.admin.deleteTopic("market.crypto.trades.kraken");
  assert.match((await program.run("topics", "list", "--all")).stdout, /orders/);
  const json = JSON.parse((await program.run("topics", "list", "--json")).stdout);
  assert.equal(json.length, 2);
  assert.equal(json[1].records, 1234);
  assert.equal(json[1].offsets.length, 30);
  const partitions = (await program.run("topics", "list", "--partitions")).stdout;
  assert.equal(partitions.trimEnd().split("\n").length, 1 + 1 + 30);
});

Deno.test("topics list without topics says what to do", async () => {
  const { exitCode, stdout, stderr } = await new TestProgram().run("topics", "list", "--json");
  assert.deepEqual([exitCode, stdout], [0, "[]\n"]);
  assert.match(stderr, /topics ensure/);
});
