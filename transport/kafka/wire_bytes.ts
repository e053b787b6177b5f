/**
 * Writes values in the form of Kafka's protocol, each as a buffer. `WireReader` in wire.ts reads them.
 *
 * @module
 */
import { Buffer } from "node:buffer";

/** A signed number of 16 bits. */
export function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
}

/** A signed number of 32 bits. */
export function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

/** A signed number of 64 bits. */
export function int64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(value);
  return bytes;
}

/** The beginning of a list of one topic, up to the topic's partitions. */
export function oneTopic(topic: string, partitions: number): Buffer[] {
  const name = Buffer.from(topic);
  return [int32(1), int16(name.length), name, int32(partitions)];
}
