/**
 * The contestants of a bench and their jobs.
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
  /** The run's own folder, removed afterwards. */
  readonly dir: string;
  readonly measure: MeasureOptions;
}

/** The servers, and what a peer needs to know of them and of the job. */
export interface PeerJob extends Job {
  readonly servers: ServerAddresses;
  /** The topic, which exists already. */
  readonly topic: string;
  /** File with the schema's text, and the id under which the registry knows it. */
  readonly schema: { readonly file: string; readonly id: number };
  /** Average size of the values that `load` writes in this workload. */
  readonly valueBytes: number;
}

/** The result of a job, by the contestant's own clock. */
export interface JobResult {
  readonly rows: number;
  /** From the first row read to the last acknowledgement. */
  readonly seconds: number;
  /** Of the whole process, measured from outside. */
  readonly cost: ProcessCost;
  /** Time before the first row was read, if the contestant reports it. */
  readonly startupSeconds?: number;
  /** From a row read to its acknowledgement, if the contestant reports it. */
  readonly latencyMs?: { readonly p50: number; readonly p99: number };
}

/** Another program that does the same job, or as much of it as it can. */
export interface Peer {
  /** Its name in tables and files. */
  readonly name: string;
  /** Versions of its parts, for the record. */
  readonly version: string;
  /** Maximum rows that it gets, because it is slow; `null` for all. */
  readonly mostRows: number | null;
  /** The number of partitions that its topic has in a workload. */
  partitions(workload: Workload): number;
  run(job: PeerJob): Promise<JobResult>;
}
