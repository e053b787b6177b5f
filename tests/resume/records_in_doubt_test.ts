/** A record whose send was in doubt settles its own call and row: never another one with the same id. */
import assert from "node:assert/strict";
import { actorsOf } from "../../producer/actors_of.ts";
import type { TradeV2 } from "../../schemas/record_types.ts";
import { OutcomeUnknownError } from "../../producer/errors.ts";
import { storedMessageId } from "../../records/ids/stored_identity.ts";
import { ManualClock } from "../../kernel/testing.ts";
import { codecFor } from "../../schemas/codec.ts";
import { parseFrame } from "../../schemas/avro/wire.ts";
import { partitionFor } from "../../transport/partitioner.ts";
import { MemoryLog } from "../../transport/memory/log.ts";
import { MemoryRegistry } from "../../transport/memory/registry.ts";
import {
  allRecords,
  exampleTrade,
  type ProducerBench,
  rejection,
  settle,
  TRADES,
  withProducer,
} from "../support/producer_harness.ts";

/** A reset forgets its first ids: the same schemas have others from then on. */
class ResettableRegistry extends MemoryRegistry {
  #shift = 0;

  reset(): void {
    this.#shift += 100;
  }

  override async register(subject: string, schema: string): Promise<number> {
    return this.#shift + await super.register(subject, schema);
  }
}

/** A call whose record is stored, but whose caller gets no answer. */
async function giveUpStored({ clock, log, producer }: ProducerBench, trade: TradeV2): Promise<void> {
  const fault = log.broker.faults.next("send", { type: "unknown", stored: "yes" });
  const forbidden = log.broker.faults.next("offsets", { type: "fail", code: "unauthorized" }, { times: Infinity });
  const call = rejection(producer.produceTrade("equities", "ASX", trade), OutcomeUnknownError);
  await fault.reached;
  await settle(clock, call);
  forbidden.release();
}

/** The quantities of the records with an id, in log order. */
function quantitiesOf({ log }: ProducerBench, id: string): string[] {
  return allRecords(log).filter((record) => storedMessageId(record) === id).map(({ value }) =>
    codecFor("trade", "v2").decode(parseFrame(value ?? new Uint8Array(0)).body).quantity.toString()
  );
}

Deno.test("a record in doubt is recognised when it is passed again, also to a registry that was reset meanwhile", async () => {
  const clock = new ManualClock();
  const log = new MemoryLog({ clock });
  const registry = new ResettableRegistry({ clock });
  await withProducer(async (own) => {
    const bench = { ...own, clock, log };
    const { producer } = bench;
    await settle(clock, producer.produceTrade("equities", "ASX", exampleTrade()));
    const trade = exampleTrade();
    await giveUpStored(bench, trade);
    registry.reset();
    actorsOf(producer).kill("root/lookup/schema_loader");
    const receipt = await settle(clock, producer.produceTrade("equities", "ASX", trade));
    assert.deepEqual([receipt.messageId, quantitiesOf(bench, trade.message_id).length], [trade.message_id, 1]);
    const later = exampleTrade();
    await settle(clock, producer.produceTrade("equities", "ASX", later));
    const schemaIds = allRecords(log).map(({ value }) => parseFrame(value ?? new Uint8Array(0)).schemaId);
    assert.equal(new Set(schemaIds).size, 2, "the registry gave another id for what came after");
    await settle(clock, producer.close());
  }, { ports: { log, registry, clock } });
  await log.close();
});

Deno.test("a record in doubt is not mistaken for one with its id and other content", async () => {
  await withProducer(async (bench) => {
    const { clock, producer } = bench;
    await producer.produceTrade("equities", "ASX", exampleTrade());
    const trade = exampleTrade({ quantity: "1000" });
    await giveUpStored(bench, trade);
    const corrected = { ...exampleTrade({ quantity: "2000" }), message_id: trade.message_id };
    const receipt = await settle(clock, producer.produceTrade("equities", "ASX", corrected));
    assert.deepEqual(quantitiesOf(bench, trade.message_id), ["1000", "2000"]);
    await settle(clock, producer.produceTrade("equities", "ASX", trade));
    assert.deepEqual(quantitiesOf(bench, trade.message_id), ["1000", "2000"], "and the first is found");
    assert.ok(receipt.offset > 0n);
  });
});

Deno.test("records of one id in two partitions, of which one is stored: each call gets its own record's place", async () => {
  const symbol = (partition: number) => {
    for (let number = 0;; number++) {
      const name = `S${number}`;
      if (partitionFor(new TextEncoder().encode(name), 2, "murmur2") === partition) return name;
    }
  };
  for (const storedIn of [0, 1]) {
    await withProducer(async (bench) => {
      const { clock, log, producer } = bench;
      await Promise.all(
        [0, 1].map((at) => producer.produceTrade("equities", "ASX", exampleTrade({ symbol: symbol(at) }))),
      );
      const first = exampleTrade({ symbol: symbol(0) });
      const trades = [first, { ...exampleTrade({ symbol: symbol(1) }), message_id: first.message_id }];
      for (const partition of [0, 1]) {
        log.broker.faults.next("send", { type: "unknown", stored: partition === storedIn ? "yes" : "no" }, {
          partition,
        });
      }
      const calls = await settle(
        clock,
        Promise.all(trades.map((trade) => producer.produceTrade("equities", "ASX", trade))),
      );
      assert.deepEqual(calls.map(({ partition }) => partition), [0, 1]);
      const stored = allRecords(log, TRADES).filter((record) => storedMessageId(record) === first.message_id);
      assert.deepEqual(stored.map(({ key }) => new TextDecoder().decode(key ?? new Uint8Array(0))), [
        symbol(0),
        symbol(1),
      ]);
    }, { config: { exchanges: { asx: { assetClasses: ["equities"], partitions: 2 } } } });
  }
});

Deno.test("a record in doubt is recognised as v1 too, with its id in any case", async () => {
  await withProducer(async ({ clock, log, producer }) => {
    await producer.produceTrade("equities", "ASX", exampleTrade());
    const trade = exampleTrade();
    log.broker.faults.next("send", { type: "unknown", stored: "yes" });
    const call = producer.produceTrade("equities", "ASX", { ...trade, message_id: trade.message_id.toUpperCase() });
    await settle(clock, call);
    assert.equal(allRecords(log).filter((record) => storedMessageId(record) === trade.message_id).length, 1);
  }, { schemaVersion: "v1" });
});
