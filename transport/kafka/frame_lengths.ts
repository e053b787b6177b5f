/**
 * Checks the lengths before the frames of a connection, before the client library gathers the bytes that they announce.
 *
 * @module
 */

/** Every answer begins with the number of its request. */
const MIN_FRAME_BYTES = 4;
/**
 * Maximum length that a peer may announce before it has proved to be a broker that takes our log-in. The versions of
 * its requests take a thousand bytes, a log-in fewer.
 */
export const MAX_UNTRUSTED_FRAME_BYTES = 1024 * 1024;
/**
 * Maximum length that a broker may announce. A fetch brings 1 MiB, or one larger batch, and no batch is larger than a
 * request may be: `socket.request.max.bytes`, 100 MiB by default. A million partitions take 80 MB to describe.
 */
export const MAX_FRAME_BYTES = 101 * 1024 * 1024;

const LENGTH_BYTES = 4;
/** Maximum of characters of a text in an error. */
const SHOWN = 40;
/** First byte of a TLS record (an alert, a part of the log-in), and the one that follows. */
const [TLS_ALERT, TLS_HANDSHAKE, TLS_MAJOR] = [0x15, 0x16, 0x03];

/** Follows the frames of one connection. */
export class FrameLengths {
  readonly #length = new Uint8Array(LENGTH_BYTES);
  #known = 0;
  #left = 0;
  limit = MAX_UNTRUSTED_FRAME_BYTES;

  /** What is wrong with the next bytes of the connection; null if they can be frames of answers. */
  problemOf(chunk: Uint8Array): string | null {
    for (let at = 0; at < chunk.length;) {
      if (this.#left > 0) {
        const taken = Math.min(this.#left, chunk.length - at);
        this.#left -= taken;
        at += taken;
        continue;
      }
      this.#length[this.#known++] = chunk[at++] ?? 0;
      if (this.#known < LENGTH_BYTES) continue;
      this.#known = 0;
      this.#left = new DataView(this.#length.buffer).getInt32(0);
      if (this.#left < MIN_FRAME_BYTES || this.#left > this.limit) return this.#describe(chunk.subarray(at));
    }
    return null;
  }

  #describe(rest: Uint8Array): string {
    const [first = 0, second = 0] = this.#length;
    if ((first === TLS_ALERT || first === TLS_HANDSHAKE) && second === TLS_MAJOR) {
      return "does not speak Kafka without TLS: set kafka.tls";
    }
    const text = printable([...this.#length, ...rest.subarray(0, SHOWN)]);
    if (text !== null) return `does not speak Kafka: it answers "${text}"`;
    const over = this.#left > this.limit ? `, and an answer has at most ${this.limit}` : "";
    return `does not speak Kafka: a frame of ${this.#left} bytes${over}`;
  }
}

/** The first line if the bytes are plain text; the four bytes of a real length are none. */
function printable(bytes: readonly number[]): string | null {
  const end = bytes.findIndex((byte) => byte < 0x20 || byte > 0x7e);
  const line = end === -1 ? bytes : bytes.slice(0, end);
  return line.length <= LENGTH_BYTES ? null : String.fromCharCode(...line);
}
