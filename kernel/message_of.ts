/**
 * The text of a caught value.
 *
 * @module
 */

/** What a caught value says, for a message of our own: an error's message, or the value as text. */
export function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
