/** Rows and targets for tests. */
import type { FilePosition } from "../../records/content/file_position.ts";
import { NO_OPEN_INSTANT } from "../../records/ids/open_instant.ts";
import type { SchemaVersion, TradeV2, Unscaled } from "../../schemas/record_types.ts";
import type { GoodRow, RowBatch } from "../../sources/source.ts";
import type { ActorRef } from "../../kernel/types.ts";
import type { ProducerMessage, RecordsEncoded, Target } from "../../actors/messages.ts";

/** A trade whose id and price contain its row number. */
export function trade(row: number, symbol = "BHP"): Unscaled<TradeV2> {
  return {
    message_id: messageId(row),
    trade_id: `ASX-${symbol}-${row}`,
    symbol,
    exchange: "ASX",
    asset_class: "equities",
    timestamp: 1_394_398_634_754_000 + row * 1_000,
    price: BigInt(row + 1) * 1_000_000n,
    quantity: 100_000_000n,
    currency: "AUD",
    side: "UNKNOWN",
    trade_conditions: [],
    source_sequence: null,
    ingestion_timestamp: 1_700_000_000_000_000,
    platform_sequence: null,
    vendor_data: { company_id: "7078" },
  };
}

/** A UUID of version 8 that holds a row number. */
export function messageId(row: number): string {
  return `00000000-0000-8000-8000-${row.toString(16).padStart(12, "0")}`;
}

/** After so many rows of 10 bytes, as of a file. */
export function positionAt(row: number): FilePosition {
  return { row, at: { line: row, offset: row * 10, openInstant: NO_OPEN_INSTANT } };
}

/** A batch of good rows, numbered on from `after`. */
export function trades(count: number, after: number, symbolOf: (row: number) => string = () => "BHP"): RowBatch {
  const rows = Array.from({ length: count }, (_, at): GoodRow => {
    const row = after + at + 1;
    const record = trade(row, symbolOf(row));
    return {
      ok: true,
      row,
      line: row,
      offset: row * 10,
      length: 9,
      record,
      messageId: record.message_id,
      tradeDate: "2014-03-10",
    };
  });
  return {
    kind: "trade",
    rows,
    from: positionAt(after),
    next: positionAt(after + count),
    raw: (row) => new TextEncoder().encode(`row ${row.row}`),
  };
}

/** The batches that a producer has received. */
export function encodedBy({ received }: { readonly received: readonly ProducerMessage[] }): RecordsEncoded[] {
  return received.filter((message) => message.type === "records_encoded");
}

/** A target whose producer takes nothing: for tests that act as the producer themselves. */
export function target(version: SchemaVersion, producer?: ActorRef<ProducerMessage>): Target {
  const nobody: ActorRef<ProducerMessage> = { path: "nobody", send: () => Promise.resolve() };
  return {
    version,
    topic: `market.equities.trades.asx.${version}`,
    schema: {
      kind: "trade",
      version,
      subject: `market.equities.trades.${version}-value`,
      id: version === "v1" ? 1 : 2,
    },
    producer: producer ?? nobody,
  };
}
