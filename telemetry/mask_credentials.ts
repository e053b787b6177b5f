/**
 * Masks log-ins inside addresses.
 *
 * @module
 */

/** What is shown instead of a secret. */
export const MASK = "***";

/** A character that no log-in contains. */
const BOUNDARY = /[\s/"'<>]/;

/** A text in which `user:password@` of every address reads `***@`. In linear time: the text may come from outside. */
export function maskCredentials(text: string): string {
  if (!text.includes("@")) return text;
  const parts = text.split("@");
  return parts.map((part, at) => {
    const after = parts[at + 1];
    if (after === undefined || after === "" || /^\s/.test(after)) return part;
    let start = part.length;
    while (start > 0 && !BOUNDARY.test(part[start - 1] ?? "")) start -= 1;
    return part.lastIndexOf(":") > start ? part.slice(0, start) + MASK : part;
  }).join("@");
}
