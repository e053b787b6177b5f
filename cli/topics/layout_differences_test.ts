import assert from "node:assert/strict";
import { Catalogue } from "../../config/catalogue.ts";
import { topicSpecFor } from "../../config/topics.ts";
import { layoutDifferences } from "./layout_differences.ts";

const exchange = new Catalogue().exchange("ASX");
const WEEK_MS = "604800000";

function differences(
  { partitions, ...config }: Record<string, string> & { readonly partitions?: string },
  { dataType = "trades", own = {} }: {
    readonly dataType?: "trades" | "reference_data";
    readonly own?: Record<string, string>;
  } = {},
) {
  const layout = topicSpecFor({ name: "t", dataType, exchange }, {
    topics: { config: own },
    kafka: { compression: "none" },
  });
  const there = {
    name: "t",
    id: null,
    partitions: Number(partitions ?? layout.partitions),
    replicationFactor: 1,
    config,
  };
  return layoutDifferences(there, layout);
}

Deno.test("layoutDifferences() is empty for a topic as the platform makes it, and for one without a known configuration", () => {
  assert.deepEqual(differences({ "compression.type": "lz4", "cleanup.policy": "delete", "retention.ms": WEEK_MS }), []);
  const reference = { "compression.type": "lz4", "cleanup.policy": "compact", "min.compaction.lag.ms": "60000" };
  assert.deepEqual(differences({ ...reference, "retention.ms": "1000" }, { dataType: "reference_data" }), []);
  assert.deepEqual(differences({}), []);
});

Deno.test("layoutDifferences() names what differs", () => {
  assert.deepEqual(differences({ partitions: "3", "compression.type": "producer", "retention.ms": "86400000" }), [
    "3 partitions instead of 30",
    "compression.type producer instead of lz4",
    "retention.ms 86400000, less than the replaced platform's 7 days",
  ]);
  assert.deepEqual(
    differences(
      { "compression.type": "lz4", "cleanup.policy": "delete", "min.compaction.lag.ms": "0" },
      { dataType: "reference_data" },
    ),
    ["cleanup.policy delete instead of compact", "min.compaction.lag.ms 0 instead of 60000"],
  );
});

Deno.test("layoutDifferences() follows the settings where they differ", () => {
  const own = { "compression.type": "producer", "retention.ms": "1000" };
  assert.deepEqual(differences(own, { own }), []);
  assert.deepEqual(differences({ "retention.ms": "-1" }, { own }), ["retention.ms -1 instead of 1000"]);
});
