/**
 * Who does the job, and what is asked of them.
 *
 * @module
 */
import type { BenchInput } from "./input.ts";
import type { MeasureOptions, ProcessCost } from "./measured_process.ts";
import type { Workload } from "./workloads.ts";

/** Addresses of Kafka and registry. */
export interface ServerAddresses {
  /** `host:port` of each broker. */
  readonly brokers: readonly string[];
  /** Base URL of the registry. */
  readonly registry: string;
}

/** One job: all rows of a workload into one new topic. */
export interface Job {
  readonly workload: Workload;
  readonly input: BenchInput;
  readonly rows: number;
  /** First part of the topic's name, different for each job. */
  readonly prefix: string;
  /** A folder of its own, which is removed afterwards. */
  readonly dir: string;
  readonly measure: MeasureOptions;
}

/** Servers and what a peer needs to know of them and of the job. */
export interface PeerJob extends Job {
  readonly servers: ServerAddresses;
  /** The topic is there already. */
  readonly topic: string;
  /** File with the schema's text, and the id under which the registry knows it. */
  readonly schema: { readonly file: string; readonly id: number };
  /** Average size of the values that `load` writes in this workload. */
  readonly valueBytes: number;
}

/** What somebody made of a job, by their own clock. */
export interface JobResult {
  readonly rows: number;
  /** From the first row read to the last acknowledgement. */
  readonly seconds: number;
  /** Of the whole process, measured from outside. */
  readonly cost: ProcessCost;
  /** Before the first row was read, where it is told. */
  readonly startupSeconds?: number;
  /** From a row read to its acknowledgement, where it is told. */
  readonly latencyMs?: { readonly p50: number; readonly p99: number };
}

/** Another program that does the same, or as much of it as it can. */
export interface Peer {
  /** As tables and files name it. */
  readonly name: string;
  /** Versions of what it is made of, for the record. */
  readonly version: string;
  /** Most rows that it is given, because it is slow; `null` for all. */
  readonly mostRows: number | null;
  /** Partitions of its topic for a workload. */
  partitions(workload: Workload): number;
  run(job: PeerJob): Promise<JobResult>;
}
