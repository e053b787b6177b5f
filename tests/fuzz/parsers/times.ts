/**
 * Instants, dates and local times, compared with Temporal if it accepts the same text.
 *
 * @module
 */
import { microsOfIsoDate, microsOfUsDate, usDateOfMicros } from "../../../records/values/calendar_date.ts";
import { RecordError } from "../../../records/errors.ts";
import { toMicros, toMillis } from "../../../records/values/instant.ts";
import { ACCEPTED, expect, type FuzzTarget, looseText } from "../fuzz_target.ts";

const ZONE = "Australia/Sydney";

/** The value, or the code of the refusal. */
function verdictOf<T>(parse: () => T): T | string {
  try {
    return parse();
  } catch (error) {
    if (error instanceof RecordError && error.field === "timestamp") return error.rule;
    throw error;
  }
}

export const instants: FuzzTarget = {
  name: "instants",
  run(input) {
    const text = looseText(input);
    const micros = verdictOf(() => toMicros(text, "timestamp"));
    if (typeof micros === "number") checkInstant(text, micros);
    const millis = verdictOf(() => toMillis(text, "timestamp"));
    if (typeof millis === "number") expect(millis * 1000 === micros, () => `${text} is ${millis} ms and ${micros} µs`);
    return typeof micros === "string" ? micros : ACCEPTED;
  },
};

function checkInstant(text: string, micros: number): void {
  const digits = /[.,]([0-9]+)/.exec(text)?.[1] ?? "";
  // Temporal takes nine digits at most; here further digits are zeros.
  const shorter = digits.length > 9 ? text.replace(digits, digits.slice(0, 9)) : text;
  const wanted = Temporal.Instant.from(shorter).epochNanoseconds;
  expect(BigInt(micros) * 1000n === wanted, () => `${text} is ${micros} µs, and should be ${wanted} ns`);
}

export const localTimes: FuzzTarget = {
  name: "local_times",
  run(input) {
    const text = looseText(input);
    const refuse = verdictOf(() => toMicros(text, "timestamp", { timeZone: ZONE }));
    const [earlier, later] = (["earlier", "later"] as const).map((ambiguousTime) =>
      verdictOf(() => toMicros(text, "timestamp", { timeZone: ZONE, ambiguousTime }))
    );
    if (refuse === "ambiguous_local_time") {
      const hour = typeof earlier === "number" && typeof later === "number" ? later - earlier : 0;
      expect(hour === 3_600_000_000, () => `${text} is ${earlier} or ${later}`);
    } else {
      expect(earlier === refuse && later === refuse, () => `${text} is ${refuse}, ${earlier}, ${later}`);
    }
    if (/[Zz]$|[+-][0-9:]+$/.test(text.slice(10))) return typeof refuse === "string" ? refuse : ACCEPTED;
    checkLocal(text, refuse, earlier);
    return typeof refuse === "string" ? refuse : ACCEPTED;
  },
  tokens: ["2014-04-06 02:30:00", "2014-10-05T02:30", "1895-02-01T00:00"],
};

function checkLocal(text: string, verdict: number | string, earlier: number | string | undefined): void {
  const local = verdict === "nonexistent_local_time" || typeof earlier === "number" ? text : null;
  if (local === null || /[.,][0-9]{10}/.test(local)) return;
  const wanted = Temporal.PlainDateTime.from(local).toZonedDateTime(ZONE, { disambiguation: "earlier" });
  if (typeof earlier === "number") {
    const nanos = wanted.epochNanoseconds;
    expect(BigInt(earlier) * 1000n === nanos, () => `${text} is ${earlier} µs, and should be ${nanos} ns`);
  } else {
    expect(!wanted.toPlainDateTime().equals(Temporal.PlainDateTime.from(local)), () => `${text} does exist`);
  }
}

export const dates: FuzzTarget = {
  name: "dates",
  run(input) {
    const text = looseText(input);
    const iso = verdictOf(() => microsOfIsoDate(text, "timestamp"));
    const us = verdictOf(() => microsOfUsDate(text, "timestamp"));
    if (typeof iso === "number") {
      expect(iso * 1000 === Number(nanosOf(text)), () => `${text} is ${iso} µs`);
    }
    if (typeof us !== "number") return typeof iso === "number" ? ACCEPTED : us ?? ACCEPTED;
    expect(usDateOfMicros(us) === text, () => `${text} comes back as ${usDateOfMicros(us)}`);
    const [month, day, year] = text.split("/");
    expect(us * 1000 === Number(nanosOf(`${year}-${month}-${day}`)), () => `${text} is ${us} µs`);
    return ACCEPTED;
  },
  tokens: ["02/29/2000", "02/29/1900", "2000-02-29", "12/31/1684", "06/06/2255"],
};

function nanosOf(date: string): bigint {
  return Temporal.PlainDate.from(date).toZonedDateTime("UTC").epochNanoseconds;
}
