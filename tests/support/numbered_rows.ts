/** Rows with a number by which a test recognises them regardless of their ids: the company id, which both versions have. */
import assert from "node:assert/strict";
import { codecFor } from "../../schemas/codec.ts";
import type { SchemaVersion } from "../../schemas/record_types.ts";
import { parseFrame } from "../../schemas/avro/wire.ts";
import type { MemoryBroker } from "../../transport/memory/broker.ts";

/** Asserts that every number is in the topic once, and nothing else. */
export function assertNumbersOnce(
  broker: MemoryBroker,
  { version, topic, numbers }: {
    readonly version: SchemaVersion;
    readonly topic: string;
    readonly numbers: ReadonlySet<number>;
  },
): void {
  const found = new Map<number, number>();
  for (const { value } of broker.topic(topic)?.partitions.flatMap(({ records }) => records) ?? []) {
    const { body } = parseFrame(value ?? new Uint8Array(0));
    const number = version === "v1"
      ? codecFor("trade", "v1").decode(body).company_id
      : Number(codecFor("trade", "v2").decode(body).vendor_data?.company_id);
    found.set(number, (found.get(number) ?? 0) + 1);
  }
  const wrong = [...new Set([...numbers, ...found.keys()])].flatMap((number) => {
    const count = found.get(number) ?? 0;
    return count === 1 && numbers.has(number) ? [] : [`row ${number} is there ${count} times`];
  });
  assert.deepEqual(wrong.slice(0, 5), [], `${wrong.length} of ${numbers.size} rows as ${version}`);
}
