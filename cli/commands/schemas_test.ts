import assert from "node:assert/strict";
import { join } from "node:path";
import { loadSchema } from "../../schemas/load.ts";
import { frame } from "../../schemas/avro/wire.ts";
import { TestProgram } from "../../tests/support/cli.ts";
import { TRADE_SUBJECT } from "../../tests/support/sample_records.ts";

const V2 = loadSchema("trade", "v2").text;

/** The trade schema without the default of a field that BACKWARD needs. */
function withNewField(): string {
  const schema = JSON.parse(V2);
  schema.fields.splice(1, 0, { name: "broker", type: "string" });
  return JSON.stringify(schema);
}

async function withFile(text: string, body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(join(folder, "next.avsc"), text);
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("schemas register, list and show agree with the registry", async () => {
  const program = new TestProgram();
  const registered = await program.run(
    "schemas",
    "register",
    "--exchange",
    "asx",
    "--schema-version",
    "both",
    "--json",
  );
  assert.equal(registered.exitCode, 0);
  const rows: { subject: string; record: string; id: number }[] = JSON.parse(registered.stdout);
  assert.deepEqual(
    rows.map(({ subject, record }) => `${subject} ${record.split(".").at(-1)}`).sort(),
    [["quotes", "Quote"], ["reference_data", "ReferenceData"], ["trades", "Trade"]].flatMap(([dataType, record]) => [
      `market.equities.${dataType}-value ${record}V2`,
      `market.equities.${dataType}.asx-value ${record}V2`,
      `market.equities.${dataType}.asx.v1-value ${record}`,
      `market.equities.${dataType}.v1-value ${record}`,
    ]),
  );
  const listed = JSON.parse((await program.run("schemas", "list", "--json")).stdout);
  assert.equal(listed.length, 12);
  const trade = rows.find(({ subject }) => subject === TRADE_SUBJECT);
  assert.deepEqual(listed.find((row: { subject: string }) => row.subject === TRADE_SUBJECT), {
    subject: TRADE_SUBJECT,
    versions: [1],
    id: trade?.id,
    record: "com.k2.marketdata.TradeV2",
    compatibility: null,
  });
  const table = await program.run("schemas", "list");
  assert.match(table.stdout, /^SUBJECT +VERSIONS +ID +RECORD +COMPATIBILITY\n/);
  assert.match(table.stdout, /market\.equities\.trades-value +1 +\d+ +com\.k2\.marketdata\.TradeV2 +\(global\)\n/);
  const shown = await program.run("schemas", "show", TRADE_SUBJECT);
  assert.equal(shown.stdout, V2);
  assert.match(shown.stderr, /version 1, id \d+/);
});

Deno.test("schemas list of an empty registry says what to do, on standard error", async () => {
  const { exitCode, stdout, stderr } = await new TestProgram().run("schemas", "list", "--json");
  assert.deepEqual([exitCode, stdout], [0, "[]\n"]);
  assert.match(stderr, /schemas register/);
  assert.equal((await new TestProgram().run("schemas", "list", "--json", "--quiet")).stderr, "");
});

Deno.test("schemas show of an unknown subject or version fails", async () => {
  const program = new TestProgram();
  assert.equal((await program.run("schemas", "show", "x")).exitCode, 1);
  await program.registry.register(TRADE_SUBJECT, V2);
  const missing = await program.run("schemas", "show", TRADE_SUBJECT, "--schema-version-number", "9", "--json");
  assert.equal(missing.exitCode, 1);
  assert.equal(JSON.parse(missing.stdout).error.code, "not_found");
});

Deno.test("schemas register requires flags that name topics", async () => {
  const { exitCode, stderr } = await new TestProgram().run("schemas", "register");
  assert.equal(exitCode, 2);
  assert.match(stderr, /--exchange.*--all/);
});

Deno.test("schemas check accepts the schemas of the contract, before and after they are registered", async () => {
  const program = new TestProgram();
  const before = await program.run("schemas", "check", "--exchange", "ASX");
  assert.equal(before.exitCode, 0);
  assert.match(before.stdout, /✔ market\.equities\.trades-value: .* as the first version/);
  await program.run("schemas", "register", "--exchange", "ASX");
  const after = await program.run("schemas", "check", "--exchange", "ASX");
  assert.equal(after.exitCode, 0);
  assert.match(after.stdout, /✔ market\.equities\.trades-value: com\.k2\.marketdata\.TradeV2 is registered/);
});

Deno.test("schemas check names the field that would be refused, and exits with 1", async () => {
  const program = new TestProgram();
  await program.registry.register(TRADE_SUBJECT, V2);
  await program.registry.setCompatibility("BACKWARD", TRADE_SUBJECT);
  await withFile(withNewField(), async (folder) => {
    const local = new TestProgram({ cwd: folder });
    Object.assign(local, { registry: program.registry });
    const text = await local.run("schemas", "check", "next.avsc", "--subject", TRADE_SUBJECT);
    assert.equal(text.exitCode, 1);
    assert.match(text.stdout, /✘ market\.equities\.trades-value: the registry would refuse .* \(BACKWARD\)/);
    assert.match(text.stdout, /\/fields\/1.*broker/);
    const json = await local.run("schemas", "check", "next.avsc", "--subject", TRADE_SUBJECT, "--json");
    const [verdict] = JSON.parse(json.stdout);
    assert.deepEqual([verdict.accepted, verdict.registered, verdict.level], [false, false, "BACKWARD"]);
    assert.equal(verdict.incompatibilities[0].path, "/fields/1");
    assert.equal(verdict.incompatibilities[0].version, 1);
    assert.equal("text" in verdict, false);
  });
});

Deno.test("schemas check finds v1 and v2 in one subject, at any level", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const subjects = { v1: "{topic}-value", v2: "{topic}-value" };
    await Deno.writeTextFile(join(folder, "tickflume.json"), JSON.stringify({ schemas: { subjects } }));
    const program = new TestProgram({ cwd: folder });
    const args = ["--exchange", "ASX", "--data-type", "trades"];
    assert.equal((await program.run("schemas", "register", ...args, "--schema-version", "v1")).exitCode, 0);
    await program.registry.setCompatibility("NONE", "market.equities.trades.asx-value");
    const { exitCode, stdout } = await program.run("schemas", "check", ...args);
    assert.equal(exitCode, 1);
    assert.match(
      stdout,
      /holds com\.k2\.market_data\.Trade, and com\.k2\.marketdata\.TradeV2 is never registered over it/,
    );
    const refused = await program.run("schemas", "register", ...args);
    assert.equal(refused.exitCode, 3);
    assert.match(refused.stderr, /schemas\.subjects\.v2 names another subject/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("schemas check refuses a file that holds no schema, and flags that make no sense", async () => {
  await withFile('{"type": "recrd"}', async (cwd) => {
    const program = new TestProgram({ cwd });
    assert.match((await program.run("schemas", "check", "next.avsc", "--subject", "s")).stderr, /is no Avro schema/);
    assert.match((await program.run("schemas", "check", "absent.avsc", "--subject", "s")).stderr, /there is no file/);
    assert.equal((await program.run("schemas", "check", "next.avsc")).exitCode, 2);
    assert.equal((await program.run("schemas", "check", "--subject", "s")).exitCode, 2);
    assert.equal((await program.run("schemas", "check", "--exchange", "AXS")).exitCode, 2);
  });
});

Deno.test("schemas diff shows the changes from v1 to v2, without a server", async () => {
  const program = new TestProgram();
  program.registry.server.faults.unreachable();
  const { exitCode, stdout } = await program.run("schemas", "diff", "v1", "v2", "--record", "trade", "--json");
  assert.equal(exitCode, 0);
  const rows: { record: string; field: string; change: string; before: string | null; after: string | null }[] = JSON
    .parse(stdout);
  assert.deepEqual(rows.find(({ field }) => field === "price"), {
    record: "trade",
    field: "price",
    change: "type_changed",
    before: "decimal(18,6)",
    after: "decimal(18,8)",
  });
  assert.ok(rows.every(({ change }) => change !== "doc_changed"));
  assert.match((await program.run("schemas", "diff", "v1", "v2", "--docs", "--json")).stdout, /doc_changed/);
  assert.match((await program.run("schemas", "diff", "v1", "v2")).stdout, /^RECORD +FIELD +CHANGE +BEFORE +AFTER\n/);
  assert.equal((await program.run("schemas", "diff", "v1", "v3")).exitCode, 2);
  assert.equal((await program.run("schemas", "diff", "v1", "v2", "--record", "trades")).exitCode, 2);
});

Deno.test("schemas register and check leave a topic's subject that holds another record, and know one that is kept", async () => {
  const topic = "market.equities.trades.asx";
  const v1 = loadSchema("trade", "v1").text;
  const program = new TestProgram();
  const id = await program.registry.register(`${topic}-value`, v1);
  const args = ["--exchange", "ASX", "--data-type", "trades"];
  const refused = await program.run("schemas", "register", ...args);
  assert.equal(refused.exitCode, 3);
  assert.match(refused.stderr, /trades\.asx-value" holds com\.k2\.market_data\.Trade, .*topics\.pattern/);
  assert.deepEqual(await program.registry.subjects(), [`${topic}-value`], "nothing is registered anywhere");
  const [, verdict] = JSON.parse((await program.run("schemas", "check", ...args, "--json")).stdout);
  assert.deepEqual([verdict.accepted, verdict.other], [false, { name: "com.k2.market_data.Trade", kept: false }]);
  await program.log.admin.createTopic({ name: topic, partitions: 1 });
  const producer = await program.log.createProducer();
  const value = frame(id, new Uint8Array([0]));
  await producer.send(topic, 0, [{ key: null, value, timestamp: 0 }]);
  const kept = await program.run("schemas", "check", ...args);
  assert.equal(kept.exitCode, 0);
  assert.match(kept.stdout, /✔ market\.equities\.trades\.asx-value: keeps com\.k2\.market_data\.Trade/);
  const registered = await program.run("schemas", "register", ...args);
  assert.equal(registered.exitCode, 0);
  assert.match(registered.stderr, /keeps com\.k2\.market_data\.Trade/);
  assert.equal((await program.registry.version(`${topic}-value`, "latest")).schema, v1);
  assert.match((await program.run("check", ...args)).stdout, /! schemas: .*keep the other version/);
});
