/**
 * The faults that a test can cause in the in-memory log.
 *
 * @module
 */
import type { LogErrorCode } from "../log.ts";
import { type ArmedFault, type FaultOptions, FaultScript, type FaultTarget } from "./fault_script.ts";

/** Operations other than `send`, one for each call of the port; `read` is one for each chunk. */
export type LogCall =
  | "cluster_id"
  | "brokers"
  | "list_topics"
  | "describe_topic"
  | "rights"
  | "create_topic"
  | "delete_topic"
  | "offsets"
  | "leader_offsets"
  | "create_producer"
  | "read"
  | "offset_for_time";

/**
 * What becomes of a send.
 * - `refuse`: refused with this code; nothing is written.
 * - `unknown`: the outcome is unknown. `stored` says what the log knows: `yes` written before the outcome was given; `no`
 *   never; `late` written after it, `afterMs` later on the clock, or on `release` if absent.
 * - `hang`: no answer and nothing written until `release`; after the delivery time-out the outcome is unknown, and
 *   `release` then writes late, unless `lost`.
 */
export type SendFault =
  | { readonly type: "refuse"; readonly code: LogErrorCode }
  | { readonly type: "unknown"; readonly stored: "yes" | "no"; readonly code?: LogErrorCode }
  | { readonly type: "unknown"; readonly stored: "late"; readonly afterMs?: number; readonly code?: LogErrorCode }
  | { readonly type: "hang"; readonly lost?: boolean };

/** What becomes of another call: it fails with a code, or hangs until the fault is released and then resumes. */
export type CallFault = { readonly type: "fail"; readonly code: LogErrorCode } | { readonly type: "hang" };

/** Delays of the slow mode, in milliseconds on the clock. */
export interface SlowMode {
  /** Before each send is written. @default 0 */
  readonly sendMs?: number;
  /** Before each other call. @default 0 */
  readonly callMs?: number;
}

/** The script of faults of an in-memory log. Faults strike in the order of arming. */
export class LogFaults {
  readonly #sends = new FaultScript<SendFault>();
  readonly #calls = new FaultScript<CallFault>();
  #slow: Required<SlowMode> = { sendMs: 0, callMs: 0 };

  /** Arms a fault for the next matching send, or for the next matching call of another operation. */
  next(operation: "send", fault: SendFault, options?: FaultOptions): ArmedFault<SendFault>;
  /** Arms a fault for the next matching call of an operation other than `send`. */
  next(operation: LogCall, fault: CallFault, options?: FaultOptions): ArmedFault<CallFault>;
  next(
    operation: "send" | LogCall,
    fault: SendFault | CallFault,
    options?: FaultOptions,
  ): ArmedFault<SendFault> | ArmedFault<CallFault> {
    if (operation === "send") {
      if (fault.type === "fail") throw new TypeError('A send takes the faults "refuse", "unknown" and "hang"');
      return this.#sends.arm(fault, operation, options);
    }
    if (fault.type !== "fail" && fault.type !== "hang") {
      throw new TypeError(`"${operation}" takes the faults "fail" and "hang"`);
    }
    return this.#calls.arm(fault, operation, options);
  }

  /**
   * No broker answers: calls fail with `unreachable`, sends are unknown and not written. Lasts for `calls` calls and as
   * many sends, or until `release`.
   */
  unreachable(options: { readonly calls?: number } = {}): { release(): void } {
    const times = options.calls ?? Infinity;
    const sends = this.#sends.arm({ type: "unknown", stored: "no", code: "unreachable" }, null, { times });
    const calls = this.#calls.arm({ type: "fail", code: "unreachable" }, null, { times });
    return {
      release() {
        sends.release();
        calls.release();
      },
    };
  }

  /** The leader moves: refuses `times` sends (default 1), or all until `release`, with `leader_changed`. */
  leaderChange(options: FaultOptions = {}): ArmedFault<SendFault> {
    return this.#sends.arm({ type: "refuse", code: "leader_changed" }, "send", options);
  }

  /** Makes everything take time; `{}` ends it. */
  slow(mode: SlowMode): void {
    this.#slow = { sendMs: mode.sendMs ?? 0, callMs: mode.callMs ?? 0 };
  }

  /** Releases every armed fault and ends the slow mode. */
  clear(): void {
    this.#sends.clear();
    this.#calls.clear();
    this.#slow = { sendMs: 0, callMs: 0 };
  }

  /**
   * For the log: the fault that strikes this send.
   * @internal
   */
  takeSend(target: FaultTarget): ArmedFault<SendFault> | null {
    return this.#sends.take(target);
  }

  /**
   * For the log: the fault that strikes this call.
   * @internal
   */
  takeCall(target: FaultTarget): ArmedFault<CallFault> | null {
    return this.#calls.take(target);
  }

  /**
   * For the log: the delays in force.
   * @internal
   */
  get delays(): Required<SlowMode> {
    return this.#slow;
  }
}
