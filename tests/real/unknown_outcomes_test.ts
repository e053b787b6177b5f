/** Loads into a real Kafka whose answers get lost for longer than a send may take: reading finds the outcomes. */
import assert from "node:assert/strict";
import { systemClock } from "../../kernel/clock.ts";
import { killActor } from "../../kernel/testing.ts";
import { settingsFrom } from "../../config/load_settings.ts";
import { audit } from "../../cli/audit/audit.ts";
import { type LoadProgress, runLoad } from "../../cli/load/load_job.ts";
import { generateSample } from "../../cli/sample_data.ts";
import { openFileSource } from "../../sources/files/file_source.ts";
import type { RuntimeEvent } from "../../telemetry/events.ts";
import { eventually } from "../contracts/patience.ts";
import { type KafkaClientName, openTransport } from "../../transport/open.ts";
import { transportOptionsOf } from "../../runtime/transport_options.ts";
import { realStack } from "../support/real_stack.ts";
import { KafkaProxy } from "../faults/kafka_proxy.ts";

const ROWS = 40_000;

interface Bench {
  readonly proxy: KafkaProxy;
  readonly topic: string;
  readonly events: readonly RuntimeEvent[];
  /** Records in the topic, asked without the proxy. */
  stored(): Promise<number>;
}

/** Loads a file through a proxy while faults occur, and audits the topic without the proxy. */
async function loadDuring(
  client: KafkaClientName,
  trouble: (job: LoadProgress, bench: Bench) => Promise<void>,
): Promise<RuntimeEvent[]> {
  const stack = realStack();
  assert.ok(stack !== null);
  const [broker = ""] = stack.brokers;
  const unique = crypto.randomUUID().slice(0, 8);
  const pattern = `market.{asset_class}.{data_type}.{exchange}.${unique}`;
  const subject = `${unique}.{data_type}.{version}-value`;
  const settingsVia = (address: string) =>
    settingsFrom({
      client,
      brokers: [address],
      kafka: { deliveryTimeoutMs: 2_000, requestTimeoutMs: 1_000, connectionTimeoutMs: 1_000 },
      registry: { url: stack.registry },
      topics: { pattern: { v1: pattern, v2: pattern } },
      schemas: { subjects: { v1: subject, v2: subject } },
    }, { cwd: "/" });
  const events: RuntimeEvent[] = [];
  const dir = await Deno.makeTempDir();
  await using proxy = await KafkaProxy.start(broker);
  const straight = await openTransport(transportOptionsOf(settingsVia(broker)));
  try {
    const { trades: [file] } = await generateSample({ seed: 23, dir, rows: ROWS, symbols: 1, kinds: ["trades"] });
    assert.ok(file !== undefined);
    const source = () =>
      openFileSource({
        path: file.path,
        kind: "trade",
        format: "asx-ticks",
        exchange: "ASX",
        assetClass: "equities",
        currency: "AUD",
        timeZone: "Australia/Sydney",
        symbol: file.symbol,
        companyId: file.companyId,
        clock: systemClock,
      });
    const settings = settingsVia(proxy.address);
    const { log, registry, close } = await openTransport(transportOptionsOf(settings));
    const topic = `market.equities.trades.asx.${unique}`;
    const stored = async () =>
      (await straight.log.admin.offsets(topic)).reduce((sum, { start, end }) => sum + Number(end - start), 0);
    let during = Promise.resolve();
    const { report, errors } = await runLoad(settings, {
      log,
      registry,
      deadLetters: { add: () => Promise.reject(new Error("no row of the sample is bad")) },
      observe: (event) => void events.push(event),
    }, {
      sources: [source()],
      signal: new AbortController().signal,
      onStarted: (job) => during = trouble(job, { proxy, topic, events, stored }),
    });
    await during;
    await close();
    assert.deepEqual(errors, []);
    assert.deepEqual([report.read, report.acked, report.lost], [ROWS, ROWS, 0]);
    const verdict = await audit({ topic, version: "v2", sources: [source()], ...straight });
    await straight.log.admin.deleteTopic(topic);
    const { found, missing, twice, out_of_order } = verdict;
    assert.deepEqual({ found, missing, twice, out_of_order }, { found: ROWS, missing: 0, twice: 0, out_of_order: 0 });
    return events;
  } finally {
    await straight.close();
    await Deno.remove(dir, { recursive: true });
  }
}

async function whenAcked(job: LoadProgress, rows: number): Promise<void> {
  await eventually(`${rows} rows acknowledged`, () => Promise.resolve(job.totals().acked >= rows ? true : null));
}

const countOf = (events: readonly RuntimeEvent[], type: RuntimeEvent["type"]) =>
  events.filter((event) => event.type === type).length;

/** The next answer gets lost, and all connections break as soon as the log holds more records than were acknowledged. */
async function loseAnswers(job: LoadProgress, { proxy, stored }: Bench): Promise<void> {
  await proxy.strike({ type: "lose_answer" });
  const ahead = async () => await stored() > job.totals().acked ? true : null;
  await eventually("records that are stored and not acknowledged", ahead);
  proxy.cutOff();
}

async function nextUnknown(events: readonly RuntimeEvent[], before: number): Promise<void> {
  const seen = () => Promise.resolve(countOf(events, "send_unknown") > before ? true : null);
  await eventually("a send of unknown outcome", seen);
}

function testClient(client: KafkaClientName): void {
  Deno.test(`${client}: answers that are lost for longer than a send may take: the stored rows are found, none twice`, async () => {
    const events = await loadDuring(client, async (job, bench) => {
      for (const at of [5_000, 15_000, 25_000]) {
        await whenAcked(job, at);
        const before = countOf(bench.events, "send_unknown");
        await loseAnswers(job, bench);
        await nextUnknown(bench.events, before);
        await bench.proxy.restore();
      }
    });
    const found = events.reduce((sum, event) => sum + (event.type === "send_resolved" ? event.found : 0), 0);
    assert.ok(found > 0, "rows were in the log without an acknowledgement");
  });

  Deno.test(`${client}: requests that are lost for longer than a send may take: the rows are sent again`, async () => {
    const events = await loadDuring(client, async (job, { proxy, events }) => {
      for (const at of [5_000, 20_000]) {
        await whenAcked(job, at);
        const before = countOf(events, "send_unknown");
        proxy.cutOff();
        await nextUnknown(events, before);
        await proxy.restore();
      }
    });
    assert.ok(events.some((event) => event.type === "send_resolved" && event.sentAgain > 0));
  });

  Deno.test(`${client}: a producer that is killed while no broker answers leaves nothing missing and nothing twice`, async () => {
    await loadDuring(client, async (job, bench) => {
      await whenAcked(job, 10_000);
      await loseAnswers(job, bench);
      killActor(job.runtime.system, `root/producers/${bench.topic}`);
      const tried = () => Promise.resolve(countOf(bench.events, "topic_unavailable") > 0 ? true : null);
      await eventually("the next incarnation finds no broker", tried);
      await bench.proxy.restore();
    });
  });
}

if (realStack() !== null) {
  for (const client of ["kafkajs", "platformatic"] as const) testClient(client);
}
