/** Records as a Python consumer reads them, with Confluent's own deserialiser: exactly the file's values. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { systemClock } from "../../kernel/clock.ts";
import { settingsFrom } from "../../config/load_settings.ts";
import { startRuntime } from "../../runtime.ts";
import { generateSample } from "../../cli/sample_data.ts";
import { openFileSource } from "../../sources/files/file_source.ts";
import { openTransport } from "../../transport/open.ts";
import { transportOptionsOf } from "../../runtime/transport_options.ts";
import { realStack } from "../support/real_stack.ts";

const MODULES = "import confluent_kafka.schema_registry.avro";

/** A python that has Confluent's client, or null with the reason printed. */
async function findPython(): Promise<string | null> {
  const python = Deno.env.get("TICKFLUME_PYTHON");
  const probe = python === undefined
    ? null
    : await new Deno.Command(python, { args: ["-c", MODULES], stderr: "null" }).output();
  if (python !== undefined && probe?.success) return python;
  console.log("skipping the Python consumer: TICKFLUME_PYTHON does not name a python with confluent-kafka[avro]");
  return null;
}

Deno.test("Confluent's Python deserialiser reads v2 and v1 of one topic with the file's values", async () => {
  const stack = realStack();
  const python = stack === null ? null : await findPython();
  if (stack === null || python === null) return;
  const unique = crypto.randomUUID().slice(0, 8);
  const dataDir = await Deno.makeTempDir();
  const topic = `market.equities.trades.asx.${unique}`;
  const sample = await generateSample({ seed: 7, dir: dataDir, rows: 3_000, symbols: 1, kinds: ["trades"] });
  const [file] = sample.trades;
  assert.ok(file !== undefined);
  const pattern = `market.{asset_class}.{data_type}.{exchange}.${unique}`;
  const subject = `${unique}.{data_type}.{version}-value`;
  // Compressed, because librdkafka is the only reader here that is neither ours nor Java's.
  for (const [schemaVersion, compression] of [["v2", "lz4"], ["v1", "zstd"]] as const) {
    const settings = settingsFrom({
      schemaVersion,
      kafka: { compression },
      dataDir,
      brokers: [...stack.brokers],
      registry: { url: stack.registry },
      topics: { pattern: { v1: pattern, v2: pattern } },
      schemas: { subjects: { v1: subject, v2: subject } },
    }, { cwd: dataDir });
    const transport = await openTransport(transportOptionsOf(settings));
    const { log, registry } = transport;
    const deadLetters = { add: () => Promise.reject(new Error("no row of the sample is bad")) };
    const runtime = await startRuntime(settings, { log, registry, deadLetters });
    const source = openFileSource({
      path: file.path,
      format: "asx-ticks",
      kind: "trade",
      exchange: "ASX",
      assetClass: "equities",
      symbol: file.symbol,
      companyId: file.companyId,
      currency: "AUD",
      timeZone: "Australia/Sydney",
      clock: systemClock,
    });
    try {
      assert.deepEqual(await (await runtime.addSource(source)).done, { type: "completed" });
    } finally {
      await runtime.stop();
      await transport.close();
    }
  }
  const script = fileURLToPath(new URL("../parity/check_consumer.py", import.meta.url));
  const args = [script, stack.brokers.join(","), stack.registry, topic, file.path, file.symbol, file.companyId];
  const { success, stdout, stderr } = await new Deno.Command(python, { args }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  assert.equal(new TextDecoder().decode(stdout).trim(), "3000 rows as in the file, in its order, in v1 and v2");
  await Deno.remove(dataDir, { recursive: true });
});
