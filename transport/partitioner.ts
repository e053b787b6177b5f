/**
 * Maps keys to partitions. Clients disagree: those on librdkafka (Python, Go, .NET, kcat) have another default than
 * Java's. If both write to a topic, a key is in two partitions and its order is lost.
 *
 * @module
 */
import { crc32 } from "node:zlib";

/**
 * The hash that maps a key to a partition.
 * - `murmur2`: Java's default partitioner, which kafkajs, franz-go and others follow.
 * - `crc32`: librdkafka's default, `consistent_random`. librdkafka sends empty keys anywhere; here they have one partition.
 */
export type Partitioner = "murmur2" | "crc32";

/** All partitioners. */
export const PARTITIONERS: readonly Partitioner[] = ["murmur2", "crc32"];

const SEED = 0x9747b28c;
const MULTIPLIER = 0x5bd1e995;

/** Java's 32-bit murmur2 of a key, as a signed integer (`org.apache.kafka.common.utils.Utils.murmur2`). */
export function murmur2(key: Uint8Array): number {
  const { length } = key;
  let hash = SEED ^ length;
  const whole = length & ~3;
  for (let at = 0; at < whole; at += 4) {
    let word = byteAt(key, at) | byteAt(key, at + 1) << 8 | byteAt(key, at + 2) << 16 | byteAt(key, at + 3) << 24;
    word = Math.imul(word, MULTIPLIER);
    word ^= word >>> 24;
    word = Math.imul(word, MULTIPLIER);
    hash = Math.imul(hash, MULTIPLIER) ^ word;
  }
  const rest = length - whole;
  if (rest > 0) {
    if (rest > 2) hash ^= byteAt(key, whole + 2) << 16;
    if (rest > 1) hash ^= byteAt(key, whole + 1) << 8;
    hash = Math.imul(hash ^ byteAt(key, whole), MULTIPLIER);
  }
  hash ^= hash >>> 13;
  hash = Math.imul(hash, MULTIPLIER);
  return hash ^ (hash >>> 15);
}

/**
 * The partition of a key: `(murmur2(key) & 0x7fffffff) % partitions`, or `crc32(key) % partitions`.
 *
 * @param key the key's bytes
 * @param partitions the topic's partition count, at least 1
 * @throws {RangeError} if the count is not a positive integer
 */
export function partitionFor(key: Uint8Array, partitions: number, partitioner: Partitioner): number {
  if (!Number.isInteger(partitions) || partitions < 1) {
    throw new RangeError(`Cannot choose a partition as 'partitions' must be a positive integer: it is ${partitions}`);
  }
  return (partitioner === "crc32" ? crc32(key) : murmur2(key) & 0x7fffffff) % partitions;
}

function byteAt(key: Uint8Array, at: number): number {
  return key[at] ?? 0;
}
