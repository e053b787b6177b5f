/**
 * Kafka's own `ProducerPerformance`: writes as many values of the same size, all alike and without keys. It reads,
 * parses and encodes nothing, so it shows the best that a producer can do with this broker.
 *
 * @module
 */
import { ensureJars, jarsCached } from "../../cli/stack/downloads.ts";
import { javaProgram, missingTools } from "../../cli/stack/toolchain.ts";
import { KAFKA_VERSION } from "../../cli/stack/versions.ts";
import { BenchError } from "../bench_error.ts";
import type { Peer } from "../contestant.ts";
import { type MeasuredProcess, runMeasured } from "../measured_process.ts";
import { PARTITIONS } from "../workloads.ts";
import type { PeerSetup } from "./peer_setup.ts";

/** The peer, or `null` if Java (or Maven, to fetch Kafka) is not installed. */
export async function javaPeer({ cache, say }: PeerSetup): Promise<Peer | null> {
  if ((await missingTools({ needMaven: !await jarsCached(cache) })).length > 0) return null;
  const { kafkaClassPath } = await ensureJars(cache, say);
  const java = javaProgram("java");
  return {
    name: "java",
    version: `ProducerPerformance of Kafka ${KAFKA_VERSION}`,
    mostRows: null,
    // Its records have no keys, so they all go into one partition only if the topic has a single one.
    partitions: ({ input }) => input === "single" ? 1 : PARTITIONS,
    async run({ rows, servers, topic, valueBytes, measure }) {
      const args = ["-cp", kafkaClassPath, "org.apache.kafka.tools.ProducerPerformance"];
      args.push("--bootstrap-server", servers.brokers.join(","), "--topic", topic);
      args.push("--num-records", String(rows), "--record-size", String(valueBytes), "--throughput", "-1");
      args.push("--command-property", "acks=all", "enable.idempotence=true", "linger.ms=5", "batch.size=65536");
      args.push("compression.type=none");
      const ended = await runMeasured({ command: [java, ...args] }, measure);
      return { ...performanceOf(ended), cost: ended.cost };
    },
  };
}

/** Rows and seconds from the last line of ProducerPerformance. */
export function performanceOf(
  { code, stdout, stderr }: Pick<MeasuredProcess, "code" | "stdout" | "stderr">,
): { readonly rows: number; readonly seconds: number } {
  const last = stdout.trimEnd().split("\n").at(-1) ?? "";
  const [, rows, rate] = /^(\d+) records sent, ([\d.]+) records\/sec .* 99\.9th\.$/.exec(last) ?? [];
  if (code !== 0 || rows === undefined || rate === undefined) {
    throw new BenchError(`ProducerPerformance failed with exit code ${code}:\n${`${stdout}\n${stderr}`.slice(-1000)}`);
  }
  return { rows: Number(rows), seconds: Number(rows) / Number(rate) };
}
