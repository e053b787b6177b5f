/**
 * What is said of a file that cannot be followed any further.
 *
 * @module
 */

/** What a load is told to use when a person has to choose, and a follow refuses. */
const NOT_FOLLOWED = /--(?:only-missing|restart)\b/;

/**
 * The message of a failure, with its source, and with the way on where it names flags that a follow does not take.
 *
 * @example
 * ```ts
 * followFailure("/feed/a.csv", "It was cut. --restart writes all of it again.");
 * // "/feed/a.csv: It was cut. --restart writes all of it again. A follow takes neither … "
 * ```
 */
export function followFailure(source: string, message: string): string {
  const text = message.includes(source) ? message : `${source}: ${message}`;
  if (!NOT_FOLLOWED.test(message) || message.includes("--follow")) return text;
  return `${text} A follow takes no such flag: run the same command once without --follow and with that flag, for this file, ` +
    "and then follow it again.";
}
