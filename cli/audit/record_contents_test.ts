/** The content that is read from bytes, against the digest that is made of decoded records. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { defaultRecordId } from "../../records/builder_options.ts";
import { RecordDigest } from "../../records/record_digest.ts";
import { codecFor } from "../../schemas/codec.ts";
import type { MarketRecord, RecordKind, SchemaVersion, Unscaled } from "../../schemas/record_types.ts";
import {
  quoteV1,
  quoteV2,
  referenceDataV1,
  referenceDataV2,
  tradeV1,
  tradeV2,
} from "../../tests/support/record_arbitraries.ts";
import { testTrade } from "../../tests/support/sample_records.ts";
import { RecordContents } from "./record_contents.ts";
import { putIdBytes } from "./record_id.ts";

type AnyRecord = Unscaled<MarketRecord>;

const RECORDS: Readonly<Record<RecordKind, Readonly<Record<SchemaVersion, fc.Arbitrary<AnyRecord>>>>> = {
  trade: { v1: tradeV1, v2: tradeV2 },
  quote: { v1: quoteV1, v2: quoteV2 },
  reference_data: { v1: referenceDataV1, v2: referenceDataV2 },
};

/** The codec checks each field of what it gets. */
function bodyOf(kind: RecordKind, version: SchemaVersion, record: object): Uint8Array {
  return codecFor(kind, version).encode(record as never);
}

/** The four words of its content. */
function digestOf(contents: RecordContents, body: Uint8Array, isOurs = false): string {
  contents.read({ bytes: body, ranges: Uint32Array.of(0, body.length), isOurs });
  return wordsOf(contents, 0, "putDigest");
}

/** The four words of a record; of what is no record another text. */
function wordsOf(contents: RecordContents, place: number, put: "putDigest" | "putId"): string {
  const words = new Uint32Array(4);
  contents[put](place, words);
  return contents.isRecord(place) ? words.join() : "no record";
}

/** Two records: of one content, or with one field of another record; `vendor_data` in the same order or another one. */
function pairs(kind: RecordKind, version: SchemaVersion) {
  const records = RECORDS[kind][version];
  return fc.tuple(records, records, fc.nat({ max: 20 }), fc.boolean(), fc.boolean()).map(
    ([one, other, field, hasOwnIds, isTurned]) => {
      const names = Object.keys(one), name = names[field % names.length] ?? "";
      const changed = { ...one, [name]: Reflect.get(other, name) };
      return [one, isTurned ? turned(changed) : changed].map((record) => hasOwnIds ? withOwnIds(record) : record);
    },
  );
}

/** With the entries of `vendor_data` in the other order, which says nothing: a map of Avro has none. */
function turned<R extends object>(record: R): R {
  const entries = "vendor_data" in record ? record.vendor_data : null;
  if (typeof entries !== "object" || entries === null) return record;
  return { ...record, vendor_data: Object.fromEntries(Object.entries(entries).reverse()) };
}

function withOwnIds(record: AnyRecord): AnyRecord {
  if ("trade_id" in record) return { ...record, trade_id: defaultRecordId(record, record.message_id) };
  return "quote_id" in record ? { ...record, quote_id: defaultRecordId(record, record.message_id) } : record;
}

for (const kind of ["trade", "quote", "reference_data"] as const) {
  for (const version of ["v1", "v2"] as const) {
    Deno.test(`RecordContents tells ${kind} records of ${version} apart as their decoded content does`, () => {
      const content = new RecordContents(kind, version), decoded = new RecordDigest(kind, version);
      fc.assert(
        fc.property(pairs(kind, version), ([one = assert.fail(), other = assert.fail()]) => {
          const [first, second] = [bodyOf(kind, version, one), bodyOf(kind, version, other)];
          const isEqual = decoded.ofBody(first).digest === decoded.ofBody(second).digest;
          assert.equal(digestOf(content, first) === digestOf(content, second), isEqual);
          assert.equal(digestOf(content, first), digestOf(content, first, true), "our own bodies are not checked");
          const { symbol, time } = decoded.ofBody(first);
          assert.equal(
            new TextDecoder().decode(content.bytes(0).subarray(content.symbolFrom(0), content.symbolEnd(0))),
            symbol,
          );
          assert.equal(content.time(0), time);
        }),
        { numRuns: 300 },
      );
    });
  }
}

Deno.test("RecordContents and RecordDigest take vendor_data in any order for the same", () => {
  const trade = { ...testTrade("BHP", 1), vendor_data: { zeta: "1", alpha: "22", ab: "", a: "333" } };
  const content = new RecordContents("trade", "v2"), decoded = new RecordDigest("trade", "v2");
  const bodies = [trade, turned(trade), { ...trade, vendor_data: { ...trade.vendor_data, a: "334" } }]
    .map((record) => bodyOf("trade", "v2", record));
  const [one, other, changed] = bodies.map((body) => [digestOf(content, body), decoded.ofBody(body).digest]);
  assert.deepEqual(one, other);
  assert.ok(one?.every((digest, index) => digest !== changed?.[index]));
});

Deno.test("RecordContents takes vendor_data of any number of entries in any order for the same", () => {
  const content = new RecordContents("trade", "v2"), decoded = new RecordDigest("trade", "v2");
  for (const entries of [2, 31, 32, 33, 64, 65, 66, 5_000]) {
    const names = Array.from({ length: entries }, (_, index) => `n${index * 7_919 % entries}é`);
    const of = (names: readonly string[], value = "1") =>
      bodyOf("trade", "v2", {
        ...testTrade("BHP", 1),
        vendor_data: Object.fromEntries(names.map((name, index) => [name, index === 0 ? value : name])),
      });
    const [first = "", ...rest] = names;
    const same = [of(names), of([first, ...rest.toReversed()]), of([first, ...rest.toSorted()])];
    for (const isOurs of [true, false]) {
      const [digest, ...others] = same.map((body) => digestOf(content, body, isOurs));
      assert.deepEqual(others, [digest, digest], `${entries} entries`);
      assert.notEqual(digestOf(content, of(names, "2"), isOurs), digest);
    }
    assert.equal(new Set(same.map((body) => decoded.ofBody(body).digest)).size, 1);
  }
});

/** Puts bytes in place of some others, which must be there once. */
function replaced(body: Uint8Array, from: readonly number[], to: readonly number[]): Uint8Array {
  const at = body.findIndex((_, start) => from.every((byte, offset) => body[start + offset] === byte));
  assert.ok(at >= 0);
  return Uint8Array.from([...body.subarray(0, at), ...to, ...body.subarray(at + from.length)]);
}

Deno.test("RecordContents puts names in order by all of their bytes", () => {
  const contents = new RecordContents("trade", "v2");
  const names = [
    "same beginning, b",
    "same beginning, a",
    "same beginning",
    "same beg",
    "same be",
    "same beh",
    "é",
    "12",
    "2",
  ];
  const of = (names: readonly string[], swapped = "") =>
    bodyOf("trade", "v2", {
      ...testTrade("BHP", 1),
      vendor_data: Object.fromEntries(names.map((name) => [name, swapped === "" ? name : `${name}${swapped}`])),
    });
  const digests = new Set<string>();
  for (let turn = 0; turn < names.length; turn++) {
    const turned = [...names.slice(turn), ...names.slice(0, turn)];
    for (const order of [turned, turned.toReversed()]) digests.add(digestOf(contents, of(order)));
  }
  assert.equal(digests.size, 1);
  assert.ok(!digests.has(digestOf(contents, of(names, "x"))));
});

Deno.test("RecordContents takes bodies of other writers for what they say", () => {
  const content = new RecordContents("trade", "v2");
  const trade = { ...testTrade("BHP", 1), trade_conditions: ["X", "Y"], vendor_data: { a: "1", b: "2" } };
  const body = bodyOf("trade", "v2", trade), wanted = digestOf(content, body);
  const [x, y] = [[2, 88], [2, 89]], [a, b] = [[2, 97, 2, 49], [2, 98, 2, 50]];
  const forms: readonly (readonly [what: string, body: Uint8Array])[] = [
    ["two blocks of an array", replaced(body, [4, ...x, ...y, 0], [2, ...x, 2, ...y, 0])],
    ["a block with its size", replaced(body, [4, ...x, ...y, 0], [3, 8, ...x, ...y, 0])],
    ["two blocks of a map", replaced(body, [4, ...a, ...b, 0], [2, ...b, 2, ...a, 0])],
    ["a block of a map with its size", replaced(body, [4, ...a, ...b, 0], [3, 16, ...b, ...a, 0])],
    ["blocks of a map with their sizes", replaced(body, [4, ...a, ...b, 0], [1, 8, ...b, 1, 8, ...a, 0])],
    ["a name twice in a block", replaced(body, [4, ...a, ...b, 0], [6, ...b, 2, 97, 2, 57, ...a, 0])],
    ["a name in two blocks", replaced(body, [4, ...a, ...b, 0], [2, 2, 97, 2, 57, 3, 16, ...b, ...a, 0])],
    ["a length in two bytes", replaced(body, [6, 66, 72, 80, 6], [0x86, 0, 66, 72, 80, 6])],
    ["a decimal with a byte more", replaced(body, [10, 23, 78, 108, 201, 0], [12, 0, 23, 78, 108, 201, 0])],
  ];
  for (const [what, form] of forms) {
    assert.deepEqual(codecFor("trade", "v2").decode(form), codecFor("trade", "v2").decode(body), what);
    assert.equal(digestOf(content, form), wanted, what);
  }
  const numbered = bodyOf("trade", "v2", { ...trade, source_sequence: 5n });
  const tooLong = [2, ...Array.from({ length: 10 }, () => 0xff), 1];
  for (
    const broken of [
      replaced(numbered, [2, 10], tooLong),
      body.subarray(0, -1),
      Uint8Array.of(...body, 0),
      replaced(body, [6, 66, 72, 80], [6, 255, 72, 80]),
    ]
  ) {
    assert.equal(digestOf(content, broken), "no record");
  }
});

Deno.test("RecordContents compares longs, decimals and names of maps that it cannot read from bytes", () => {
  const content = new RecordContents("trade", "v2"), decoded = new RecordDigest("trade", "v2");
  const bodies = [2n ** 60n, 2n ** 60n + 1n].flatMap((source_sequence) =>
    [10n ** 17n, 10n ** 17n + 1n].flatMap((quantity) =>
      [{ 2: "x", 1: "y" }, { 1: "y", 2: "x" }, { 1: "y" }].map((vendor_data) =>
        bodyOf("trade", "v2", { ...testTrade("BHP", 1), source_sequence, quantity, vendor_data })
      )
    )
  );
  const both = bodies.map((
    body,
  ) => [digestOf(content, body), digestOf(content, body, true), decoded.ofBody(body).digest]);
  for (const [first, ours, digest] of both) {
    assert.equal(first, ours);
    assert.equal(new Set(both.filter((one) => one[2] === digest).map((one) => one[0])).size, 1);
  }
  assert.equal(new Set(both.map((one) => one[0])).size, 8);
});

Deno.test("RecordContents reads many bodies at once, each as by itself", () => {
  const alone = new RecordContents("trade", "v2"), all = new RecordContents("trade", "v2");
  const long = { ...testTrade("BHP", 1), source_sequence: 2n ** 60n };
  const body = tradeV2.map((trade) => bodyOf("trade", "v2", withOwnIds(trade)));
  const other = fc.constantFrom(bodyOf("trade", "v2", long), new Uint8Array(0), Uint8Array.of(1, 2, 3));
  fc.assert(fc.property(fc.array(fc.oneof(body, other), { maxLength: 8 }), fc.nat(5), (bodies, gap) => {
    const ranges: number[] = [];
    let end = gap;
    for (const { length } of bodies) {
      ranges.push(end, end + length);
      end += length + gap;
    }
    const bytes = new Uint8Array(end).fill(255);
    for (const [index, body] of bodies.entries()) bytes.set(body, ranges[index * 2]);
    all.read({ bytes, ranges: Uint32Array.from(ranges), isOurs: false });
    for (const [index, body] of bodies.entries()) {
      const digest = digestOf(alone, body);
      assert.equal(wordsOf(all, index, "putDigest"), digest);
      if (digest === "no record") continue;
      assert.equal(wordsOf(all, index, "putId"), wordsOf(alone, 0, "putId"));
      const symbols = [[all, index], [alone, 0]] as const;
      const [symbol, sameSymbol] = symbols.map(([contents, at]) =>
        contents.bytes(at).slice(contents.symbolFrom(at), contents.symbolEnd(at))
      );
      assert.deepEqual(symbol, sameSymbol);
      assert.deepEqual([all.time(index), all.hasVenueId(index)], [alone.time(0), alone.hasVenueId(0)]);
    }
  }));
});

Deno.test("RecordContents decodes no body that our writers have made", () => {
  const contents = new RecordContents("trade", "v2"), body = bodyOf("trade", "v2", testTrade("BHP", 1));
  const bytes = Uint8Array.from([255, 255, 255, ...body, 255, ...body]);
  for (const isOurs of [true, false]) {
    contents.read({ bytes, ranges: Uint32Array.of(3, 3 + body.length, 4 + body.length, bytes.length), isOurs });
    for (const place of [0, 1]) assert.equal(contents.bytes(place), bytes);
  }
});

Deno.test("RecordContents knows a record by the bits of its UUID, or by a hash of any other id", () => {
  const contents = new RecordContents("trade", "v2");
  const idOf = (message_id: string) => {
    digestOf(contents, bodyOf("trade", "v2", { ...testTrade("BHP", 1), message_id }));
    return wordsOf(contents, 0, "putId");
  };
  fc.assert(fc.property(fc.uuid(), fc.nat(35), (uuid, at) => {
    const bits = new Uint32Array(4);
    putIdBytes(bits, Uint8Array.fromHex(uuid.replaceAll("-", "")), 0);
    assert.equal(idOf(uuid), bits.join());
    const others = ["x", "G", "/", ":", "`", "\0", "A"].map((other) => uuid.slice(0, at) + other + uuid.slice(at + 1));
    const ids = [uuid, ...others, uuid.slice(1), `${uuid}0`].map(idOf);
    assert.equal(new Set(ids).size, ids.length, "another text is another id");
  }));
});

Deno.test("RecordContents takes an id for one made of the message id only if each part of it is", () => {
  const contents = new RecordContents("trade", "v2");
  const trade = { ...testTrade("BHP", 1), timestamp: 1_234_567_890_123_456 };
  const tail = trade.message_id.slice(0, 8), own = `${trade.exchange}-BHP-1234567890123456-${tail}`;
  const hasVenueId = (trade_id: string, changes: object = {}) => {
    digestOf(contents, bodyOf("trade", "v2", { ...trade, trade_id, ...changes }));
    return contents.hasVenueId(0);
  };
  assert.equal(hasVenueId(own), false);
  const others = [
    own.replace("BHP", "BHQ"),
    own.replace("-123", "-0123"),
    own.replace("456-", "457-"),
    own.replace("-123", "--123"),
    own.replace("123456-", "12345x-"),
    `${own}0`,
    `X${own}`,
    own.slice(0, -1),
    own.replace("-BHP", "BHP"),
    "",
    "-",
  ];
  for (const other of others) assert.equal(hasVenueId(other), true, other);
  const negative = { timestamp: -12 };
  assert.equal(hasVenueId(`${trade.exchange}-BHP--12-${tail}`, negative), false);
  assert.equal(hasVenueId(`${trade.exchange}-BHP-0-${tail}`, { timestamp: 0 }), false);
  assert.equal(hasVenueId(`${trade.exchange}-BHP--0-${tail}`, { timestamp: 0 }), true);
  assert.equal(hasVenueId(`${trade.exchange}-BHP-1-order 7`, { timestamp: 1, message_id: "order 7" }), false);
});

Deno.test("RecordContents reads text of every length, and other bytes of none", () => {
  const contents = new RecordContents("trade", "v2"), decoded = new RecordDigest("trade", "v2");
  for (let length = 0; length < 70; length++) {
    const [plain, wide] = ["a", "é"].map((last) => {
      const body = bodyOf("trade", "v2", { ...testTrade("BHP", 1), currency: `${"x".repeat(length)}${last}` });
      assert.equal(decoded.ofBody(body).symbol, "BHP");
      return { digest: digestOf(contents, body), body };
    });
    assert.notEqual(plain?.digest, wide?.digest);
    assert.notEqual(wide?.digest, "no record");
    const broken = Uint8Array.from(plain?.body ?? []);
    broken[broken.lastIndexOf(97)] = 0xe9;
    assert.equal(digestOf(contents, broken), "no record", `${length} characters before`);
  }
});
