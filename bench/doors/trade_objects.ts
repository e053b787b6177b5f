/**
 * Trades as the objects that a program has in hand: v2 records with decimals. Made before the clock runs, because that is
 * not what a contestant is measured by.
 *
 * @module
 */
import { Decimal } from "decimal.js";
import type { TradeV2 } from "../../schemas/record_types.ts";
import { readTickTrades, type TickTrade } from "./tick_trades.ts";

/** Where the trades are. */
export interface TradeObjectsOptions {
  readonly files: readonly string[];
  readonly reference: string;
}

/**
 * Objects that are made at a time: not all at once, so that their memory is not that of the contestant. With 20,000 a program
 * that made them and did nothing else had a peak of 330 MiB, as V8 leaves garbage for long; with 10,000 it had 300.
 */
const OBJECTS = 10_000;
/** Objects that a program hands over in one call, or keeps under way. */
export const CALL = 5_000;

/** All trades, in lists of the same length but for the last one. */
export async function* tradeObjects({ files, reference }: TradeObjectsOptions): AsyncGenerator<TradeV2[]> {
  let objects: TradeV2[] = [];
  for await (const trades of readTickTrades({ trades: files, reference })) {
    for (const trade of trades) {
      objects.push(recordOf(trade));
      if (objects.length < OBJECTS) continue;
      yield objects;
      objects = [];
    }
  }
  if (objects.length > 0) yield objects;
}

function recordOf({ symbol, micros, price, quantity, conditions, vendorData }: TickTrade): TradeV2 {
  const id = crypto.randomUUID();
  return {
    message_id: id,
    trade_id: `ASX-${symbol}-${micros}-${id.slice(0, 8)}`,
    symbol,
    exchange: "ASX",
    asset_class: "equities",
    timestamp: micros,
    price: new Decimal(price),
    quantity: new Decimal(quantity),
    currency: "AUD",
    side: "UNKNOWN",
    trade_conditions: conditions,
    source_sequence: null,
    ingestion_timestamp: Date.now() * 1_000,
    platform_sequence: null,
    vendor_data: vendorData,
  };
}

/** The seconds in which a contestant had objects, and their number. */
export class CallClock {
  rows = 0;
  #seconds = 0;

  /** Times what a contestant does with some objects, until all are acknowledged. */
  async during(objects: readonly TradeV2[], send: () => Promise<void>): Promise<void> {
    const started = performance.now();
    await send();
    this.#seconds += (performance.now() - started) / 1_000;
    this.rows += objects.length;
  }

  /** The line that the bench reads. */
  line(): string {
    return JSON.stringify({ rows: this.rows, seconds: this.#seconds });
  }
}

/** Lists in parts of {@link CALL}. */
export function* calls<T>(items: readonly T[]): Generator<readonly T[]> {
  for (let at = 0; at < items.length; at += CALL) yield items.slice(at, at + CALL);
}
