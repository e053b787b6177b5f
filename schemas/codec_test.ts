import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { Decimal } from "decimal.js";
import { codecFor, DecodeError, EncodeError } from "./codec.ts";
import { loadSchema, UnknownSchemaVersionError } from "./load.ts";
import type { SchemaVersion, TradeV1, TradeV2, Unscaled } from "./record_types.ts";

const codec = codecFor("trade", "v2");

const TRADE: TradeV2 = {
  message_id: "0f8fad5b-d9cb-869f-a165-70867728950e",
  trade_id: "ASX-BHP-1394406344516000-0f8fad5b",
  symbol: "BHP",
  exchange: "ASX",
  asset_class: "equities",
  timestamp: 1394406344516000,
  price: new Decimal("45.67"),
  quantity: new Decimal(1000),
  currency: "AUD",
  side: "BUY",
  trade_conditions: ["XT"],
  source_sequence: 303,
  ingestion_timestamp: 1700000000123456,
  platform_sequence: null,
  vendor_data: { company_id: "7078" },
};
const UNSCALED: Unscaled<TradeV2> = { ...TRADE, price: 4567000000n, quantity: 100000000000n };

/** A record with one thing wrong, which the type checker would not let through. */
function broken(changes: { readonly [field: string]: unknown }): TradeV2 {
  return { ...TRADE, ...changes };
}

/** Bytes of the fields up to and without one, so that a test can append other bytes. */
function bytesBefore(field: keyof TradeV2): Uint8Array {
  // A lone change of this field changes the bytes from its place on.
  const other = {
    symbol: "XY",
    trade_conditions: [],
    vendor_data: null,
    price: new Decimal(1),
    asset_class: "crypto",
  };
  const [a, b] = [codec.encode(TRADE), codec.encode(broken({ [field]: Reflect.get(other, field) }))];
  return a.subarray(0, a.findIndex((byte, at) => byte !== b[at]));
}

Deno.test("codecFor gives the same codec for the same schema, and refuses an unknown version", () => {
  assert.equal(codecFor("trade", "v2"), codec);
  assert.equal(codec.fullName, "com.k2.marketdata.TradeV2");
  assert.equal(codec.schemaText, loadSchema("trade", "v2").text);
  assert.throws(() => codecFor("trade", "v9" as SchemaVersion), UnknownSchemaVersionError);
});

Deno.test("encode and decode keep a record, with Decimals and unscaled", () => {
  assert.deepEqual(codec.decode(codec.encode(TRADE)), TRADE);
  assert.deepEqual(codec.decode(codec.encode(UNSCALED)), TRADE);
  assert.deepEqual(codec.decodeUnscaled(codec.encode(TRADE)), UNSCALED);
});

Deno.test("encode takes longs as numbers and as bigints, decode gives a number where that is exact", () => {
  const v1 = codecFor("trade", "v1");
  const base: TradeV1 = {
    symbol: "BHP",
    company_id: 1,
    exchange: "ASX",
    exchange_timestamp: 1394406344516,
    price: new Decimal("45.67"),
    volume: 1,
    qualifiers: 0,
    venue: "",
    buyer_id: null,
    ingestion_timestamp: 1700000000123,
    sequence_number: null,
  };
  const exact = [0, 1, -1, 2 ** 31, 2 ** 52, -(2 ** 52) - 1, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER];
  for (const value of exact) {
    for (const given of [value, BigInt(value)]) {
      const decoded = v1.decode(v1.encode({ ...base, volume: given, sequence_number: given }));
      assert.equal(decoded.volume, value);
      assert.equal(decoded.sequence_number, value);
    }
  }
  for (const value of [2n ** 53n, 2n ** 53n + 1n, -(2n ** 53n), 2n ** 63n - 1n, -(2n ** 63n)]) {
    const decoded = v1.decode(v1.encode({ ...base, volume: value, sequence_number: value }));
    assert.equal(decoded.volume, value);
    assert.equal(decoded.sequence_number, value);
  }
  for (const value of [2n ** 63n, -(2n ** 63n) - 1n, 2 ** 53, 1.5, NaN, Infinity]) {
    assert.throws(() => v1.encode({ ...base, volume: value }), { name: "EncodeError", path: "volume", value });
    assert.throws(() => v1.encode({ ...base, sequence_number: value }), {
      name: "EncodeError",
      path: "sequence_number",
      reason: /64-bit integer|past 2\^53-1|not a whole number/,
    });
  }
});

Deno.test("encodeInto writes at a position and touches nothing before it", () => {
  const body = codec.encode(TRADE);
  const buffer = Buffer.alloc(body.length + 9, 7);
  assert.equal(codec.encodeInto(TRADE, buffer, 5), 5 + body.length);
  assert.deepEqual(buffer.subarray(5, 5 + body.length), Buffer.from(body));
  assert.deepEqual([...buffer.subarray(0, 5), ...buffer.subarray(-4)], [7, 7, 7, 7, 7, 7, 7, 7, 7]);
});

Deno.test("encodeInto answers with the missing bytes as a negative number for every buffer that is too short", () => {
  const body = codec.encode(TRADE);
  for (let length = 0; length < body.length; length++) {
    assert.equal(codec.encodeInto(TRADE, Buffer.alloc(length), 0), length - body.length);
  }
  assert.equal(codec.encodeInto(TRADE, Buffer.alloc(body.length), 0), body.length);
  assert.throws(() => codec.encodeInto(TRADE, Buffer.alloc(999), -1), RangeError);
});

Deno.test("encode grows for a large record and gives memory that later calls do not touch", () => {
  const large = { ...TRADE, vendor_data: { note: "ä".repeat(100_000) } };
  const body = codec.encode(large);
  assert.ok(body.length > 200_000);
  const copy = body.slice();
  codec.encode(TRADE);
  assert.deepEqual(body, copy);
  assert.deepEqual(codec.decode(body), large);
});

Deno.test("encode names field, value and reason of what a schema cannot hold", () => {
  const cases: readonly (readonly [{ readonly [field: string]: unknown }, string, RegExp])[] = [
    [{ price: new Decimal("1.123456789") }, "price", /has 9 decimals: the schema holds 8/],
    [{ quantity: new Decimal("12345678901") }, "quantity", /has 11 integer digits/],
    [{ price: 10n ** 18n }, "price", /has 11 integer digits/],
    [{ price: new Decimal(NaN) }, "price", /is not finite/],
    [{ price: 45.67 }, "price", /is a number: a decimal is given as a Decimal or as an unscaled bigint/],
    [{ symbol: undefined }, "symbol", /is missing/],
    [{ symbol: 5 }, "symbol", /is a number: text is needed/],
    [{ symbol: "\ud800" }, "symbol", /lone surrogate/],
    [{ trade_id: `${"x".repeat(100)}\udfff` }, "trade_id", /lone surrogate/],
    [{ side: "buy" }, "side", /is none of BUY, SELL, SELL_SHORT, UNKNOWN/],
    [{ asset_class: "constructor" }, "asset_class", /is none of equities/],
    [{ timestamp: 1394406344516000n }, "timestamp", /is a bigint: an instant is a whole number of its unit/],
    [{ timestamp: 1.5 }, "timestamp", /is not a whole number below 2\^53/],
    [{ timestamp: 2 ** 53 }, "timestamp", /is not a whole number below 2\^53/],
    [{ trade_conditions: ["XT", 5] }, "trade_conditions.1", /is a number/],
    [{ trade_conditions: null }, "trade_conditions", /is null: array is needed/],
    [{ vendor_data: { note: 1 } }, "vendor_data.note", /is a number: text is needed/],
    [{ vendor_data: { "\udc00": "x" } }, "vendor_data", /has a key with a lone surrogate/],
    [{ vendor_data: "text" }, "vendor_data", /is a string, which no branch of the field's type takes/],
  ];
  for (const [changes, path, reason] of cases) {
    const record = broken(changes);
    assert.throws(() => codec.encode(record), (cause) => {
      assert.ok(cause instanceof EncodeError);
      assert.deepEqual([cause.kind, cause.version, cause.path], ["trade", "v2", path]);
      assert.match(cause.reason, reason);
      assert.ok(cause.message.startsWith(`Cannot encode trade v2: ${path} ${cause.reason}`), cause.message);
      assert.equal(
        cause.value,
        path.split(".").reduce<unknown>((value, name) => Reflect.get(Object(value), name), record),
      );
      return true;
    });
  }
});

Deno.test("encode names the first of several offending fields, in the schema's order", () => {
  const record = broken({ vendor_data: 5, side: "buy", symbol: 1, trade_conditions: [1, 2] });
  assert.throws(() => codec.encode(record), { name: "EncodeError", path: "symbol" });
});

Deno.test("encode names an int that does not fit", () => {
  const v1 = codecFor("reference_data", "v1");
  const company = { symbol: "", company_name: "", isin: "", start_date: "", end_date: null };
  assert.throws(() => v1.encode({ ...company, company_id: 2 ** 31 }), {
    message: "Cannot encode reference_data v1: company_id is not a whole number of 32 bits (value: 2147483648)",
  });
  assert.throws(() => v1.encode({ ...company, company_id: 5n as never }), {
    name: "EncodeError",
    path: "company_id",
    reason: "is a bigint: int is needed",
  });
});

Deno.test("encode refuses what is no record, and says so", () => {
  const cases = [[null, "is null: record is needed"], [undefined, "is missing"], [5, "is a number: record is needed"]];
  for (const [record, reason] of cases) {
    assert.throws(() => codec.encode(record as never), { name: "EncodeError", path: "", reason });
  }
});

Deno.test("encode writes nothing that a later call could see after it has refused a record", () => {
  const before = codec.encode(TRADE);
  assert.throws(() => codec.encode(broken({ vendor_data: { a: 1 } })), EncodeError);
  assert.deepEqual(codec.encode(TRADE), before);
});

Deno.test("decode keeps a map key that is the name of the prototype", () => {
  const vendor_data: Record<string, string> = JSON.parse(`{"__proto__": "kept", "constructor": "too"}`);
  const decoded = codec.decode(codec.encode({ ...TRADE, vendor_data }));
  assert.deepEqual(Object.entries(decoded.vendor_data ?? {}), [["__proto__", "kept"], ["constructor", "too"]]);
});

Deno.test("decode keeps a byte order mark and a replacement character, and refuses bytes that are no UTF-8", () => {
  for (const symbol of ["\ufeffBHP", "a\ufffdb", "株𝄞"]) {
    assert.equal(codec.decode(codec.encode({ ...TRADE, symbol })).symbol, symbol);
  }
  const body = codec.encode(TRADE);
  const at = Buffer.from(body).lastIndexOf("BHP");
  for (const byte of [0xff, 0xc0, 0xed]) {
    const bad = body.slice();
    bad[at] = byte;
    assert.throws(() => codec.decode(bad), { name: "DecodeError", path: "symbol", reason: "a string is not UTF-8" });
  }
});

Deno.test("decode refuses truncated bodies and bytes left over, naming field and place", () => {
  const body = codec.encode(TRADE);
  for (let end = 0; end < body.length; end++) {
    assert.throws(() => codec.decode(body.subarray(0, end)), DecodeError);
  }
  assert.throws(() => codec.decode(body.subarray(0, 20)), {
    name: "DecodeError",
    path: "message_id",
    offset: 1,
    message: "Cannot decode trade v2: message_id: a string of 36 bytes passes the end: 19 are left (at byte 1)",
  });
  assert.throws(() => codec.decode(Buffer.concat([body, Buffer.of(0, 0)])), {
    name: "DecodeError",
    path: "",
    reason: "2 bytes are left over after the value",
  });
});

Deno.test("decode refuses absurd lengths and counts at once", () => {
  const huge = [0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]; // 2^62 - 1
  const cases: readonly (readonly [keyof TradeV2, readonly number[], RegExp])[] = [
    ["symbol", huge, /passes the end/],
    ["symbol", [1], /a string of -1 bytes/],
    ["price", huge, /passes the end/],
    ["trade_conditions", huge, /items cannot be in the/],
    ["trade_conditions", [...huge.slice(0, 8), 0xff, 0x01], /items cannot be in the/],
    ["trade_conditions", [1, 0x80, 0x80, 0x80, 0x80, 0x10], /a block of 2147483648 bytes passes the end/],
    ["symbol", Array(11).fill(0x80), /more than 64 bits/],
    ["symbol", [...Array(9).fill(0xff), 0x7f], /more than 64 bits/],
  ];
  for (const [field, bytes, reason] of cases) {
    const body = Buffer.concat([bytesBefore(field), Uint8Array.from(bytes), Buffer.alloc(3)]);
    assert.throws(() => codec.decode(body), (cause) => {
      assert.ok(cause instanceof DecodeError);
      assert.match(`${cause.path}: ${cause.reason}`, reason);
      assert.ok(cause.path.startsWith(field), cause.path);
      return true;
    });
  }
});

Deno.test("decode refuses decimals without bytes and with more digits than the schema holds", () => {
  const rest = codec.encode(TRADE).subarray(bytesBefore("price").length + 6); // after the length and the 5 bytes of 45.67
  const withPrice = (...bytes: readonly number[]) =>
    Buffer.concat([bytesBefore("price"), Buffer.of(bytes.length * 2, ...bytes), rest]);
  assert.equal(codec.decode(withPrice(1, 0, 0, 0, 0)).price.toFixed(), "42.94967296");
  assert.equal(codec.decode(withPrice(0, 0, 0, 0, 0, 0, 0, 0, 0, 1)).price.toFixed(), "0.00000001");
  assert.equal(
    codec.decode(withPrice(0x0d, 0xe0, 0xb6, 0xb3, 0xa7, 0x63, 0xff, 0xff)).price.toFixed(),
    "9999999999.99999999",
  );
  assert.throws(() => codec.decode(withPrice()), { path: "price", reason: "a decimal has no bytes" });
  for (
    const bytes of [
      [0x0d, 0xe0, 0xb6, 0xb3, 0xa7, 0x64, 0, 0],
      [0xf2, 0x1f, 0x49, 0x4c, 0x58, 0x9c, 0, 0],
      Array(63).fill(1),
    ]
  ) {
    assert.throws(() => codec.decode(withPrice(...bytes)), { path: "price", reason: /more than 18 digits/ });
  }
});

Deno.test("decode refuses enum and union indices that are not there, and instants past 2^53", () => {
  const before = bytesBefore("asset_class");
  for (const index of [8, 1, 0x7e]) {
    assert.throws(() => codec.decode(Buffer.concat([before, Buffer.of(index)])), {
      path: "asset_class",
      reason: /enum index -?\d+ is not below 4/,
    });
  }
  const map = Buffer.concat([bytesBefore("vendor_data"), Buffer.of(4)]);
  assert.throws(() => codec.decode(map), { path: "vendor_data", reason: "union index 2 is not below 2" });
  const late = Buffer.concat([before, Buffer.of(0, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01)]);
  assert.throws(() => codec.decode(late), { path: "timestamp", reason: /the instant \d+ is past 2\^53/ });
});

Deno.test("decode reads arrays and maps in several blocks, with and without block sizes", () => {
  const before = bytesBefore("trade_conditions");
  const { trade_conditions, ...others } = TRADE;
  const rest = codec.encode(TRADE).subarray(before.length + 5); // after one item "XT": count, length, two bytes, end
  const blocks = Buffer.of(2, 2, 65, 1, 4, 2, 66, 4, 2, 67, 2, 68, 0); // [A], then [B] with its size, then [C, D]
  assert.deepEqual(trade_conditions, ["XT"]);
  const decoded = codec.decode(Buffer.concat([before, blocks, rest]));
  assert.deepEqual(decoded, { ...others, trade_conditions: ["A", "B", "C", "D"] });
});

Deno.test("decode works on a view into a larger buffer and keeps nothing of it", () => {
  const body = codec.encode(TRADE);
  const larger = new Uint8Array(body.length + 20).fill(255);
  larger.set(body, 10);
  const decoded = codec.decode(larger.subarray(10, 10 + body.length));
  larger.fill(0);
  assert.deepEqual(decoded, TRADE);
});
