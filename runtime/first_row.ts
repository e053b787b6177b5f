/**
 * A look at the first row of a file before anything is made for it: a file that is wrong from its first row on must leave
 * no topic and no schema behind.
 *
 * @module
 */
import { type RowSource, SourceError, type SourceErrorCode } from "../sources/source.ts";

/** Errors that no waiting mends. */
const WRONG_FROM_THE_START: ReadonlySet<SourceErrorCode> = new Set<SourceErrorCode>([
  "bad_header",
  "bad_option",
  "undeclared",
  "unlikely_instant",
  "other_keys",
  "wrong_compression",
]);

/** @throws {SourceError} If the first row says that the file cannot be loaded so. */
export async function examineFirstRow(file: NonNullable<RowSource["file"]>): Promise<void> {
  try {
    const examined = await file.examine();
    await examined.start().finally(() => examined.close());
  } catch (cause) {
    // Other errors are met again, and handled, when the source is opened.
    if (cause instanceof SourceError && WRONG_FROM_THE_START.has(cause.code)) throw cause;
  }
}
