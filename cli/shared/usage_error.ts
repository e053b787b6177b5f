/**
 * A command line that cannot be understood.
 *
 * @module
 */

/** A command line that cannot be understood; exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
  constructor(message: string, readonly nextStep: string | null = null) {
    super(message);
  }
}

/** The command has done its work and found something wrong, which the message tells; exit code 1. */
export class CommandFailure extends Error {
  override readonly name = "CommandFailure";
  constructor(message: string, readonly nextStep: string | null = null) {
    super(message);
  }
}
