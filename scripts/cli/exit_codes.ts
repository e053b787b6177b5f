/**
 * What the program's exit code says.
 *
 * @module
 */

/** The exit codes of every command. */
export const EXIT = {
  /** Done. */
  ok: 0,
  /** Not done, or done and found wrong. */
  failed: 1,
  /** The command line cannot be understood. */
  usage: 2,
  /** The configuration cannot be used. */
  configuration: 3,
  /** Done, but some records were dead-lettered. */
  deadLettered: 4,
} as const;

/** One of {@link EXIT}. */
export type ExitCode = typeof EXIT[keyof typeof EXIT];
