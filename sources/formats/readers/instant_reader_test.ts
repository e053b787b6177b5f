import assert from "node:assert/strict";
import fc from "fast-check";
import { RecordError } from "../../../records/errors.ts";
import { rowReason } from "../../../records/row_reason.ts";
import { cellOf, numberCell, textCell } from "../../../tests/support/one_cell.ts";
import { type Cells, TRUE } from "../cells.ts";
import { UndeclaredError } from "../undeclared_error.ts";
import type { EpochInstant, InstantContext } from "./instant_options.ts";
import { instantReader } from "./instant_reader.ts";
import { instantOfText } from "./instant_text.ts";
import { ReaderOptionsError } from "./reader_options_error.ts";

const CONTEXT: InstantContext = {
  timeZone: "Australia/Sydney",
  ambiguousTime: "refuse",
  timeUnit: null,
  earliestMicros: 315_532_800_000_000,
  finer: "keep",
  fileDate: null,
  mayBeOld: false,
  now: () => 1_735_700_000_000_000,
};
const CELL = { slot: 0, field: "timestamp" };

/** Nanoseconds since the epoch, null if the row says nothing, or the reason of the refusal. */
type Result = bigint | null | string;

function outcome(read: () => { readonly micros: number; readonly nanos: number } | null): Result {
  try {
    const instant = read();
    return instant === null ? null : BigInt(instant.micros) * 1000n + BigInt(instant.nanos);
  } catch (error) {
    if (!(error instanceof RecordError)) throw error;
    return `${error instanceof UndeclaredError ? "undeclared " : ""}${rowReason(error)}`;
  }
}

function readWith(options: Parameters<typeof instantReader>[0], context: Partial<InstantContext> = {}) {
  const reader = instantReader(options, { ...CONTEXT, ...context });
  return (cells: Cells): Result =>
    outcome(() => {
      const micros = reader.read(cells);
      return Number.isNaN(micros) ? null : { micros, nanos: reader.nanos };
    });
}

function epoch(unit: EpochInstant["unit"], context: Partial<InstantContext> = {}) {
  return readWith({ ...CELL, encoding: "epoch", unit }, context);
}

const digit = fc.constantFrom(..."0123456789");
const digits = (length: number) => fc.string({ unit: digit, maxLength: length });
const numbers = fc.tuple(fc.constantFrom("", "", "-"), digits(20), fc.constantFrom("", "."), digits(11))
  .map((parts) => parts.join(""));
const pad = (value: number, length: number) => String(value).padStart(length, "0");
const isoTexts = fc.tuple(
  fc.integer({ min: 1600, max: 2300 }),
  fc.integer({ min: 0, max: 13 }),
  fc.integer({ min: 0, max: 32 }),
  fc.constantFrom("T", " ", "t", "_"),
  fc.integer({ min: 0, max: 25 }),
  fc.integer({ min: 0, max: 60 }),
  fc.integer({ min: 0, max: 60 }),
  fc.oneof(fc.constant(""), digits(10).map((text) => `.${text}`), digits(3).map((text) => `,${text}`)),
  fc.constantFrom("", "", "Z", "z", "+11:00", "-05:30", "+1100", "+11", "+24:00", "+11:60", "*11:00", "Z "),
).map(([year, month, day, mark, hour, minute, second, fraction, offset]) => {
  return `${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}${mark}${pad(hour, 2)}:${pad(minute, 2)}:${
    pad(second, 2)
  }${fraction}${offset}`;
});
/** Local times around the changes of the clocks. */
const changes = fc.tuple(
  fc.constantFrom("2014-04-06", "2014-10-05"),
  fc.integer({ min: 0, max: 4 }),
  fc.integer({ min: 0, max: 59 }),
).map(([date, hour, minute]) => `${date}T${pad(hour, 2)}:${pad(minute, 2)}:00`);
const anything = fc.string({ unit: fc.constantFrom(..."0123456789-:TZ+. é"), maxLength: 30 });

Deno.test("instantReader() reads declared instants as instantOfText does, value or reason, in each setting", () => {
  for (const timeUnit of [null, "s", "ms", "us", "ns"] as const) {
    for (const ambiguousTime of ["refuse", "earlier", "later"] as const) {
      for (const mayBeOld of [false, true]) {
        const settings = { timeUnit, ambiguousTime, mayBeOld };
        // One reader for all, as it keeps the date of the row before.
        const read = readWith({ ...CELL, encoding: "declared" }, settings);
        const about = { settings: { ...CONTEXT, ...settings }, ingestionMicros: CONTEXT.now(), mayBeOld };
        fc.assert(
          fc.property(fc.oneof(isoTexts, changes, numbers, anything), (text) => {
            if (text === "") return assert.equal(read(textCell(text)), null);
            const wanted = outcome(() => instantOfText(text, "timestamp", about));
            assert.equal(read(textCell(text)), wanted, text);
            assert.equal(read(numberCell(text)), wanted, text);
          }),
          { numRuns: 100 },
        );
      }
    }
  }
});

Deno.test("instantReader() reads ISO 8601 as Temporal does", () => {
  const read = readWith({ ...CELL, encoding: "iso" }),
    readLater = readWith({ ...CELL, encoding: "iso" }, { ambiguousTime: "later" });
  fc.assert(
    fc.property(fc.oneof(isoTexts, changes), (text) => {
      const result = read(textCell(text));
      if (typeof result === "bigint") return assert.equal(result, temporalNanos(text, "reject"), text);
      const later = readLater(textCell(text));
      // Refused as it happened twice.
      if (typeof later === "bigint") return assert.equal(later, temporalNanos(text, "later"), text);
      const wanted = temporalNanos(text, "reject");
      // Records hold the years that are safe integers in micros, offsets with seconds of ISO are none here.
      const isFar = wanted !== null && (wanted < -9007199254740991000n || wanted > 9007199254740991000n);
      assert.ok(wanted === null || isFar || /\.[0-9]{10}|[.,]$/.test(text), `${text} is ${result}`);
    }),
    { numRuns: 1_000 },
  );
});

/** By Temporal: the instant, or null. */
function temporalNanos(text: string, disambiguation: "reject" | "later"): bigint | null {
  // Temporal takes a leap second for the second before.
  if (text.slice(17, 19) === "60") return null;
  const shorter = text.replace(/([.,][0-9]{9})0+/, "$1");
  try {
    if (/[Zz]$|[+-][0-9:]+$/.test(text.slice(19))) return Temporal.Instant.from(shorter).epochNanoseconds;
    return Temporal.PlainDateTime.from(shorter).toZonedDateTime(CONTEXT.timeZone, { disambiguation }).epochNanoseconds;
  } catch {
    return null;
  }
}

const PLACES = { s: 9, ms: 6, us: 3, ns: 0 } as const;

Deno.test("instantReader() reads counts since the epoch exactly, in every unit, also with an exponent", () => {
  for (const unit of ["s", "ms", "us", "ns"] as const) {
    const read = epoch(unit, { earliestMicros: 0 }), places = PLACES[unit];
    fc.assert(fc.property(fc.bigInt({ min: 1n, max: 9_007_199_254_740_991_999n }), fc.boolean(), (nanos, exponent) => {
      const text = String(nanos).padStart(places + 1, "0");
      const number = places === 0 ? text : `${text.slice(0, -places)}.${text.slice(-places)}`;
      assert.equal(read(textCell(number)), nanos);
      assert.equal(read(numberCell(`${number}00`.replace(/^[0-9]+00$/, number))), nanos);
      if (exponent) assert.equal(read(numberCell(`${text}e-${places}`)), nanos);
    }));
  }
});

Deno.test("instantReader() loses no digit of float seconds", () => {
  const read = epoch("s");
  assert.equal(read(textCell("1704067200.123457")), 1_704_067_200_123_457_000n);
  assert.equal(read(textCell("1704067200")), 1_704_067_200_000_000_000n);
  assert.equal(read(textCell("1704067200.0357")), 1_704_067_200_035_700_000n);
  assert.equal(read(numberCell("1.704067200123457e9")), 1_704_067_200_123_457_000n);
  assert.equal(read(textCell("1762795433.9717445")), 1_762_795_433_971_744_500n);
});

Deno.test("instantReader() tells the unit by the number of digits, and takes only those that occur", () => {
  const read = epoch({ by: "digits", units: ["ms", "us"] });
  assert.equal(read(textCell("1735689599999")), 1_735_689_599_999_000_000n);
  assert.equal(read(textCell("1735689600010866")), 1_735_689_600_010_866_000n);
  for (const text of ["1735689600", "1735689600010866123", "173568960001086"]) {
    assert.match(String(read(textCell(text))), /\(no_unit\).* ms with 13 digits, or of us with 16 digits here\.$/);
  }
  assert.match(String(read(textCell("0001735689600"))), /\(unlikely_instant\)/);
});

Deno.test("instantReader() tells the unit by the date of the file", () => {
  const unit = { by: "date", from: "2025-01-01", before: "ms", after: "us" } as const;
  assert.equal(epoch(unit, { fileDate: "2024-12-31" })(textCell("1735603200010")), 1_735_603_200_010_000_000n);
  assert.equal(epoch(unit, { fileDate: "2025-01-01" })(textCell("1735689600010866")), 1_735_689_600_010_866_000n);
  assert.match(
    String(epoch(unit, { fileDate: "2025-01-01" })(textCell("1735689600010"))),
    /^undeclared .*\(unlikely_instant\).*By the format, which counts us, it is 1970-01-21.*ms is 2025-01-01T00:00:00.01Z.*another format/,
  );
  assert.match(
    String(epoch(unit, { fileDate: "2024-12-31" })(textCell("1735689600010866"))),
    /^undeclared .*\(out_of_range\).*The format counts ms: us is 2025-01-01/,
  );
  assert.throws(() => epoch(unit), ReaderOptionsError);
});

Deno.test("instantReader() keeps, leaves out or refuses what is finer than micros", () => {
  const text = "1704067200123456789", options = { ...CELL, encoding: "epoch", unit: "ns" } as const;
  assert.equal(readWith(options, { finer: "keep" })(textCell(text)), 1_704_067_200_123_456_789n);
  assert.equal(readWith(options, { finer: "floor" })(textCell(text)), 1_704_067_200_123_456_000n);
  assert.match(
    String(readWith(options, { finer: "refuse" })(textCell(text))),
    /^undeclared .*\(too_fine\).*--finer keep/,
  );
  assert.match(
    String(readWith(options, { finer: "whole" })(textCell(text))),
    /^timestamp .*\(too_fine\).*vendor_data\.timestamp /,
  );
  // What was kept of a row is not there for the next one.
  const read = readWith(options);
  read(textCell(text));
  assert.equal(read(textCell("1704067200123456000")), 1_704_067_200_123_456_000n);
  assert.match(String(epoch("us")(textCell("1704067200123456.1234"))), /\(too_fine\).*nanosecond/);
});

Deno.test("instantReader() refuses what is no number, no text, or before the earliest likely instant", () => {
  const read = epoch("us");
  assert.equal(read(textCell("")), null);
  assert.match(String(read(textCell("2024-01-02"))), /\(not_a_number\).*a number of us here/);
  assert.match(String(read(cellOf(TRUE, "true"))), /\(wrong_type\)/);
  assert.match(String(read(textCell("315532799999999"))), /^undeclared .*\(unlikely_instant\)/);
  assert.equal(read(textCell("315532800000000")), 315_532_800_000_000_000n);
  assert.match(String(read(textCell("-1"))), /\(unlikely_instant\)/);
});

Deno.test("instantReader() takes no bytes for a date that were none in any row", () => {
  const read = readWith({ ...CELL, encoding: "iso" });
  // JSON may escape such characters.
  assert.match(String(read(textCell("\0".repeat(10) + "T10:00:00Z"))), /\(not_iso_8601\)/);
});
