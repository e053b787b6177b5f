import assert from "node:assert/strict";
import { join } from "node:path";
import { systemClock } from "../kernel/clock.ts";
import { LogError } from "./log.ts";
import { type KafkaClientName, openLog, openTransport, type TransportOptions } from "./open.ts";
import { RegistryError } from "./registry.ts";

async function withOptions(use: (options: TransportOptions) => Promise<void>): Promise<void> {
  const dataDir = await Deno.makeTempDir();
  try {
    await use({ dataDir, sync: "normal", kafka: null, registry: null, clock: systemClock });
  } finally {
    await Deno.remove(dataDir, { recursive: true });
  }
}

/** A loopback port on which nothing listens. */
function deadPort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  listener.close();
  return listener.addr.port;
}

Deno.test("openTransport opens the embedded log and registry where no addresses are given", async () => {
  await withOptions(async (options) => {
    const transport = await openTransport(options);
    await transport.log.admin.createTopic({ name: "here", partitions: 1 });
    assert.deepEqual(await transport.log.admin.listTopics(), ["here"]);
    assert.deepEqual(await transport.registry.subjects(), []);
    await transport.close();
    await transport.close();
    assert.ok([...Deno.readDirSync(options.dataDir)].some(({ name }) => name.startsWith("log")));
  });
});

async function opensDeadServers(client: KafkaClientName): Promise<void> {
  await withOptions(async (options) => {
    const times = { requestTimeoutMs: 2_000, deliveryTimeoutMs: 2_000, connectionTimeoutMs: 1_000 };
    const dataDir = join(options.dataDir, "unused");
    const transport = await openTransport({
      ...options,
      dataDir,
      kafka: { client, brokers: [`127.0.0.1:${deadPort()}`], clientId: "test", ...times },
      registry: { url: `http://127.0.0.1:${deadPort()}`, requestTimeoutMs: 2_000 },
    });
    const unreachable = (error: unknown) =>
      (error instanceof LogError || error instanceof RegistryError) && error.code === "unreachable";
    await assert.rejects(transport.log.admin.listTopics(), unreachable);
    await assert.rejects(transport.log.createProducer(), unreachable);
    await assert.rejects(transport.registry.subjects(), unreachable);
    await transport.close();
    await assert.rejects(Deno.stat(dataDir), Deno.errors.NotFound);
  });
}

for (const client of ["kafkajs", "platformatic"] as const) {
  Deno.test(`openTransport opens servers that are not there yet with ${client}; calls say so, and make no files`, () => {
    return opensDeadServers(client);
  });
}

Deno.test("openTransport closes the log again when the registry cannot be opened", async () => {
  await withOptions(async (options) => {
    const registry = { url: "not a url", requestTimeoutMs: 1_000 };
    await assert.rejects(openTransport({ ...options, registry }), RegistryError);
    // The files are free again.
    await (await openTransport(options)).close();
  });
});

Deno.test("openLog refuses a client that there is not, of a program without types", async () => {
  const client: KafkaClientName = JSON.parse('"librdkafka"');
  const times = { requestTimeoutMs: 1, deliveryTimeoutMs: 1, connectionTimeoutMs: 1 };
  const kafka = { client, brokers: ["127.0.0.1:1"], clientId: "test", ...times };
  const opening = openLog({ kafka, registry: null, dataDir: "none", sync: "full", clock: systemClock });
  await assert.rejects(opening, { name: "TypeError", message: /no Kafka client "librdkafka": give kafkajs or/ });
});

Deno.test("the embedded path loads no client of a server", async () => {
  const script = `
    const { openTransport } = await import(${JSON.stringify(import.meta.resolve("./open.ts"))});
    const { systemClock: clock } = await import(${JSON.stringify(import.meta.resolve("../kernel/clock.ts"))});
    const { createRequire } = await import("node:module");
    const transport = await openTransport({ dataDir: Deno.args[0], sync: "normal", kafka: null, registry: null, clock });
    await transport.log.admin.listTopics();
    await transport.close();
    const loaded = Object.keys(createRequire(import.meta.url).cache);
    console.log(loaded.filter((path) => /kafkajs|schema-registry/.test(path)).length);`;
  await withOptions(async ({ dataDir }) => {
    const file = join(dataDir, "embedded.ts");
    await Deno.writeTextFile(file, script);
    const config = new URL("../deno.json", import.meta.url).pathname;
    const output = await new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--quiet",
        "--no-check",
        "--no-prompt",
        `--config=${config}`,
        "--allow-read",
        `--allow-write=${dataDir}`,
      ]
        .concat(["--ignore-env", file, dataDir]),
    }).output();
    const [stdout, stderr = ""] = [output.stdout, output.stderr].map((bytes) => new TextDecoder().decode(bytes));
    assert.equal(stdout, "0\n", stderr);
  });
});
