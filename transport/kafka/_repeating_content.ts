/**
 * Content for tests of compressions.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import fc from "fast-check";

/** Content that repeats itself at distances short and long, often in runs longer than one block of 64 KiB; maybe empty. */
export const repeatingContent: fc.Arbitrary<Buffer> = fc.array(
  fc.tuple(fc.uint8Array({ maxLength: 300 }), fc.integer({ min: 1, max: 500 })),
  { maxLength: 6 },
).map((parts) => Buffer.concat(parts.flatMap(([bytes, times]) => Array<Uint8Array>(times).fill(bytes))));
