/**
 * The environment that an adapter provides for the log's contract suite.
 *
 * @module
 */
import type { Log, LogErrorCode } from "../../transport/log.ts";

/** A fault that lasts until it is ended. */
export interface OngoingFault {
  end(): Promise<void>;
}

/**
 * Faults that an environment can cause. Each is optional, and a case that needs a missing one is skipped by name. All
 * `…NextSend` faults affect the next send of any producer to any partition.
 */
export interface LogFaultHooks {
  /** The log refuses the next send with this code, and writes nothing. */
  readonly refuseNextSend?: (code: LogErrorCode) => Promise<void>;
  /** The log writes the next send, but its outcome is unknown. */
  readonly loseNextAnswer?: () => Promise<void>;
  /** The next send is lost before it arrives, and its outcome is unknown. */
  readonly loseNextRequest?: () => Promise<void>;
  /** The log writes the next send only when the fault is ended, after its outcome was given. */
  readonly delayNextRequest?: () => Promise<OngoingFault>;
  /** The next send has no answer until the fault is ended; then the log writes it and answers. */
  readonly holdNextAnswer?: () => Promise<OngoingFault>;
  /** The partition's leader moves, now or at the next send. */
  readonly moveLeader?: (topic: string, partition: number) => Promise<void>;
  /** No broker can be reached until the fault is ended. */
  readonly cutOff?: () => Promise<OngoingFault>;
  /** Grows a topic to this many partitions. */
  readonly addPartitions?: (topic: string, total: number) => Promise<void>;
  /** Removes the records before an offset, as retention does. */
  readonly trim?: (topic: string, partition: number, before: bigint) => Promise<void>;
  /** Makes a partition end at an earlier offset, as when a follower without the latest records is elected. */
  readonly loseEnd?: (topic: string, partition: number, end: bigint) => Promise<void>;
  /** The followers of a partition copy nothing until the fault is ended. */
  readonly freezeFollowers?: (topic: string, partition: number) => Promise<OngoingFault>;
  /** Compacts a topic: only the latest record of each key stays. */
  readonly compact?: (topic: string) => Promise<void>;
}

/** Name of a fault that a case needs. */
export type LogFaultName = keyof LogFaultHooks;

/** The log under test. One environment may serve many cases: each makes its own topics. */
export interface LogContractEnv {
  /** The connection under test; no case closes it. */
  readonly log: Log;
  /** Another, independent connection to the same log, able to write; the case closes it. */
  connect(): Promise<Log>;
  /** A topic name that was never used before. */
  freshTopic(): string;
  readonly faults: LogFaultHooks;
  /** Called after the last case. */
  dispose(): Promise<void>;
}

/** One promise of the port. */
export interface LogContractCase {
  readonly name: string;
  /** Faults that the environment must be able to cause. */
  readonly requires?: readonly LogFaultName[];
  run(env: LogContractEnv): Promise<void>;
}
