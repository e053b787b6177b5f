/**
 * Parts of the conversions between v1 and v2 that all records share. They run once or more for each row, so they use no
 * Decimal and no pattern.
 *
 * @module
 */
import type { VendorData } from "../schemas/record_types.ts";
import { DECIMAL_V1, DECIMAL_V2, unscaledToText } from "./values/decimal.ts";
import { RecordError } from "./errors.ts";

const INT32_MAX = 2 ** 31 - 1;
const ONE_V2 = 10n ** BigInt(DECIMAL_V2.scale);
const ONE_V1_IN_V2 = 10n ** BigInt(DECIMAL_V2.scale - DECIMAL_V1.scale);

/** The entries of `vendor_data` that conversion to v1 reads. */
export const V1_VENDOR_KEYS: readonly string[] = ["company_id", "qualifiers", "venue", "buyer_id", "timestamp_ns"];

/** A v2 decimal in v1. @throws {RecordError} `lossy` if v1 has no place for a decimal other than 0 */
export function decimalToV1(unscaled: bigint, field: string): bigint {
  const result = unscaled / ONE_V1_IN_V2;
  if (result * ONE_V1_IN_V2 === unscaled) return result;
  const value = unscaledToText(unscaled, DECIMAL_V2.scale);
  throw new RecordError("lossy", { field, value, hint: `v1 holds ${DECIMAL_V1.scale} decimals.` });
}

/** A v2 quantity as a v1 volume. */
export function volumeOf(quantity: bigint, field: string): number {
  const whole = quantity / ONE_V2;
  if (whole * ONE_V2 === quantity) return Number(whole);
  const value = unscaledToText(quantity, DECIMAL_V2.scale);
  throw new RecordError("lossy", { field, value, hint: "A volume of v1 is a whole number." });
}

/** A v1 instant in v2. */
export function microsOf(millis: number, field: string): number {
  const micros = millis * 1000;
  if (Number.isSafeInteger(micros)) return micros;
  throw new RecordError("out_of_range", {
    field,
    value: millis,
    hint: "Instants from the year 1685 to 2254 can be kept.",
  });
}

/** The instant of a v2 trade or quote in v1. Refuses one whose full precision, kept in vendor_data, v1 would lose. */
export function eventMillisOf(micros: number, vendorData: VendorData): number {
  const fine = vendorData?.timestamp_ns;
  if (fine === undefined || fine.endsWith("000000")) return millisOf(micros, "timestamp");
  throw new RecordError("lossy", {
    field: "vendor_data.timestamp_ns",
    value: fine,
    hint: "An instant of v1 is a whole millisecond.",
  });
}

/** A v2 instant in v1's unit. */
export function millisOf(micros: number, field: string): number {
  if (micros % 1000 === 0) return micros / 1000;
  throw new RecordError("lossy", { field, value: micros, hint: "An instant of v1 is a whole millisecond." });
}

/** The company number from a v2 record's text. */
export function companyNumberOf(text: string | undefined, field: string): number {
  if (text === undefined) {
    throw new RecordError("missing", { field, value: text, hint: "v1 cannot do without the number of the company." });
  }
  const number = canonicalInteger(text, field);
  if (number >= 0) return number;
  throw new RecordError("negative", { field, value: text });
}

/** The 32-bit integer of a text, which must spell it exactly as conversion to v2 would. */
export function canonicalInteger(text: string, field: string): number {
  const number = Number(text);
  if (!Number.isInteger(number)) throw new RecordError("not_an_integer", { field, value: text });
  if (number > INT32_MAX || number < -INT32_MAX - 1) {
    throw new RecordError("out_of_range", { field, value: text, hint: "v1 has 32 bits for it." });
  }
  if (String(number) === text) return number;
  const hint = `v1 would hold ${number}, and the spelling would be lost.`;
  throw new RecordError("lossy", { field, value: text, hint });
}

/** Collects vendor_data: the record's other entries first, then the values without a field in v2. */
export class VendorEntries {
  readonly #entries: Record<string, string>;
  #empty: boolean;

  constructor(others: VendorData) {
    // A spread copies own keys only, including "__proto__".
    this.#entries = { ...others };
    this.#empty = others === null;
  }

  /** Adds a value that is not null. @throws {RecordError} `disagrees` if there is another value of that name */
  add(name: string, value: string | null): void {
    if (value === null) return;
    const other = this.#entries[name];
    if (other !== undefined && other !== value) {
      const hint = `The record's own field ${name} is ${JSON.stringify(value)}.`;
      throw new RecordError("disagrees", { field: `vendor_data.${name}`, value: other, hint });
    }
    this.#entries[name] = value;
    this.#empty = false;
  }

  /** The entries; null if there were none. */
  get(): VendorData {
    return this.#empty ? null : this.#entries;
  }
}
