import assert from "node:assert/strict";
import fc from "fast-check";
import { RecordError } from "../../../records/errors.ts";
import { rowReason } from "../../../records/row_reason.ts";
import { toTradeSide } from "../../../records/values/enums.ts";
import { toCompanyNumber, toCount, toInt32, toLong, toText, toTexts } from "../../../records/values/field_values.ts";
import { bigOfHalves, WideInteger } from "../../../records/values/wide_integer.ts";
import { cellOf, numberCell, textCell } from "../../../tests/support/one_cell.ts";
import { ABSENT, ARRAY, type Cells, FALSE, NULL, OBJECT, TEXT, TRUE } from "../cells.ts";
import { integerReader } from "./integer_reader.ts";
import { listReader } from "./list_reader.ts";
import { ReaderOptionsError } from "./reader_options_error.ts";
import { sideReader } from "./side_reader.ts";
import { flagReader, textReader } from "./text_reader.ts";

const CELL = { slot: 0, field: "x" };
const NOTHING = [textCell(""), cellOf(NULL, "null"), cellOf(ABSENT, "old")];

function outcome<T>(read: () => T): T | string {
  try {
    return read();
  } catch (error) {
    if (error instanceof RecordError) return rowReason(error);
    throw error;
  }
}

const words = fc.oneof(
  fc.constantFrom("BUY", "buy", "Sell", "SELL_SHORT", "short", "Short", "unknown", "true", "0", "-0"),
  fc.string({ unit: "grapheme", maxLength: 8 }).filter((text) => text !== ""),
);

Deno.test("sideReader() reads the record's own symbols as toTradeSide does, value or reason", () => {
  const reader = sideReader({ ...CELL, encoding: "symbol" });
  fc.assert(fc.property(words, (text) => {
    assert.equal(outcome(() => reader.read(textCell(text))), outcome(() => toTradeSide(text, "x")));
    assert.equal(outcome(() => reader.read(numberCell("1"))), outcome(() => toTradeSide(1, "x")));
    assert.equal(outcome(() => reader.read(cellOf(TRUE, "true"))), outcome(() => toTradeSide(true, "x")));
  }));
  for (const cells of NOTHING) assert.equal(reader.read(cells), "UNKNOWN");
});

Deno.test("sideReader() reads a source's words exactly, and turns a maker's side around", () => {
  const known = { b: "BUY", s: "SELL", "0": "UNKNOWN", "5": "SELL_SHORT" } as const;
  const taker = sideReader({ ...CELL, encoding: "words", words: known });
  const maker = sideReader({ ...CELL, encoding: "words", words: known, of: "maker" });
  const sides = ["b", "s", "0", "5"].map((text) => [taker.read(textCell(text)), maker.read(numberCell(text))]);
  assert.deepEqual(sides, [["BUY", "SELL"], ["SELL", "BUY"], ["UNKNOWN", "UNKNOWN"], ["SELL_SHORT", "BUY"]]);
  assert.match(String(outcome(() => taker.read(textCell("B")))), /^x "B" is refused \(unknown_enum\).*"b", "s"/);
  assert.match(String(outcome(() => taker.read(cellOf(FALSE, "false")))), /\(wrong_type\)/);
  for (const cells of NOTHING) assert.equal(maker.read(cells), "UNKNOWN");
  assert.throws(() => sideReader({ ...CELL, encoding: "words", words: {} }), ReaderOptionsError);
});

Deno.test("sideReader() knows that the taker sells if the buyer was the maker", () => {
  const reader = sideReader({ ...CELL, encoding: "buyer_is_maker" });
  const sells = ["true", "True", "TRUE", "1"].map(textCell), buys = ["false", "False", "FALSE", "0"].map(textCell);
  for (const cells of [...sells, cellOf(TRUE, "true"), numberCell("1")]) assert.equal(reader.read(cells), "SELL");
  for (const cells of [...buys, cellOf(FALSE, "false"), numberCell("0")]) assert.equal(reader.read(cells), "BUY");
  assert.match(String(outcome(() => reader.read(textCell("yes")))), /\(wrong_type\).*whether the buyer was the maker/);
});

Deno.test("sideReader() reads the sign of a number, and of the maker's the other one", () => {
  const sides = ["1", "-1", "0.5", "-0.0000000001", "1e-9", "0", "-0", "0.000"];
  const read = (of: "taker" | "maker") => {
    const reader = sideReader({ ...CELL, encoding: "sign", of });
    return sides.map((text) => reader.read(numberCell(text)));
  };
  assert.deepEqual(read("taker"), ["BUY", "SELL", "BUY", "SELL", "BUY", "UNKNOWN", "UNKNOWN", "UNKNOWN"]);
  assert.deepEqual(read("maker"), ["SELL", "BUY", "SELL", "BUY", "SELL", "UNKNOWN", "UNKNOWN", "UNKNOWN"]);
  const reader = sideReader({ ...CELL, encoding: "sign" });
  for (const text of ["--1", "+1", "x", "1,5"]) {
    assert.equal(typeof outcome(() => reader.read(textCell(text))), "string");
  }
  assert.match(String(outcome(() => reader.read(textCell("x")))), /\(not_a_number\)/);
});

const integers = fc.oneof(
  fc.bigInt({ min: -(2n ** 64n), max: 2n ** 64n }).map(String),
  fc.integer({ min: -(2 ** 32), max: 2 ** 32 }).map(String),
  fc.string({ unit: fc.constantFrom(..."0123456789-.e+ "), maxLength: 20 }),
).filter((text) => text !== "");

function readInteger(cells: Cells, options: Omit<Parameters<typeof integerReader>[0], "slot" | "field">) {
  const into = new WideInteger(), reader = integerReader({ ...CELL, ...options });
  return outcome(() => reader.read(cells, into) ? bigOfHalves(into.high, into.low) : null);
}

Deno.test("integerReader() reads what the checks of records take, value or reason", () => {
  const checks = [
    [{ bits: 64 }, toLong],
    [{ bits: 32 }, toInt32],
    [{ bits: 64, fromZero: true }, toCount],
    [{ bits: 32, fromZero: true }, toCompanyNumber],
  ] as const;
  fc.assert(
    fc.property(integers, fc.constantFrom(...checks), (text, [options, check]) => {
      const wanted = outcome(() => BigInt(check(text, "x")));
      assert.equal(readInteger(textCell(text), options), wanted, text);
      assert.equal(readInteger(numberCell(text), options), wanted, text);
    }),
    { numRuns: 2_000 },
  );
  assert.match(String(readInteger(cellOf(TRUE, "true"), { bits: 64 })), /\(wrong_type\)/);
  for (const cells of NOTHING) assert.equal(readInteger(cells, { bits: 64 }), null);
});

Deno.test("integerReader() takes the codes of tick files, which may begin with zeros", () => {
  const options = { bits: 32, leadingZeros: true } as const;
  assert.equal(readInteger(textCell("007"), options), 7n);
  assert.equal(readInteger(textCell("00000000000000000000012"), options), 12n);
  assert.equal(readInteger(textCell("2147483647"), options), 2n ** 31n - 1n);
  assert.match(String(readInteger(textCell("2147483648"), options)), /\(out_of_range\).* The largest is 2147483647\./);
  assert.match(String(readInteger(textCell("1.0"), options)), /\(not_an_integer\).* Write it in digits only\./);
  assert.match(String(readInteger(textCell("-1"), options)), /\(negative\)/);
  assert.match(String(readInteger(textCell("a"), options)), /\(not_a_number\)/);
});

Deno.test("textReader() gives texts as they are, and refuses what toText refuses", () => {
  const reader = textReader(CELL), digits = textReader({ ...CELL, digits: true, missing: ["-", "0"] });
  const read = (cells: Cells, one = reader) => outcome(() => one.read(cells) ? [one.text()] : null);
  fc.assert(fc.property(fc.string({ unit: "grapheme", minLength: 1 }), (text) => {
    const wellFormed = text.toWellFormed();
    assert.deepEqual(read(textCell(wellFormed)), [wellFormed]);
  }));
  assert.equal(read(numberCell("1.50")), outcome(() => toText(1.5, "x")));
  assert.equal(read(cellOf(TRUE, "true")), outcome(() => toText(true, "x")));
  assert.deepEqual(read(numberCell("1.50"), digits), ["1.50"]);
  assert.deepEqual(["-", "0", ""].map((text) => read(textCell(text), digits)), [null, null, null]);
  assert.match(String(read(cellOf(OBJECT, '{"a":1}'))), /^x \(a JSON object\) is refused \(wrong_type\)/);
});

Deno.test("textReader() refuses unpaired surrogates as toText does", () => {
  const cells = cellOf(TEXT, "a???b");
  cells.buffer.set([0xed, 0xa0, 0x80], cells.buffer.indexOf(0x3f));
  const read = outcome(() => textReader(CELL).read({ ...cells, isPlain: false }));
  assert.equal(read, outcome(() => toText("a\ud800b", "x")));
});

Deno.test("textReader() gives a text for each code, and refuses a code without one", () => {
  const reader = textReader({ ...CELL, digits: true, words: { "1": "NYSE", Q: "NASDAQ — Börse" } });
  assert.deepEqual([numberCell("1"), textCell("Q")].map((cells) => reader.read(cells) && reader.text()), [
    "NYSE",
    "NASDAQ — Börse",
  ]);
  assert.match(String(outcome(() => reader.read(textCell("7")))), /^x "7" is refused \(unknown_enum\)/);
});

Deno.test("flagReader() reads true and false, in delimited rows as text", () => {
  const reader = flagReader(CELL);
  const read = (cells: Cells) => outcome(() => reader.read(cells));
  assert.deepEqual([textCell("true"), cellOf(TRUE, "true")].map(read), [true, true]);
  assert.deepEqual([textCell("false"), cellOf(FALSE, "false")].map(read), [false, false]);
  assert.deepEqual(NOTHING.map(read), [null, null, null]);
  assert.match(String(read(textCell("True"))), /^x "True" is refused \(wrong_type\).* Give true or false\./);
  assert.match(String(read(numberCell("1"))), /^x 1 is refused \(wrong_type\)/);
});

Deno.test("listReader() reads lists with a separator, of fixed width, and of JSON", () => {
  const read = (cells: Cells, options: Partial<Parameters<typeof listReader>[0]> = {}) => {
    const reader = listReader({ ...CELL, ...options });
    return outcome(() => reader.read(cells));
  };
  assert.deepEqual(read(textCell("12,37"), { separator: "," }), ["12", "37"]);
  assert.deepEqual(read(textCell("12")), ["12"]);
  assert.deepEqual(read(textCell(" 4 B"), { width: 1 }), ["4", "B"]);
  assert.deepEqual(read(textCell("   "), { width: 1 }), []);
  assert.deepEqual(read(cellOf(ARRAY, '["@","\\u00e9"]')), ["@", "é"]);
  assert.deepEqual(read(cellOf(ARRAY, "[12, 37]"), { digits: true }), ["12", "37"]);
  assert.deepEqual(read(textCell("@ F"), { separator: " ", words: { "@": "REGULAR", F: "SWEEP" } }), [
    "REGULAR",
    "SWEEP",
  ]);
  assert.match(
    String(read(textCell("@ G"), { separator: " ", words: { "@": "REGULAR" } })),
    /^x "G" is refused \(unknown_enum\)/,
  );
  assert.equal(read(textCell("a||b")), outcome(() => toTexts(["a", "", "b"], "x")));
  assert.match(String(read(cellOf(ARRAY, '["a",1]'))), /^x\.1 .*\(wrong_type\)/);
  assert.equal(read(numberCell("1")), outcome(() => toTexts(1, "x")));
  for (const cells of NOTHING) assert.equal(read(cells), null);
  for (const options of [{ separator: "" }, { width: 0 }, { width: 1, separator: "," }]) {
    assert.throws(() => read(textCell("a"), options), ReaderOptionsError);
  }
});

Deno.test("listReader() finds lists again, and never takes one for another", () => {
  const reader = listReader(CELL);
  const first = reader.read(textCell("a|b"));
  assert.equal(reader.read(textCell("a|b")), first);
  assert.ok(Object.isFrozen(first));
  const text = fc.string({ unit: fc.constantFrom("a", "b", "|", "c"), minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(text, (list) => {
      assert.deepEqual(outcome(() => reader.read(textCell(list))), outcome(() => toTexts(list.split("|"), "x")));
    }),
    { numRuns: 1_000 },
  );
  // The same bytes are another list in JSON.
  assert.deepEqual(reader.read(textCell('["a"]')), ['["a"]']);
  assert.deepEqual(reader.read(cellOf(ARRAY, '["a"]')), ["a"]);
});
