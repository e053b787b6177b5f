/**
 * The error of options that make no reader.
 *
 * @module
 */

/** Options that exclude one another, lack something, or have no meaning. The message is a sentence about them alone. */
export class ReaderOptionsError extends Error {
  override readonly name = "ReaderOptionsError";
}
