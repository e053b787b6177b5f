/**
 * The version flag as one actor knows it, from the supervisor's notices. An incarnation gets the latest notice before its
 * first message, and a notice of an older epoch changes nothing: no restart can turn the order round.
 *
 * @module
 */
import type { SchemaVersion } from "../schemas/record_types.ts";
import type { Notice } from "../kernel/types.ts";
import type { Epoch, VersionChanged } from "./messages.ts";
import { versionsUnder } from "../config/version_flag.ts";

/** True for the notice of a new epoch. */
export function isVersionChange(notice: Notice): notice is VersionChanged {
  return notice.type === "version_changed";
}

export class KnownEpoch {
  #epoch: Epoch | null = null;

  /** False if the notice tells nothing new. */
  hears(notice: Notice): boolean {
    if (!isVersionChange(notice) || notice.number <= (this.#epoch?.number ?? 0)) return false;
    this.#epoch = notice;
    return true;
  }

  /** True if the version was wanted under an earlier epoch and is not wanted now. */
  isOver({ epoch, version }: { readonly epoch: number; readonly version: SchemaVersion }): boolean {
    const known = this.#epoch;
    return known !== null && epoch < known.number && !versionsUnder(known.flag).includes(version);
  }
}
