/**
 * The words about the end of a file that was held back.
 *
 * @module
 */
/** What a file ends with. */
export interface HeldBackEnd {
  readonly line: number;
  readonly bytes: number;
  readonly openQuote?: true | undefined;
}

/** Why it was held back, and what to do. */
export function heldBackText({ line, bytes, openQuote }: HeldBackEnd): string {
  const size = `${bytes} ${bytes === 1 ? "byte" : "bytes"}`;
  if (openQuote === true) {
    return `a quote is open at its end, in the row that begins in line ${line}: that row and what follows ` +
      `(${size}) was held back; load it again once the file has grown, or, if it is complete, once the ` +
      "quote is closed";
  }
  return `its last line (${line}, ${size}) has no line end and was held back; if the file is complete: ` +
    "--take-last-line";
}
