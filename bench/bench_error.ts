/** A problem that stops the bench. The message says what to do. */
export class BenchError extends Error {
  override readonly name = "BenchError";
}
