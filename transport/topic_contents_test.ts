import assert from "node:assert/strict";
import { loadSchema } from "../schemas/load.ts";
import { frame } from "../schemas/avro/wire.ts";
import { MemoryLog } from "./memory/log.ts";
import { MemoryRegistry } from "./memory/registry.ts";
import { TopicContents, type TopicSample } from "./topic_contents.ts";

interface Bench {
  readonly contents: TopicContents;
  readonly log: MemoryLog;
  readonly registry: MemoryRegistry;
  write(partition: number, ...values: readonly (Uint8Array | null)[]): Promise<void>;
}

async function bench(body: (bench: Bench) => Promise<void>, partitions = 3) {
  const log = new MemoryLog();
  const registry = new MemoryRegistry();
  try {
    await log.admin.createTopic({ name: "t", partitions });
    const producer = await log.createProducer();
    const write = async (partition: number, ...values: readonly (Uint8Array | null)[]) => {
      const records = values.map((value) => ({ key: new Uint8Array([1]), value, timestamp: 0 }));
      assert.equal((await producer.send("t", partition, records)).type, "stored");
    };
    await body({ contents: new TopicContents({ log, registry }), log, registry, write });
  } finally {
    await log.close();
    await registry.close();
  }
}

const namesOf = ({ records }: TopicSample) => records.map(({ name }) => name);
const value = (id: number) => frame(id, new Uint8Array([1, 2, 3]));

const [V1, V2] = ["com.k2.market_data.Trade", "com.k2.marketdata.TradeV2"];

Deno.test("TopicContents has the last records of each partition with their keys, and none of a topic that is not there", async () => {
  await bench(async ({ contents, registry, write }) => {
    assert.deepEqual(await contents.sample("t"), { partitions: 3, records: [], begun: new Set() });
    assert.deepEqual(await contents.sample("absent"), { partitions: 0, records: [], begun: new Set() });
    const [v1, v2] = [
      await registry.register("a", loadSchema("trade", "v1").text),
      await registry.register("b", loadSchema("trade", "v2").text),
    ];
    await write(0, value(v1), value(v1), value(v2), value(v2), value(v1));
    await write(2, value(v1));
    const { records } = await contents.sample("t");
    assert.deepEqual(records.map(({ partition, name }) => [partition, name]), [[0, V2], [0, V2], [0, V1], [2, V1]]);
    assert.deepEqual(records.map(({ key }) => key), Array(4).fill(new Uint8Array([1])));
  });
});

Deno.test("TopicContents looks at every partition of a topic of many, and at each schema once", async () => {
  await bench(async ({ contents, registry, write }) => {
    const v2 = await registry.register("b", loadSchema("trade", "v2").text);
    for (let partition = 0; partition < 40; partition++) await write(partition, value(v2), value(v2), value(v2));
    let asked = 0;
    const { schemaById } = registry;
    registry.schemaById = (id) => (asked++, schemaById.call(registry, id));
    const { records } = await contents.sample("t");
    assert.deepEqual(
      records.map(({ partition }) => partition),
      Array.from({ length: 120 }, (_, at) => Math.floor(at / 3)),
    );
    assert.equal(asked, 1);
  }, 40);
});

Deno.test("TopicContents looks past tombstones, a bounded number of records", async () => {
  await bench(async ({ contents, registry, write }) => {
    const v2 = await registry.register("b", loadSchema("trade", "v2").text);
    await write(0, value(v2), ...Array<null>(999).fill(null));
    assert.deepEqual(namesOf(await contents.sample("t")), [V2]);
    await write(0, null);
    assert.deepEqual(namesOf(await contents.sample("t")), []);
  });
});

Deno.test("TopicContents has a name for what is no Avro record, and for an id that the registry does not know", async () => {
  await bench(async ({ contents, write }) => {
    await write(0, new TextEncoder().encode('{"p":1}'));
    await write(1, value(77));
    assert.deepEqual(namesOf(await contents.sample("t")), [
      "(not an Avro record)",
      "(schema id 77, not in the registry)",
    ]);
  });
});

Deno.test("TopicContents has what this process has begun to write, and passes on that the log is away", async () => {
  await bench(async ({ contents, log }) => {
    contents.begin("t", "a.B");
    assert.deepEqual((await contents.sample("t")).begun, new Set(["a.B"]));
    assert.deepEqual((await contents.sample("u")).begun, new Set());
    log.broker.faults.next("offsets", { type: "fail", code: "unreachable" });
    await assert.rejects(contents.sample("t"), { code: "unreachable" });
  });
});
