import assert from "node:assert/strict";
import { MemoryStream } from "../../tests/support/memory_stream.ts";
import { ClosedPipeError } from "../shared/streams.ts";
import { TestProgram } from "../../tests/support/cli.ts";
import { store, tradeRecords } from "../../tests/support/sample_records.ts";
import { partitionFor } from "../../transport/partitioner.ts";
import { ManualClock } from "../../kernel/manual_clock.ts";

const TOPIC = "market.equities.trades.asx";
const key = (symbol: string) => new TextEncoder().encode(symbol);

/** A topic of three partitions with trades of the given symbols, ten each. */
async function programWith(...symbols: readonly string[]): Promise<TestProgram> {
  const program = new TestProgram();
  await program.log.admin.createTopic({ name: TOPIC, partitions: 3 });
  for (const symbol of symbols) {
    const records = await tradeRecords(program.registry, { symbol, count: 10 });
    await store(program.log, { topic: TOPIC, records });
  }
  return program;
}

const linesOf = (stdout: string) => stdout.trimEnd().split("\n").map((line) => JSON.parse(line));

Deno.test("tail prints every record as a JSON line, decimals as texts", async () => {
  const program = await programWith("BHP", "CBA");
  const { exitCode, stdout, stderr } = await program.run("tail", TOPIC);
  assert.deepEqual([exitCode, stderr], [0, ""]);
  const lines = linesOf(stdout);
  assert.equal(lines.length, 20);
  const first = lines.find((line) => line.key === "BHP");
  assert.deepEqual(Object.keys(first), ["topic", "partition", "offset", "key", "schema_id", "schema", "value"]);
  assert.deepEqual(
    { ...first, value: null },
    {
      topic: TOPIC,
      partition: partitionFor(key("BHP"), 3, "murmur2"),
      offset: 0,
      key: "BHP",
      schema_id: 1,
      schema: "com.k2.marketdata.TradeV2",
      value: null,
    },
  );
  assert.equal(first.value.price, "45.67000000");
  assert.equal(first.value.quantity, "1000.00000000");
  assert.equal(first.value.vendor_data, null);
  assert.deepEqual(lines.filter((line) => line.key === "BHP").map((line) => line.offset), [
    0,
    1,
    2,
    3,
    4,
    5,
    6,
    7,
    8,
    9,
  ]);
});

Deno.test("tail --limit, --from and --since choose where to start and stop", async () => {
  const program = await programWith("BHP");
  const offsets = async (...args: readonly string[]) => {
    const { exitCode, stdout } = await program.run("tail", TOPIC, ...args);
    assert.equal(exitCode, 0);
    return stdout === "" ? [] : linesOf(stdout).map((line) => line.offset);
  };
  assert.deepEqual(await offsets("--limit", "3"), [0, 1, 2]);
  assert.deepEqual(await offsets("--from", "7"), [7, 8, 9]);
  assert.deepEqual(await offsets("--from", "99"), []);
  assert.deepEqual(await offsets("--from", "end"), []);
  assert.deepEqual(await offsets("--from", "beginning", "--limit", "1"), [0]);
  assert.deepEqual(await offsets("--since", "2023-11-14T22:13:20.008Z"), [8, 9]);
  assert.deepEqual(await offsets("--since", "2023-11-15T09:13:20.009+11:00"), [9]);
  assert.deepEqual(await offsets("--since", "1s"), []);
});

Deno.test("tail --key reads only the key's partition, and shows only records of that key", async () => {
  const program = await programWith("BHP", "CBA", "MWR", "RIO");
  const partitions = new Set<number>();
  const { read } = program.log;
  program.log.read = function (topic, partition, options) {
    partitions.add(partition);
    return read.call(program.log, topic, partition, options);
  };
  const { stdout } = await program.run("tail", TOPIC, "--key", "MWR");
  assert.deepEqual([...partitions], [partitionFor(key("MWR"), 3, "murmur2")]);
  const lines = linesOf(stdout);
  assert.equal(lines.length, 10);
  assert.ok(lines.every((line) => line.key === "MWR"));
});

Deno.test("tail shows a record that cannot be decoded with the reason and the bytes", async () => {
  const program = await programWith("BHP");
  const value = (bytes: readonly number[]) => new Uint8Array(bytes);
  const records = [value([1, 2, 3]), value([0, 0, 0, 0, 99, 1]), value([0, 0, 0, 0, 1, 255]), null].map((value) => ({
    key: new Uint8Array([0xff]),
    value,
    timestamp: 1,
  }));
  await program.log.admin.createTopic({ name: "odd", partitions: 1 });
  await store(program.log, { topic: "odd", records, partition: 0 });
  const lines = linesOf((await program.run("tail", "odd")).stdout);
  assert.deepEqual(lines.map((line) => [line.schema_id, line.schema, line.value]), [
    [null, null, "AQID"],
    [99, null, "AAAAAGMB"],
    [1, "com.k2.marketdata.TradeV2", "AAAAAAH/"],
    [null, null, null],
  ]);
  assert.match(lines[0].error, /3 bytes/);
  assert.match(lines[1].error, /no schema with id 99/);
  assert.match(lines[2].error, /TradeV2/);
  assert.equal("error" in lines[3], false);
  assert.deepEqual([lines[0].key, lines[0].key_encoding], ["/w==", "base64"]);
});

Deno.test("tail shows the load and row that a record names", async () => {
  const program = await programWith("BHP");
  const [record] = await tradeRecords(program.registry, { symbol: "BHP", count: 1 });
  const origin = Uint8Array.fromHex("00ff10203040a0f1");
  await store(program.log, { topic: TOPIC, records: [{ ...record ?? assert.fail(), origin, row: 872 }] });
  const { stdout } = await program.run("tail", TOPIC, "--key", "BHP");
  assert.deepEqual(linesOf(stdout).at(-1).source, { origin: "00ff10203040a0f1", row: 872 });
});

Deno.test("tail writes control characters out, and the value stays the same", async () => {
  const program = await programWith("\x9b2J\u202e");
  const { stdout } = await program.run("tail", TOPIC, "--limit", "1");
  assert.match(stdout, /"symbol":"\\u009b2J\\u202e"/);
  assert.equal(JSON.parse(stdout).value.symbol, "\x9b2J\u202e");
});

Deno.test("tail of a topic that is not there fails with a similar name, and creates nothing", async () => {
  const program = await programWith("BHP");
  const { exitCode, stdout, stderr } = await program.run("tail", "market.equities.trade.asx");
  assert.deepEqual([exitCode, stdout], [1, ""]);
  assert.match(
    stderr,
    /there is no topic "market\.equities\.trade\.asx"\. Did you mean "market\.equities\.trades\.asx"\?/,
  );
  assert.deepEqual(await program.log.admin.listTopics(), [TOPIC]);
  const json = await program.run("tail", "other", "--json");
  assert.equal(JSON.parse(json.stdout).error.code, "unknown_topic");
  assert.equal(json.stderr, "");
});

Deno.test("tail fails when the registry does not answer", async () => {
  const program = await programWith("BHP");
  program.registry.server.faults.next("schema_by_id", { type: "fail", code: "unreachable" });
  const { exitCode, stderr } = await program.run("tail", TOPIC);
  assert.equal(exitCode, 1);
  assert.match(stderr, /next: Check --registry/);
});

Deno.test("tail --follow waits for new records until it is stopped", async () => {
  const program = await programWith("BHP");
  const stdout = new MemoryStream();
  const following = new TestProgram({ stdout });
  Object.assign(following, { log: program.log, registry: program.registry });
  const grown = watchText(stdout);
  const run = following.run("tail", TOPIC, "--follow", "--from", "end", "--key", "CBA");
  await store(program.log, {
    topic: TOPIC,
    records: await tradeRecords(program.registry, { symbol: "CBA", count: 1 }),
  });
  await grown;
  following.stopping.abort();
  assert.equal((await run).exitCode, 0);
  assert.deepEqual(linesOf(stdout.text).map((line) => line.key), ["CBA"]);
});

Deno.test("tail --follow holds the last line back until its reader had time to leave", async () => {
  const program = await programWith("BHP");
  const clock = new ManualClock();
  const writes: string[] = [];
  const stdout = new MemoryStream();
  stdout.write = (text) => {
    writes.push(text);
    if (writes.length === 2) throw new ClosedPipeError();
  };
  const following = new TestProgram({ stdout, clock });
  Object.assign(following, { log: program.log, registry: program.registry });
  const run = following.run("tail", TOPIC, "--follow", "--key", "BHP");
  const late = AbortSignal.timeout(30_000);
  while (clock.pending === 0) {
    late.throwIfAborted();
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  assert.deepEqual(writes.map((text) => text.trimEnd().split("\n").length), [9]);
  await clock.advance(100);
  assert.equal((await run).exitCode, 0);
  assert.deepEqual(writes.map((text) => text.trimEnd().split("\n").length), [9, 1]);
});

Deno.test("tail refuses a start, a time, a key and a limit that make no sense", async () => {
  const program = await programWith("BHP");
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [["--from", "start"], /beginning, end or an offset/],
    [["--from", "-1"], /beginning, end or an offset/],
    [["--since", "yesterday"], /an instant with an offset/],
    [["--since", "2026-01-31T10:00:00"], /an instant with an offset/],
    [["--from", "end", "--since", "1h"], /cannot be used with/],
    [["--key", ""], /--key is empty/],
    [["--limit", "0"], /at least 1/],
    [["--limit", "1.5"], /at least 1/],
    [["more"], /too many arguments/],
    [["--folow"], /Did you mean --follow\?/],
  ];
  for (const [args, reason] of cases) {
    const { exitCode, stdout, stderr } = await program.run("tail", TOPIC, ...args);
    assert.deepEqual([exitCode, stdout], [2, ""], args.join(" "));
    assert.match(stderr, reason, args.join(" "));
  }
  assert.equal((await program.run("tail")).exitCode, 2);
});

/** Resolves at the next write. */
function watchText(stream: MemoryStream): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const write = stream.write.bind(stream);
  stream.write = (text) => {
    write(text);
    resolve();
  };
  return promise;
}

Deno.test("tail shows instants as text at a terminal, and to a program only the record", async () => {
  const records = await tradeRecords(new TestProgram().registry, { symbol: "BHP", count: 1 });
  for (const [isTerminal, flags, shows] of [[true, [], true], [true, ["--json"], false], [false, [], false]] as const) {
    const program = new TestProgram({ stdout: new MemoryStream(isTerminal) });
    await program.log.admin.createTopic({ name: TOPIC, partitions: 3 });
    await tradeRecords(program.registry, { symbol: "BHP", count: 1 });
    await store(program.log, { topic: TOPIC, records });
    const { exitCode, stdout } = await program.run("tail", TOPIC, ...flags);
    assert.equal(exitCode, 0);
    const [{ value, instants }] = linesOf(stdout);
    const { timestamp, ingestion_timestamp } = value;
    assert.equal(typeof timestamp, "number");
    const texts = shows
      ? { timestamp: new Date(timestamp / 1000), ingestion_timestamp: new Date(ingestion_timestamp / 1000) }
      : null;
    assert.equal(instants === undefined, !shows);
    for (const [name, date] of Object.entries(texts ?? {})) {
      assert.equal(Date.parse(instants[name]), date.getTime(), name);
    }
  }
});
