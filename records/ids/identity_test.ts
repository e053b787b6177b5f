import assert from "node:assert/strict";
import fc from "fast-check";
import { ASSET_CLASSES, assetClassOf } from "../../config/catalogue.ts";
import { RecordError } from "../errors.ts";
import { CanonicalForm } from "./canonical_form.ts";
import { type Distinction, type FieldIdentity, messageIdOf, putForm, type VenueIdentity } from "./identity.ts";
import { bytesToUuid, uuidToBytes } from "./uuid_text.ts";
// Made by an independent implementation of the documented layout. Ids are stable for ever: this file only grows.
import golden from "./testdata/golden_ids.json" with { type: "json" };

type GoldenSource = (typeof golden)[number]["source"];

const TRADE: FieldIdentity = {
  dataType: "trades",
  assetClass: "equities",
  exchange: "ASX",
  symbol: "TFA",
  micros: 1_394_406_006_717_000,
  price: 3_678_000_000n,
  quantity: 35_800_000_000n,
  qualifiers: 0,
  venue: "",
  extra: "",
};

function parseSource(source: GoldenSource): FieldIdentity | VenueIdentity {
  const { exchange, symbol } = source;
  const assetClass = assetClassOf(source.assetClass);
  if ("venueId" in source) {
    const dataType = source.dataType === "trades" ? "trades" : "quotes";
    const event = { dataType, assetClass, exchange, symbol, venueId: String(source.venueId) } as const;
    return "tradeDate" in source
      ? { ...event, scope: "day", tradeDate: String(source.tradeDate) }
      : { ...event, scope: "symbol" };
  }
  if ("price" in source) {
    const { micros, qualifiers, venue, extra } = source;
    const price = BigInt(String(source.price)), quantity = BigInt(String(source.quantity));
    return {
      dataType: "trades",
      assetClass,
      exchange,
      symbol,
      micros: Number(micros),
      price,
      quantity,
      qualifiers: Number(qualifiers),
      venue: String(venue),
      extra: String(extra),
    };
  }
  if ("bidPrice" in source) {
    return {
      dataType: "quotes",
      assetClass,
      exchange,
      symbol,
      micros: Number(source.micros),
      bidPrice: BigInt(String(source.bidPrice)),
      bidQuantity: BigInt(String(source.bidQuantity)),
      askPrice: BigInt(String(source.askPrice)),
      askQuantity: BigInt(String(source.askQuantity)),
    };
  }
  return {
    dataType: "reference_data",
    assetClass,
    exchange,
    symbol,
    companyId: String(source.companyId),
    companyName: String(source.companyName),
    isin: String(source.isin),
    startDate: String(source.startDate),
    endDate: String(source.endDate),
  };
}

function parseDistinction(apart: { by: string; number: number }): Distinction {
  return { by: apart.by === "row" ? "row" : "ordinal", number: apart.number };
}

for (const { name, source, apart, id } of golden) {
  Deno.test(`messageIdOf gives ${name} its permanent id`, () => {
    assert.equal(messageIdOf(parseSource(source), parseDistinction(apart)), id);
  });
}

Deno.test("messageIdOf writes UUIDs of version 8 and the RFC 9562 variant", () => {
  fc.assert(fc.property(fc.integer({ min: 0, max: 2 ** 50 }), (number) => {
    assert.match(
      messageIdOf(TRADE, { by: "ordinal", number }),
      /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
  }));
});

Deno.test("messageIdOf changes with every field of a trade", () => {
  const variants: FieldIdentity[] = [
    TRADE,
    { ...TRADE, assetClass: "options" },
    { ...TRADE, exchange: "NYSE" },
    { ...TRADE, symbol: "tfa" },
    { ...TRADE, micros: TRADE.micros + 1 },
    { ...TRADE, price: TRADE.price + 1n },
    { ...TRADE, quantity: TRADE.quantity + 1n },
    { ...TRADE, qualifiers: 1 },
    { ...TRADE, venue: "X" },
    { ...TRADE, extra: "X" },
  ];
  assert.equal(new Set(variants.map((variant) => messageIdOf(variant))).size, variants.length);
});

Deno.test("messageIdOf keeps neighbouring texts apart", () => {
  assert.notEqual(
    messageIdOf({ ...TRADE, exchange: "AS", symbol: "XTFA" }),
    messageIdOf({ ...TRADE, exchange: "ASX", symbol: "TFA" }),
  );
});

/** Near each other, so that two are often the same but for one part. */
const venueIdentity: fc.Arbitrary<VenueIdentity> = fc.record({
  dataType: fc.constantFrom("trades", "quotes"),
  assetClass: fc.constantFrom(...ASSET_CLASSES),
  exchange: fc.constantFrom("ASX", "AS"),
  symbol: fc.constantFrom("X", "XX", "X\u0001"),
  venueId: fc.constantFrom("1", "11", "\u0001", "\u0002", "\u0001\u0001"),
}).chain((event) =>
  fc.constantFrom<VenueIdentity>(
    { ...event, scope: "symbol" },
    ...["1970-01-01", "1970-01-02", "1970-09-14", "2024-01-02"].map((tradeDate) =>
      ({ ...event, scope: "day", tradeDate }) as const
    ),
  )
);

Deno.test("putForm makes different forms of venue ids that differ in data type, asset class, symbol, scope or day", () => {
  const form = new CanonicalForm();
  const formText = (source: VenueIdentity) => {
    putForm(form, source);
    return form.copy().toHex();
  };
  fc.assert(
    fc.property(venueIdentity, venueIdentity, (one, other) => {
      assert.equal(formText(one) === formText(other), fc.stringify(one) === fc.stringify(other));
    }),
    { numRuns: 5_000 },
  );
});

for (const tradeDate of ["", "20240102", "2024-1-2", "2024-02-30", "2024-01-02T00:00:00Z", "12024-01-02"]) {
  Deno.test(`messageIdOf refuses the trading day ${JSON.stringify(tradeDate)}`, () => {
    const event = { dataType: "trades", assetClass: "crypto", exchange: "BINANCE", symbol: "BTCUSDT" } as const;
    assert.throws(
      () => messageIdOf({ ...event, venueId: "1", scope: "day", tradeDate }),
      (error) => error instanceof RecordError && error.rule === "bad_date",
    );
  });
}

Deno.test("messageIdOf hashes texts of any length and script", () => {
  const long = "Ω".repeat(100_000);
  const ids = [long, `${long}a`, `a${long}`, long.slice(1)].map((symbol) => messageIdOf({ ...TRADE, symbol }));
  assert.equal(new Set(ids).size, 4);
  assert.equal(messageIdOf({ ...TRADE, symbol: long }), ids[0]);
});

Deno.test("uuidToBytes and bytesToUuid undo each other", () => {
  fc.assert(fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (bytes) => {
    assert.deepEqual(uuidToBytes(bytesToUuid(bytes)), bytes);
  }));
  fc.assert(fc.property(fc.uuid(), (uuid) => {
    assert.equal(bytesToUuid(uuidToBytes(uuid.toUpperCase())), uuid);
  }));
});

for (
  const text of [
    "",
    "0123456789abcdef0123456789abcdef",
    "01234567-89ab-cdef-0123-456789abcde",
    "01234567-89ab-cdef-0123-456789abcdeg",
    "01234567 89ab-cdef-0123-456789abcdef",
    "01234567-89ab-cdef-0123-456789abcdef0",
    "{0123456-89ab-cdef-0123-456789abcdef}",
  ]
) {
  Deno.test(`uuidToBytes refuses ${JSON.stringify(text)}`, () => {
    assert.throws(() => uuidToBytes(text), (error) => error instanceof RecordError && error.rule === "not_a_uuid");
  });
}
