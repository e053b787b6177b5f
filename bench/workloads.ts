/**
 * The workloads: the whole job, from the rows of tick files to acknowledged records.
 *
 * @module
 */
import { DATA_TYPE_OF, type DataType, type SchemaVersion } from "../schemas/record_types.ts";

/** Names of the workloads, in the order in which they run. */
export const WORKLOAD_NAMES = ["trades", "quotes", "trades-v1", "one-file"] as const;

/** Name of a workload. */
export type WorkloadName = typeof WORKLOAD_NAMES[number];

/** One kind of job. */
export interface Workload {
  readonly name: WorkloadName;
  readonly title: string;
  readonly kind: "trade" | "quote";
  readonly version: SchemaVersion;
  /** The files of the input that it reads. */
  readonly input: "trades" | "quotes" | "single";
}

/** The number of files, companies and keys of the workloads with many files. */
export const FILES = 40;

/** The number of partitions that the catalogue gives to topics of the ASX. */
export const PARTITIONS = 30;

const WORKLOADS: Readonly<Record<WorkloadName, Omit<Workload, "name">>> = {
  "trades": { title: `trades v2, ${FILES} files`, kind: "trade", version: "v2", input: "trades" },
  "quotes": { title: `quotes v2, ${FILES} files`, kind: "quote", version: "v2", input: "quotes" },
  "trades-v1": { title: `trades v1, ${FILES} files`, kind: "trade", version: "v1", input: "trades" },
  "one-file": { title: "trades v2, one file, one key, one partition", kind: "trade", version: "v2", input: "single" },
};

/** Finds a workload by name. */
export function workloadOf(name: WorkloadName): Workload {
  return { name, ...WORKLOADS[name] };
}

/** The data type of a workload, as flags and topics have it. */
export function dataTypeOf({ kind }: Workload): DataType {
  return DATA_TYPE_OF[kind];
}
