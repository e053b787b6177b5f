/**
 * The meanings of the program's exit codes.
 *
 * @module
 */

/** The exit codes of every command. */
export const EXIT = {
  /** Done. */
  ok: 0,
  /** Not done, and a retry may help; or done, and found something wrong. */
  failed: 1,
  /** The command line cannot be understood. */
  usage: 2,
  /** The configuration cannot be used. */
  configuration: 3,
  /** Done, and dead letters of these sources are open. */
  deadLettered: 4,
  /** Not done, and a retry cannot help: a person has to change something first. */
  final: 5,
  /** Stopped by SIGINT before the end. */
  interrupted: 130,
  /** Stopped by SIGTERM before the end. */
  terminated: 143,
} as const;

/** One of {@link EXIT}. */
export type ExitCode = typeof EXIT[keyof typeof EXIT];

/** What each code means, for the documentation and the help. */
export const EXIT_MEANINGS: Readonly<Record<ExitCode, string>> = {
  [EXIT.ok]: "done",
  [EXIT.failed]:
    "failed, and trying again may help (brokers or registry that cannot be reached, a full disk); or what was " +
    "looked for is wrong: a refused schema, a missing record, a part that check marks ✘",
  [EXIT.usage]: "the command line cannot be understood",
  [EXIT.configuration]: "the configuration cannot be used, or brokers or registry refuse the log-in that it names",
  [EXIT.deadLettered]: "done, and dead letters of these sources are open, of this run or an earlier one",
  [EXIT.final]:
    "failed, and trying again cannot help (a damaged file, a wrong header, too many dead letters, a missing right); with several " +
    "files only if that is true of each that failed",
  [EXIT.interrupted]: "stopped by SIGINT (Ctrl-C) before its end; the same command resumes it",
  [EXIT.terminated]: "stopped by SIGTERM before its end; the same command resumes it",
};

/** The program ended early because of a signal. */
export function exitCodeOfSignal(name: "SIGINT" | "SIGTERM"): ExitCode {
  return name === "SIGINT" ? EXIT.interrupted : EXIT.terminated;
}
