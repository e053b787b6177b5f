/**
 * Checks whether the instants of a program's record are likely. A record holds plain numbers, and a program that counts
 * in another unit than the field would write 1970.
 *
 * @module
 */
import type { RecordV2, SchemaVersion, Unscaled } from "../../schemas/record_types.ts";
import { MICROS_PER_DAY } from "./civil_date.ts";
import { instantText, likelyReadings } from "./epoch_number.ts";
import { RecordError } from "../errors.ts";

/** Which instants are likely. */
export interface LikelyInstants {
  /** Earlier instants are refused if another unit than the field's would make them likely. */
  readonly earliestMicros: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/**
 * Refuses a record whose numbers most likely count another unit. An old instant that no unit makes likely is accepted.
 *
 * @param version version of the caller's record, which tells the unit
 * @throws {RecordError} `unlikely_instant`
 */
export function requireLikely(record: Unscaled<RecordV2>, version: SchemaVersion, likely: LikelyInstants): void {
  if ("timestamp" in record && record.timestamp < likely.earliestMicros) {
    refuseOtherUnit(version === "v1" ? "exchange_timestamp" : "timestamp", record.timestamp, { version, likely });
  }
  if (record.ingestion_timestamp < likely.earliestMicros) {
    refuseOtherUnit("ingestion_timestamp", record.ingestion_timestamp, { version, likely });
  }
}

function refuseOtherUnit(
  field: string,
  micros: number,
  { version, likely }: { readonly version: SchemaVersion; readonly likely: LikelyInstants },
): void {
  const unit = version === "v1" && micros % 1000 === 0 ? "ms" : "us";
  const value = unit === "ms" ? micros / 1000 : micros;
  const others = likelyReadings(String(value), likely.now() * 1000 + MICROS_PER_DAY, unit);
  if (others.length === 0) return;
  const hint = `The field of a ${version} record counts ${unit}, in which it is ${instantText(micros)}; ` +
    `${others.join(", ")}. Builders take a Temporal.Instant, whose unit cannot be mistaken. ` +
    "MarketDataProducer.start({ earliest }) with a date, such as 1970-01-01, takes those from then on, if the records are so old.";
  throw new RecordError("unlikely_instant", { field, value, hint });
}
