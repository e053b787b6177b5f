/**
 * What a registry takes as the next version of a schema.
 *
 * @module
 */

/** The levels of Confluent's registry. */
export const COMPATIBILITY_LEVELS = [
  "NONE",
  "BACKWARD",
  "BACKWARD_TRANSITIVE",
  "FORWARD",
  "FORWARD_TRANSITIVE",
  "FULL",
  "FULL_TRANSITIVE",
] as const;

/** One of {@link COMPATIBILITY_LEVELS}. */
export type CompatibilityLevel = typeof COMPATIBILITY_LEVELS[number];
