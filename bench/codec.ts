/**
 * Measures how much writing and reading objects costs with the project's codec and with avsc alone, for trades of v2:
 *
 *     deno run --v8-flags=--max-semi-space-size=16 bench/codec.ts [rounds]
 *
 * The two take turns, round by round. The figures are processor time of all threads, including the garbage collector's.
 * Both do the same work: decimals are unscaled bigints.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import process from "node:process";
import avro from "avsc";
import { BodyOutput } from "../schemas/avro/body_output.ts";
import { codecFor } from "../schemas/codec.ts";
import { readUnscaled } from "../schemas/avro/decimal.ts";
import type { TradeV2, Unscaled } from "../schemas/record_types.ts";

const RECORDS = 20_000;

/** The shortest way from a bigint to the bytes of a decimal and back; avsc has no such type. */
class DecimalType extends avro.types.LogicalType {
  static readonly #output = new BodyOutput();
  static readonly #scratch = Buffer.alloc(9);

  protected override _toValue(value: bigint): Buffer {
    const output = DecimalType.#output;
    output.bytes = DecimalType.#scratch;
    output.position = 0;
    output.unscaled(value);
    return DecimalType.#scratch.subarray(1, output.position);
  }

  protected override _fromValue(bytes: Buffer): bigint {
    return readUnscaled(bytes);
  }
}

function trade(row: number): Unscaled<TradeV2> {
  return {
    message_id: `0f8fad5b-d9cb-869f-a165-${row.toString(16).padStart(12, "0")}`,
    trade_id: `ASX-BHP-${1394406344516000 + row}-0f8fad5b`,
    symbol: "BHP",
    exchange: "ASX",
    asset_class: "equities",
    timestamp: 1394406344516000 + row,
    price: 4567000000n + BigInt(row),
    quantity: 100000000000n,
    currency: "AUD",
    side: "BUY",
    trade_conditions: ["XT"],
    source_sequence: row,
    ingestion_timestamp: 1700000000123456,
    platform_sequence: null,
    vendor_data: { company_id: "7078" },
  };
}

const codec = codecFor("trade", "v2");
const type = avro.Type.forSchema(JSON.parse(codec.schemaText), { logicalTypes: { decimal: DecimalType } });
const trades = Array.from({ length: RECORDS }, (_, row) => trade(row));
const bodies = trades.map((record) => Buffer.from(codec.encode(record)));
for (const [row, body] of bodies.entries()) {
  if (!type.toBuffer(trades[row]).equals(body)) throw new Error(`avsc writes trade ${row} in other bytes`);
}

const room = Buffer.alloc(1_000);
const CONTESTANTS = {
  "write, this codec": () => trades.forEach((record) => codec.encode(record)),
  "write, avsc toBuffer": () => trades.forEach((record) => type.toBuffer(record)),
  "write into a buffer, this codec": () => trades.forEach((record) => codec.encodeInto(record, room, 0)),
  "write into a buffer, avsc encode": () => trades.forEach((record) => type.encode(record, room, 0)),
  "read, this codec": () => bodies.forEach((body) => codec.decodeUnscaled(body)),
  "read, avsc fromBuffer": () => bodies.forEach((body) => type.fromBuffer(body)),
};

const [rounds = "20"] = Deno.args;
const found = new Map<string, number[]>();
for (let round = 0; round <= Number(rounds); round++) {
  for (const [name, run] of Object.entries(CONTESTANTS)) {
    const start = process.cpuUsage();
    run();
    const { user, system } = process.cpuUsage(start);
    const micros = (user + system) / RECORDS;
    if (round > 0) found.set(name, [...found.get(name) ?? [], micros]); // the first one warms up
  }
}
for (const [name, costs] of found) {
  costs.sort((one, other) => one - other);
  const at = (share: number) => (costs[Math.floor(share * (costs.length - 1))] ?? NaN).toFixed(2);
  console.log(`${name.padEnd(32)} best ${at(0)}, median ${at(0.5)}, worst ${at(1)} µs of CPU a trade`);
}
