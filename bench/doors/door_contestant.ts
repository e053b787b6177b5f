/**
 * Who writes the trades of a door.
 *
 * @module
 */
import type { JobResult, ServerAddresses } from "../contestant.ts";
import type { MeasureOptions } from "../measured_process.ts";
import type { DoorInput } from "./door_files.ts";
import type { DoorName } from "./doors.ts";

/** All trades of a door into one new topic. */
export interface DoorJob {
  readonly door: DoorName;
  readonly input: DoorInput;
  readonly servers: ServerAddresses;
  /** The topic, which exists already. */
  readonly topic: string;
  /** File with the schema's text, and the id under which the registry knows it. */
  readonly schema: { readonly file: string; readonly id: number };
  /** The run's own folder, removed afterwards. */
  readonly dir: string;
  readonly measure: MeasureOptions;
}

/** A program that can write the trades of some doors. */
export interface DoorContestant {
  /** Its name in tables and files. */
  readonly name: string;
  /** Whether it is this product. */
  readonly own: boolean;
  /** Versions of its parts, for the record. */
  readonly version: string;
  /** The doors at which it runs. */
  readonly doors: readonly DoorName[];
  /** Maximum rows that it gets, because it is slow; `null` for all. */
  readonly mostRows: number | null;
  run(job: DoorJob): Promise<JobResult>;
}

/** Each run has a topic of its own. A pattern must have the data type. */
export function topicNames(topic: string): { readonly pattern: { readonly v2: string } } {
  return { pattern: { v2: topic.replace(/trades$/, "{data_type}") } };
}
