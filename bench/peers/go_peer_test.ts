/** The peers in Go write the same as `load`, except ids and the time of ingestion. Needs Go. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { systemClock } from "../../kernel/clock.ts";
import { settingsFrom } from "../../config/load_settings.ts";
import { codecFor } from "../../schemas/codec.ts";
import { parseFrame } from "../../schemas/avro/wire.ts";
import { cacheDir } from "../../cli/stack/cache_dir.ts";
import { realStack } from "../../tests/support/real_stack.ts";
import type { Log } from "../../transport/log.ts";
import { openTransport } from "../../transport/open.ts";
import { SOURCE_HEADER } from "../../transport/source_header.ts";
import { transportOptionsOf } from "../../runtime/transport_options.ts";
import { makeInput } from "../input.ts";
import { ROOT } from "../load_task.ts";
import { runOwnLoad, topicOf } from "../own_load.ts";
import { withServers } from "../servers.ts";
import { FILES, PARTITIONS, type Workload, WORKLOAD_NAMES, workloadOf } from "../workloads.ts";
import { goPeers } from "./go_peer.ts";

const ROWS = 50 * FILES;
const UUID_V4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** The fields of a record that do not depend on its writer. */
function comparable(record: Record<string, unknown>): Record<string, unknown> {
  const { message_id: _message, trade_id: _trade, quote_id: _quote, ingestion_timestamp: _ingested, ...rest } = record;
  return rest;
}

/** The records of a topic by key, in their order, with their partition. */
async function recordsIn(log: Log, topic: string, { kind, version }: Workload) {
  const codec = codecFor(kind, version);
  const byKey = new Map<string, { partition: number; records: Record<string, unknown>[]; headers: unknown[] }>();
  for (const [partition, { start, end }] of (await log.admin.offsets(topic)).entries()) {
    for await (const chunk of log.read(topic, partition, { from: start, to: end })) {
      for (const { key, value, headers } of chunk) {
        assert.ok(key && value);
        const ofKey = byKey.getOrInsertComputed(
          new TextDecoder().decode(key),
          () => ({ partition, records: [], headers: [] }),
        );
        assert.equal(ofKey.partition, partition, "a key is in one partition");
        ofKey.records.push({ ...codec.decodeUnscaled(parseFrame(value).body) });
        // Only `load` names the load and row of a record.
        const others = headers?.filter(([name]) => name !== SOURCE_HEADER) ?? [];
        ofKey.headers.push(others.map(([name, bytes]) => [name, bytes.length]));
      }
    }
  }
  return byKey;
}

Deno.test("the peers in Go write the records of load, in its order and partitions, with ids of their own", async () => {
  const stack = realStack();
  if (stack === null) return;
  const peers = await goPeers({ cache: cacheDir(), say: (line) => console.log(line) });
  if (peers === null) return console.log("skipping the peers in Go: Go is not installed");
  assert.deepEqual(peers.map(({ name }) => name), ["go", "go-tuned"]);
  const dir = await Deno.makeTempDir();
  const settings = settingsFrom({ brokers: [...stack.brokers], registry: { url: stack.registry } }, { cwd: "/" });
  const { log, close } = await openTransport(transportOptionsOf(settings, { clock: systemClock }));
  const measure = { python: null, signal: new AbortController().signal };
  const { brokers, registry } = stack;
  try {
    const input = await makeInput(join(dir, "input"), { rows: ROWS, seed: 3 });
    await withServers({ given: { brokers, registry }, cache: dir, say: () => {} }, async (servers) => {
      for (const workload of WORKLOAD_NAMES.map(workloadOf)) {
        const { kind, version, name } = workload;
        const prefix = `peers-${crypto.randomUUID().slice(0, 8)}-${name}`;
        const jobOf = async (who: string) => {
          const folder = join(dir, `${name}-${who}`);
          await Deno.mkdir(folder);
          return { workload, input, rows: ROWS, prefix: `${prefix}-${who}`, dir: folder, measure };
        };
        const ownJob = await jobOf("load");
        await runOwnLoad(ownJob, { servers: { brokers, registry }, client: "kafkajs" });
        const ours = await recordsIn(log, topicOf(ownJob), workload);
        const schema = { file: join(ROOT, "schemas", version, `${kind}.avsc`), id: await servers.schemaId(workload) };
        for (const peer of peers) {
          const job = await jobOf(peer.name);
          const topic = topicOf(job);
          await servers.createTopic(topic, PARTITIONS);
          const told = await peer.run({ ...job, servers: { brokers, registry }, topic, schema, valueBytes: 100 });
          assert.equal(told.rows, ROWS);
          const theirs = await recordsIn(log, topic, workload);
          assert.deepEqual([...theirs.keys()].sort(), [...ours.keys()].sort());
          for (const [key, { partition, records, headers }] of ours) {
            const ofKey = theirs.get(key);
            assert.equal(ofKey?.partition, partition);
            assert.deepEqual(ofKey.records.map(comparable), records.map(comparable), `${peer.name}, ${name}, ${key}`);
            assert.deepEqual(ofKey.headers, headers);
            for (const { message_id, trade_id, quote_id, exchange, symbol, timestamp } of ofKey.records) {
              if (version === "v1") continue;
              const id = String(message_id);
              assert.match(id, UUID_V4);
              assert.equal(trade_id ?? quote_id, `${exchange}-${symbol}-${timestamp}-${id.slice(0, 8)}`);
            }
          }
        }
      }
    });
  } finally {
    await close();
    await Deno.remove(dir, { recursive: true });
  }
});
