import assert from "node:assert/strict";
import type { Peer, PeerJob } from "./contestant.ts";
import { type JobsOptions, runJobs } from "./jobs.ts";
import type { BenchServers } from "./servers.ts";
import { FILES, type Workload } from "./workloads.ts";

const cost = { wallSeconds: 1, cpuSeconds: 0.5, peakMemoryBytes: 1 };

/** A peer that claims to have written all rows. */
function peer(name: string, changes: Partial<Peer> = {}): Peer {
  return {
    name,
    version: "1",
    mostRows: null,
    partitions: () => 30,
    run: ({ rows }) => Promise.resolve({ rows, seconds: 1, cost }),
    ...changes,
  };
}

interface Told {
  readonly topics: string[];
  readonly jobs: PeerJob[];
}

/** Options with servers on which each topic holds this many records. */
function options(stored: (topic: string) => number, peers: readonly Peer[], told: Told): JobsOptions {
  const servers: BenchServers = {
    addresses: { brokers: ["a:1"], registry: "http://b" },
    createTopic: (name, partitions) => Promise.resolve(void told.topics.push(`${name} ${partitions}`)),
    tradesIn: () => Promise.reject(new Error("not asked for")),
    takeCount: (topic) => Promise.resolve(stored(topic)),
    schemaId: () => Promise.resolve(7),
  };
  return {
    input: { trades: [], quotes: [], single: [], reference: "" },
    rows: FILES * 10,
    rounds: 3,
    workloads: ["trades"],
    clients: [],
    peers,
    servers,
    valueSizes: [{ kind: "trade", version: "v2", bytes: 178.4 }],
    measure: { python: null, signal: new AbortController().signal },
    onRun: () => {},
  };
}

const nothingTold = (): Told => ({ topics: [], jobs: [] });

Deno.test("runJobs() takes turns: each round begins with the next contestant", async () => {
  const peers = [peer("a"), peer("b"), peer("c")];
  const runs = await runJobs(options(() => 400, peers, nothingTold()));
  assert.equal(runs.map(({ contestant }) => contestant).join(""), "abcbcacab");
  assert.deepEqual(runs.map(({ failure }) => failure), Array(9).fill(null));
});

Deno.test("runJobs() fails a run whose topic has a record too few or too many, despite the report of the contestant", async () => {
  for (const stored of [399, 401]) {
    const [run] = await runJobs(options(() => stored, [peer("a")], nothingTold()));
    assert.match(run?.failure ?? "", new RegExp(`400 of 400 rows are told, ${stored} records are stored`));
  }
});

Deno.test("runJobs() fails a run that reported fewer rows, or threw, and continues with the others", async () => {
  const short = peer("short", { run: () => Promise.resolve({ rows: 399, seconds: 1, cost }) });
  const broken = peer("broken", { run: () => Promise.reject(new Error("no broker")) });
  const runs = await runJobs({ ...options(() => 400, [short, broken, peer("good")], nothingTold()), rounds: 1 });
  assert.deepEqual(runs.map(({ failure }) => failure), [
    "399 of 400 rows are told, 400 records are stored",
    "no broker",
    null,
  ]);
});

Deno.test("runJobs() gives each job a topic of its own with the peer's partitions, the schema's id and the size of the values", async () => {
  const told = nothingTold();
  const asked = peer("a", {
    mostRows: 40,
    partitions: ({ input }: Workload) => input === "single" ? 1 : 30,
    run(job) {
      told.jobs.push(job);
      return Promise.resolve({ rows: job.rows, seconds: 1, cost });
    },
  });
  await runJobs({ ...options(() => 40, [asked], told), rounds: 1, workloads: ["trades", "one-file"] });
  assert.deepEqual(told.topics.map((topic) => topic.split(" ")[1]), ["30", "1"]);
  assert.equal(new Set(told.topics).size, 2);
  for (const { rows, schema, valueBytes } of told.jobs) assert.deepEqual([rows, schema.id, valueBytes], [40, 7, 178]);
});

Deno.test("runJobs() stops on request, and does not count that as a failure", async () => {
  const stopping = new AbortController();
  const stopped = new Error("stopped");
  const stops = peer("a", {
    run() {
      stopping.abort(stopped);
      return Promise.reject(stopped);
    },
  });
  const given = { ...options(() => 400, [stops], nothingTold()), measure: { python: null, signal: stopping.signal } };
  await assert.rejects(runJobs(given), stopped);
});
