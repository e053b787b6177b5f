/** Results for tests. */
import type { BenchResults, BenchRun } from "./results.ts";

/** A successful run: a thousand rows in a second. */
export function run(changes: Partial<BenchRun> = {}): BenchRun {
  return {
    round: 1,
    workload: "trades",
    contestant: "kafkajs",
    rows: 1000,
    seconds: 1,
    wallSeconds: 1.5,
    cpuSeconds: 0.5,
    peakMemoryBytes: 100 * 2 ** 20,
    loadAverage: [0.5, 1],
    startupSeconds: 0.25,
    latencyMs: { p50: 5, p99: 20 },
    failure: null,
    ...changes,
  };
}

/** Results with some runs. */
export function results(changes: Partial<BenchResults> = {}): BenchResults {
  return {
    format: 1,
    date: "2026-01-02T03:04:05.678Z",
    commit: "0123456789abcdef0123456789abcdef01234567",
    modified: false,
    machine: {
      cpu: "A processor",
      cores: 2,
      memoryBytes: 8 * 2 ** 30,
      system: "linux 6 x86_64",
      deno: "2.9.6",
      java: "openjdk 17",
      go: null,
      python: "Python 3.11.7",
    },
    parameters: {
      rows: 1000,
      seed: 1,
      rounds: 1,
      quick: false,
      servers: "stack",
      peers: { java: "ProducerPerformance" },
      partitions: 30,
    },
    valueSizes: [{ kind: "trade", version: "v2", bytes: 178.5 }],
    stages: [
      { pass: 1, kind: "trade", version: "v2", stage: "convert + encode", rows: 1000, seconds: 0.5, cpuSeconds: 0.25 },
    ],
    sends: [
      { round: 1, client: "kafkajs", partitions: 1, recordsPerSend: 500, records: 1000, seconds: 0.1, cpuSeconds: 0.1 },
    ],
    runs: [run()],
    pacedRuns: [{ ...run(), rowsPerSecond: 500 }],
    doors: [],
    follow: [],
    leftOut: [],
    growth: [{ ...run(), series: "keys", at: 1 }, { ...run({ cpuSeconds: 1.5 }), series: "keys", at: 1_000 }],
    ...changes,
  };
}
