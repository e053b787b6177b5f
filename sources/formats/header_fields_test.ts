import assert from "node:assert/strict";
import type { RecordKind } from "../../schemas/record_types.ts";
import { fieldsOfHeader } from "./header_fields.ts";
import { unknownKeysHint } from "./advice/naming_advice.ts";
import { SourceError } from "../source.ts";

/** The complaint about a header, without its path; null if there is none. */
function complaint(kind: RecordKind, header: string, given: readonly string[] = []): string | null {
  const about = { kind, file: "/ticks/rows.csv", given: new Set(given) };
  try {
    fieldsOfHeader(header.split(","), about);
    return null;
  } catch (error) {
    assert.ok(error instanceof SourceError && error.code === "bad_header");
    assert.equal(error.message.split("/ticks/rows.csv").length, 2, "the path is said once");
    return error.message.replace("The first line of /ticks/rows.csv ", "");
  }
}

const COMPLAINTS: readonly (readonly [RecordKind, header: string, RegExp])[] = [
  [
    "trade",
    "symbol,timestamp,price,quantity,colour",
    /Not known: "colour"\.\n {2}If .*\n {2}symbol,.*,vendor_data\.colour$/s,
  ],
  ["trade", "symbol,timestamp,price,quantty", /"quantty" \(quantity\?\).*\n {2}symbol,timestamp,price,quantity$/s],
  ["trade", "symbol,timestamp,price", /Missing: quantity or volume\.$/],
  ["trade", "timestamp,price,quantity", /Missing: symbol \(or --symbol\)\.$/],
  ["trade", "symbol,timestamp,price,quantity,volume", /quantity and volume say the same thing/],
  ["trade", "symbol,timestamp,exchange_timestamp,price,quantity", /timestamp and exchange_timestamp/],
  ["trade", "symbol,timestamp,price,Price,quantity", /"price" is there twice\.$/],
  ["trade", "symbol,timestamp,price,quantity,vendor_data.", /Not known: "vendor_data\."/],
  [
    "trade",
    "symbol,timestamp,price,quantity,",
    /Not known: "".*\n {2}symbol,timestamp,price,quantity,vendor_data\.unnamed$/s,
  ],
  ["trade", "", /is blank: remove the blank lines/],
  [
    "trade",
    "symbol|timestamp|price|quantity",
    /has "\|" between its columns.*commas:\n {2}tr '\|' ',' < FILE > NEW\.csv$/,
  ],
  ["trade", "symbol\ttimestamp\tprice\tquantity", /has tabs between.*tr '\\t' ','/s],
  ["trade", "Zeit;Preis;Menge", /has ";" between.*\n {2}Then .*Not known: "Zeit", "Preis", "Menge"/s],
  [
    "trade",
    "03/10/2014,10:00:06.717,36.78,358,0,,",
    /--data-type and --format.*looks like a row.*each of the 7 columns.*\n {2}\{ printf '%s\\n' NAMES; cat < FILE; \} > NEW\.csv$/s,
  ],
  ["trade", "EUR/USD,20240102 00:00:00.123,1.10424,1.10427", /looks like a row/],
  ["trade", "Exported by VENDOR,2024-01-02", /If the header comes later.*\n {2}tail -n \+2 < FILE > NEW\.csv$/s],
  [
    "trade",
    "symbol,timestamp,bid_price,bid_quantity,ask_price,ask_quantity",
    /more columns of quotes: check --data-type\.$/,
  ],
  [
    "quote",
    "#RIC,Date-Time,Bid Price,Bid Size,Ask Price,Ask Size",
    /\n {2}symbol,timestamp,bid_price,bid_quantity,ask_price,ask_quantity$/,
  ],
  [
    "quote",
    "timestamp,askPrice,bidPrice,askVolume,bidVolume",
    /\n {2}timestamp,ask_price,bid_price,ask_quantity,bid_quantity$/,
  ],
  // The names do not tell how much is wanted and offered.
  [
    "quote",
    "symbol,timestamp,bid,ask",
    /Missing: bid_quantity.*No size is guessed.*\n {2}awk '.*",bid_quantity,ask_quantity,.*,0,0,.*< FILE > NEW\.csv\n.*\n {2}symbol,timestamp,bid_price,ask_price$/s,
  ],
  [
    "quote",
    "symbol,timestamp,bid_price,ask_price",
    /Missing: bid_quantity.*No size is guessed.*\n {2}awk '.*< FILE > NEW\.csv$/s,
  ],
  // One of them is there: the other one may have another name.
  [
    "quote",
    "symbol,timestamp,bid_price,ask_price,bid_quantity,lots",
    /Missing: ask_quantity or ask_volume\.\n {2}As vendor_data/,
  ],
  // Two names may mean the time of the trade: a program could only guess.
  [
    "trade",
    "ticker,conditions,participant_timestamp,price,sip_timestamp,size",
    /Missing: timestamp \(one of "participant_timestamp", "sip_timestamp"\?\).*\n {2}symbol,.*vendor_data\.sip_timestamp,quantity$/s,
  ],
  // A time of day without its date is no instant.
  ["trade", "Date,Time,symbol,price,quantity", /Missing: timestamp \(one of "Date", "Time"\?\)/],
  // The quantity is there: the other name means something else.
  [
    "trade",
    "symbol,timestamp,price,volume,size,ts",
    /\n {2}symbol,timestamp,price,volume,vendor_data\.size,vendor_data\.ts$/,
  ],
  // Two names may mean the quantity.
  ["trade", "symbol,timestamp,price,size,amount", /"size", "amount"\.\n {2}Missing: quantity or volume/],
];

for (const [kind, header, expected] of COMPLAINTS) {
  Deno.test(`fieldsOfHeader() lists all problems of ${JSON.stringify(header)}`, () => {
    assert.match(complaint(kind, header) ?? "", expected);
  });
}

Deno.test("fieldsOfHeader() never suggests another party's instant as the exchange's", () => {
  const text = complaint("trade", "exchange,symbol,timestamp,local_timestamp,id,side,price,amount") ?? "";
  assert.doesNotMatch(text, /exchange_timestamp/);
  assert.match(
    text,
    /\n {2}exchange,symbol,timestamp,vendor_data\.local_timestamp,vendor_data\.id,side,price,quantity$/,
  );
});

Deno.test("fieldsOfHeader() accepts the line that it has advised", () => {
  const advised = COMPLAINTS.flatMap(([kind, header]) => {
    const line = /first line names them:\n {2}(.*)$/.exec(complaint(kind, header) ?? "")?.[1];
    return line === undefined ? [] : [{ kind, line }];
  });
  assert.ok(advised.length >= 4, `${advised.length} lines`);
  for (const { kind, line } of advised) assert.equal(complaint(kind, line), null, line);
});

Deno.test("fieldsOfHeader() is brief: ten columns in less than 600 bytes", () => {
  const header = "ts_event,publisher_id,instrument_id,action,side,depth,price,size,flags,symbol";
  const { length } = complaint("trade", header) ?? "";
  assert.ok(length > 0 && length < 600, `${length}`);
});

Deno.test("fieldsOfHeader() is brief about a hostile header", () => {
  const long = Array.from({ length: 256 }, (_, index) => `${index}${"x".repeat(2_000)}`).join(",");
  const { length } = complaint("trade", long) ?? "";
  assert.ok(length > 0 && length < 2_000, `${length}`);
  const escaped = complaint("trade", "symbol,timestamp,price,quantity,a\u001b[2J\nb") ?? "";
  assert.ok(!escaped.includes("\u001b") && escaped.includes("2J\\nb"), escaped);
});

Deno.test("unknownKeysHint() lists all keys of a row at once", () => {
  const hint = unknownKeysHint("trade", ["type", "product_id", "size", "price", "time"]);
  assert.equal(
    hint,
    'Not known: "type", "product_id" (symbol?), "size" (quantity?), "time" (timestamp?). As vendor_data.NAME a key ' +
      "that no field is for is kept.",
  );
});

Deno.test("unknownKeysHint() is quick and brief about thousands of keys", () => {
  const keys = Array.from({ length: 50_000 }, (_, index) => `key_${index}_${"y".repeat(20)}`);
  const hint = unknownKeysHint("trade", keys);
  assert.match(hint, /and 49976 more\./);
});
