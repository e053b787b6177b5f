/**
 * The faults that a test can cause in the in-memory registry.
 *
 * @module
 */
import type { RegistryCall } from "../local_registry.ts";
import type { RegistryErrorCode } from "../registry.ts";
import { type ArmedFault, type FaultOptions, FaultScript, type FaultTarget } from "./fault_script.ts";

/**
 * What becomes of a call.
 * - `fail`: it fails with this code and does nothing; with `done` it does its work first, as when an answer is lost.
 * - `hang`: no answer until the fault is released, when the call resumes; `timed_out` after the request time-out.
 */
export type RegistryFault =
  | {
    readonly type: "fail";
    readonly code: RegistryErrorCode;
    readonly done?: boolean;
    /** HTTP status and path for the error's details. */
    readonly status?: number;
    readonly path?: string;
  }
  | { readonly type: "hang" };

/** The script of faults of an in-memory registry. */
export class RegistryFaults {
  readonly #script = new FaultScript<RegistryFault>();

  /** Arms a fault for the next matching call; `any` matches every call. */
  next(call: RegistryCall | "any", fault: RegistryFault, options?: FaultOptions): ArmedFault<RegistryFault> {
    return this.#script.arm(fault, call === "any" ? null : call, options);
  }

  /** Lets `calls` calls, or all until `release`, fail with `unreachable`. */
  unreachable(options: { readonly calls?: number } = {}): ArmedFault<RegistryFault> {
    return this.next("any", { type: "fail", code: "unreachable" }, { times: options.calls ?? Infinity });
  }

  /** Releases every armed fault. */
  clear(): void {
    this.#script.clear();
  }

  /**
   * For the registry: the fault that strikes this call.
   * @internal
   */
  take(target: FaultTarget): ArmedFault<RegistryFault> | null {
    return this.#script.take(target);
  }
}
