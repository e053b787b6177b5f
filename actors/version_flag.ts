/**
 * The version flag: owned by the supervisor, changed while the runtime runs. Each change opens a new epoch. Batches carry
 * the version they were admitted under, so none mixes versions, and a partition's lane keeps their order.
 *
 * @module
 */
import type { Observer } from "../telemetry/events.ts";
import type { ActorSystem } from "./kernel/types.ts";
import type { Epoch, VersionChanged, VersionFlagValue } from "./messages.ts";

export class VersionFlag {
  readonly #observe: Observer;
  #epoch: Epoch;
  #system: Pick<ActorSystem, "notify"> | null = null;

  constructor(flag: VersionFlagValue, observe: Observer) {
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
  set(flag: VersionFlagValue): Epoch {
    if (flag === this.#epoch.flag) return this.#epoch;
    this.#epoch = { number: this.#epoch.number + 1, flag };
    const { number } = this.#epoch;
    this.#observe({ type: "version_changed", stage: "receiving", version: flag, epoch: number });
    const notice: VersionChanged = { type: "version_changed", number, flag };
    this.#system?.notify(notice);
    return this.#epoch;
  }
}
