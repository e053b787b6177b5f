/** Something that keeps the bench from measuring. The message says what to do. */
export class BenchError extends Error {
  override readonly name = "BenchError";
}
