import assert from "node:assert/strict";
import fc from "fast-check";
import { TimeParts } from "./time_parts.ts";
import { TimePattern } from "./time_pattern.ts";

const FORM = /^([0-9]{4})([0-9]{2})([0-9]{2}) ([0-9]{2}):([0-9]{2}):([0-9]{2})\.([0-9]{4})$/;

/** What a text says by the form. */
function expected(text: string): readonly number[] | null {
  const found = FORM.exec(text);
  return found === null ? null : found.slice(1, 7).map(Number).concat(Number(found[7]) * 100_000);
}

function read(text: string, ahead: string): readonly number[] | null {
  const pattern = new TimePattern("yyyyMMdd HH:mm:ss.SSSS"), parts = new TimeParts();
  const bytes = new TextEncoder().encode(`${ahead}${text}9`), start = ahead.length;
  if (!pattern.read(bytes, start, bytes.length - 1, parts)) return null;
  const { year, month, day, hour, minute, second, nanos } = parts;
  return [year, month, day, hour, minute, second, nanos];
}

Deno.test("TimePattern reads texts of parts with fixed widths by their places, and no others", () => {
  const whole = "20240102 09:30:00.1234";
  // One byte of a good text is another one, is missing, or is there once more.
  const texts = fc.tuple(
    fc.nat(whole.length),
    fc.constantFrom(..."0359/:. x", ""),
    fc.constantFrom(0, 1),
  ).map(([at, byte, cut]) => whole.slice(0, at) + byte + whole.slice(at + cut));
  fc.assert(fc.property(texts, fc.constantFrom("", "8", "12,"), (text, ahead) => {
    assert.deepEqual(read(text, ahead), expected(text));
  }));
  assert.deepEqual(read(whole, ""), [2024, 1, 2, 9, 30, 0, 123_400_000]);
});
