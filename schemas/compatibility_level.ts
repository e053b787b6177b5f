/**
 * The compatibility levels, by which a registry accepts the next version of a schema.
 *
 * @module
 */

/** Which earlier versions of a schema its next version must be able to read, or be readable by. */
export type CompatibilityLevel =
  | "NONE"
  | "BACKWARD"
  | "BACKWARD_TRANSITIVE"
  | "FORWARD"
  | "FORWARD_TRANSITIVE"
  | "FULL"
  | "FULL_TRANSITIVE";

/** The levels of Confluent's registry. */
export const COMPATIBILITY_LEVELS = [
  "NONE",
  "BACKWARD",
  "BACKWARD_TRANSITIVE",
  "FORWARD",
  "FORWARD_TRANSITIVE",
  "FULL",
  "FULL_TRANSITIVE",
] as const satisfies readonly CompatibilityLevel[];
