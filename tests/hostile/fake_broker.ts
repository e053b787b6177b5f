/**
 * A broker for tests of connections: it gives the test's answers, or none.
 *
 * @module
 */
import { Buffer } from "node:buffer";

/** A request that arrived. */
export interface FakeRequest {
  readonly apiKey: number;
  readonly apiVersion: number;
  readonly correlation: number;
  /** What follows the number of the request. */
  readonly rest: Buffer;
  /** Where the broker listens. */
  readonly port: number;
}

/**
 * The reaction: bytes after the correlation id, the same for another request, raw bytes, no answer, or the end of the
 * connection.
 */
export type FakeAnswer = Buffer | { readonly correlation: number } | { readonly raw: Uint8Array } | "silence" | "end";

/** The broker of this module. Disposing of it ends its connections. */
export class FakeBroker implements AsyncDisposable {
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #connections = new Set<Deno.Conn>();
  readonly #answer: (request: FakeRequest) => FakeAnswer;
  readonly #pieces: number;
  readonly #serving: Promise<void>[] = [];
  readonly #released = Promise.withResolvers<void>();
  readonly requests: FakeRequest[] = [];
  /** Bytes that arrived after {@link release}, on connections that were not read before. */
  bytesAfterRelease = 0;

  /**
   * @param answer `null`: nothing is read before {@link release}
   * @param pieces number of bytes in one write
   */
  constructor(
    answer: ((request: FakeRequest) => FakeAnswer) | null,
    { pieces = Infinity }: { readonly pieces?: number } = {},
  ) {
    this.#pieces = pieces;
    this.#answer = answer ?? (() => "silence");
    this.#serving.push(this.#accept(answer === null));
  }

  get address(): { readonly host: string; readonly port: number } {
    return { host: "127.0.0.1", port: this.#listener.addr.port };
  }

  /** Reads all unread connections to their end. */
  async release(): Promise<void> {
    this.#released.resolve();
    await Promise.all(this.#serving.slice(1));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    this.#released.resolve();
    for (const connection of this.#connections) end(connection);
    await Promise.all(this.#serving);
  }

  async #accept(unread: boolean): Promise<void> {
    for await (const connection of this.#listener) {
      this.#connections.add(connection);
      const serving = unread ? this.#drain(connection) : this.#serve(connection);
      this.#serving.push(serving.catch(() => undefined).finally(() => end(connection)));
    }
  }

  async #drain(connection: Deno.Conn): Promise<void> {
    await this.#released.promise;
    for await (const bytes of connection.readable) this.bytesAfterRelease += bytes.length;
  }

  async #serve(connection: Deno.Conn): Promise<void> {
    let buffered = Buffer.alloc(0);
    const chunk = new Uint8Array(65_536);
    for (let read = await connection.read(chunk); read !== null; read = await connection.read(chunk)) {
      buffered = Buffer.concat([buffered, chunk.subarray(0, read)]);
      while (buffered.length >= 4 && buffered.length >= 4 + buffered.readInt32BE(0)) {
        const end = 4 + buffered.readInt32BE(0);
        const request = {
          apiKey: buffered.readInt16BE(4),
          apiVersion: buffered.readInt16BE(6),
          correlation: buffered.readInt32BE(8),
          rest: buffered.subarray(12, end),
          port: this.#listener.addr.port,
        };
        buffered = buffered.subarray(end);
        this.requests.push(request);
        const answer = this.#answer(request);
        if (answer === "end") return;
        if (answer === "silence") continue;
        const raw = !Buffer.isBuffer(answer) && "raw" in answer;
        await writeAll(connection, raw ? answer.raw : frame(request, answer), this.#pieces);
      }
    }
  }
}

function frame({ correlation }: FakeRequest, answer: Buffer | { readonly correlation: number }): Buffer {
  const body = Buffer.isBuffer(answer) ? answer : Buffer.alloc(4);
  const bytes = Buffer.alloc(8 + body.length);
  bytes.writeInt32BE(4 + body.length, 0);
  bytes.writeInt32BE(Buffer.isBuffer(answer) ? correlation : answer.correlation, 4);
  body.copy(bytes, 8);
  return bytes;
}

async function writeAll(connection: Deno.Conn, bytes: Uint8Array, pieces: number): Promise<void> {
  for (let written = 0; written < bytes.length;) {
    written += await connection.write(bytes.subarray(written, written + pieces));
  }
}

function end(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch {
    // It has ended already.
  }
}
