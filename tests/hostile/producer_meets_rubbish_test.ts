/** A program with an embedded producer must neither end nor grow because of the server at its brokers' address. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { MarketDataProducer } from "../../producer/market_data_producer.ts";
import type { RuntimeEvent } from "../../telemetry/events.ts";
import { addressText } from "../../transport/kafka/options.ts";
import { MemoryRegistry } from "../../transport/memory/registry.ts";
import { openKafkajsLog } from "../../transport/kafkajs/log.ts";
import { openPlatformaticLog } from "../../transport/platformatic/log.ts";
import { systemClock } from "../../kernel/clock.ts";
import { exampleTrade } from "../support/producer_harness.ts";
import { frame } from "./corrupt_answer.ts";
import { FakeBroker } from "./fake_broker.ts";

const ATTEMPTS = 5;

for (const [client, openLog] of [["kafkajs", openKafkajsLog], ["platformatic", openPlatformaticLog]] as const) {
  Deno.test(`MarketDataProducer over ${client} waits for a broker in place of a peer that sends rubbish`, async () => {
    const lengths = [-5, 0, 0x7fff_ffff, 0x4854_5450];
    let asked = 0;
    await using peer = new FakeBroker(() => ({ raw: frame(0, Buffer.alloc(64), lengths[asked++ % lengths.length]) }));
    const log = await openLog({
      brokers: [addressText(peer.address)],
      clientId: "test",
      requestTimeoutMs: 3_000,
      deliveryTimeoutMs: 3_000,
      connectionTimeoutMs: 3_000,
      clock: systemClock,
    });
    const attempts = Promise.withResolvers<void>();
    const events: RuntimeEvent[] = [];
    const producer = await MarketDataProducer.start({
      ports: { log, registry: new MemoryRegistry() },
      observe(event) {
        events.push(event);
        if (event.type === "topic_unread" && event.attempt === ATTEMPTS) attempts.resolve();
      },
    });
    const call = producer.produceTrade("equities", "ASX", exampleTrade()).catch((cause: unknown) => cause);
    await attempts.promise;
    const told = events.filter(({ type }) => type === "topic_unread").map((event) => Deno.inspect(event));
    assert.ok(told.every((each) => /does not speak Kafka/.test(each)), told.join("\n"));
    await producer.close({ deadlineMs: 1 });
    assert.ok(await call instanceof Error, "settled by the end of the producer");
    await log.close();
  });
}
