import assert from "node:assert/strict";
import type { RuntimeEvent } from "../../telemetry/events.ts";
import { target } from "../../tests/support/trades.ts";
import type { StoredRecord } from "../../transport/log.ts";
import { sourceValue } from "../../transport/source_header.ts";
import type { TopicReader } from "./live_topics.ts";
import { UnknownLoads } from "./unknown_loads.ts";

const KNOWN = "0123456789abcdef", OTHER = "fedcba9876543210", OLD = "00000000000000ff";

function record(origin: string | null, offset: bigint): StoredRecord {
  const headers = origin === null ? [] : [["src", sourceValue(Uint8Array.fromHex(origin), 1)] as const];
  return { key: null, value: new Uint8Array(), headers, offset, timestamp: 0 };
}

/** Partitions by their records, from offset 0 on; the log ends a little further where offsets have holes. */
function looking(partitions: readonly (readonly (string | null)[])[], { hole = 0n } = {}) {
  const reads: string[] = [];
  const events: RuntimeEvent[] = [];
  const reader: TopicReader = {
    read(_topic, { partition, from, to }, { visit }) {
      reads.push(`${partition}:${from}-${to}`);
      (partitions[partition] ?? []).map((origin, at) => record(origin, BigInt(at)))
        .filter(({ offset }) => offset >= from && offset < to).forEach(visit);
      return Promise.resolve();
    },
  };
  const offsets = partitions.map((records, partition) => ({
    partition,
    start: 0n,
    end: records.length === 0 ? 0n : BigInt(records.length) + hole,
  }));
  const unknown = new UnknownLoads({
    reader,
    known: () => [{ origin: KNOWN }],
    observe: (event) => void events.push(event),
  });
  const topic = { name: "t", target: target("v2"), id: "T", compacted: false, offsets };
  return { look: () => unknown.lookAt([topic], new AbortController().signal), reads, events };
}

Deno.test("UnknownLoads.lookAt() tells once of origins that the data folder does not know, by the last records", async () => {
  const { look, reads, events } = looking([[OLD, KNOWN, KNOWN, KNOWN], [KNOWN, OTHER], []]);
  for (let times = 0; times < 2; times++) await look();
  assert.deepEqual(events, [{ type: "loads_unknown", stage: "receiving", topic: "t", origins: [OTHER] }]);
  assert.deepEqual(reads, ["0:1-4", "1:0-2"], "bounded, and nothing of what is empty");
});

Deno.test("UnknownLoads.lookAt() tells nothing of known loads, nor of records that name none", async () => {
  for (const partitions of [[], [[]], [[KNOWN], [KNOWN]], [[null, null], [null, KNOWN]]]) {
    const { look, events } = looking(partitions);
    await look();
    assert.deepEqual(events, []);
  }
});

Deno.test("UnknownLoads.lookAt() looks further back where the last offsets have no records", async () => {
  const { look, events } = looking([[OTHER]], { hole: 10n });
  await look();
  assert.equal(events.length, 1);
});
