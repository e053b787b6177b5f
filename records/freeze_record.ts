/**
 * Freezes the records of the API, so that none changes on its way.
 *
 * @module
 */
import { isPlainObject } from "./values/field_values.ts";

/** Freezes a record, its list and its vendor_data. */
export function freezeRecord<R extends object>(record: R): R {
  for (const value of Object.values(record)) {
    if (Array.isArray(value) || isPlainObject(value)) Object.freeze(value);
  }
  Object.freeze(record);
  return record;
}
