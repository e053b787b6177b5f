/**
 * What is wrong with the configuration, so that a person can put it right.
 *
 * @module
 */

/** One wrong setting. */
export interface ConfigProblem {
  /** Path of the setting, e.g. `kafka.sasl.mechanism`; empty for the file as a whole. */
  readonly key: string;
  /** The value as given; `"***"` for secrets; absent where there is none. */
  readonly value?: unknown;
  /** Where the value came from, e.g. `flag --brokers`, `environment variable TICKFLUME_BROKERS`, `file tickflume.json`. */
  readonly origin: string;
  /** Which rule it breaks. */
  readonly reason: string;
  /** What to do about it. */
  readonly nextStep: string;
}

/** The configuration cannot be used; exit code 3. It names all problems at once, and never a secret. */
export class ConfigError extends Error {
  /** Name of the class, for code that has the error without its class. */
  override readonly name = "ConfigError";
  /**
   * The loader makes one after it has checked all settings.
   *
   * @param problems every wrong setting, at least one
   */
  constructor(readonly problems: readonly ConfigProblem[], options?: ErrorOptions) {
    super(problems.map(problemText).join("\n"), options);
  }
}

function problemText({ key, value, origin, reason, nextStep }: ConfigProblem): string {
  const subject = key === "" ? origin : `${key}${value === undefined ? "" : ` = ${JSON.stringify(value)}`} (${origin})`;
  return `${subject}: ${reason} ${nextStep}`;
}
