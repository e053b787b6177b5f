/**
 * What an adapter brings to the log's contract suite.
 *
 * @module
 */
import type { Log, LogErrorCode } from "../../transport/log.ts";

/** A fault that goes on until it is ended. */
export interface OngoingFault {
  end(): Promise<void>;
}

/**
 * Faults that an environment can provoke; each is optional, and cases that need an absent one are skipped by name. All
 * `…NextSend` faults strike the next send to any partition, of any producer.
 */
export interface LogFaultHooks {
  /** The next send is refused with this code, nothing is written. */
  readonly refuseNextSend?: (code: LogErrorCode) => Promise<void>;
  /** The next send is written, but its outcome is not told. */
  readonly loseNextAnswer?: () => Promise<void>;
  /** The next send is lost on its way, and its outcome is not told. */
  readonly loseNextRequest?: () => Promise<void>;
  /** The next send is written only when the fault is ended, after its outcome was given. */
  readonly delayNextRequest?: () => Promise<OngoingFault>;
  /** The next send has no answer until the fault is ended; then it is written and answered. */
  readonly holdNextAnswer?: () => Promise<OngoingFault>;
  /** The partition's leader moves, now or at the next send. */
  readonly moveLeader?: (topic: string, partition: number) => Promise<void>;
  /** No broker can be reached until the fault is ended. */
  readonly cutOff?: () => Promise<OngoingFault>;
  /** Grows a topic to so many partitions. */
  readonly addPartitions?: (topic: string, total: number) => Promise<void>;
  /** Removes the records before an offset, as retention does. */
  readonly trim?: (topic: string, partition: number, before: bigint) => Promise<void>;
  /** Makes a partition end at an offset before its end, as an election of a follower without the latest does. */
  readonly loseEnd?: (topic: string, partition: number, end: bigint) => Promise<void>;
  /** The followers of a partition copy nothing until the fault is ended. */
  readonly freezeFollowers?: (topic: string, partition: number) => Promise<OngoingFault>;
  /** Compacts a topic: of each key only the latest record stays. */
  readonly compact?: (topic: string) => Promise<void>;
}

/** Name of a fault that a case needs. */
export type LogFaultName = keyof LogFaultHooks;

/** The log under test. One environment may serve many cases: each makes topics of its own. */
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
  /** Faults that the environment must be able to provoke. */
  readonly requires?: readonly LogFaultName[];
  run(env: LogContractEnv): Promise<void>;
}
