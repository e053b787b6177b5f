import assert from "node:assert/strict";
import { join } from "node:path";
import { loadSchema } from "../../schemas/load.ts";
import type { TopicRight } from "../../transport/log.ts";
import { MemoryLog } from "../../transport/memory/log.ts";
import { partitionFor } from "../../transport/partitioner.ts";
import { store, tradeRecords } from "../../tests/support/sample_records.ts";
import { TestProgram } from "../../tests/support/cli.ts";
import type { TestProgramOptions } from "../../tests/support/cli.ts";

interface Check {
  readonly name: string;
  readonly status: string;
  readonly message: string;
  readonly next_step: string | null;
}

/** Runs `check --json` in a folder with these settings. */
async function check(
  settings: object,
  { args = [], prepare = () => {}, ...options }: TestProgramOptions & {
    readonly args?: readonly string[];
    readonly prepare?: (program: TestProgram, folder: string) => void | Promise<void>;
  } = {},
) {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(join(folder, "tickflume.json"), JSON.stringify(settings));
    const program = new TestProgram({ cwd: folder, ...options });
    await prepare(program, folder);
    const { exitCode, stdout, stderr } = await program.run("check", "--json", ...args);
    assert.equal(stderr, "");
    const { ok, checks }: { ok: boolean; checks: readonly Check[] } = JSON.parse(stdout);
    const line = (name: string) => checks.find((line) => line.name === name);
    const left = Array.from(Deno.readDirSync(folder)).map(({ name }) => name);
    return { exitCode, ok, checks, line, left };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const KAFKA = { brokers: ["127.0.0.1:1"], registry: { url: "http://127.0.0.1:1" } };

Deno.test("check passes on an empty embedded log and writes nothing", async () => {
  const { exitCode, ok, checks, left } = await check({});
  assert.deepEqual([exitCode, ok], [0, true]);
  assert.deepEqual(checks.map(({ name, status }) => `${name} ${status}`), [
    "config ok",
    "data folder ok",
    "brokers ok",
    "topics ok",
    "registry ok",
    "schemas ok",
  ]);
  assert.deepEqual(left, ["tickflume.json"]);
});

Deno.test("check shows a cross and a next step for brokers that do not answer, and checks the rest", async () => {
  const { exitCode, ok, line } = await check(KAFKA, {
    prepare: ({ log }) => void log.broker.faults.unreachable(),
  });
  assert.deepEqual([exitCode, ok], [1, false]);
  assert.equal(line("brokers")?.status, "failed");
  assert.match(line("brokers")?.next_step ?? "", /--brokers/);
  assert.deepEqual([line("replication")?.status, line("topics")?.status], ["skipped", "skipped"]);
  assert.deepEqual([line("registry")?.status, line("schemas")?.status], ["ok", "ok"]);
});

Deno.test("check shows a cross for a registry that refuses the log-in, which is configuration", async () => {
  const { exitCode, line } = await check(KAFKA, {
    prepare: ({ registry }) => void registry.server.faults.next("subjects", { type: "fail", code: "unauthenticated" }),
  });
  assert.equal(exitCode, 3);
  assert.equal(line("registry")?.status, "failed");
  assert.match(line("registry")?.next_step ?? "", /registry\.auth/);
  assert.equal(line("schemas")?.status, "skipped");
});

Deno.test("check shows a cross for brokers that grant no right, which the configuration cannot fix", async () => {
  const { exitCode, line } = await check(KAFKA, {
    prepare: ({ log }) => void log.broker.faults.next("list_topics", { type: "fail", code: "unauthorized" }),
  });
  assert.deepEqual([exitCode, line("brokers")?.status], [1, "failed"]);
});

Deno.test("check warns of topics and brokers that cannot survive the loss of a broker", async () => {
  const few = await check(KAFKA);
  assert.deepEqual([few.exitCode, few.line("replication")?.status], [0, "warning"]);
  const weak = await check(KAFKA, {
    prepare: async (program) => {
      Object.assign(program, { log: new MemoryLog({ brokers: 3 }) });
      await program.log.admin.createTopic({ name: "market.equities.trades.asx", partitions: 30, replicationFactor: 2 });
    },
  });
  assert.equal(weak.line("replication")?.status, "warning");
  assert.match(weak.line("replication")?.message ?? "", /market\.equities\.trades\.asx/);
  const safe = await check(KAFKA, {
    prepare: async (program) => {
      Object.assign(program, { log: new MemoryLog({ brokers: 3 }) });
      await program.log.admin.createTopic({
        name: "market.equities.trades.asx",
        partitions: 30,
        replicationFactor: 3,
        config: { "min.insync.replicas": "2" },
      });
    },
  });
  assert.equal(safe.line("replication")?.status, "ok");
});

Deno.test("check shows a cross for needed topics that are missing and may not be created", async () => {
  const settings = { topics: { create: false } };
  const { exitCode, line } = await check(settings, { args: ["--exchange", "ASX"] });
  assert.equal(exitCode, 1);
  assert.match(line("topics")?.message ?? "", /market\.equities\.trades\.asx.*not there/);
  assert.equal((await check(settings)).exitCode, 0);
});

Deno.test("check warns of a topic that differs from the catalogue", async () => {
  const { exitCode, line } = await check({}, {
    prepare: ({ log }) => log.admin.createTopic({ name: "market.equities.quotes.asx", partitions: 4 }),
  });
  assert.equal(exitCode, 0);
  assert.equal(line("topics")?.status, "warning");
  assert.match(line("topics")?.message ?? "", /4 partitions instead of 30/);
});

const CONTENTS: readonly (readonly [string, object, string, RegExp])[] = [
  ["crc32", {}, "failed", /keys in topic .* where crc32 puts them .*topics\.partitioner to crc32/],
  ["crc32", { topics: { partitioner: "crc32" } }, "ok", /keys of 1 by crc32/],
  ["murmur2", {}, "ok", /keys of 1 by murmur2/],
  ["murmur2", { schemaVersion: "v1" }, "warning", /holds com\.k2\.marketdata\.TradeV2, .*topics\.pattern\.v1/],
  ["murmur2", { schemaVersion: "v1", topics: { mixed: "refuse" } }, "failed", /topics\.mixed/],
];

for (const [rule, settings, status, message] of CONTENTS) {
  Deno.test(`check of v2 with keys by ${rule} is ${status} with the settings ${JSON.stringify(settings)}`, async () => {
    const { exitCode, line } = await check(settings, {
      prepare: async ({ log, registry }) => {
        const topic = "market.equities.trades.asx";
        await log.admin.createTopic({ name: topic, partitions: 30 });
        for (const symbol of ["BHP", "CBA", "MWR"]) {
          const records = await tradeRecords(registry, { symbol, count: 4 });
          const partition = partitionFor(new TextEncoder().encode(symbol), 30, rule === "crc32" ? "crc32" : "murmur2");
          await store(log, { topic, records, partition });
        }
      },
    });
    assert.deepEqual([line("contents")?.status, exitCode], [status, status === "failed" ? 3 : 0]);
    assert.match(line("contents")?.message ?? "", message);
  });
}

Deno.test("check shows a cross for a subject that would refuse a schema, with the field", async () => {
  const { exitCode, line } = await check({}, {
    args: ["--exchange", "ASX", "--data-type", "trades"],
    prepare: async ({ registry }) => {
      await registry.register("market.equities.trades-value", earlierTrade());
      await registry.setCompatibility("BACKWARD", "market.equities.trades-value");
    },
  });
  assert.equal(exitCode, 1);
  assert.match(line("schemas")?.message ?? "", /refuses com\.k2\.marketdata\.TradeV2 .* \/fields\/8/);
});

Deno.test("check ends with 3 for a subject that holds another record, and names both and the setting", async () => {
  const { exitCode, line } = await check({}, {
    args: ["--exchange", "ASX", "--data-type", "trades"],
    prepare: async ({ registry }) => {
      await registry.register("market.equities.trades.asx-value", loadSchema("trade", "v1").text);
      await registry.setCompatibility("NONE");
    },
  });
  assert.equal(exitCode, 3);
  assert.match(
    line("schemas")?.message ?? "",
    /market\.equities\.trades\.asx-value holds com\.k2\.market_data\.Trade, and com\.k2\.marketdata\.TradeV2 is never/,
  );
  assert.match(line("schemas")?.next_step ?? "", /topics\.pattern .* schemas\.topicSubject/);
});

/** Simulates a schema that has gained a field without a default. */
function earlierTrade(): string {
  const schema = JSON.parse(loadSchema("trade", "v2").text);
  const fields = schema.fields.filter(({ name }: { readonly name: string }) => name !== "currency");
  return JSON.stringify({ ...schema, fields });
}

Deno.test("check shows a cross for a data folder that cannot be written", async () => {
  const { exitCode, line } = await check({ dataDir: "occupied" }, {
    prepare: (_program, folder) => Deno.writeTextFile(join(folder, "occupied"), "a file"),
  });
  assert.equal(exitCode, 1);
  assert.match(line("data folder")?.message ?? "", /is not a folder/);
});

Deno.test("check ends with 3 when the configuration cannot be used", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(join(folder, "tickflume.json"), '{"borkers": []}');
    const program = new TestProgram({ cwd: folder });
    const json = await program.run("check", "--json");
    assert.equal(json.exitCode, 3);
    assert.equal(JSON.parse(json.stdout).error.problems[0].next_step, 'Did you mean "brokers"?');
    const text = await program.run("check");
    assert.deepEqual([text.exitCode, text.stdout], [3, ""]);
    assert.match(text.stderr, /borkers .*: there is no such setting\. Did you mean "brokers"\?/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("check prints a tick or a cross for each part", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const program = new TestProgram({ cwd: folder });
    program.registry.server.faults.unreachable();
    const { exitCode, stdout } = await program.run("check");
    assert.equal(exitCode, 1);
    assert.match(stdout, /^✔ config: no config file \+ defaults\n✔ data folder: /);
    assert.match(stdout, /\n✘ registry: .*\n {4}next: Check --registry/);
    assert.match(stdout, /\n- schemas: not looked at: the registry cannot be used\n$/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("check shows a cross for trades in a compacted topic, and none for reference data or where it is allowed", async () => {
  const prepare = async ({ log }: TestProgram) => {
    for (const name of ["market.equities.trades.asx", "market.equities.reference_data.asx"]) {
      await log.admin.createTopic({ name, partitions: 1, config: { "cleanup.policy": "compact" } });
    }
  };
  const { exitCode, checks } = await check({}, { prepare });
  assert.equal(exitCode, 1);
  const failed = checks.filter(({ status }) => status === "failed");
  assert.equal(failed.length, 1);
  assert.match(failed[0]?.message ?? "", /"market\.equities\.trades\.asx" has cleanup\.policy compact/);
  assert.match(failed[0]?.next_step ?? "", /kafka-configs .*topics\.compacted/);
  assert.equal((await check({ topics: { compacted: "allow" } }, { prepare })).exitCode, 0);
});

Deno.test("check says which access rules are missing, with the command that adds them", async () => {
  const args = ["--exchange", "ASX", "--data-type", "trades"];
  const settings = { ...KAFKA, kafka: { sasl: { mechanism: "plain", username: "me", password: "secret" } } };
  const withRights = (rights: readonly TopicRight[], there: boolean) =>
    check(settings, {
      args,
      prepare: async ({ log }) => {
        if (there) await log.admin.createTopic({ name: "market.equities.trades.asx", partitions: 30 });
        log.broker.rights = new Set(rights);
      },
    });
  const unread = await withRights(["Describe", "Write", "DescribeConfigs"], true);
  assert.deepEqual([unread.exitCode, unread.line("access")?.status], [1, "failed"]);
  assert.match(
    unread.line("access")?.message ?? "",
    /Read on market\.equities\.trades\.asx; without Read a load stops/,
  );
  assert.match(
    unread.line("access")?.next_step ?? "",
    /kafka-acls .*--allow-principal User:me --operation Read --topic market\.equities\.trades\.asx$/,
  );
  const uncreated = await withRights(["Describe", "Read", "Write"], false);
  assert.match(uncreated.line("access")?.message ?? "", /missing: Create on market/);
  const blind = await withRights(["Describe", "Read", "Write"], true);
  assert.deepEqual([blind.exitCode, blind.line("access")?.status], [0, "warning"]);
  assert.match(blind.line("access")?.message ?? "", /compacted .*DescribeConfigs/);
  const whole = await withRights(["Create", "Describe", "DescribeConfigs", "Read", "Write"], false);
  assert.deepEqual([whole.exitCode, whole.line("access")?.status], [0, "ok"]);
});
