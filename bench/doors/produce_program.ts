/**
 * A program that hands trades to the producer, as a user writes it: in calls of 5,000, one after the other, or one by one
 * with 5,000 calls under way.
 *
 * @module
 */
import { MarketDataProducer } from "../../mod.ts";
import type { TradeV2 } from "../../schemas/record_types.ts";
import type { ServerAddresses } from "../contestant.ts";
import { topicNames } from "./door_contestant.ts";
import { CALL, CallClock, calls, tradeObjects, type TradeObjectsOptions } from "./trade_objects.ts";

/** What to hand over, and how. */
export interface ProduceProgramOptions extends TradeObjectsOptions {
  readonly by: "batch" | "one";
  readonly servers: ServerAddresses;
  readonly topic: string;
}

async function run({ by, servers, topic, ...objects }: ProduceProgramOptions): Promise<void> {
  await using producer = await MarketDataProducer.start({
    brokers: [...servers.brokers],
    registry: { url: servers.registry },
    config: { topics: topicNames(topic) },
    observe: () => {},
  });
  const clock = new CallClock();
  for await (const trades of tradeObjects(objects)) {
    await clock.during(trades, () => by === "batch" ? inBatches(producer, trades) : oneByOne(producer, trades));
  }
  console.log(clock.line());
}

async function inBatches(producer: MarketDataProducer, trades: readonly TradeV2[]): Promise<void> {
  for (const call of calls(trades)) await producer.produceTrades("equities", "ASX", call);
}

async function oneByOne(producer: MarketDataProducer, trades: readonly TradeV2[]): Promise<void> {
  const underWay: Promise<unknown>[] = [];
  for (const [at, trade] of trades.entries()) {
    // The call that began so many calls ago.
    await underWay[at % CALL];
    underWay[at % CALL] = producer.produceTrade("equities", "ASX", trade);
  }
  await Promise.all(underWay);
}

if (import.meta.main) await run(JSON.parse(Deno.args[0] ?? "{}"));
