import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { Partitioners } from "kafkajs";
import { murmur2, PARTITIONERS, partitionFor } from "./partitioner.ts";

// From org.apache.kafka.common.utils.UtilsTest.
const JAVA_VECTORS: readonly (readonly [key: string, hash: number])[] = [
  ["21", -973932308],
  ["foobar", -790332482],
  ["a-little-bit-long-string", -985981536],
  ["a-little-bit-longer-string", -1486304829],
  ["lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971],
  ["abc", 479470107],
];

Deno.test("murmur2 gives the hashes of Java's own tests", () => {
  for (const [key, hash] of JAVA_VECTORS) assert.equal(murmur2(new TextEncoder().encode(key)), hash, key);
});

Deno.test("partitionFor agrees with kafkajs's default partitioner on every key and count", () => {
  const partitionOf = Partitioners.DefaultPartitioner();
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.integer({ min: 1, max: 64 }), (key, partitions) => {
      const partitionMetadata = Array.from({ length: partitions }, (_, partitionId) => (
        { partitionId, partitionErrorCode: 0, leader: 0, replicas: [0], isr: [0] }
      ));
      const message = { key: Buffer.from(key), value: null };
      assert.equal(partitionFor(key, partitions, "murmur2"), partitionOf({ topic: "any", partitionMetadata, message }));
    }),
    { numRuns: 2_000 },
  );
});

// As Confluent's Python client has sent them to a topic of 30 partitions (tests/real/partitioner_test.ts asks it again).
const LIBRDKAFKA_VECTORS: readonly (readonly [key: string, partition: number])[] = [["BHP", 25], ["MWR", 20]];

Deno.test("partitionFor agrees with librdkafka's default partitioner as crc32", () => {
  for (const [key, partition] of LIBRDKAFKA_VECTORS) {
    assert.equal(partitionFor(new TextEncoder().encode(key), 30, "crc32"), partition, key);
  }
  // The check value of CRC-32/ISO-HDLC.
  assert.equal(partitionFor(new TextEncoder().encode("123456789"), 2 ** 32, "crc32"), 0xcbf43926);
});

Deno.test("partitionFor has one partition for an empty key", () => {
  for (const partitioner of PARTITIONERS) assert.equal(partitionFor(new Uint8Array(), 1, partitioner), 0);
  assert.equal(partitionFor(new Uint8Array(), 30, "crc32"), 0);
});

Deno.test("partitionFor sees only the view that it is given, not the buffer behind it", () => {
  const arena = new TextEncoder().encode("..BHP..");
  for (const partitioner of PARTITIONERS) {
    const alone = partitionFor(new TextEncoder().encode("BHP"), 30, partitioner);
    assert.equal(partitionFor(arena.subarray(2, 5), 30, partitioner), alone);
  }
});

Deno.test("partitionFor refuses a count that is not a positive integer", () => {
  for (const count of [0, -1, 1.5, NaN]) {
    assert.throws(() => partitionFor(new Uint8Array(1), count, "murmur2"), RangeError);
  }
});
