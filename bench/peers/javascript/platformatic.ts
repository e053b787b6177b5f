/**
 * Objects, or the rows of csv files with csv-parse, into Kafka with @platformatic/kafka and avsc: 5,000 a call, and for files
 * four calls under way.
 *
 * @module
 */
import avro from "avsc";
import { parse } from "csv-parse";
import { Buffer } from "node:buffer";
import { createReadStream } from "node:fs";
import { compatibilityPartitioner, Producer } from "@platformatic/kafka";
import { CALL, CallClock, calls, tradeObjects } from "../../doors/trade_objects.ts";
import type { JavaScriptPeerOptions } from "../javascript_peer.ts";
import { DecimalType } from "./decimal_type.ts";

const CALLS_UNDER_WAY = 4;
const FRAME_BYTES = 5;
const VENDOR_PREFIX = "vendor_data.";

interface Message {
  readonly key: Buffer;
  readonly value: Buffer;
}

/** Encodes trades in one buffer after the other. */
class Encoder {
  readonly #type: avro.Type;
  readonly #schemaId: number;
  #buffer = Buffer.alloc(0);
  #used = 0;

  constructor(schema: unknown, schemaId: number) {
    this.#type = avro.Type.forSchema(schema as avro.Schema, { logicalTypes: { decimal: DecimalType } });
    this.#schemaId = schemaId;
  }

  message(trade: { readonly symbol: string }): Message {
    let end = this.#type.encode(trade, this.#buffer, this.#used + FRAME_BYTES);
    // The buffer has no room for it.
    if (end < 0 || this.#buffer.length === 0) {
      this.#buffer = Buffer.allocUnsafe(1 << 20);
      this.#used = 0;
      end = this.#type.encode(trade, this.#buffer, FRAME_BYTES);
    }
    this.#buffer.writeUInt8(0, this.#used);
    this.#buffer.writeInt32BE(this.#schemaId, this.#used + 1);
    const value = this.#buffer.subarray(this.#used, end);
    this.#used = end;
    return { key: Buffer.from(trade.symbol), value };
  }
}

async function run(
  { files, reference, servers, topic, schemaId, schemaFile, door }: JavaScriptPeerOptions,
): Promise<void> {
  const encoder = new Encoder(JSON.parse(await Deno.readTextFile(schemaFile)), schemaId);
  const producer = new Producer({
    clientId: "peer",
    bootstrapBrokers: [...servers.brokers],
    idempotent: true,
    acks: -1,
    partitioner: (message) => compatibilityPartitioner(message, message.key),
  });
  const send = async (messages: readonly Message[]) => {
    await producer.send({ messages: messages.map(({ key, value }) => ({ topic, key, value })) });
  };
  await producer.metadata({ topics: [topic] });
  const clock = new CallClock();
  if (door === "produce-trades") {
    for await (const trades of tradeObjects({ files, reference })) {
      await clock.during(trades, async () => {
        for (const call of calls(trades)) await send(call.map((trade) => encoder.message(trade)));
      });
    }
    console.log(clock.line());
  } else {
    const started = performance.now();
    const rows = await sendCsv(files, { encoder, send });
    console.log(JSON.stringify({ rows, seconds: (performance.now() - started) / 1_000 }));
  }
  await producer.close();
}

async function sendCsv(
  files: readonly string[],
  { encoder, send }: { readonly encoder: Encoder; readonly send: (messages: readonly Message[]) => Promise<void> },
): Promise<number> {
  let rows = 0;
  let messages: Message[] = [];
  const underWay: Promise<void>[] = [];
  for (const path of files) {
    const parser = createReadStream(path).pipe(parse({ columns: true }));
    for await (const row of parser) {
      messages.push(encoder.message(recordOf(row)));
      rows++;
      if (messages.length < CALL) continue;
      if (underWay.length === CALLS_UNDER_WAY) await underWay.shift();
      underWay.push(send(messages));
      messages = [];
    }
  }
  await Promise.all([...underWay, send(messages)]);
  return rows;
}

function recordOf(row: Readonly<Record<string, string>>) {
  const { symbol = "", timestamp = "", price, quantity, trade_conditions = "" } = row;
  const vendorData: Record<string, string> = {};
  for (const name in row) {
    if (name.startsWith(VENDOR_PREFIX) && row[name]) vendorData[name.slice(VENDOR_PREFIX.length)] = row[name];
  }
  const id = crypto.randomUUID();
  return {
    message_id: id,
    trade_id: `ASX-${symbol}-${timestamp}-${id.slice(0, 8)}`,
    symbol,
    exchange: "ASX",
    asset_class: "equities",
    timestamp: Number(timestamp),
    price,
    quantity,
    currency: "AUD",
    side: "UNKNOWN",
    trade_conditions: trade_conditions === "" ? [] : trade_conditions.split("|"),
    source_sequence: null,
    ingestion_timestamp: Date.now() * 1_000,
    platform_sequence: null,
    vendor_data: vendorData,
  };
}

await run(JSON.parse(Deno.args[0] ?? "{}"));
