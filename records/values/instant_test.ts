import fc from "fast-check";
import assert from "node:assert/strict";
import { RecordError } from "../errors.ts";
import { type InstantInput, type InstantOptions, toMicros, toMillis } from "./instant.ts";

const MICROS = Date.parse("2014-03-09T23:00:00.123Z") * 1000 + 456;

function refusal(value: unknown, options?: InstantOptions): RecordError {
  try {
    // The caller of a JavaScript program can hand over anything.
    toMicros(value as InstantInput, "timestamp", options);
  } catch (error) {
    if (error instanceof RecordError) return error;
    throw error;
  }
  assert.fail(`${String(value)} was accepted`);
}

Deno.test("toMicros() takes the same instant in any form", () => {
  const sydney: InstantOptions = { timeZone: "Australia/Sydney" };
  const same: InstantInput[] = [
    Temporal.Instant.from("2014-03-09T23:00:00.123456Z"),
    "2014-03-09T23:00:00.123456Z",
    "2014-03-10T10:00:00.123456+11:00",
    "2014-03-10T10:00:00.123456000+1100",
    "2014-03-10 10:00:00.123456+11",
    "2014-03-09t17:30:00,123456-05:30",
    "2014-03-09T23:00:00.123456-00:00",
    BigInt(MICROS),
    "2014-03-10T10:00:00.123456",
  ];
  for (const value of same) assert.equal(toMicros(value, "timestamp", sydney), MICROS, String(value));
  assert.equal(toMicros(new Date("2014-03-09T23:00:00.123Z"), "timestamp"), MICROS - 456);
  assert.equal(toMicros("2014-03-09T23:00Z", "timestamp"), MICROS - 123_456);
});

Deno.test("toMicros() agrees with Temporal on text with an offset", () => {
  const instants = fc.bigInt({ min: -(2n ** 53n) + 1_000_000n, max: 2n ** 53n - 1n });
  const offsets = fc.integer({ min: -1439, max: 1439 });
  fc.assert(
    fc.property(instants, offsets, fc.integer({ min: 0, max: 9 }), (micros, minutes, fractionalSecondDigits) => {
      const sign = minutes < 0 ? "-" : "+";
      const size = Math.abs(minutes);
      const offset = `${sign}${String(Math.floor(size / 60)).padStart(2, "0")}:${String(size % 60).padStart(2, "0")}`;
      const zoned = new Temporal.Instant(micros * 1000n).toZonedDateTimeISO(offset);
      const digits = fractionalSecondDigits as Temporal.ZonedDateTimeToStringOptions["fractionalSecondDigits"];
      const text = zoned.toString({ timeZoneName: "never", fractionalSecondDigits: digits });
      const wanted = Number(Temporal.Instant.from(text).epochNanoseconds / 1000n);
      assert.equal(toMicros(text, "timestamp"), wanted);
    }),
  );
});

Deno.test("toMicros() reads text without an offset in the given time zone only", () => {
  assert.equal(refusal("2014-03-10T10:00:00").rule, "no_offset");
  const text = "2014-04-06T02:30:00";
  const timeZone = "Australia/Sydney";
  assert.equal(refusal(text, { timeZone }).rule, "ambiguous_local_time");
  assert.equal(refusal("2013-10-06T02:30:00", { timeZone }).rule, "nonexistent_local_time");
  assert.equal(refusal("2013-10-06T02:30:00", { timeZone, ambiguousTime: "later" }).rule, "nonexistent_local_time");
  const earlier = toMicros(text, "timestamp", { timeZone, ambiguousTime: "earlier" });
  const later = toMicros(text, "timestamp", { timeZone, ambiguousTime: "later" });
  assert.equal(earlier, toMicros("2014-04-05T15:30:00Z", "timestamp"));
  assert.equal(later, toMicros("2014-04-05T16:30:00Z", "timestamp"));
  assert.equal(toMicros(text + "+10:00", "timestamp", { timeZone }), later);
  assert.equal(refusal(text, { timeZone: "Sydney" }).rule, "unknown_time_zone");
  assert.equal(refusal("2014-02-30T00:00:00", { timeZone }).rule, "bad_date");
});

Deno.test("toMicros() refuses what is not one exact instant, each with its rule", () => {
  const table: [unknown, string][] = [
    [undefined, "missing"],
    [null, "missing"],
    [1672531199900, "no_unit"],
    [0, "no_unit"],
    [NaN, "no_unit"],
    ["1672531199900", "no_unit"],
    ["1672531199.9", "no_unit"],
    [true, "wrong_type"],
    [{}, "wrong_type"],
    [Temporal.PlainDateTime.from("2014-03-10T10:00"), "wrong_type"],
    ["", "empty"],
    ["2014-03-10", "not_iso_8601"],
    ["03/10/2014 10:00:00", "not_iso_8601"],
    [" 2014-03-10T10:00:00Z", "not_iso_8601"],
    ["2014-03-10T10:00:00Z\n", "not_iso_8601"],
    ["2014-03-10T10Z", "not_iso_8601"],
    ["2014-03-10T10:00:00+11:00[Australia/Sydney]", "not_iso_8601"],
    ["2014-3-10T10:00:00Z", "not_iso_8601"],
    ["2014-03-10T10:00:00.Z", "not_iso_8601"],
    ["None", "not_iso_8601"],
    [new Date(NaN), "bad_date"],
    ["2014-02-30T10:00:00Z", "bad_date"],
    ["2014-13-01T10:00:00Z", "bad_date"],
    ["2014-00-10T10:00:00Z", "bad_date"],
    ["2014-03-10T24:00:00Z", "bad_date"],
    ["2014-03-10T10:60:00Z", "bad_date"],
    ["2012-06-30T23:59:60Z", "bad_date"],
    ["2014-03-10T10:00:00+24:00", "bad_date"],
    ["2014-03-10T10:00:00+10:60", "bad_date"],
    ["2014-03-10T10:00:00.1234567Z", "too_fine"],
    [Temporal.Instant.fromEpochNanoseconds(1n), "too_fine"],
    [2n ** 53n, "out_of_range"],
    [-(2n ** 53n), "out_of_range"],
    ["9999-01-01T00:00:00Z", "out_of_range"],
    ["0000-01-01T00:00:00Z", "out_of_range"],
    [new Date(8.64e15), "out_of_range"],
  ];
  for (const [value, rule] of table) {
    const error = refusal(value);
    assert.equal(error.rule, rule, String(value));
    assert.equal(error.field, "timestamp");
    assert.equal(error.value, value);
  }
});

Deno.test("toMicros() explains a number without a unit", () => {
  assert.match(refusal(1672531199900).message, /no_unit.*ISO 8601.*bigint micros/);
});

Deno.test("toMillis() refuses a part of a millisecond", () => {
  assert.equal(toMillis("2014-03-09T23:00:00.123000Z", "timestamp"), (MICROS - 456) / 1000);
  assert.equal(toMillis(-1000n, "timestamp"), -1);
  for (const value of ["2014-03-09T23:00:00.123456Z", 1n, -1n]) {
    assert.throws(() => toMillis(value, "timestamp"), { rule: "too_fine", field: "timestamp", value });
  }
});

Deno.test("toMicros() takes ISO 8601's basic form as its extended one", () => {
  for (
    const [basic, extended] of [
      ["20240102T100000Z", "2024-01-02T10:00:00Z"],
      ["20240102T1000Z", "2024-01-02T10:00:00Z"],
      ["20140310T100006.717+1100", "2014-03-10T10:00:06.717+11:00"],
      ["20140310t100006,717-11", "2014-03-10T10:00:06.717-11:00"],
    ] as const
  ) assert.equal(toMicros(basic, "timestamp"), toMicros(extended, "timestamp"), basic);
});

for (
  const text of ["2024-0102T100000Z", "20240102 100000Z", "20240102T10:00:00Z", "2024-01-02T100000Z", "20240102T10Z"]
) {
  Deno.test(`toMicros() refuses ${text}, which mixes the forms or is of neither`, () => {
    assert.equal(refusal(text).rule, "not_iso_8601");
  });
}
