import assert from "node:assert/strict";
import { MarketDataProducer } from "../producer/market_data_producer.ts";
import { MemoryLog } from "../transport/memory/log.ts";
import { MemoryRegistry } from "../transport/memory/registry.ts";
import { exampleTrade } from "../tests/support/producer_harness.ts";
import { consoleObserver } from "./console_observer.ts";

Deno.test("consoleObserver() writes warnings and errors in the words of the command line, and nothing below", () => {
  const lines: string[] = [];
  const observe = consoleObserver((line) => lines.push(line));
  const cause = new Error("refused");
  observe({ type: "registry_available", stage: "schemas", registry: "http://r" });
  observe({ type: "topic_opened", stage: "sending", topic: "t", partitions: 1 });
  observe({ type: "topic_parked", stage: "sending", topic: "t", cause });
  for (let attempt = 1; attempt <= 64; attempt++) {
    observe({ type: "topic_unavailable", stage: "sending", topic: "t", attempt, delayMs: 100, cause });
  }
  assert.equal(lines.length, 8, lines.join(""));
  assert.match(lines[0] ?? "", /^\S+ error +sending: topic t is parked, nothing is written to it: Error: refused\n$/);
});

/** Runs with another console; what it was told. */
async function withConsole(action: () => Promise<void>): Promise<readonly string[]> {
  const told: string[] = [];
  const real = console.error;
  console.error = (line: string) => void told.push(line);
  try {
    await action();
    return told;
  } finally {
    console.error = real;
  }
}

async function produceWhileAway(observe?: () => void): Promise<readonly string[]> {
  return await withConsole(async () => {
    const ports = { log: new MemoryLog(), registry: new MemoryRegistry() };
    const away = ports.log.broker.faults.unreachable({ calls: 1 });
    const options = observe === undefined ? { ports } : { ports, observe };
    await using producer = await MarketDataProducer.start(options);
    await producer.produceTrade("equities", "ASX", exampleTrade());
    away.release();
  });
}

Deno.test("MarketDataProducer tells the console what goes wrong, unless there is an observer", async () => {
  const told = await produceWhileAway();
  assert.ok(
    told.some((line) => /topic \S+( cannot be reached|: what it holds cannot be read)/.test(line)),
    told.join("\n"),
  );
  assert.deepEqual(await produceWhileAway(() => {}), []);
});
