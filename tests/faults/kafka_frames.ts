/**
 * The parts of Kafka's messages that a proxy reads: frames with a length, produce requests of version 7 and their
 * answers.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import type { Socket } from "node:net";

/** Api keys of requests. */
export const [PRODUCE, METADATA] = [0, 3];

/** Produce request version 7: bytes before the client id's length, and before the topic's name after the client id. */
const [HEADER_BYTES, BODY_BYTES] = [8, 12];
const PRODUCER_ID_AT = 43;
const LENGTH_BYTES = 4;

/** The sender and the targets of a produce request. */
export interface ProduceRequest {
  readonly topic: string;
  readonly partitions: readonly number[];
  readonly producerId: bigint;
}

/** Parses a produce request of one topic. */
export function produceRequest(frame: Buffer): ProduceRequest {
  const body = HEADER_BYTES + 2 + Math.max(frame.readInt16BE(HEADER_BYTES), 0);
  const nameLength = frame.readInt16BE(body + BODY_BYTES);
  const nameAt = body + BODY_BYTES + 2;
  const partsAt = nameAt + nameLength + 4;
  let at = partsAt;
  const partitions = Array.from({ length: frame.readInt32BE(partsAt - 4) }, () => {
    const partition = frame.readInt32BE(at);
    at += 8 + frame.readInt32BE(at + 4);
    return partition;
  });
  return {
    topic: frame.toString("utf8", nameAt, nameAt + nameLength),
    partitions,
    producerId: frame.readBigInt64BE(partsAt + 8 + PRODUCER_ID_AT),
  };
}

/** An answer with an error code for each partition, as the broker would send it. */
export function produceAnswer(correlation: number, { topic, partitions }: ProduceRequest, errorCode: number): Buffer {
  const name = Buffer.from(topic);
  const answer = Buffer.alloc(18 + name.length + partitions.length * 30);
  let at = answer.writeInt32BE(correlation, 0);
  at = answer.writeInt32BE(1, at);
  at = answer.writeInt16BE(name.length, at);
  at += name.copy(answer, at);
  at = answer.writeInt32BE(partitions.length, at);
  for (const partition of partitions) {
    at = answer.writeInt32BE(partition, at);
    at = answer.writeInt16BE(errorCode, at);
    for (let field = 0; field < 3; field++) at = answer.writeBigInt64BE(-1n, at);
  }
  at = answer.writeInt32BE(0, at);
  return answer.subarray(0, at);
}

/** Messages without their length, until the connection ends. */
export async function* frames(socket: Socket): AsyncGenerator<Buffer> {
  let held = Buffer.alloc(0);
  for await (const chunk of socket) {
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
    for (;;) {
      if (held.length < LENGTH_BYTES) break;
      const end = LENGTH_BYTES + held.readInt32BE(0);
      if (held.length < end) break;
      yield held.subarray(LENGTH_BYTES, end);
      held = held.subarray(end);
    }
  }
}

/** The message with its length before it. */
export function framed(frame: Buffer): Buffer {
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeInt32BE(frame.length, 0);
  return Buffer.concat([length, frame]);
}

/** Replaces the port after its host in place, wherever the two occur together. */
export function replacePort(
  frame: Buffer,
  from: { readonly hostname: string; readonly port: number },
  to: number,
): void {
  const address = Buffer.alloc(from.hostname.length + 4);
  address.write(from.hostname);
  address.writeInt32BE(from.port, from.hostname.length);
  for (let at = frame.indexOf(address); at >= 0; at = frame.indexOf(address, at + 1)) {
    frame.writeInt32BE(to, at + from.hostname.length);
  }
}
