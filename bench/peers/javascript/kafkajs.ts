/**
 * Objects into Kafka as most people write it: kafkajs, and `encode` of @kafkajs/confluent-schema-registry; 5,000 a call, one call
 * after the other.
 *
 * @module
 */
import { SchemaRegistry, SchemaType } from "@kafkajs/confluent-schema-registry";
import { Kafka, logLevel, Partitioners } from "kafkajs";
import { CallClock, calls, tradeObjects } from "../../doors/trade_objects.ts";
import type { JavaScriptPeerOptions } from "../javascript_peer.ts";
import { DecimalType } from "./decimal_type.ts";

async function run({ files, reference, servers, topic, schemaId }: JavaScriptPeerOptions): Promise<void> {
  const registry = new SchemaRegistry({ host: servers.registry }, {
    [SchemaType.AVRO]: { logicalTypes: { decimal: DecimalType } },
  });
  const kafka = new Kafka({ clientId: "peer", brokers: [...servers.brokers], logLevel: logLevel.ERROR });
  const producer = kafka.producer({ idempotent: true, createPartitioner: Partitioners.DefaultPartitioner });
  await producer.connect();
  const clock = new CallClock();
  for await (const trades of tradeObjects({ files, reference })) {
    await clock.during(trades, async () => {
      for (const call of calls(trades)) {
        const messages = await Promise.all(
          call.map(async (trade) => ({ key: trade.symbol, value: await registry.encode(schemaId, trade) })),
        );
        await producer.send({ topic, acks: -1, messages });
      }
    });
  }
  await producer.disconnect();
  console.log(clock.line());
}

await run(JSON.parse(Deno.args[0] ?? "{}"));
