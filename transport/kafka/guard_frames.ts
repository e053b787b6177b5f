/**
 * Stands between a socket and a client library. The libraries gather as many bytes as a length announces, and throw at
 * some bytes in a callback of a socket: an uncaught error there ends the process. See docs/decisions/frame-guard.md.
 *
 * @module
 */
import type { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import { messageOf } from "../../kernel/message_of.ts";
import { KafkaFailure, MEANINGS } from "./errors.ts";
import { FrameLengths, MAX_FRAME_BYTES } from "./frame_lengths.ts";
import { addressText, type BrokerAddress } from "./options.ts";

/** Guards all connections to one broker, and keeps why it refused the broker's bytes. */
export class FrameGuard {
  readonly #address: BrokerAddress;
  readonly #lengths: FrameLengths[] = [];
  #trusted = false;
  #refusal: KafkaFailure | null = null;

  constructor(address: BrokerAddress) {
    this.#address = address;
  }

  /** Why a connection was ended; null if none was. */
  get refusal(): KafkaFailure | null {
    return this.#refusal;
  }

  /** Allows frames as large as answers can be. Call once the broker has taken the log-in. */
  trust(): void {
    this.#trusted = true;
    for (const lengths of this.#lengths) lengths.limit = MAX_FRAME_BYTES;
  }

  /** Puts itself before the present listeners of the socket's data. Call before any data has come. */
  watch(socket: Socket): void {
    const lengths = new FrameLengths();
    if (this.#trusted) lengths.limit = MAX_FRAME_BYTES;
    this.#lengths.push(lengths);
    const listeners = socket.listeners("data");
    socket.removeAllListeners("data");
    socket.on("data", (chunk: Buffer<ArrayBuffer>) => {
      // These bytes had arrived before the socket was ended.
      if (socket.destroyed) return;
      const problem = lengths.problemOf(chunk);
      if (problem !== null) return this.#refuse(socket, problem);
      try {
        for (const listener of listeners) listener.call(socket, chunk);
      } catch (error) {
        const reason = messageOf(error);
        this.#refuse(socket, `sent an answer that cannot be read: ${reason}`, error);
      }
    });
  }

  #refuse(socket: Socket, problem: string, cause?: unknown): void {
    const message = `${addressText(this.#address)} ${problem}`;
    this.#refusal = new KafkaFailure(MEANINGS.unreachable, message, cause === undefined ? {} : { cause });
    socket.destroy(this.#refusal);
  }
}
