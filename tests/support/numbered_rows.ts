/** Rows with a number by which a test recognises them regardless of their ids: the company id, which both versions have. */
import assert from "node:assert/strict";
import { codecFor } from "../../schemas/codec.ts";
import type { SchemaVersion } from "../../schemas/record_types.ts";
import { parseFrame } from "../../schemas/avro/wire.ts";
import type { MemoryBroker } from "../../transport/memory/broker.ts";

/** Asserts that every number is in the topic once, or as often as it is told, and nothing else. */
export function assertNumbersOnce(
  broker: MemoryBroker,
  { version, topic, numbers, again = [] }: {
    readonly version: SchemaVersion;
    readonly topic: string;
    readonly numbers: ReadonlySet<number>;
    /** Numbers that are there once more for each time that they are in here. */
    readonly again?: readonly number[];
  },
): void {
  const found = new Map<number, number>();
  for (const { value } of broker.topic(topic)?.partitions.flatMap(({ records }) => records) ?? []) {
    const number = numberIn(value, version);
    found.set(number, (found.get(number) ?? 0) + 1);
  }
  const wanted = new Map([...numbers].map((number) => [number, 1]));
  for (const number of again) wanted.set(number, (wanted.get(number) ?? 0) + 1);
  const wrong = [...new Set([...wanted.keys(), ...found.keys()])].flatMap((number) => {
    const count = found.get(number) ?? 0;
    return count === wanted.get(number) ? [] : [`row ${number} is there ${count} times`];
  });
  assert.deepEqual(wrong.slice(0, 5), [], `${wrong.length} of ${numbers.size} rows as ${version}`);
}

/** Asserts that those of the numbers that have one key are in the topic in this order, as v2. */
export function assertNumbersOrdered(
  broker: MemoryBroker,
  { topic, numbers }: { readonly topic: string; readonly numbers: readonly number[] },
): void {
  const places = new Map(numbers.map((number, place) => [number, place]));
  for (const { records } of broker.topic(topic)?.partitions ?? []) {
    const last = new Map<string, number>();
    for (const { key, value } of records) {
      const number = numberIn(value, "v2"), place = places.get(number);
      if (place === undefined) continue;
      const text = new TextDecoder().decode(key ?? new Uint8Array(0)), before = last.get(text) ?? -1;
      assert.ok(place > before, `row ${number} of ${text} stands behind row ${numbers[before]}`);
      last.set(text, place);
    }
  }
}

function numberIn(value: Uint8Array | null, version: SchemaVersion): number {
  const { body } = parseFrame(value ?? new Uint8Array(0));
  return version === "v1"
    ? codecFor("trade", "v1").decode(body).company_id
    : Number(codecFor("trade", "v2").decode(body).vendor_data?.company_id);
}
