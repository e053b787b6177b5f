/**
 * The environment that an adapter provides for the registry's contract suite.
 *
 * @module
 */
import type { CompatibilityLevel, RegistryErrorCode, SchemaRegistry } from "../../transport/registry.ts";
import type { OngoingFault } from "./log_env.ts";

/** What an environment can cause or allow. Each is optional, and a case that needs a missing one is skipped by name. */
export interface RegistryFaultHooks {
  /** No other program uses the registry: a case may set its global level, and restores it. */
  readonly setGlobalLevel?: (level: CompatibilityLevel) => Promise<void>;
  /** The next call does nothing and is answered with the error of this code. */
  readonly answerNextWith?: (code: RegistryErrorCode) => Promise<void>;
  /** The next call does its work, and its answer is lost. */
  readonly loseNextAnswer?: () => Promise<void>;
  /** The next call has no answer until the fault is ended; then it continues. */
  readonly holdNextAnswer?: () => Promise<OngoingFault>;
  /** The registry cannot be reached until the fault is ended. */
  readonly cutOff?: () => Promise<OngoingFault>;
}

/** Name of something that a case needs. */
export type RegistryFaultName = keyof RegistryFaultHooks;

/** The registry under test. One environment may serve many cases: each uses its own subjects and record names. */
export interface RegistryContractEnv {
  /** The connection under test; no case closes it. */
  readonly registry: SchemaRegistry;
  /** Another, independent connection to the same registry; the case closes it. */
  connect(): Promise<SchemaRegistry>;
  /** A subject name that was never used before. */
  freshSubject(): string;
  readonly faults: RegistryFaultHooks;
  /** True for a registry that cannot tell a subject's own level NONE from no level. @default false */
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
