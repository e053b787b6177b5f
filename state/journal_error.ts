/**
 * Why the journal takes nothing.
 *
 * @module
 */

/** Why there is no room. */
export type JournalFullCode =
  | "bound" // as many bytes as are allowed wait to be forwarded
  | "too_large" // more than is allowed, even for an empty journal
  | "too_many_waiting" // too many callers wait for room
  | "disk"; // the disk is full, or the file may not grow

const NEXT_STEPS: Readonly<Record<JournalFullCode, string>> = {
  bound: "Wait until the topics take records again, or raise the journal's bound.",
  too_large: "Send less at once, or raise the journal's bound.",
  too_many_waiting: "Wait until the topics take records again.",
  disk: "Make room on the disk. What was accepted before is safe.",
};

/** The journal did not accept a batch: nothing of it. The caller keeps it, and may try again. */
export class JournalFullError extends Error {
  override readonly name = "JournalFullError";
  constructor(readonly code: JournalFullCode, what: string, options?: ErrorOptions) {
    super(`The journal is full: ${what}. ${NEXT_STEPS[code]}`, options);
  }
}

/** The journal was closed before it accepted a batch, or before it forgot. */
export class JournalClosedError extends Error {
  override readonly name = "JournalClosedError";
  constructor() {
    super("The journal is closed. What was not accepted before is not in it.");
  }
}
