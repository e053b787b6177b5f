/**
 * Log-ins inside addresses, made unreadable.
 *
 * @module
 */

/** What is shown instead of a secret. */
export const MASK = "***";

/** A text in which `user:password@` of every address reads `***@`. */
export function maskCredentials(text: string): string {
  return text.replaceAll(/[^\s/@"'<>]+:[^\s/@"'<>]*@(?=[^\s@])/g, `${MASK}@`);
}
