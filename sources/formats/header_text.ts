/**
 * The text of a csv header without the spaces outside of its quotes. Rows keep such spaces, because there they may
 * belong to a value.
 *
 * @module
 */

/** The same header without spaces and tabs between a quote and a comma or the end. */
export function withoutOuterSpaces(text: string): string {
  let out = "", spaces = "";
  let isQuoted = false, isAtStart = true, isClosed = false;
  for (const character of text) {
    if (isQuoted) {
      out += character;
      isClosed = character === '"';
      isQuoted = !isClosed;
    } else if ((character === " " || character === "\t") && (isAtStart || isClosed)) {
      spaces += character;
    } else {
      const isOuter = character === '"' ? isAtStart : character === "," && isClosed;
      out += (isOuter ? "" : spaces) + character;
      spaces = "";
      isQuoted = character === '"';
      isAtStart = character === ",";
      isClosed = false;
    }
  }
  return isClosed ? out : out + spaces;
}
