import assert from "node:assert/strict";
import { ConfigError } from "../../../config/config_error.ts";
import { digestOf } from "./mapping_digest.ts";
import { checkMapping, parseMapping } from "./parse_mapping.ts";

const FIELDS = {
  trade_id: "id",
  symbol: { fileName: "symbol" },
  timestamp: { as: "epoch", from: "time", unit: "ms" },
  price: "price",
  quantity: "qty",
  side: { from: "maker", as: "buyerIsMaker", of: "taker" },
};
const ROWS = { form: "delimited", header: "either", columns: ["id", "price", "qty", "time", "maker"] };
const GOOD = {
  name: "mine",
  summary: "my files",
  dataType: "trades",
  fileNames: ["{symbol}-{yyyy-MM-dd}"],
  rows: ROWS,
  fields: FIELDS,
};

const JSON_LINES = {
  name: "mine",
  summary: "my messages",
  dataType: "trades",
  fields: {
    symbol: "pair",
    timestamp: { as: "iso", from: "data.items.time" },
    price: "data.items.price",
    quantity: "data.items.size",
  },
};

/** The problems of a mapping, each as key and reason. */
function problemsOf(value: unknown): readonly string[] {
  try {
    checkMapping(value, "mine.json");
    return [];
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    for (const { origin, nextStep } of error.problems) {
      assert.equal(origin, "mine.json");
      assert.notEqual(nextStep, "");
    }
    return error.problems.map(({ key, reason }) => `${key}: ${reason}`);
  }
}

Deno.test("checkMapping() takes a good mapping", () => assert.deepEqual(problemsOf(GOOD), []));

Deno.test("parseMapping() says where a text is no JSON", () => {
  assert.throws(() => parseMapping('{"name": ', "mine.json"), {
    name: "ConfigError",
    message: /mine.json: it is not JSON/,
  });
});

Deno.test("parseMapping() says of each key that is there twice where it is", () => {
  const text = JSON.stringify(GOOD, null, 2).replace('"header": "either"', '"header": "either", "header": "absent"')
    .replace('"price": "price"', '"price": "price",\n"price": "qty"');
  assert.throws(() => parseMapping(text, "mine.json"), (error) => {
    assert.ok(error instanceof ConfigError);
    assert.deepEqual(error.problems.map(({ key, reason }) => [key, reason.replace(/\d+/g, "N")]), [
      ["rows.header", "it is there twice, in line N."],
      ["fields.price", "it is there twice, in lines N and N."],
    ]);
    return true;
  });
});

const calendar = (date: unknown, time?: unknown, zone?: unknown) => ({
  ...GOOD,
  fields: { ...FIELDS, timestamp: { as: "calendar", date, ...(time ? { time } : {}), ...(zone ? { zone } : {}) } },
});

for (
  const [what, mapping, problem] of [
    ["no object", [], ": it is no mapping."],
    [
      "records of which nothing is taken",
      { ...JSON_LINES, rows: { form: "json", each: "list" } },
      "rows.each: no field is taken out of the records.",
    ],
    [
      "a field that is the list of the records",
      { ...JSON_LINES, rows: { form: "json", each: "data.items" }, vendorData: { all: "data" } },
      "vendorData.all: it holds the list of the records.",
    ],
    [
      "a list of records that is ignored",
      { ...JSON_LINES, rows: { form: "json", each: "data.items" }, ignored: ["data.items"] },
      "ignored: it holds the list of the records.",
    ],
    [
      "records of columns that are named as fields",
      { name: "mine", summary: "mine", dataType: "any", rows: { form: "json", each: "data" }, fields: "byName" },
      'rows.each: with "byName" the columns say what they are.',
    ],
    ["no data type", { ...GOOD, dataType: undefined }, "dataType: it is missing."],
    [
      "another data type",
      { ...GOOD, dataType: "trade" },
      "dataType: it must be one of trades, quotes, any, reference_data.",
    ],
    ["a key that there is not", { ...GOOD, sumary: "x" }, "sumary: there is no such key."],
    [
      "a field that there is not",
      { ...GOOD, fields: { ...FIELDS, prise: "price" } },
      "fields.prise: there is no such key.",
    ],
    ["a field that is missing", { ...GOOD, fields: { ...FIELDS, price: undefined } }, "fields.price: it is missing."],
    [
      "a field of another type",
      { ...GOOD, fields: { ...FIELDS, price: 7 } },
      "fields.price: it fits none of the forms that stand here.",
    ],
    ["a name with capitals", { ...GOOD, name: "Mine" }, "name: a name has small letters, digits and -."],
    ["an encoding that there is not", {
      ...GOOD,
      fields: { ...FIELDS, timestamp: { as: "epoc", from: "time", unit: "ms" } },
    }, "fields.timestamp.as: it must be one of epoch, iso, calendar."],
    [
      "no unit",
      { ...GOOD, fields: { ...FIELDS, timestamp: { as: "epoch", from: "time" } } },
      "fields.timestamp.unit: it is missing.",
    ],
    [
      "no taker or maker",
      { ...GOOD, fields: { ...FIELDS, side: { from: "maker", as: "buyerIsMaker" } } },
      "fields.side.of: it is missing.",
    ],
    ["a word for no side", {
      ...GOOD,
      fields: { ...FIELDS, side: { from: "maker", as: { b: "BYE" }, of: "taker" } },
    }, "fields.side.as.b: it must be one of BUY, SELL, SELL_SHORT, UNKNOWN."],
    [
      "a column that there is not",
      { ...GOOD, fields: { ...FIELDS, quantity: "size" }, ignored: ["qty"] },
      "fields.quantity: rows.columns has no such column.",
    ],
    [
      "a column that is lost",
      { ...GOOD, rows: { ...ROWS, columns: [...ROWS.columns, "more"] } },
      "rows.columns: no field takes it.",
    ],
    [
      "a column twice",
      { ...GOOD, rows: { ...ROWS, columns: [...ROWS.columns, "id"] } },
      "rows.columns: it is there twice.",
    ],
    ["no columns", { ...GOOD, rows: { form: "delimited", header: "absent" } }, "rows.columns: it is missing."],
    [
      "columns beside a header",
      { ...GOOD, rows: { ...ROWS, header: "present" } },
      "rows.columns: the first line names the columns.",
    ],
    ["a column taken and ignored", { ...GOOD, ignored: ["qty"] }, "ignored: it is taken by a field, too."],
    ["an ignored column that there is not", { ...GOOD, ignored: ["x"] }, "ignored: rows.columns has no such column."],
    [
      "a key of vendor_data with capitals",
      { ...GOOD, vendorData: { Qty: "qty" } },
      "vendorData.Qty: a key of vendor_data has small letters, digits and _.",
    ],
    [
      "a reserved key",
      { ...GOOD, vendorData: { sequence: "qty" } },
      'vendorData.sequence: the key is reserved: "fields.sequence" gives it.',
    ],
    [
      "no name of a file",
      { ...GOOD, fileNames: undefined },
      "fields.symbol: it is to come from the name of the file, and there are no fileNames.",
    ],
    [
      "a name without the symbol",
      { ...GOOD, fileNames: ["{yyyy-MM-dd}"] },
      'fields.symbol: it is to come from the name of the file, and the file name "{yyyy-MM-dd}" does not have it.',
    ],
    [
      "a part of a name that there is not",
      { ...GOOD, fileNames: ["{sym}"] },
      "fileNames.0: {sym} is no part of a name: there are {symbol}, {yyyy-MM-dd}, {yyyyMMdd}, {yyyy_MM_dd}, {yyyy-MM}, {yyyyMM}.",
    ],
    [
      "a date without its year",
      calendar({ from: "time", pattern: "MM-dd HH:mm" }),
      "fields.timestamp.date.pattern: it has no yyyy.",
    ],
    [
      "a time without its minute",
      calendar({ fileName: "date" }, { from: "time", pattern: "HH" }),
      "fields.timestamp.time.pattern: it has no mm.",
    ],
    [
      "no time of day",
      { ...calendar({ fileName: "date" }), ignored: ["time"] },
      "fields.timestamp.time: the name of a file has no time of day.",
    ],
    [
      "a zone that there is not",
      calendar({ fileName: "date" }, { from: "time", pattern: "HH:mm:ss" }, "Mars/Olympus"),
      "fields.timestamp.zone: there is no such time zone.",
    ],
    [
      "pence",
      { ...GOOD, fields: { ...FIELDS, currency: { constant: "GBp" } } },
      "fields.currency.constant: it is not the code of a currency.",
    ],
    [
      "another delimiter",
      { ...GOOD, rows: { ...ROWS, delimiter: ":" } },
      "rows.delimiter: it must be one of ,, |, \t, ;.",
    ],
    ["another form", { ...GOOD, rows: { ...ROWS, form: "xml" } }, "rows.form: it must be one of delimited, json."],
    ["corrections apart", {
      ...GOOD,
      rows: { ...ROWS, corrections: { from: "maker", none: ["0"], then: "separate" } },
    }, "rows.corrections.then: there are no topics of corrections yet."],
    [
      "a value kept and skipped",
      { ...GOOD, rows: { ...ROWS, only: [{ from: "maker", keep: ["a"], skip: ["a"] }] } },
      "rows.only.0: the value is in keep and in skip.",
    ],
    ["a trailer among quotes", {
      ...GOOD,
      rows: { ...ROWS, trailer: { from: "id", equals: "END", count: "price" } },
    }, "rows.trailer: lines are counted, and a row in quotes may take several."],
    ["a trailer among comments and rows that are skipped", {
      ...GOOD,
      rows: {
        ...ROWS,
        quotes: false,
        comment: "#",
        only: [{ from: "maker", keep: ["a"], skip: ["b"] }],
        trailer: { from: "id", equals: "END", count: "price" },
      },
    }, "rows.trailer: beside comments the rows are counted that are records or refused, and rows.only skips others."],
    ...["", "1", "# ", '"', "\n", "123456789"].map((comment) =>
      [
        `the comment ${JSON.stringify(comment)}`,
        { ...GOOD, rows: { ...ROWS, comment } },
        "rows.comment: a comment begins with one to eight marks or letters.",
      ] as const
    ),
    [
      "comments in JSON",
      { ...JSON_LINES, rows: { form: "json", comment: "#" } },
      "rows.comment: there is no such key.",
    ],
    ["a number that no table has", {
      ...GOOD,
      fields: { ...FIELDS, quantity: { from: "qty", times: 1e30 } },
    }, "fields.quantity.times: the largest is 1000000000."],
    ["a mark before decimals and between thousands", {
      ...GOOD,
      fields: { ...FIELDS, price: { from: "price", mark: ",", grouping: "," } },
    }, "fields.price: One mark cannot stand before the decimals and between thousands."],
    ["dots between thousands and before decimals", {
      ...GOOD,
      fields: { ...FIELDS, quantity: { from: "qty", grouping: "." } },
    }, "fields.quantity: One mark cannot stand before the decimals and between thousands."],
    ["another grouping", {
      ...GOOD,
      fields: { ...FIELDS, quantity: { from: "qty", grouping: "_" } },
    }, "fields.quantity.grouping: it must be one of ,, .,  , '."],
    ["lots of one", {
      ...GOOD,
      fields: { ...FIELDS, quantity: { from: "qty", times: 1 } },
    }, "fields.quantity.times: the smallest is 2."],
    ["lots of a half", {
      ...GOOD,
      fields: { ...FIELDS, quantity: { from: "qty", times: 2.5 } },
    }, "fields.quantity.times: it must be of type int."],
    ["units and lots", {
      ...GOOD,
      fields: { ...FIELDS, quantity: { from: "qty", times: 100, shift: 2 } },
    }, "fields.quantity: A number that is multiplied has neither a shift nor noise."],
    ["a shift that multiplies", {
      ...GOOD,
      fields: { ...FIELDS, quantity: { from: "qty", shift: -2 } },
    }, "fields.quantity.shift: the smallest is 1."],
    ["a trailer of columns that are named as fields", {
      name: "mine",
      summary: "x",
      dataType: "any",
      rows: { form: "delimited", header: "present", trailer: { from: "symbol", equals: "END", count: "price" } },
      fields: "byName",
    }, 'rows.trailer: with "byName" the columns say what they are.'],
    ["comments beside columns that are named as fields", {
      name: "mine",
      summary: "x",
      dataType: "any",
      rows: { form: "delimited", header: "present", comment: "#" },
      fields: "byName",
    }, 'rows.comment: with "byName" the columns say what they are.'],
    ["sides of trades", { ...GOOD, oneSided: "absent" }, "oneSided: trades have no sides that could be absent."],
    ["more beside byName", {
      name: "mine",
      summary: "x",
      dataType: "any",
      rows: { form: "json" },
      fields: "byName",
      vendorData: { a: "b" },
    }, 'vendorData: with "byName" the columns say what they are.'],
  ] as const
) {
  Deno.test(`checkMapping() says one thing of a mapping with ${what}`, () => {
    assert.deepEqual(problemsOf(JSON.parse(JSON.stringify(mapping))), [problem]);
  });
}

Deno.test("digestOf() is of what rows mean: not of names, summaries and the order of keys", () => {
  const digest = (value: unknown) => digestOf(checkMapping(value, "mine.json"));
  const other = Object.fromEntries(Object.entries(GOOD).reverse());
  assert.equal(digest({ ...other, name: "other", summary: "others", endings: [".x"] }), digest(GOOD));
  assert.notEqual(digest({ ...GOOD, idScope: "symbol" }), digest(GOOD));
  assert.notEqual(digest({ ...GOOD, fields: { ...FIELDS, price: "qty", quantity: "price" } }), digest(GOOD));
});
