/**
 * The error of a file that follows a failed file, if the order of files matters.
 *
 * @module
 */

/** Its exit code is that of its cause. */
export class NotBegunError extends Error {
  override readonly name = "NotBegunError";

  /** @param cause why the file before it has failed */
  constructor(before: string, cause: unknown) {
    super(
      `Its load was not begun: only the latest record of each key stays in its topic, so files are loaded in their order, and ${before} was not loaded to its end.`,
      { cause },
    );
  }
}
