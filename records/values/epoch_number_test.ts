import assert from "node:assert/strict";
import fc from "fast-check";
import { instantOfNumber, isPlainNumber, likelyReadings, TIME_UNITS } from "./epoch_number.ts";
import { nanosText } from "./fine_instant.ts";
import { toFineInstant } from "./instant.ts";

const NANOS = { s: 1_000_000_000n, ms: 1_000_000n, us: 1_000n, ns: 1n } as const;
const MOST = BigInt(Number.MAX_SAFE_INTEGER) * 1000n;
/** As far as records reach. */
const nanosOfAnyTime = fc.bigInt({ min: -MOST, max: MOST });

Deno.test("instantOfNumber() gives any instant back to the nanosecond, floored to micros, in each unit", () => {
  fc.assert(fc.property(nanosOfAnyTime, fc.constantFrom(...TIME_UNITS), (nanos, unit) => {
    const size = NANOS[unit], magnitude = nanos < 0n ? -nanos : nanos;
    const fraction = unit === "ns" ? "" : `.${String(magnitude % size).padStart(String(size).length - 1, "0")}`;
    const text = `${nanos < 0n ? "-" : ""}${magnitude / size}${fraction}`;
    assert.ok(isPlainNumber(text));
    const instant = instantOfNumber(text, unit, "timestamp");
    assert.equal(BigInt(instant.micros) * 1000n + BigInt(instant.nanos), nanos);
    assert.ok(instant.nanos >= 0 && instant.nanos < 1000);
    assert.equal(nanosText(instant), String(nanos));
  }));
});

Deno.test("toFineInstant() agrees with Temporal to the nanosecond, also before 1970", () => {
  fc.assert(fc.property(nanosOfAnyTime, (nanos) => {
    const text = Temporal.Instant.fromEpochNanoseconds(nanos).toString();
    assert.equal(nanosText(toFineInstant(text, "timestamp", {})), String(nanos));
  }));
});

Deno.test("instantOfNumber() refuses what is finer than a nanosecond, and what records cannot hold", () => {
  const cases = [
    ["1.5", "ns", "too_fine"],
    ["1.0000000001", "s", "too_fine"],
    ["9007199254740992", "us", "out_of_range"],
    ["-9007199254740992", "us", "out_of_range"],
    ["9".repeat(65), "ns", "out_of_range"],
    ["9".repeat(1_000_000), "s", "out_of_range"],
  ] as const;
  for (const [text, unit, rule] of cases) {
    assert.throws(() => instantOfNumber(text, unit, "timestamp"), { rule, field: "timestamp" }, text.slice(0, 80));
  }
  assert.deepEqual(instantOfNumber("1.50000000000000000000", "us", "timestamp"), { micros: 1, nanos: 500 });
  assert.deepEqual(instantOfNumber("-0.5", "us", "timestamp"), { micros: -1, nanos: 500 });
  assert.deepEqual(instantOfNumber("1704067200.", "s", "timestamp"), { micros: 1_704_067_200_000_000, nanos: 0 });
});

Deno.test("likelyReadings() names the units in which a number is from 1980 to a latest instant", () => {
  const latest = Date.UTC(2025, 0, 1) * 1000;
  assert.deepEqual(likelyReadings("1704189600", latest), ["s is 2024-01-02T10:00:00Z"]);
  assert.deepEqual(likelyReadings("1704189600123456789", latest), ["ns is 2024-01-02T10:00:00.123456Z"]);
  assert.deepEqual(likelyReadings("315532800", latest), ["s is 1980-01-01T00:00:00Z"]);
  assert.deepEqual(likelyReadings("315532799", latest), []);
  assert.deepEqual(likelyReadings("1735776001", latest), [], "after the latest");
  assert.deepEqual(likelyReadings("20240102", latest), []);
  assert.deepEqual(likelyReadings("1704189600", latest, "s"), [], "not asked for");
  assert.deepEqual(likelyReadings("1704189600", latest, "ms"), ["s is 2024-01-02T10:00:00Z"]);
});
