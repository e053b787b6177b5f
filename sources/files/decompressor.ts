/**
 * One run of node:zlib over one gzip member or zstd frame, piece by piece. Everything that a piece expands to is taken out
 * before the next one goes in, so that what is held is bounded by the size of a piece, and the same pieces always give the
 * same bytes before an error.
 *
 * @module
 */
import type { InflateRaw, ZstdDecompress } from "node:zlib";

/** What a piece became. */
export interface Decompressed {
  readonly output: readonly Uint8Array[];
  /** Bytes of the piece that were used; fewer than all if the compressed data ended within it. */
  readonly used: number;
  /** The piece is damaged; the output is what came before. */
  readonly failure: Error | null;
}

export class Decompressor implements Disposable {
  readonly #stream: InflateRaw | ZstdDecompress;
  #output: Uint8Array[] = [];
  #failure: Error | null = null;
  #settled = () => {};

  constructor(stream: InflateRaw | ZstdDecompress) {
    this.#stream = stream;
    // Taken at once: what waits in the stream when an error comes is dropped by it.
    stream.on("readable", () => this.#drain());
    stream.on("error", (error) => {
      this.#failure = error;
      this.#settled();
    });
  }

  /** Puts a piece in. It must not change until this resolves, and nothing goes in after a failure. */
  async decompress(piece: Uint8Array): Promise<Decompressed> {
    const before = this.#stream.bytesWritten;
    await new Promise<void>((resolve) => {
      this.#settled = resolve;
      this.#stream.write(piece, () => resolve());
    });
    // "readable" may come after the write is done.
    if (this.#failure === null) this.#drain();
    const output = this.#output;
    this.#output = [];
    return { output, used: this.#stream.bytesWritten - before, failure: this.#failure };
  }

  [Symbol.dispose](): void {
    this.#stream.destroy();
  }

  #drain(): void {
    for (let chunk = this.#stream.read(); chunk !== null; chunk = this.#stream.read()) this.#output.push(chunk);
  }
}
