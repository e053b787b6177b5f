/**
 * Writes Kafka's record batch by its description (https://kafka.apache.org/documentation/#recordbatch), byte by byte and
 * without care for time, for tests that compare what is written quickly.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { allHeaders } from "../source_header.ts";
import type { LogRecord } from "../log.ts";
import type { BatchIdentity } from "./record_batch_encoder.ts";
import { int16, int32, int64 } from "./wire_bytes.ts";

/** A signed number of any size, as a variable-length integer in zigzag form. */
export function zigzagVarint(value: bigint): Buffer {
  const bytes: number[] = [];
  let rest = value < 0n ? -value * 2n - 1n : value * 2n;
  for (; rest > 127n; rest /= 128n) bytes.push(Number(rest % 128n) + 128);
  return Buffer.from([...bytes, Number(rest)]);
}

/** CRC-32C bit by bit, straight from the definition. */
export function slowCrc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}

/** The batch of some records, which is not compressed. */
export function plainBatch(
  records: readonly LogRecord[],
  { producerId, producerEpoch, sequence }: BatchIdentity,
): Buffer {
  const times = records.map(({ timestamp }) => timestamp), base = times[0] ?? 0;
  const checked = Buffer.concat([
    int16(0), // attributes
    int32(records.length - 1), // last offset
    int64(BigInt(base)),
    int64(BigInt(Math.max(...times))),
    int64(producerId),
    int16(producerEpoch),
    int32(sequence),
    int32(records.length),
    ...records.map((record, at) => plainRecord(record, at, base)),
  ]);
  const crc = int32(slowCrc32c(checked) | 0);
  // Leader epoch, format, checksum.
  const counted = Buffer.concat([int32(-1), Buffer.from([2]), crc, checked]);
  return Buffer.concat([int64(0n), int32(counted.length), counted]);
}

function plainRecord(record: LogRecord, offset: number, base: number): Buffer {
  const headers = allHeaders(record);
  const body = Buffer.concat([
    Buffer.from([0]), // attributes
    zigzagVarint(BigInt(record.timestamp) - BigInt(base)),
    zigzagVarint(BigInt(offset)),
    field(record.key),
    field(record.value),
    zigzagVarint(BigInt(headers.length)),
    ...headers.flatMap(([name, content]) => [field(Buffer.from(name)), field(content)]),
  ]);
  return Buffer.concat([zigzagVarint(BigInt(body.length)), body]);
}

function field(bytes: Uint8Array | null): Buffer {
  return bytes === null ? zigzagVarint(-1n) : Buffer.concat([zigzagVarint(BigInt(bytes.length)), bytes]);
}
