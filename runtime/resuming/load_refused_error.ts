/**
 * The error of a load that would have to guess whether rows are to be written again.
 *
 * @module
 */
import type { CheckpointReason } from "./verify_checkpoint.ts";

/** The file was loaded before, and not as it is now to be loaded: a person has to choose. Trying again does not help. */
export class LoadRefusedError extends Error {
  /** Name of the class, for code that has the error without its class. */
  override readonly name = "LoadRefusedError";

  /**
   * Made before anything of the source is written.
   *
   * @param source id of the source
   * @param reasons what differs from the load before
   */
  constructor(readonly source: string, readonly reasons: readonly CheckpointReason[]) {
    const what = reasons.map(({ text }) => text).join(" ");
    super(`It was loaded before, and not as it is now. ${what} Nothing was written. ${choicesFor(reasons)}`);
  }
}

/** The commands to choose from. */
function choicesFor(reasons: readonly CheckpointReason[]): string {
  const restart = "--restart writes all of it again, also the rows that the topics have";
  if (reasons.some(({ code }) => code === "flags_differ")) {
    const letters = reasons.some(({ text }) => text.includes("ambiguousTime"))
      ? "`dlq replay --reason ambiguous_local_time --ambiguous-time earlier` (or `later`) writes the refused rows alone; "
      : "";
    const mended = reasons.some(({ text }) => /\bmapping was "/.test(text))
      ? "`dlq replay --format mine.json`, with your mapping as it is now, writes the refused rows alone; "
      : "";
    return `Run with the settings that it was loaded with; ${letters}${mended}${restart}.`;
  }
  return `--only-missing writes the rows that the topics do not have; ${restart}.`;
}
