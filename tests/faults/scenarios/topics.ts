/**
 * Topics that vanish, change or refuse.
 *
 * @module
 */
import { join } from "node:path";
import { AclOperations, AclPermissionTypes, ResourcePatternTypes, ResourceTypes } from "@platformatic/kafka";
import { systemClock } from "../../../kernel/clock.ts";
import { openFileSource } from "../../../sources/files/file_source.ts";
import type { RowSource } from "../../../sources/source.ts";
import { Bench } from "../fault_harness.ts";
import { pause } from "../fault_stack.ts";
import { loadHere } from "../in_process.ts";
import { loadScenario } from "../load_scenario.ts";
import { BASELINE_ROWS } from "../recipes.ts";
import { sumAudits, unless } from "../result.ts";
import type { Scenario } from "../scenario.ts";
import { scriptedScenario } from "../scripted_scenario.ts";
import { topicsScenario } from "../topics_scenario.ts";

const TROUBLE_AFTER_ROWS = 8_000;

const isTopic = (bench: Bench) => new RegExp(bench.topic("v2").replaceAll(".", "\\."));

/** Denies (or allows again) all users to write to the trades' topic. */
function writingAcl(bench: Bench) {
  return {
    resourceType: ResourceTypes.TOPIC,
    resourceName: bench.topic("v2"),
    resourcePatternType: ResourcePatternTypes.LITERAL,
    principal: "User:ANONYMOUS",
    host: "*",
    operation: AclOperations.WRITE,
    permissionType: AclPermissionTypes.DENY,
  };
}

/** Rows of about 250 bytes as a record; every hundredth is larger than the topic allows. */
const SMALL_TOPIC_BYTES = 4_000;
const [SMALL_TOPIC_ROWS, LARGE_EVERY] = [3_000, 100];

async function ndjsonSource(bench: Bench): Promise<RowSource> {
  const path = join(bench.dir, "rows.ndjson");
  const lines = Array.from({ length: SMALL_TOPIC_ROWS }, (_, at) =>
    JSON.stringify({
      symbol: `S${at % 4}`,
      timestamp: new Date(Date.UTC(2024, 5, 3) + at * 1_000).toISOString(),
      price: String(10 + (at % 100) / 100),
      quantity: String(at + 1),
      trade_conditions: at % LARGE_EVERY === 0 ? ["x".repeat(2 * SMALL_TOPIC_BYTES)] : [],
    }));
  await Deno.writeTextFile(path, `${lines.join("\n")}\n`);
  return openFileSource({
    path,
    kind: "trade",
    format: "ndjson",
    exchange: "ASX",
    assetClass: "equities",
    currency: "AUD",
    timeZone: "Australia/Sydney",
    clock: systemClock,
  });
}

const messageTooLarge: Scenario = {
  name: "message-too-large",
  what:
    `a topic takes ${SMALL_TOPIC_BYTES} bytes: batches are split until they fit, rows that are too large become dead letters`,
  covers: ["F10"],
  set: "long",
  versions: ["v2"],
  async run(options) {
    await using bench = await Bench.open({ rows: 1, symbols: 1 }, options);
    const config = { "max.message.bytes": String(SMALL_TOPIC_BYTES) };
    await bench.transport.log.admin.createTopic({ name: bench.topic("v2"), partitions: 30, config });
    const source = await ndjsonSource(bench);
    const { result: { report, errors }, letters } = await loadHere(bench.checkedSettings, { sources: [source] });
    const audited = sumAudits(await bench.audit(() => [source]));
    const large = Math.ceil(SMALL_TOPIC_ROWS / LARGE_EVERY);
    const missing = audited.missing - report.dead_lettered;
    const { found, twice, late, problems } = audited;
    return {
      scenario: "message-too-large",
      client: options.client,
      version: "v2",
      read: report.read,
      acked: report.acked,
      dead_lettered: report.dead_lettered,
      found,
      missing,
      twice,
      late,
      recovery_s: null,
      peak_rss_mb: null,
      seconds: bench.seconds,
      exit: null,
      note: `${report.dead_lettered} dead letters`,
      problems: [
        ...problems,
        ...unless(errors.length === 0, `${errors.length} errors`),
        ...unless(missing + twice + late === 0, `${missing} missing, ${twice} twice, ${late} late`),
        ...unless(report.dead_lettered === large, `${report.dead_lettered} dead letters, ${large} expected`),
        ...unless(letters.every(({ rule }) => rule === "message_too_large"), "a dead letter with another rule"),
        ...unless(letters.every(({ row }) => row % LARGE_EVERY === 1), "a dead letter of a small row"),
      ],
      date: new Date().toISOString().slice(0, 10),
    };
  },
};

const LOST_BYTES = 100_000;

const tailLost = scriptedScenario({
  name: "tail-lost",
  what: `the only broker loses the last ${LOST_BYTES} bytes of a partition after the load, as by a power cut`,
  covers: ["F21"],
  set: "long",
  rows: 30_000,
  symbols: 1,
  async script(scene) {
    const { bench } = scene;
    await scene.finish();
    for (const version of bench.versions) {
      const partition = await bench.partitionOf("BHP");
      await bench.stack.loseTail(1, { topic: bench.topic(version), partition, bytes: LOST_BYTES });
    }
    await scene.finish();
  },
});

export const TOPIC_SCENARIOS: readonly Scenario[] = [
  topicsScenario({
    name: "topic-deleted",
    what: "the topic of the trades is deleted while it is written to; the quotes flow on",
    covers: ["F10"],
    set: "long",
    async during(bench, job) {
      await job.whenAcked(TROUBLE_AFTER_ROWS);
      await bench.transport.log.admin.deleteTopic(bench.topic("v2"));
    },
    error: (bench) => [isTopic(bench), /was it deleted\?/],
    topicKept: false,
  }),
  topicsScenario({
    name: "topic-remade",
    what: "the topic of the trades is deleted and made again 5 s later; the quotes flow on",
    covers: ["F10"],
    set: "long",
    async during(bench, job) {
      const { admin } = bench.transport.log;
      await job.whenAcked(TROUBLE_AFTER_ROWS);
      await admin.deleteTopic(bench.topic("v2"));
      await pause(5_000, job.signal);
      await admin.createTopic({ name: bench.topic("v2"), partitions: 30 });
    },
    error: (bench) => [isTopic(bench), /deleted and made again/],
    topicKept: false,
  }),
  topicsScenario({
    name: "topic-remade-at-once",
    what: "the same without a moment between: no send meets a topic that is not there",
    covers: ["F10"],
    set: "long",
    rows: 60_000,
    async during(bench, job) {
      const { admin } = bench.transport.log;
      await job.whenAcked(TROUBLE_AFTER_ROWS);
      await admin.deleteTopic(bench.topic("v2"));
      await admin.createTopic({ name: bench.topic("v2"), partitions: 30 });
    },
    error: (bench) => [isTopic(bench), /deleted and made again/],
    topicKept: false,
  }),
  topicsScenario({
    name: "acl-denied",
    what: "an ACL denies writing to the topic of the trades; the quotes flow on",
    covers: ["F10"],
    set: "long",
    async during(bench, job) {
      await job.whenAcked(TROUBLE_AFTER_ROWS);
      await bench.stack.withAdmin((admin) => admin.createAcls({ creations: [writingAcl(bench)] }));
    },
    async after(bench) {
      await bench.stack.withAdmin((admin) => admin.deleteAcls({ filters: [writingAcl(bench)] }));
    },
    error: (bench) => [isTopic(bench), /TOPIC_AUTHORIZATION_FAILED/],
    topicKept: true,
  }),
  messageTooLarge,
  tailLost,
  loadScenario({
    name: "partitions-added",
    what: "a topic grows from 30 to 36 partitions in the middle of a load: what is under way settles, then keys move",
    covers: ["F10"],
    set: "long",
    rows: BASELINE_ROWS,
    // The load checks the partition count every minute.
    flags: ["--rate", "1120"],
    async fault({ bench, load, whenShare, problem }) {
      await whenShare(0.1);
      await bench.stack.withAdmin((admin) =>
        admin.createPartitions({ topics: [{ name: bench.topic("v2"), count: 36 }] })
      );
      const { stderr } = await load.ended;
      if (!stderr.some((line) => line.includes("grew from 30 to 36"))) {
        problem("the growth of the topic was not noticed");
      }
    },
  }),
];
