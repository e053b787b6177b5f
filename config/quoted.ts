/**
 * Quotes words of command lines for messages.
 *
 * @module
 */

/** A word as a shell reads it. */
export function quoted(text: string): string {
  return /^[\w./:@%+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
