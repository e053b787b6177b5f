/**
 * What an adapter brings to the registry's contract suite.
 *
 * @module
 */
import type { CompatibilityLevel, RegistryErrorCode, SchemaRegistry } from "../../transport/registry.ts";
import type { OngoingFault } from "./log_env.ts";

/** What an environment can provoke or allows; each is optional, and cases that need an absent one are skipped by name. */
export interface RegistryFaultHooks {
  /** The registry is ours alone: its global level may be set, and is set back by the case. */
  readonly setGlobalLevel?: (level: CompatibilityLevel) => Promise<void>;
  /** The next call does nothing and its answer is one that the port calls so. */
  readonly answerNextWith?: (code: RegistryErrorCode) => Promise<void>;
  /** The next call does its work, and its answer is lost. */
  readonly loseNextAnswer?: () => Promise<void>;
  /** The next call has no answer until the fault is ended; then it goes on. */
  readonly holdNextAnswer?: () => Promise<OngoingFault>;
  /** The registry cannot be reached until the fault is ended. */
  readonly cutOff?: () => Promise<OngoingFault>;
}

/** Name of something that a case needs. */
export type RegistryFaultName = keyof RegistryFaultHooks;

/** The registry under test. One environment may serve many cases: each uses subjects and record names of its own. */
export interface RegistryContractEnv {
  /** The connection under test; no case closes it. */
  readonly registry: SchemaRegistry;
  /** Another, independent connection to the same registry; the case closes it. */
  connect(): Promise<SchemaRegistry>;
  /** A subject name that was never used before. */
  freshSubject(): string;
  readonly faults: RegistryFaultHooks;
  /** True for a registry that does not tell a subject's own level NONE from no level. @default false */
  readonly noneIsNoLevel?: boolean;
  /** Called after the last case. */
  dispose(): Promise<void>;
}

/** One promise of the port. */
export interface RegistryContractCase {
  readonly name: string;
  readonly requires?: readonly RegistryFaultName[];
  run(env: RegistryContractEnv): Promise<void>;
}
