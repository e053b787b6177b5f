/**
 * Compressed batches on a real broker, by each client: stored byte for byte as sent, and Java's codecs read ours as ours
 * read Java's.
 */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { systemClock } from "../../kernel/clock.ts";
import type { BatchCompression } from "../../transport/kafka/batch_compression.ts";
import type { KafkaClient, WireRequest } from "../../transport/kafka/client.ts";
import { Connections } from "../../transport/kafka/connections.ts";
import { KafkaLog } from "../../transport/kafka/log.ts";
import { fetchRequest } from "../../transport/kafka/messages.ts";
import type { KafkaLogOptions } from "../../transport/kafka/options.ts";
import { kafkajsClient } from "../../transport/kafkajs/library.ts";
import type { LogRecord } from "../../transport/log.ts";
import { platformaticClient } from "../../transport/platformatic/library.ts";
import { realStack } from "../support/real_stack.ts";

const CLIENTS: readonly (readonly [name: string, client: KafkaClient])[] = [
  ["kafkajs", kafkajsClient],
  ["platformatic", platformaticClient],
];
/** The number of each compression in the attributes of a batch. */
const CODECS = { none: 0, gzip: 1, snappy: 2, lz4: 3, zstd: 4 };
/** Where a batch has its length, the leader's epoch, its format and its attributes. */
const [LENGTH_AT, EPOCH_AT, FORMAT_AT, ATTRIBUTES_AT] = [8, 12, 16, 21];
/** More than 64 KiB, the size of blocks in lz4 and snappy as Java writes them. */
const RECORDS = 1_000;

/** A topic, the records sent to it, and its batches. */
interface Written {
  readonly sent: readonly Buffer[];
  readonly stored: readonly Buffer[];
  readonly read: readonly LogRecord[];
}

function records(): LogRecord[] {
  const encoder = new TextEncoder();
  return Array.from({ length: RECORDS }, (_, index) => ({
    key: index % 7 === 0 ? null : encoder.encode(`key ${index % 11}`),
    value: index % 13 === 0
      ? null
      : encoder.encode(`{"price": ${index * 31 % 977}, "text": "${"again ".repeat(index % 40)}"}`),
    timestamp: 1_700_000_000_000 + index,
    headers: [["content-type", encoder.encode("application/json")], ["at", Uint8Array.of(index & 0xff)]],
  }));
}

/** A client that keeps a copy of each batch that it sends. */
function recording(client: KafkaClient, sent: Buffer[]): KafkaClient {
  return {
    makeBroker(address, options) {
      const broker = client.makeBroker(address, options);
      const send = broker.send.bind(broker);
      broker.send = <Answer>(request: WireRequest<Answer>) => {
        // The head of the request, then that of its partition, then the batch.
        if (request.apiName === "Produce") sent.push(Buffer.concat(request.encode().slice(2)));
        return send(request);
      };
      return broker;
    },
  };
}

/** The batches of the partition as the broker stores them. */
async function storedBatches(client: KafkaClient, options: KafkaLogOptions, topic: string): Promise<Buffer[]> {
  const connections = new Connections(client, options);
  try {
    const name = { topic, partition: 0 };
    const leader = await connections.leader(name);
    const fetched = await leader.send(fetchRequest(name, { offset: 0n, maxWaitMs: 5_000, maxBytes: 10_000_000 }));
    assert.equal(fetched.error, 0);
    const batches: Buffer[] = [];
    let rest = Buffer.from(fetched.batches);
    while (rest.length > 0) {
      const length = EPOCH_AT + rest.readInt32BE(LENGTH_AT);
      batches.push(rest.subarray(0, length));
      rest = rest.subarray(length);
    }
    return batches;
  } finally {
    await connections.close();
  }
}

/** Writes the records twice, and reads them back. */
async function write(
  client: KafkaClient,
  brokers: readonly string[],
  { compression, ofTopic }: { compression: BatchCompression; ofTopic: string },
): Promise<Written> {
  const options: KafkaLogOptions = {
    brokers,
    clientId: "compression",
    requestTimeoutMs: 30_000,
    deliveryTimeoutMs: 30_000,
    connectionTimeoutMs: 30_000,
    compression,
    clock: systemClock,
  };
  const topic = `compression-${crypto.randomUUID()}`;
  const sent: Buffer[] = [];
  const log = new KafkaLog(recording(client, sent), options);
  try {
    // The records are older than the broker's retention time.
    const config = { "compression.type": ofTopic, "retention.ms": "-1" };
    await log.admin.createTopic({ name: topic, partitions: 1, config });
    const producer = await log.createProducer();
    for (const baseOffset of [0n, BigInt(RECORDS)]) {
      assert.deepEqual(await producer.send(topic, 0, records()), { type: "stored", baseOffset });
    }
    await producer.close();
    const read: LogRecord[] = [];
    for await (const chunk of log.read(topic, 0, { from: 0n, to: BigInt(2 * RECORDS) })) {
      for (const { offset: _, ...record } of chunk) read.push(record);
    }
    return { sent, stored: await storedBatches(client, options, topic), read };
  } finally {
    await log.admin.deleteTopic(topic);
    await log.close();
  }
}

function codecOf(batch: Buffer): number {
  return batch.readInt16BE(ATTRIBUTES_AT) & 0x07;
}

const stack = realStack();
const expected = [...records(), ...records()];
for (const [name, client] of stack === null ? [] : CLIENTS) {
  const brokers = stack?.brokers ?? [];
  for (const compression of ["none", "gzip", "lz4", "zstd"] as const) {
    Deno.test(`${name}: a batch with compression ${compression} is stored byte for byte as it was sent`, async () => {
      const { sent, stored, read } = await write(client, brokers, { compression, ofTopic: "producer" });
      assert.deepEqual(stored.map(codecOf), [CODECS[compression], CODECS[compression]]);
      // The broker sets the offset before these, and its epoch between them.
      for (const [from, to] of [[LENGTH_AT, EPOCH_AT], [FORMAT_AT, undefined]] as const) {
        assert.deepEqual(
          stored.map((batch) => batch.subarray(from, to)),
          sent.map((batch) => batch.subarray(from, to)),
        );
      }
      assert.deepEqual(read, expected);
    });

    Deno.test(`${name}: Java reads compression ${compression}, if the topic has none`, async () => {
      const { sent, stored, read } = await write(client, brokers, { compression, ofTopic: "uncompressed" });
      assert.deepEqual(sent.map(codecOf), [CODECS[compression], CODECS[compression]]);
      assert.deepEqual(stored.map(codecOf), [0, 0]);
      assert.deepEqual(read, expected);
    });
  }
  for (const compression of ["gzip", "snappy", "lz4", "zstd"] as const) {
    Deno.test(`${name}: reads what Java compresses with ${compression}`, async () => {
      const { stored, read } = await write(client, brokers, { compression: "none", ofTopic: compression });
      assert.deepEqual(stored.map(codecOf), [CODECS[compression], CODECS[compression]]);
      assert.deepEqual(read, expected);
    });
  }
}
