/**
 * The version flag: the runtime keeps it, and the system tells every actor of a change. Each change opens a new epoch.
 * Batches carry the version they were admitted under, so none mixes versions, and a partition's lane keeps their order.
 *
 * @module
 */
import type { Observer } from "../telemetry/events.ts";
import type { ActorSystem } from "../kernel/types.ts";
import type { VersionFlag } from "../config/version_flag.ts";
import type { Epoch, VersionChanged } from "./messages.ts";

/** The flag as the runtime has it. */
export class VersionSwitch {
  readonly #observe: Observer;
  #epoch: Epoch;
  #system: Pick<ActorSystem, "notify"> | null = null;

  constructor(flag: VersionFlag, observe: Observer) {
    this.#epoch = { number: 1, flag };
    this.#observe = observe;
  }

  get epoch(): Epoch {
    return this.#epoch;
  }

  /** From now on, changes reach the actors of this tree. */
  attach(system: Pick<ActorSystem, "notify">): void {
    this.#system = system;
  }

  /** Opens a new epoch; the epoch that is current stays if the flag says the same. */
  set(flag: VersionFlag): Epoch {
    if (flag === this.#epoch.flag) return this.#epoch;
    this.#epoch = { number: this.#epoch.number + 1, flag };
    const { number } = this.#epoch;
    this.#observe({ type: "version_changed", stage: "receiving", version: flag, epoch: number });
    const notice: VersionChanged = { type: "version_changed", number, flag };
    this.#system?.notify(notice);
    return this.#epoch;
  }
}
