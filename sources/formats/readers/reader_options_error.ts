/**
 * The error of options that make no reader.
 *
 * @module
 */

/** Options that exclude one another, lack something, or have no meaning. The message is a sentence about them alone. */
export class ReaderOptionsError extends Error {
  override readonly name = "ReaderOptionsError";
  /** The field of the mapping that has them, where that is known. */
  readonly field: string | null;

  constructor(message: string, { field, cause }: { readonly field?: string; readonly cause?: unknown } = {}) {
    super(message, { cause });
    this.field = field ?? null;
  }
}

/** Makes the reader of a field. @throws {ReaderOptionsError} Which names the field. */
export function readerOf<Reader>(field: string, make: () => Reader): Reader {
  try {
    return make();
  } catch (cause) {
    throw cause instanceof ReaderOptionsError ? new ReaderOptionsError(cause.message, { field, cause }) : cause;
  }
}
