/** Sends of unknown outcome, registries and brokers that refuse: the fate of a record of the embedded producer. */
import assert from "node:assert/strict";
import { TopicParkedError } from "../../actors/delivery/delivery.ts";
import { RecordRefusedError } from "../../producer/errors.ts";
import { storedMessageId } from "../../records/ids/stored_identity.ts";
import { RegistryError } from "../../transport/registry.ts";
import type { SendFault } from "../../transport/memory/log_faults.ts";
import {
  allRecords,
  exampleTrade,
  rejection,
  settle,
  storedAt,
  TRADES,
  withProducer,
} from "../support/producer_harness.ts";

const SUBJECT = "market.equities.trades-value";
const OTHER_SCHEMA = '{"type":"record","name":"Other","fields":[{"name":"a","type":"int"}]}';

const UNKNOWN: Readonly<Record<string, SendFault>> = {
  "was written": { type: "unknown", stored: "yes" },
  "was not written": { type: "unknown", stored: "no" },
  "is written a little later": { type: "unknown", stored: "late", afterMs: 50 },
  "was refused by a leader that moved": { type: "refuse", code: "leader_changed" },
};

for (const [what, fault] of Object.entries(UNKNOWN)) {
  for (const schemaVersion of ["v1", "v2"] as const) {
    Deno.test(`a send of unknown outcome that ${what} gives one record and one receipt (${schemaVersion})`, async () => {
      await withProducer(async ({ clock, log, producer }) => {
        await producer.produceTrade("equities", "ASX", exampleTrade());
        const trades = Array.from({ length: 20 }, () => exampleTrade());
        log.broker.faults.next("send", fault);
        const calls = trades.map((trade) => producer.produceTrade("equities", "ASX", trade));
        const receipts = await settle(clock, Promise.all(calls));
        assert.deepEqual(receipts.map(({ offset }) => offset), trades.map((_, at) => BigInt(at + 1)));
        receipts.forEach((receipt, at) =>
          assert.equal(storedMessageId(storedAt(log, receipt)), trades[at]?.message_id)
        );
        await clock.advance(1_000);
        assert.equal(allRecords(log).length, 21);
      }, { schemaVersion });
    });
  }
}

Deno.test("unreachable brokers only delay the calls", async () => {
  await withProducer(async ({ clock, log, producer, events }) => {
    const cut = log.broker.faults.unreachable();
    let settled = false;
    const call = producer.produceTrade("equities", "ASX", exampleTrade()).finally(() => settled = true);
    await clock.advance(10 * 60_000);
    assert.equal(settled, false, "no time-out drops a record");
    assert.ok(events.some(({ type }) => type === "topic_unread"));
    cut.release();
    assert.equal((await settle(clock, call)).offset, 0n);
  });
});

Deno.test("an unreachable registry only delays the calls", async () => {
  await withProducer(async ({ clock, log, registry, producer, events }) => {
    const cut = registry.server.faults.unreachable();
    const call = producer.produceTrade("equities", "ASX", exampleTrade());
    await clock.advance(60_000);
    assert.deepEqual(log.broker.topicNames, []);
    cut.release();
    await settle(clock, call);
    assert.ok(events.some(({ type }) => type === "registry_available"));
  });
});

Deno.test("a registry that refuses rejects with its RegistryError; a call works after the repair", async () => {
  await withProducer(async ({ log, registry, producer }) => {
    await registry.register(SUBJECT, OTHER_SCHEMA);
    const trade = exampleTrade();
    const calls = [1, 2, 3].map(() => rejection(producer.produceTrade("equities", "ASX", trade), RegistryError));
    for (const error of await Promise.all(calls)) {
      assert.equal(error.code, "other_record");
      assert.match(error.message, new RegExp(SUBJECT.replaceAll(".", "\\.")));
    }
    assert.equal(allRecords(log).length, 0);
    await registry.deleteSubject(SUBJECT);
    const receipt = await producer.produceTrade("equities", "ASX", trade);
    assert.equal(receipt.messageId, trade.message_id, "the record that was handed over again has the same id");
    assert.deepEqual([producer.stats().acked, producer.stats().rejected], [1, 3]);
  });
});

Deno.test("a schema that is refused on a change of version rejects the new calls; the old version can be used again", async () => {
  await withProducer(async ({ log, registry, producer }) => {
    await registry.register("market.equities.trades.v1-value", OTHER_SCHEMA);
    await producer.produceTrade("equities", "ASX", exampleTrade());
    producer.setSchemaVersion("v1");
    await rejection(producer.produceTrade("equities", "ASX", exampleTrade()), RegistryError);
    producer.setSchemaVersion("v2");
    assert.equal((await producer.produceTrade("equities", "ASX", exampleTrade())).offset, 1n);
    assert.equal(allRecords(log).length, 2);
  });
});

Deno.test("a topic that the brokers do not allow rejects with TopicParkedError, others continue; once allowed, it works", async () => {
  await withProducer(async ({ clock, log, producer }) => {
    const forbidden = log.broker.faults.next("create_topic", { type: "fail", code: "unauthorized" }, {
      topic: TRADES,
      times: Infinity,
    });
    const calls = [1, 2].map(() =>
      rejection(producer.produceTrade("equities", "ASX", exampleTrade()), TopicParkedError)
    );
    for (const error of await settle(clock, Promise.all(calls))) {
      assert.equal(error.topic, TRADES);
      assert.match(error.message, /unauthorized/);
    }
    const btc = exampleTrade({ symbol: "BTCUSDT", exchange: "BINANCE", assetClass: "crypto" });
    await producer.produceTrade("crypto", "BINANCE", btc);
    forbidden.release();
    const receipt = await settle(clock, producer.produceTrade("equities", "ASX", exampleTrade()));
    assert.equal(receipt.topic, TRADES);
  });
});

Deno.test("a missing topic that may not be created rejects and names the setting", async () => {
  await withProducer(async ({ producer }) => {
    const error = await rejection(producer.produceTrade("equities", "ASX", exampleTrade()), TopicParkedError);
    assert.match(error.message, /topics\.create is false/);
  }, { config: { topics: { create: false } } });
});

Deno.test("a record that the log finds too large is refused, the others are written", async () => {
  await withProducer(async ({ clock, log, producer }) => {
    await producer.produceTrade("equities", "ASX", exampleTrade());
    log.broker.faults.next("send", { type: "refuse", code: "message_too_large" });
    const error = await rejection(
      settle(clock, producer.produceTrade("equities", "ASX", exampleTrade())),
      RecordRefusedError,
    );
    assert.equal(error.rule, "message_too_large");
    await settle(clock, producer.produceTrade("equities", "ASX", exampleTrade()));
    assert.equal(allRecords(log).length, 2);
  });
});

Deno.test("the same record passed twice is written twice under one id, so readers can tell", async () => {
  await withProducer(async ({ log, producer }) => {
    const trade = exampleTrade();
    const receipts = await producer.produceTrades("equities", "ASX", [trade, trade]);
    assert.deepEqual(receipts.map(({ offset }) => offset), [0n, 1n]);
    assert.deepEqual(new Set(allRecords(log).map(storedMessageId)), new Set([trade.message_id]));
  });
});

Deno.test("a producer refuses trades for a compacted topic, which would keep the newest of each symbol only", async () => {
  await withProducer(async ({ clock, log, producer }) => {
    await log.admin.createTopic({ name: TRADES, partitions: 1, config: { "cleanup.policy": "compact" } });
    const error = await rejection(
      settle(clock, producer.produceTrade("equities", "ASX", exampleTrade())),
      TopicParkedError,
    );
    assert.match(error.message, /cleanup\.policy compact: .*kafka-configs .*topics\.compacted/);
    assert.equal(allRecords(log, TRADES).length, 0);
  });
});

Deno.test("a producer writes trades to a compacted topic where the settings allow it", async () => {
  await withProducer(async ({ log, producer }) => {
    await log.admin.createTopic({ name: TRADES, partitions: 1, config: { "cleanup.policy": "compact" } });
    await producer.produceTrade("equities", "ASX", exampleTrade());
    assert.equal(allRecords(log, TRADES).length, 1);
  }, { config: { topics: { compacted: "allow" } } });
});
