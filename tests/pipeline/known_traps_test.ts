/** Rules from known mistakes of platforms like this one: one test for each. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { Decimal } from "decimal.js";
import { systemClock } from "../../kernel/clock.ts";
import { settingsFrom } from "../../config/load_settings.ts";
import type { SettingsInput } from "../../config/settings.ts";
import { buildQuoteV2 } from "../../records/quote/build.ts";
import { RecordError } from "../../records/errors.ts";
import { buildReferenceDataV1 } from "../../records/reference_data/build.ts";
import { buildTradeV1, buildTradeV2 } from "../../records/trade/build.ts";
import { convertTradeV1ToV2, type PlainTrade } from "../../records/trade/convert.ts";
import { startRuntime } from "../../runtime.ts";
import { codecFor } from "../../schemas/codec.ts";
import { loadSchema } from "../../schemas/load.ts";
import type { RecordKind, RecordTypes, SchemaVersion } from "../../schemas/record_types.ts";
import { parseFrame } from "../../schemas/avro/wire.ts";
import { type FileSourceOptions, openFileSource } from "../../sources/files/file_source.ts";
import type { DeadLetter } from "../../state/dead_letters.ts";
import { RegistryError } from "../../transport/registry.ts";
import { MemoryLog } from "../../transport/memory/log.ts";
import { MemoryRegistry } from "../../transport/memory/registry.ts";
import {
  allRecords,
  exampleTrade,
  rejection,
  settle,
  storedAt,
  TRADES,
  utf8,
  withProducer,
} from "../support/producer_harness.ts";

const ROOT = join(import.meta.dirname ?? ".", "../..");
const V1_SUBJECT = "market.equities.trades.v1-value";
const V2_SUBJECT = "market.equities.trades-value";
const TOPIC_SUBJECT = "market.equities.trades.asx-value";
const AT = "2014-03-10T10:00:06.717+11:00";

/** The rule that refuses the input. */
function ruleOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof RecordError, String(error));
    return error.rule;
  }
  assert.fail("It must be refused");
}

interface Loaded {
  readonly log: MemoryLog;
  readonly letters: DeadLetter[];
}

/** Loads a file of the given rows, and reads the written records. */
async function loaded(
  rows: readonly string[],
  { source, config }: { source: Partial<FileSourceOptions>; config?: SettingsInput },
): Promise<Loaded> {
  const folder = await Deno.makeTempDir();
  const log = new MemoryLog();
  try {
    const path = join(folder, "7078.csv");
    await Deno.writeTextFile(path, `${rows.join("\n")}\n`);
    const letters: DeadLetter[] = [];
    const runtime = await startRuntime(settingsFrom(config ?? {}, { cwd: folder }), {
      log,
      registry: new MemoryRegistry(),
      deadLetters: { add: (added) => void letters.push(...added) },
    });
    const { done } = await runtime.addSource(openFileSource({
      path,
      format: "csv",
      kind: "trade",
      exchange: "ASX",
      assetClass: "equities",
      currency: "AUD",
      timeZone: "Australia/Sydney",
      clock: systemClock,
      ...source,
    }));
    assert.deepEqual(await done, { type: "completed" });
    await runtime.stop();
    return { log, letters };
  } finally {
    await log.close();
    await Deno.remove(folder, { recursive: true });
  }
}

function decoded<K extends RecordKind, V extends SchemaVersion>(
  { log }: Loaded,
  { kind, version, topic = TRADES }: { kind: K; version: V; topic?: string },
): RecordTypes[K][V][] {
  return allRecords(log, topic).map(({ value }) =>
    codecFor(kind, version).decode(parseFrame(value ?? new Uint8Array(0)).body)
  );
}

Deno.test("the version flag decides which schema a record is written with, not the registry's latest version", async () => {
  await withProducer(async ({ log, registry, producer }) => {
    const v2 = await registry.register(V2_SUBJECT, loadSchema("trade", "v2").text);
    const receipt = await producer.produceTrade("equities", "ASX", exampleTrade());
    const { schemaId, body } = parseFrame(storedAt(log, receipt).value ?? new Uint8Array(0));
    assert.notEqual(schemaId, v2);
    assert.equal(schemaId, (await registry.version(V1_SUBJECT, "latest")).id);
    assert.equal(codecFor("trade", "v1").decode(body).volume, 1000);
  }, { schemaVersion: "v1" });
});

Deno.test("v1 and v2 have separate subjects, so that a BACKWARD registry takes the switch", async () => {
  await withProducer(async ({ registry, producer }) => {
    assert.equal(await registry.compatibility(), "BACKWARD");
    await producer.produceTrade("equities", "ASX", exampleTrade());
    producer.setSchemaVersion("v2");
    await producer.produceTrade("equities", "ASX", exampleTrade());
    assert.deepEqual(await registry.subjects(), [V2_SUBJECT, TOPIC_SUBJECT, V1_SUBJECT]);
    await rejection(registry.register(V1_SUBJECT, loadSchema("trade", "v2").text), RegistryError);
  }, { schemaVersion: "v1" });
});

Deno.test("a schema is registered under the subjects in which it is looked up, and nowhere else", async () => {
  await withProducer(async ({ registry, producer }) => {
    await producer.produceTrade("equities", "ASX", exampleTrade());
    const asked = registry.server.calls.map(({ subject }) => subject);
    assert.deepEqual(new Set(asked), new Set([V2_SUBJECT, TOPIC_SUBJECT]));
  });
  await withProducer(async ({ registry, producer }) => {
    const error = await rejection(producer.produceTrade("equities", "ASX", exampleTrade()), RegistryError);
    assert.equal(error.code, "not_found");
    assert.deepEqual(await registry.subjects(), []);
  }, { config: { schemas: { register: false } } });
});

Deno.test("a file is loaded as v1 with exact prices, real instants and its company id", async () => {
  const result = await loaded([
    "symbol,exchange_timestamp,price,volume,company_id,qualifiers,venue",
    `BHP,${AT},45.670001,1000,7078,3,X`,
  ], { source: {}, config: { schemaVersion: "v1" } });
  const [trade] = decoded(result, { kind: "trade", version: "v1" });
  assert.deepEqual(result.letters, []);
  assert.deepEqual([trade?.company_id, trade?.qualifiers, trade?.venue, trade?.volume], [7078, 3, "X", 1000]);
  assert.deepEqual([trade?.price.toString(), trade?.exchange_timestamp], ["45.670001", 1_394_406_006_717]);
});

Deno.test("reference data has every field of v2 and a text as its key, of company 0 too", async () => {
  const topic = "market.equities.reference_data.asx";
  const result = await loaded(
    ["company_id,symbol,company_name,isin", "0,ZERO,Zero Ltd,AU0", "7078,BHP,BHP Billiton,AU1"],
    { source: { kind: "reference_data" } },
  );
  assert.deepEqual(allRecords(result.log, topic).map(({ key }) => utf8(key)), ["0", "7078"]);
  for (const record of decoded(result, { kind: "reference_data", version: "v2", topic })) {
    assert.equal(record.message_id.length, 36);
    assert.deepEqual([record.exchange, record.asset_class, record.is_active], ["ASX", "equities", true]);
    assert.ok(record.ingestion_timestamp > 0);
  }
  await withProducer(async ({ log, producer }) => {
    const v1 = buildReferenceDataV1({
      companyId: 0,
      symbol: "ZERO",
      companyName: "Zero Ltd",
      isin: "AU0",
      startDate: "01/02/2003",
    });
    const receipt = await producer.produceReferenceData("equities", "ASX", v1);
    assert.equal(utf8(storedAt(log, receipt).key), "0");
  });
});

Deno.test("a currency comes from the record, else from its exchange, else it is USD: never from another exchange", () => {
  const currencyOf = (exchange: string, currency?: string) =>
    convertTradeV1ToV2({ symbol: "X", exchange, timestamp: AT, price: "1", volume: 1, currency }).currency;
  assert.deepEqual([currencyOf("ASX"), currencyOf("BINANCE"), currencyOf("ASX", "NZD")], ["AUD", "USD", "NZD"]);
});

Deno.test("a decimal is bounded by its integer digits: ten for (18,8)", () => {
  const price = (value: string | number) => () => exampleTrade({ price: value });
  assert.equal(exampleTrade({ price: "9999999999.99999999" }).price.toFixed(), "9999999999.99999999");
  for (const value of ["12345678901", "1E+20", 1e20, "10000000000"]) {
    assert.equal(ruleOf(price(value)), "too_many_integer_digits", String(value));
  }
});

Deno.test("trailing zeros are no decimals, and a value that is no finite number has its own rule", () => {
  assert.equal(exampleTrade({ price: "1.1000000000" }).price.toString(), "1.1");
  assert.equal(exampleTrade({ price: new Decimal("1.10000000") }).price.toString(), "1.1");
  assert.equal(ruleOf(() => exampleTrade({ price: 0.1 + 0.2 })), "too_many_decimals");
  for (const value of [Infinity, -Infinity, NaN, new Decimal(NaN)]) {
    assert.equal(ruleOf(() => exampleTrade({ price: value })), "not_finite");
  }
});

Deno.test("the unit of an instant is never guessed from its size", () => {
  const micros2001 = 983_404_800_000_000n; // before 2001-09-09, where micros have one digit less
  assert.equal(exampleTrade({ timestamp: micros2001 }).timestamp, Number(micros2001));
  for (const [value, rule] of [[1_394_406_006, "no_unit"], [1_394_406_006_717, "no_unit"], [true, "wrong_type"]]) {
    // @ts-expect-error: neither compiles
    assert.equal(ruleOf(() => exampleTrade({ timestamp: value })), rule);
  }
});

Deno.test("local times are in the named zone, not in the host's", async () => {
  const program = `
    import { buildTradeV2 } from "tickflume";
    const trade = { symbol: "BHP", exchange: "ASX", assetClass: "equities", price: "1", quantity: 1 };
    const timestamp = "2014-03-10T10:00:06.717";
    console.log(buildTradeV2({ ...trade, timestamp, timeZone: "Australia/Sydney" }).timestamp);
    try { buildTradeV2({ ...trade, timestamp }); } catch ({ rule }) { console.log(rule); }`;
  for (const zone of ["UTC", "Australia/Sydney", "America/New_York"]) {
    const options = { args: ["eval", program], cwd: ROOT, env: { TZ: zone } };
    const { stdout } = await new Deno.Command(Deno.execPath(), options).output();
    assert.equal(new TextDecoder().decode(stdout), "1394406006717000\nno_offset\n", zone);
  }
});

Deno.test("default ids tell apart symbols, microseconds and equal trades of one microsecond", () => {
  const ids = [
    exampleTrade(),
    exampleTrade(),
    exampleTrade({ symbol: "RIO" }),
    exampleTrade({ timestamp: Temporal.Instant.from(AT).add({ microseconds: 1 }) }),
  ].map(({ trade_id }) => trade_id);
  assert.equal(new Set(ids).size, 4);
  assert.ok(ids.every((id) => /^ASX-(BHP|RIO)-\d{16}-[0-9a-f]{8}$/.test(id)), ids.join());
  const quote = buildQuoteV2({
    symbol: "BHP",
    exchange: "ASX",
    assetClass: "equities",
    timestamp: AT,
    bidPrice: 1,
    bidQuantity: 1,
    askPrice: 1,
    askQuantity: 1,
  });
  assert.equal(quote.quote_id, `ASX-BHP-1394406006717000-${quote.message_id.slice(0, 8)}`);
});

Deno.test("a row keeps its message id when it is loaded again, also as another version", async () => {
  const rows = ["03/10/2014,10:00:06.717,36.66,100,0,,", "03/10/2014,10:00:06.717,36.66,100,0,,"];
  const source = { format: "asx-ticks", symbol: "BHP", companyId: "7078" } as const;
  const idsOf = (result: Loaded) => decoded(result, { kind: "trade", version: "v2" }).map((trade) => trade.message_id);
  const ids = idsOf(await loaded(rows, { source }));
  assert.equal(new Set(ids).size, 2, "equal rows are two trades");
  assert.deepEqual(idsOf(await loaded(rows, { source })), ids);
  const v1 = await loaded(rows, { source, config: { schemaVersion: "v1" } });
  const headers = allRecords(v1.log).map(({ headers: [header] }) => Array.from(header?.[1] ?? []));
  const hex = headers.map((bytes) => bytes.map((byte) => byte.toString(16).padStart(2, "0")).join(""));
  assert.deepEqual(hex, ids.map((id) => id.replaceAll("-", "")));
});

Deno.test("v2 has no values that the v1 record lacks: no None, no empty text, no exchange made up", () => {
  const base = { symbol: "BHP", timestamp: AT, price: "1", volume: 1 } satisfies PlainTrade;
  const bare = convertTradeV1ToV2({ ...base, company_id: null, venue: null, buyer_id: null, qualifiers: null });
  assert.deepEqual([bare.vendor_data, bare.trade_conditions, bare.exchange], [null, [], "unknown"]);
  const full = convertTradeV1ToV2({ ...base, exchange: "asx", company_id: 7078, venue: "", qualifiers: 3 });
  assert.deepEqual(full.vendor_data, { company_id: "7078", qualifiers: "3" });
  assert.deepEqual([full.trade_conditions, full.exchange], [["3"], "ASX"]);
  assert.ok(full.trade_id.startsWith("ASX-BHP-"));
  const v1 = buildTradeV1({ symbol: "BHP", companyId: 7078, timestamp: AT, price: "1", volume: 1 });
  const read = codecFor("trade", "v1").decode(codecFor("trade", "v1").encode(v1));
  assert.equal(convertTradeV1ToV2(read).timestamp, 1_394_406_006_717_000, "what a decoder returns is taken");
});

Deno.test("symbols are never re-spelt, split or folded", async () => {
  await withProducer(async ({ log, producer }) => {
    for (const symbol of ["BTCFDUSD", "BTCJPY", "USDTBRL", "BTC", "btc/usd", "XBT/USD", "BRK.B"]) {
      const trade = exampleTrade({ symbol, exchange: "BINANCE", assetClass: "crypto" });
      const { value, key } = storedAt(log, await producer.produceTrade("crypto", "BINANCE", trade));
      const { body } = parseFrame(value ?? new Uint8Array(0));
      assert.deepEqual([utf8(key), codecFor("trade", "v2").decode(body).symbol], [symbol, symbol]);
    }
  });
});

Deno.test("vendor data holds the given texts unchanged: a boolean is refused, not spelt", () => {
  const vendorData = { is_buyer_maker: "true", event: "" };
  assert.deepEqual(exampleTrade({ vendorData }).vendor_data, vendorData);
  // @ts-expect-error: a boolean does not compile
  assert.equal(ruleOf(() => exampleTrade({ vendorData: { is_buyer_maker: true } })), "wrong_type");
});

Deno.test("records made without a builder are checked like those of builders", async () => {
  await withProducer(async ({ log, producer }) => {
    const wrong: [object, string][] = [
      [{ price: new Decimal("12345678901") }, "too_many_integer_digits"],
      [{ quantity: new Decimal("-1") }, "negative"],
      [{ quantity: new Decimal("0.000000001") }, "too_many_decimals"],
      [{ side: "b" }, "unknown_enum"],
      [{ timestamp: 1.5 }, "not_an_integer"],
    ];
    for (const [change, rule] of wrong) {
      const call = producer.produceTrade("equities", "ASX", { ...exampleTrade(), ...change });
      assert.equal((await rejection(call, RecordError)).rule, rule);
    }
    assert.deepEqual(log.broker.topicNames, []);
  });
});

Deno.test("a delivery that fails is retried until it is acknowledged, or its caller gets the error", async () => {
  await withProducer(async ({ clock, log, producer }) => {
    // Far longer than any number of retries or any delivery time-out would last.
    const cut = log.broker.faults.unreachable();
    const call = producer.produceTrade("equities", "ASX", exampleTrade());
    await clock.advance(60 * 60_000);
    cut.release();
    await settle(clock, call);
    log.broker.faults.next("send", { type: "refuse", code: "message_too_large" });
    const refused = producer.produceTrade("equities", "ASX", exampleTrade());
    await assert.rejects(settle(clock, refused), /message_too_large/);
    assert.equal(allRecords(log).length, 1);
  });
});

Deno.test("success is counted on the acknowledgement, never before", async () => {
  await withProducer(async ({ clock, log, producer }) => {
    const held = log.broker.faults.next("send", { type: "hang" });
    const call = producer.produceTrade("equities", "ASX", exampleTrade());
    await held.reached;
    await clock.runUntilIdle();
    assert.deepEqual([producer.stats().acked, producer.stats().topics], [0, {}]);
    held.release();
    await call;
    assert.deepEqual([producer.stats().acked, producer.stats().topics], [1, { [TRADES]: 1 }]);
  });
  const { letters, log } = await loaded(["symbol,timestamp,price,quantity", `BHP,${AT},1,1`, `BHP,${AT},one,1`], {
    source: {},
  });
  assert.deepEqual([allRecords(log).length, letters.map(({ row }) => row)], [1, [2]], "the row that failed is kept");
});

Deno.test("a record that cannot be written is refused at once: no retry, no wait, no send", async () => {
  await withProducer(async ({ clock, log, producer }) => {
    const lossy = buildTradeV2({ ...INPUT, quantity: "0.5" });
    await assert.rejects(producer.produceTrade("equities", "ASX", lossy), /lossy/);
    // @ts-expect-error: a text with a space is no price
    await assert.rejects(producer.produceTrade("equities", "ASX", { ...exampleTrade(), price: "1 000" }), /spaces/);
    assert.equal(clock.monotonic(), 0, "no time has passed");
    assert.deepEqual(log.broker.appends, []);
    assert.deepEqual(producer.stats().topics, {});
  }, { schemaVersion: "v1" });
});

const INPUT = {
  symbol: "BHP",
  exchange: "ASX",
  assetClass: "equities",
  timestamp: AT,
  price: "45.67",
  quantity: "1000",
  vendorData: { company_id: "123" },
} as const;
